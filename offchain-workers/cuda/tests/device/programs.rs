//! Whole programs on a device: answers, faults, requests of many sizes, and what is done about a device that is wrong.

use crate::{
    support::{build::Variant, Order, Shim},
    wrong::Wrong,
};
use quorate_cuda::{
    device::Device,
    infer::{
        kernel::Kernel as OfInference,
        loaded::{Answer, Loaded},
        plan::Plan,
        programs::Config,
    },
    kernel::Kernel,
    Programs,
};
use quorate_exact::infer::{Fault, Tensor};
use quorate_infer::{Model, Options, ProgramDevice, Runner, TensorBytes, Tensors};
use quorate_program::{
    op::{Binary, Unary},
    Dimension, Expression, Graph, Input, ModelTensor, Node, Op, Output, Program, Type, Value,
};
use std::sync::{
    atomic::{AtomicU64, AtomicUsize, Ordering},
    Arc,
};

/// Weights of every program here.
struct Weights(Vec<u8>);

const WIDTH: usize = 24;

impl Weights {
    fn new() -> Self {
        let weight = |i: usize| ((i * 37 % 101) as f32 - 50.0) / 64.0;
        Self((0..WIDTH * WIDTH).flat_map(|i| weight(i).to_le_bytes()).collect())
    }

    fn value(&self) -> Value {
        Value::from_bytes(Type::F32, &[WIDTH, WIDTH], &self.0).unwrap()
    }
}

impl Tensors for Weights {
    fn tensor(&self, _: &str) -> Option<TensorBytes<'_>> {
        Some(TensorBytes {
            shape: &[WIDTH as u64, WIDTH as u64],
            element: Ok(Type::F32),
            bytes: &self.0,
        })
    }
}

/// x [rows, WIDTH] through these nodes, of which each reads the value before it, and the weights or x where there is a second operand.
/// Outputs are the last value and one in the middle.
fn program(nodes: &[(Op, Second)]) -> Program {
    let rows = Dimension {
        max: 64,
        min: 1,
        name: "rows".into(),
    };
    let weights = nodes.iter().any(|(_, second)| matches!(second, Second::Weights));
    let tensor = ModelTensor {
        name: "w".into(),
        shape: vec![WIDTH as u64, WIDTH as u64],
        element: Type::F32,
    };
    let first = 1 + u32::from(weights);
    let mut graph = Graph {
        inputs: vec![Input {
            name: "x".into(),
            shape: vec![Expression::dimension("rows"), (WIDTH as i64).into()],
            element: Type::F32,
        }],
        tensors: weights.then_some(tensor).into_iter().collect(),
        dimensions: vec![rows],
        ..Graph::default()
    };
    for (number, (op, second)) in nodes.iter().enumerate() {
        let mut operands = vec![if number == 0 { 0 } else { first + number as u32 - 1 }];
        match second {
            Second::None => (),
            Second::Weights => operands.push(1),
            Second::Input => operands.push(0),
        }
        graph.nodes.push(Node {
            operands,
            op: op.clone(),
        });
    }
    let count = nodes.len() as u32;
    graph.outputs = [("last", first + count - 1), ("middle", first + count / 2)]
        .map(|(name, value)| Output {
            name: name.into(),
            value,
        })
        .into();
    Program::new(graph).unwrap()
}

#[derive(Clone, Copy)]
enum Second {
    None,
    Weights,
    Input,
}

/// Products, sums and functions: more values than there are at the same time.
fn deep() -> Program {
    let mut nodes = vec![];
    for _ in 0..3 {
        nodes.push((Op::Linear, Second::Weights));
        nodes.push((Op::Unary(Unary::Tanh), Second::None));
        nodes.push((Op::Binary(Binary::Add), Second::Input));
    }
    nodes.push((Op::Softmax { axis: 1 }, Second::None));
    program(&nodes)
}

fn request(rows: usize, seed: usize) -> Vec<Value> {
    let value = |i: usize| (((i + seed) * 7919 % 1009) as f32 - 504.0) / 200.0;
    let data = (0..rows * WIDTH).map(value).collect();
    vec![Value::F32(Tensor::new(vec![rows, WIDTH], data).unwrap())]
}

fn shim() -> Arc<Shim> {
    Shim::new(Variant::Plain, Order::Random, 0)
}

