//! Operations and memory, to the byte and to the node.

use quorate_exact::infer::Tensor;
use quorate_inference::{memory, operations, write, Asked};
use quorate_primitives::job::infer::{Choice, Generation, Task};
use quorate_program::{
    op::{Binary, Unary},
    Dimension, Expression, Graph, Input, ModelTensor, Node, Op, Output, Program, Real, Type, Value,
};

/// f32 [n], negated so many times.
fn negated(nodes: u32) -> Program {
    Program::new(Graph {
        dimensions: vec![Dimension {
            max: 100,
            min: 1,
            name: "n".into(),
        }],
        inputs: vec![Input {
            name: "x".into(),
            shape: vec![Expression::dimension("n")],
            element: Type::F32,
        }],
        nodes: (0..nodes)
            .map(|value| Node {
                operands: vec![value],
                op: Op::Unary(Unary::Neg),
            })
            .collect(),
        outputs: vec![Output {
            name: "y".into(),
            value: nodes,
        }],
        ..Graph::default()
    })
    .unwrap()
}

/// 100,000 and 25,000 for each node; 32 and 8 bytes for each element and node; 100 for each byte: of the salt, the size and the elements, of
/// the answer's head, its type, axes and size, and the elements.
#[test]
fn operations_of_a_run_should_be_counted_to_the_last_one() {
    let program = negated(35);
    for n in 1..=100u64 {
        let elements = Tensor::new(vec![n as usize], vec![0.0; n as usize]).unwrap();
        let blob = write(&program, [7; 32], vec![Value::F32(elements)]).unwrap();
        let asked = Asked::read(&program, &Task::Run, &blob).unwrap();
        let all = 100_000 + 25_000 * 35 + 35 * 40 * n + 100 * (32 + 4 + 4 * n + 33 + 2 + 4 + 4 * n);
        let expected = all / 1_000_000 + 1;
        assert_eq!(
            operations(&program, &Task::Run, &asked, 0),
            Some(expected),
            "{n} elements"
        );
        // Here it is a little more than a million for the first time.
        assert_eq!(expected > 1, n >= 8);
    }
}

/// Tokens [d] to logits [d, 4]: by a table [4, 1000] that is multiplied with a matrix [1000, 1000] first, whatever the tokens are, and by
/// attention of one head over the rows.
fn language() -> Program {
    let tensor = |name: &str, shape: [u64; 2]| ModelTensor {
        name: name.into(),
        shape: shape.into(),
        element: Type::F32,
    };
    let d = Expression::dimension("d");
    let heads = Op::Reshape {
        shape: vec![d.clone(), 1.into(), 1_000.into()],
    };
    let node = |op: Op, operands: &[u32]| Node {
        operands: operands.to_vec(),
        op,
    };
    let causal = Op::Attention {
        causal: true,
        scale: Real::new(1.0).unwrap(),
    };
    let flat = Op::Reshape {
        shape: vec![d.clone(), 1_000.into()],
    };
    Program::new(Graph {
        dimensions: vec![Dimension {
            max: 70_000,
            min: 1,
            name: "d".into(),
        }],
        inputs: vec![Input {
            name: "tokens".into(),
            shape: vec![d],
            element: Type::I64,
        }],
        tensors: vec![
            tensor("table", [4, 1_000]),
            tensor("first", [1_000, 1_000]),
            tensor("last", [4, 1_000]),
        ],
        nodes: vec![
            node(Op::Linear, &[1, 2]),
            node(Op::Gather { axis: 0 }, &[4, 0]),
            node(heads, &[5]),
            node(causal, &[6, 6, 6]),
            node(flat, &[7]),
            node(Op::Linear, &[8, 3]),
        ],
        outputs: vec![Output {
            name: "logits".into(),
            value: 9,
        }],
        ..Graph::default()
    })
    .unwrap()
}

