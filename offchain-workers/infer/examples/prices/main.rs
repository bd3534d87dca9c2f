//! How long operations take beside what they are charged (section 18 of `docs/exactness.md`), as JSON lines: of each a program of one node, in
//! the shapes that suit it least, and nanoseconds of a run for what is charged as 25 operations, which is a nanosecond at the least speed that a
//! validator may have. Above 1 it takes longer than its price says on this machine: prices [THREADS [PART-OF-A-NAME]]

mod given;
mod layers;
mod plain;

use std::{sync::Arc, time::Instant};

use given::{floats, Given};
use quorate_exact::infer::sample::Sampler;
use quorate_infer::{Choice, Model, ModelError, Options, Runner, TensorBytes, Tensors};
use quorate_program::{Graph, Input, Node, Op, Output, Program, Sizes, Value};

/// Operations in a nanosecond.
const RATE: f64 = 25.0;

fn main() {
    let threads = std::env::args()
        .nth(1)
        .map_or(1, |threads| threads.parse().expect("threads"));
    // Those alone that have this in their names.
    let wanted = std::env::args().nth(2).unwrap_or_default();
    let is_wanted = |name: &str| name.contains(&wanted);
    let cases = [plain::all(), layers::all()].concat();
    for (name, op, inputs) in cases.into_iter().filter(|(name, ..)| is_wanted(name)) {
        let (took, charged) = measured(op, &inputs, threads);
        print(&name, threads, took, charged);
    }
    for (name, sampler, first) in samplers().into_iter().filter(|(name, ..)| is_wanted(name)) {
        for logits in [1_000, 49_152, 1 << 22] {
            let charged = (256 * logits + 2_048 * first.min(logits)) as f64;
            let name = format!("{name} of {logits} logits");
            print(&name, 1, sampled(sampler, logits), charged);
        }
    }
}

fn print(what: &str, threads: usize, took: f64, charged: f64) {
    let (ms, ratio) = (took / 1e6, took * RATE / charged);
    println!("{{\"what\":\"{what}\",\"threads\":{threads},\"ms\":{ms:.3},\"charged\":{charged},\"ratio\":{ratio:.2}}}");
}

/// Samplers, and how many tokens may be chosen.
fn samplers() -> [(&'static str, Sampler, usize); 4] {
    let draw = |top_k| Sampler::Draw {
        temperature: 0.7,
        top_k,
    };
    [
        ("the largest", Sampler::Argmax, 1),
        ("a draw among 40", draw(40), 40),
        ("a draw among 1,000", draw(1_000), 1_000),
        ("a draw among all", draw(u32::MAX), usize::MAX),
    ]
}

/// Nanoseconds of the choice of a token and of the hash of its logits.
fn sampled(sampler: Sampler, logits: usize) -> f64 {
    let choice = Choice { sampler, seed: [7; 32] };
    let Value::F32(logits) = floats(&[logits]).value() else {
        unreachable!("floats")
    };
    let run = |_| {
        let begin = Instant::now();
        choice.token(logits.data(), 1).expect("a token");
        let mut hasher = blake3::Hasher::new();
        for part in logits.data().chunks(256) {
            let bytes: Vec<u8> = part.iter().flat_map(|logit| logit.to_le_bytes()).collect();
            hasher.update(&bytes);
        }
        hasher.finalize();
        begin.elapsed().as_nanos() as f64
    };
    (0..5).map(run).fold(f64::INFINITY, f64::min)
}

struct NoTensors;

impl Tensors for NoTensors {
    fn tensor(&self, _: &str) -> Option<TensorBytes<'_>> {
        None
    }
}

/// Nanoseconds of the fastest of some runs, and what a run is charged.
fn measured(op: Op, inputs: &[Given], threads: usize) -> (f64, f64) {
    let inputs: Vec<Value> = inputs.iter().map(Given::value).collect();
    let declared = inputs.iter().enumerate().map(|(i, value)| Input {
        name: format!("x{i}"),
        shape: value.shape().iter().map(|&size| (size as i64).into()).collect(),
        element: value.element(),
    });
    let operands: Vec<u32> = (0..inputs.len() as u32).collect();
    let result = inputs.len() as u32;
    let mut graph = Graph {
        inputs: declared.collect(),
        nodes: vec![Node { operands, op }],
        outputs: vec![Output {
            name: "y".into(),
            value: result,
        }],
        ..Graph::default()
    };
    let alone = Program::new(graph.clone()).expect("a program");
    let charged = alone.flops().value(&Sizes::new()).expect("a number") as f64;
    // Its first elements alone are an output: outputs are charged by their bytes.
    let results = alone.types().len() as u32;
    graph.nodes.push(Node {
        operands: vec![result],
        op: Op::Slice {
            axis: 0,
            count: 1.into(),
            start: 0.into(),
            step: 1,
        },
    });
    graph.outputs[0].value = results;
    let program = Program::new(graph).expect("a program");
    let options = Options {
        threads,
        ..Options::default()
    };
    let model: Result<Model, ModelError> = Model::new(program, &NoTensors, options);
    let mut runner = Runner::new(Arc::new(model.expect("a model")));
    let mut best = f64::INFINITY;
    let begin = Instant::now();
    for run in 0..9 {
        if run > 1 && begin.elapsed().as_secs() > 2 {
            break;
        }
        let times = std::sync::Mutex::new(vec![]);
        let inputs: &[Value] = &inputs;
        let answers = runner.run_batch(&[inputs], &|_, _| {
            times.lock().expect("a lock").push(Instant::now());
            true
        });
        answers.expect("answers").remove(0).expect("no fault");
        let times = times.into_inner().expect("a lock");
        let [.., first, second] = times.as_slice() else {
            panic!("{} steps", times.len())
        };
        best = best.min((*second - *first).as_nanos() as f64);
    }
    (best, charged)
}
