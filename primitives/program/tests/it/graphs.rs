//! Graphs, their files and their runs.

use quorate_exact::infer::{Fault, Tensor};
use quorate_program::{
    op::{Binary, Unary},
    Constant, Dimension, Expression, Graph, Input, ModelTensor, Node, NodeFault, Op, Output, Program, ProgramError,
    Type, Value,
};

/// Two layers over rows: y = relu(x Wᵀ + b) + c.
fn layers() -> Graph {
    Graph {
        dimensions: vec![Dimension {
            max: 16,
            min: 1,
            name: "rows".into(),
        }],
        inputs: vec![Input {
            name: "x".into(),
            shape: vec![Expression::dimension("rows"), 3.into()],
            element: Type::F32,
        }],
        tensors: vec![tensor("w", &[2, 3]), tensor("b", &[2])],
        constants: vec![Constant {
            shape: vec![],
            element: Type::F32,
            bytes: 0.5f32.to_le_bytes().to_vec(),
        }],
        nodes: vec![
            node(&[0, 1, 2], Op::Linear),
            node(&[4], Op::Unary(Unary::Relu)),
            node(&[5, 3], Op::Binary(Binary::Add)),
        ],
        outputs: vec![Output {
            name: "y".into(),
            value: 6,
        }],
        tokenizer: Some([7; 32]),
    }
}

fn tensor(name: &str, shape: &[u64]) -> ModelTensor {
    ModelTensor {
        name: name.into(),
        shape: shape.to_vec(),
        element: Type::F32,
    }
}

fn node(operands: &[u32], op: Op) -> Node {
    Node {
        operands: operands.to_vec(),
        op,
    }
}

fn floats(shape: &[usize], data: &[f32]) -> Value {
    Value::F32(Tensor::new(shape.to_vec(), data.to_vec()).unwrap())
}

fn changed(change: impl FnOnce(&mut Graph)) -> ProgramError {
    let mut graph = layers();
    change(&mut graph);
    Program::new(graph).unwrap_err()
}

#[test]
fn a_program_should_run_by_the_reference() {
    let program = Program::new(layers()).unwrap();
    let tensors = [
        floats(&[2, 3], &[1., 2., 3., -1., -2., -3.]),
        floats(&[2], &[0.25, 0.25]),
    ];
    let y = program.run(vec![floats(&[1, 3], &[1., 1., 1.])], &tensors).unwrap();
    assert_eq!(y, [floats(&[1, 2], &[6.75, 0.5])]);
    let refused = program.run(vec![floats(&[17, 3], &[0.; 51])], &tensors);
    assert_eq!(refused, Err(Fault::Parameter("dimensions")));
    let refused = program.run(vec![floats(&[1, 4], &[0.; 4])], &tensors);
    assert!(matches!(refused, Err(Fault::Dimension { .. })));
    // Linear: rows · (2 · 2 · 3, 2 · 96 and 4 · (3 + 2) bytes), and 4 · (6 + 2) of weights and bias. Relu: rows · (2 · 32 and 4 · (2 + 2) bytes).
    // Add: the same, and the constant's 4 bytes.
    assert_eq!(program.flops().to_string(), "384·rows + 36");
}

#[test]
fn a_file_should_be_read_from_its_own_bytes_alone() {
    let program = Program::new(layers()).unwrap();
    let file = program.encode();
    assert_eq!(Program::decode(&file).unwrap(), program);
    assert_eq!(file.len(), 1024 + 4);
    for at in 0..file.len() {
        let mut other = file.clone();
        other[at] ^= 1;
        // A constant's byte is part of the program, everything else has one form.
        if let Ok(read) = Program::decode(&other) {
            assert_eq!(read.encode(), other, "byte {at}");
            assert_ne!(read.root(), program.root());
        }
    }
    for len in 0..file.len() {
        assert!(Program::decode(&file[..len]).is_err(), "{len} bytes");
    }
    assert!(Program::decode(&[file.clone(), vec![0]].concat()).is_err());
    let text = String::from_utf8(file[8..1024].to_vec()).unwrap();
    for (from, to) in [
        ("\"tensors\":[", "\"tensors\": ["),
        ("\"dimensions\":", "\"extra\":1,\"dimensions\":"),
        ("{\"max\":16,\"min\":1", "{\"min\":1,\"max\":16"),
    ] {
        let other = text.replacen(from, to, 1);
        assert_ne!(other, text);
        let mut bytes = (1016u64).to_le_bytes().to_vec();
        bytes.extend(other.trim_end().bytes());
        bytes.resize(1024, b' ');
        bytes.extend(&file[1024..]);
        assert!(Program::decode(&bytes).is_err(), "{to}");
    }
}