/// What depends on the tokens is counted at all of them, what does not, weights that are read with it, in each run, as nodes are: of 64 tokens
/// of the input, and of each that is generated. Each is chosen among four.
#[test]
fn operations_of_generated_tokens_should_be_counted_to_the_last_one() {
    let program = language();
    let drawn = |top| Choice::Drawn {
        temperature: 1f32.to_bits(),
        top,
    };
    let asked = [
        (1u64, 1u32, Choice::Largest, 1),
        (1, 7, drawn(1), 1),
        (9, 1, drawn(3), 3),
        (64, 300, drawn(4), 4),
        (65, 300, drawn(5), 4),
        (300, 300, drawn(u32::MAX), 4),
        (1_000, 65_536, Choice::Largest, 1),
    ];
    for (prompt, most, choice, may_be_chosen) in asked {
        let task = Task::Generate(Generation {
            max_tokens: most,
            choice,
            stop: None,
        });
        let tokens = Tensor::new(vec![prompt as usize], vec![0; prompt as usize]).unwrap();
        let blob = write(&program, [7; 32], vec![Value::I64(tokens)]).unwrap();
        let asked = Asked::read(&program, &task, &blob).unwrap();
        for n in [0, 1, most / 2, most] {
            let n = u64::from(n);
            let d = prompt + n;
            let runs = prompt.div_ceil(64) + n;
            // The first product with its bytes, and the bytes of the last one's weights.
            let fixed = 2 * 4 * 1_000 * 1_000 + 96 * 4_000 + 4 * (4_000 + 1_000_000 + 4_000) + 4 * 4_000;
            // Gather, Attention and the last product; a Reshape takes nothing.
            let rows =
                d * (1_024 + 256 * 1_000 + 256 + (32 + 4 * 4) * 1_000 + 2 * 4 * 1_000 + 96 * 4 + 4 * (1_000 + 4));
            let pairs = d * d * (2 * 2_000 + 20);
            let chosen = n * (256 * 4 + 2_048 * may_be_chosen);
            let bytes = 32 + 4 + 8 * prompt + 33 + 4 * n;
            let all = 100_000 + 25_000 * 6 * runs + runs * fixed + rows + pairs + chosen + 100 * bytes;
            let counted = operations(&program, &task, &asked, n as u32);
            assert_eq!(counted, Some(all.div_ceil(1_000_000)), "{prompt} tokens and {n}");
        }
    }
}

/// The tokens, the tensors, and at the attention, where they are most, all that it reads and gives: the table that was multiplied is read no
/// more. Keys and values are kept beside, though they are one value here, and 16 bytes for each of the four logits.
#[test]
fn memory_of_generated_tokens_should_be_counted_to_the_last_byte() {
    let program = language();
    let mebibyte = 1u64 << 20;
    let mut sizes = std::collections::BTreeSet::new();
    for prompt in [1usize, 9, 300, 1_000] {
        for most in [1u32, 7, 129, 130, 131, 132, 300, 65_536] {
            let task = Task::Generate(Generation {
                max_tokens: most,
                choice: Choice::Largest,
                stop: None,
            });
            let tokens = Tensor::new(vec![prompt], vec![0; prompt]).unwrap();
            let blob = write(&program, [7; 32], vec![Value::I64(tokens)]).unwrap();
            let asked = Asked::read(&program, &task, &blob).unwrap();
            let d = prompt as u64 + u64::from(most);
            let tensors = 4 * (4_000 + 1_000_000 + 4_000);
            // Rows of 1,000: what Gather gives beside the table that it reads, or two of those that follow each other.
            let results = (4 * 4_000 + 4_000 * d).max(2 * 4_000 * d);
            let kept = 2 * 4_000 * d + 16 * 4;
            let needed = (8 * d + tensors + results + kept).div_ceil(mebibyte);
            assert_eq!(
                memory(&program, &task, &asked),
                Some(needed as u32),
                "{prompt} tokens and {most}"
            );
            sizes.insert(needed);
        }
    }
    assert!(sizes.len() > 8, "{sizes:?}");
}

/// f32 [n] through nodes of which one result is read at the end again, one is an output, and one of two is read by nobody.
#[test]
fn memory_of_a_run_should_count_what_is_still_needed() {
    let node = |op: Op, operands: &[u32]| Node {
        operands: operands.to_vec(),
        op,
    };
    let n = Expression::dimension("n");
    let top = Op::TopK {
        axis: 0,
        k: n.clone(),
        largest: true,
    };
    let program = Program::new(Graph {
        dimensions: vec![Dimension {
            max: 1 << 20,
            min: 1,
            name: "n".into(),
        }],
        inputs: vec![Input {
            name: "x".into(),
            shape: vec![n],
            element: Type::F32,
        }],
        nodes: vec![
            // 1: alive until the last node.
            node(Op::Unary(Unary::Neg), &[0]),
            // 2: an output. 3: i64, read by nobody.
            node(top, &[1]),
            // 4 and 5: read by the next node alone.
            node(Op::Unary(Unary::Abs), &[2]),
            node(Op::Cast { to: Type::I64 }, &[4]),
            // 6
            node(Op::Cast { to: Type::F32 }, &[5]),
            // 7
            node(Op::Binary(Binary::Add), &[6, 1]),
        ],
        outputs: [2, 7]
            .map(|value| Output {
                name: format!("y{value}"),
                value,
            })
            .to_vec(),
        ..Graph::default()
    })
    .unwrap();
    for n in [1u64, 100, 43_690, 43_691, 43_692, 262_144, 1 << 20] {
        let elements = Tensor::new(vec![n as usize], vec![0.0; n as usize]).unwrap();
        let blob = write(&program, [7; 32], vec![Value::F32(elements)]).unwrap();
        let asked = Asked::read(&program, &Task::Run, &blob).unwrap();
        // The input, and at the second Cast: 1, 2, 5 and 6.
        let needed = (4 * n + (4 + 4 + 8 + 4) * n).div_ceil(1 << 20);
        assert_eq!(
            memory(&program, &Task::Run, &asked),
            Some(needed as u32),
            "{n} elements"
        );
    }
}