/// A device on which everything is worth it; only first answers are compared.
fn programs<D: Device>(device: Arc<D>) -> Programs<D> {
    Programs::new(
        device,
        Config {
            worth: 0,
            audit_one_in: u32::MAX,
            ..Config::default()
        },
    )
}

fn runner<D: Device + 'static>(program: Program, device: &Programs<D>) -> (Runner, bool) {
    let options = Options {
        threads: 1,
        ..Options::default()
    };
    let mut model = Model::new(program, &Weights::new(), options).unwrap();
    let loaded = device.load(model.shared_program(), &Weights::new());
    let is_there = loaded.is_some();
    if let Some(loaded) = loaded {
        model.set_device(loaded);
    }
    (Runner::new(Arc::new(model)), is_there)
}

fn bytes(answer: &Result<Vec<Value>, Fault>) -> Result<Vec<Vec<u8>>, Fault> {
    answer
        .as_ref()
        .map(|values| values.iter().map(Value::bytes).collect())
        .map_err(|fault| *fault)
}

/// The reference's answer.
fn reference(program: &Program, inputs: Vec<Value>) -> Result<Vec<Value>, Fault> {
    let tensors: Vec<Value> = program.graph().tensors.iter().map(|_| Weights::new().value()).collect();
    program.run(inputs, &tensors)
}

/// Runs requests on the model, whose answers must be the reference's.
fn all_are_right(runner: &mut Runner, program: &Program, requests: &[Vec<Value>]) {
    let given: Vec<&[Value]> = requests.iter().map(Vec::as_slice).collect();
    let answers = runner.run_batch(&given, &|_, _| true).unwrap();
    for (number, (request, answer)) in requests.iter().zip(&answers).enumerate() {
        let expected = reference(program, request.clone());
        assert_eq!(bytes(answer), bytes(&expected), "request {number}");
    }
}

#[test]
fn requests_of_many_sizes_should_have_the_reference_s_answers() {
    let device = shim();
    let on_device = programs(device.clone());
    let (mut runner, is_there) = runner(deep(), &on_device);
    assert!(is_there);
    let requests: Vec<_> = [3, 64, 1, 17, 3, 33, 2, 64]
        .into_iter()
        .enumerate()
        .map(|(i, rows)| request(rows, i))
        .collect();
    all_are_right(&mut runner, &deep(), &requests);
    assert!(
        on_device.load(&Arc::new(deep()), &Weights::new()).is_some(),
        "it was switched off"
    );
    // Each of them, and not the CPU alone.
    assert!(device.launches() >= 8 * 10, "{}", device.launches());
}

#[test]
fn a_value_should_keep_its_place_as_long_as_it_is_needed() {
    // Without the CPU beside it, request after request in the same memory.
    let (device, program) = (shim(), Arc::new(deep()));
    let loaded = Loaded::new(&device, &program, &Weights::new(), u64::MAX).unwrap();
    for rows in [5, 40, 5] {
        let inputs = request(rows, rows);
        let sizes = program.sizes_of(&[&[rows, WIDTH]]).unwrap();
        let got = loaded.run(&inputs, &sizes, &|| true).unwrap();
        let expected = reference(&program, inputs).unwrap();
        assert_eq!(got, Answer::Outputs(expected));
    }
}

#[test]
fn the_first_fault_in_the_order_of_the_nodes_should_count() {
    let log = (Op::Unary(Unary::Log), Second::None);
    let cast = |to| (Op::Cast { to }, Second::None);
    let reals = cast(Type::F32);
    let device = shim();
    for (nodes, node, fault) in [
        (vec![log.clone(), cast(Type::I8), reals.clone()], 0, Fault::NaN),
        (vec![cast(Type::I8), reals, log], 0, Fault::Range),
        (
            vec![
                (Op::Linear, Second::Weights),
                (Op::Unary(Unary::Sqrt), Second::None),
                (Op::Softmax { axis: 1 }, Second::None),
            ],
            1,
            Fault::NaN,
        ),
    ] {
        let program = Arc::new(program(&nodes));
        let loaded = Loaded::new(&device, &program, &Weights::new(), u64::MAX).unwrap();
        let mut data = vec![1.0; WIDTH];
        (data[3], data[20]) = (-4.0, 1e9);
        let inputs = vec![Value::F32(Tensor::new(vec![1, WIDTH], data).unwrap())];
        let sizes = program.sizes_of(&[&[1, WIDTH]]).unwrap();
        assert_eq!(loaded.run(&inputs, &sizes, &|| true).unwrap(), Answer::Fault { node });
        assert_eq!(reference(&program, inputs), Err(fault));
    }
}