#[test]
fn a_graph_should_be_refused_with_what_is_wrong() {
    assert_eq!(
        changed(|g| g.nodes[0].operands[0] = 4),
        ProgramError::UnknownValue {
            node: Some(0),
            value: 4
        }
    );
    assert_eq!(
        changed(|g| g.outputs[0].value = 5),
        ProgramError::Dead { what: "node", index: 2 }
    );
    assert_eq!(
        changed(|g| g.nodes[2].operands[1] = 5),
        ProgramError::Dead {
            what: "constant",
            index: 0
        }
    );
    assert_eq!(changed(|g| g.outputs.clear()), ProgramError::NoOutput);
    assert_eq!(
        changed(|g| g.dimensions[0].min = 0),
        ProgramError::Bounds("rows".into())
    );
    assert_eq!(
        changed(|g| g.dimensions.clear()),
        ProgramError::UnknownDimension("rows".into())
    );
    assert!(matches!(
        changed(|g| g.constants[0].bytes = f32::NAN.to_le_bytes().to_vec()),
        ProgramError::Constant { .. }
    ));
    assert!(matches!(
        changed(|g| g.constants[0].bytes.clear()),
        ProgramError::Constant { .. }
    ));
    assert!(matches!(
        changed(|g| g.tensors[1].name = "w".into()),
        ProgramError::Name { .. }
    ));
    let ProgramError::Node {
        node: 0,
        op: "Linear",
        fault,
    } = changed(|g| g.tensors[0].shape = vec![2, 4])
    else {
        panic!("another error")
    };
    assert_eq!(
        *fault,
        NodeFault::Dimension {
            expected: 4.into(),
            got: 3.into()
        }
    );
    // 2^31 - 1 rows are more elements than a tensor has.
    let ProgramError::Node { fault, .. } = changed(|g| {
        g.dimensions[0].max = i32::MAX as u32;
        g.inputs[0].shape[1] = 1.into();
        g.tensors[0].shape = vec![2, 1];
    }) else {
        panic!("another error")
    };
    assert_eq!(*fault, NodeFault::Sizes(Fault::Size));
}

/// A program of f32 inputs a and b, both [2], with these nodes, which answers these values.
fn of_two(nodes: &[(&[u32], Op)], outputs: &[u32]) -> Result<Program, ProgramError> {
    let input = |name: &str| Input {
        name: name.into(),
        shape: vec![2.into()],
        element: Type::F32,
    };
    let output = |(i, &value): (usize, &u32)| Output {
        name: i.to_string(),
        value,
    };
    Program::new(Graph {
        inputs: vec![input("a"), input("b")],
        nodes: nodes.iter().map(|(operands, op)| node(operands, op.clone())).collect(),
        outputs: outputs.iter().enumerate().map(output).collect(),
        ..Graph::default()
    })
}

#[test]
fn the_first_fault_in_the_order_of_nodes_should_count() {
    let (log, cast) = (Op::Unary(Unary::Log), Op::Cast { to: Type::U8 });
    let one_way = of_two(&[(&[0], log.clone()), (&[1], cast.clone())], &[3, 2]).unwrap();
    let other_way = of_two(&[(&[1], cast.clone()), (&[0], log.clone())], &[3, 2]).unwrap();
    let request = || vec![floats(&[2], &[1., -1.]), floats(&[2], &[1., 256.])];
    assert_eq!(one_way.run(request(), &[]), Err(Fault::NaN));
    assert_eq!(other_way.run(request(), &[]), Err(Fault::Range));
    // Of a request that does not fit, nothing is computed.
    let mut wrong = request();
    wrong[1] = floats(&[3], &[0.; 3]);
    assert!(matches!(one_way.run(wrong, &[]), Err(Fault::Dimension { .. })));
    let good = vec![floats(&[2], &[1., 1.]), floats(&[2], &[1., 255.])];
    assert!(one_way.run(good, &[]).is_ok());
}

#[test]
fn moving_much_should_not_cost_little() {
    let split = Op::Split {
        axis: 0,
        sizes: vec![1.into(), 999.into()],
    };
    let program = Program::new(Graph {
        inputs: vec![Input {
            name: "x".into(),
            shape: vec![1000.into()],
            element: Type::U8,
        }],
        nodes: vec![node(&[0], split)],
        outputs: vec![Output {
            name: "y".into(),
            value: 1,
        }],
        ..Graph::default()
    });
    assert_eq!(program.unwrap().flops(), &Expression::from(256 * 1_000));
}

#[test]
fn what_no_output_depends_on_should_be_refused() {
    let relu = Op::Unary(Unary::Relu);
    let dead = |what, index| Err(ProgramError::Dead { what, index });
    let top = Op::TopK {
        axis: 0,
        k: 1.into(),
        largest: true,
    };
    // An input may be an output, and of a node's results one may be read alone.
    assert!(of_two(&[], &[0, 1]).is_ok());
    assert!(of_two(&[(&[0], top.clone())], &[3, 1]).is_ok());
    assert_eq!(of_two(&[], &[0]), dead("input", 1));
    assert_eq!(of_two(&[(&[0], relu.clone())], &[0, 1]), dead("node", 0));
    // A chain that ends nowhere is dead from its end on.
    let chain = [
        (&[0][..], relu.clone()),
        (&[2][..], relu.clone()),
        (&[1][..], relu.clone()),
    ];
    assert_eq!(of_two(&chain, &[4, 0]), dead("node", 1));
    assert_eq!(of_two(&chain, &[3]), dead("node", 2));
    assert_eq!(of_two(&chain[..2], &[3]), dead("input", 1));
    assert!(of_two(&chain, &[3, 4, 2, 3]).is_ok());
}