#[test]
fn a_fault_should_be_its_request_s_alone_and_the_device_stay_on() {
    let nodes = [(Op::Unary(Unary::Sqrt), Second::None), (Op::Linear, Second::Weights)];
    let device = programs(shim());
    let (mut runner, _) = runner(program(&nodes), &device);
    let positive = |seed| {
        let data = (0..WIDTH).map(|i| (i + seed) as f32).collect();
        vec![Value::F32(Tensor::new(vec![1, WIDTH], data).unwrap())]
    };
    let requests = [positive(0), request(1, 3), positive(2)];
    all_are_right(&mut runner, &program(&nodes), &requests);
    assert!(
        device.load(&Arc::new(program(&nodes)), &Weights::new()).is_some(),
        "it was switched off"
    );
}

#[test]
fn a_wrong_device_should_be_switched_off_and_no_answer_be_wrong() {
    for kernel in [OfInference::MapF32, OfInference::Softmax] {
        let device = programs(Arc::new(Wrong {
            inner: shim(),
            kernel: Kernel::Inference(kernel),
            launches: AtomicU64::new(0),
        }));
        let (mut runner, is_there) = runner(deep(), &device);
        assert!(is_there);
        let requests: Vec<_> = (0..5).map(|seed| request(4, seed)).collect();
        all_are_right(&mut runner, &deep(), &requests);
        assert!(device.load(&Arc::new(deep()), &Weights::new()).is_none(), "{kernel:?}");
        // Also those that come later.
        all_are_right(&mut runner, &deep(), &requests);
    }
}

#[test]
fn a_comparison_that_was_not_made_should_be_made_with_the_next_answer() {
    let device = programs(Arc::new(Wrong {
        inner: shim(),
        kernel: Kernel::Inference(OfInference::Softmax),
        launches: AtomicU64::new(0),
    }));
    let (mut runner, _) = runner(deep(), &device);
    // The device has answered, and the CPU is stopped on its way to the same answer.
    let (inputs, asked) = (request(4, 1), AtomicUsize::new(0));
    let stop = runner.run_batch(&[&inputs], &|_, _| asked.fetch_add(1, Ordering::Relaxed) == 0);
    assert_eq!(stop, Err(quorate_infer::Stop::Cancelled));
    assert!(asked.into_inner() > 1, "the device has not answered");
    all_are_right(&mut runner, &deep(), &[request(4, 2)]);
    assert!(device.is_off());
}

#[test]
fn a_program_with_an_operation_that_the_device_lacks_should_run_on_the_cpu() {
    let nodes = [
        (Op::Linear, Second::Weights),
        (Op::Cast { to: Type::I64 }, Second::None),
        (Op::ArgMax { axis: 1, keep: false }, Second::None),
    ];
    let device = shim();
    let (mut runner, is_there) = runner(program(&nodes), &programs(device.clone()));
    assert!(!is_there);
    all_are_right(&mut runner, &program(&nodes), &[request(3, 1)]);
    assert_eq!(device.launches(), 0);
}

#[test]
fn what_is_too_large_for_the_device_should_run_on_the_cpu() {
    let weights = WIDTH * WIDTH * 4;
    for (memory, is_loaded, launches) in [(weights - 1, false, false), (weights + 20_000, true, true)] {
        let device = shim();
        let config = Config {
            memory: Some(memory as u64),
            worth: 0,
            ..Config::default()
        };
        let (mut runner, is_there) = runner(deep(), &Programs::new(device.clone(), config));
        assert_eq!(is_there, is_loaded);
        // One row fits, 64 do not.
        all_are_right(&mut runner, &deep(), &[request(64, 1)]);
        assert_eq!(device.launches(), 0, "{memory} bytes");
        all_are_right(&mut runner, &deep(), &[request(1, 1)]);
        assert_eq!(device.launches() > 0, launches, "{memory} bytes");
    }
}

/// An operation on x of one axis.
fn line(op: Op) -> Program {
    let node = Node { operands: vec![0], op };
    Program::new(Graph {
        dimensions: vec![Dimension {
            max: 1 << 30,
            min: 1,
            name: "n".into(),
        }],
        inputs: vec![Input {
            name: "x".into(),
            shape: vec![Expression::dimension("n")],
            element: Type::F32,
        }],
        nodes: vec![node],
        outputs: vec![Output {
            name: "y".into(),
            value: 1,
        }],
        ..Graph::default()
    })
    .unwrap()
}

#[test]
fn lines_that_would_take_a_device_too_long_should_run_on_the_cpu() {
    let top = Op::TopK {
        axis: 0,
        k: 1.into(),
        largest: true,
    };
    for op in [top, Op::ArgMax { axis: 0, keep: true }] {
        let (device, name) = (shim(), op.name());
        let (mut runner, is_there) = runner(line(op.clone()), &programs(device.clone()));
        assert!(is_there, "{name}");
        let values = |n: usize| {
            let data = (0..n).map(|i| (i * 7919 % 1009) as f32).collect();
            vec![Value::F32(Tensor::new(vec![n], data).unwrap())]
        };
        // One element more than a thread may look at.
        all_are_right(&mut runner, &line(op.clone()), &[values((1 << 20) + 1)]);
        assert_eq!(device.launches(), 0, "{name}");
        all_are_right(&mut runner, &line(op), &[values(1_000)]);
        assert!(device.launches() > 0, "{name}");
    }
}

#[test]
fn no_launch_should_have_more_steps_than_a_device_does_in_about_a_second() {
    let plan = |m: i64, k: i64| {
        let input = |name: &str, shape: [i64; 2]| Input {
            name: name.into(),
            shape: shape.map(Expression::from).into(),
            element: Type::F32,
        };
        let program = Program::new(Graph {
            inputs: vec![input("a", [m, k]), input("b", [k, m])],
            nodes: vec![Node {
                operands: vec![0, 1],
                op: Op::MatMul,
            }],
            outputs: vec![Output {
                name: "y".into(),
                value: 2,
            }],
            ..Graph::default()
        })
        .unwrap();
        let shapes = program.at(&Default::default()).unwrap();
        Plan::new(&program, shapes, &[])
    };
    let steps = |m, k| {
        plan(m, k)
            .unwrap()
            .launches
            .iter()
            .map(|launch| launch.steps)
            .sum::<u64>()
    };
    assert_eq!(steps(1 << 12, 1 << 12), 1 << 36);
    assert_eq!(steps(1 << 10, 1 << 20), 1 << 40);
    for (m, k, said) in [
        (1, (1 << 20) + 1, "1048577 of them"),
        ((1 << 10) + 1, 1 << 20, "MatMul of so many elements"),
    ] {
        let lacks = plan(m, k).unwrap_err().to_string();
        assert!(lacks.contains(said), "{m} times {k}: {lacks}");
    }
}

#[test]
fn small_runs_should_stay_on_the_cpu() {
    let device = shim();
    let config = |worth| Config {
        worth,
        ..Config::default()
    };
    let flops = |rows| {
        deep()
            .flops()
            .value(&deep().sizes_of(&[&[rows, WIDTH]]).unwrap())
            .unwrap() as u64
    };
    let never = Programs::new(device.clone(), config(flops(64) + 1));
    assert!(never.load(&Arc::new(deep()), &Weights::new()).is_none());
    let (mut runner, is_there) = runner(deep(), &Programs::new(device.clone(), config(flops(9))));
    assert!(is_there);
    all_are_right(&mut runner, &deep(), &[request(8, 1)]);
    assert_eq!(device.launches(), 0);
    all_are_right(&mut runner, &deep(), &[request(9, 1)]);
    assert!(device.launches() > 0);
}

#[test]
fn a_run_that_is_cancelled_should_end() {
    let device = programs(shim());
    let (mut runner, _) = runner(deep(), &device);
    let inputs = request(3, 1);
    let stop = runner.run_batch(&[&inputs], &|_, _| false);
    assert_eq!(stop, Err(quorate_infer::Stop::Cancelled));
    assert!(
        device.load(&Arc::new(deep()), &Weights::new()).is_some(),
        "it was switched off"
    );
}

#[test]
fn self_test_should_give_the_same_digest_everywhere() {
    let digest = |order, seed| {
        let device = Shim::new(Variant::Plain, order, 5);
        programs(device).self_test(2, seed).unwrap().to_hex().to_string()
    };
    let ours = digest(Order::Ascending, 9);
    assert_eq!(ours, digest(Order::Random, 9));
    assert_ne!(ours, digest(Order::Ascending, 10));
}
