//! Operations and small programs on a device against the reference.

use super::{
    cases::Random,
    operations::{Maker, Numbers, Operation},
};
use crate::{
    device::Device,
    infer::loaded::{Answer, Loaded, Refused},
};
use blake3::Hasher;
use quorate_exact::infer::Fault;
use quorate_infer::{selftest, TensorBytes, Tensors};
use quorate_program::{Constant, Graph, Input, ModelTensor, Node, Op, Output, Program, Sizes, Value};
use std::sync::Arc;

/// Runs every operation `rounds` times, with ordinary numbers and with hard ones, and the programs of the CPU's self-test that the device
/// can run. All answers go into `hasher`.
///
/// # Errors
/// The first difference.
pub fn run<D: Device>(device: &Arc<D>, random: &mut Random, rounds: u64, hasher: &mut Hasher) -> Result<(), String> {
    for round in 0..rounds {
        let numbers = if round % 2 == 0 {
            Numbers::Ordinary
        } else {
            Numbers::Hard
        };
        let mut maker = Maker {
            random: &mut *random,
            numbers,
        };
        let operations = maker.all().map_err(|fault| fault.to_string())?;
        for operation in operations {
            let name = operation.op.name();
            let fixed = random.one_in(2);
            let trial = trial(operation, fixed).map_err(|why| format!("{name}: {why}"))?;
            compare(device, &trial, hasher).map_err(|why| format!("{name} (round {round}): {why}"))?;
        }
    }
    let mut run = 0;
    for whole in selftest::trials().unwrap_or_default() {
        let name = whole.name;
        let trial = Trial {
            program: Arc::new(whole.program),
            tensors: whole.tensors,
            inputs: whole.inputs,
        };
        match compare(device, &trial, hasher) {
            Ok(()) => run += 1,
            Err(Difference::Refused(Refused::Lacks(_))) => (),
            Err(why) => return Err(format!("{name}: {why}")),
        }
    }
    match run {
        0 => Err("the device has run none of the programs of the self-test".into()),
        _ => Ok(()),
    }
}

/// A program with values for its tensors and inputs.
pub struct Trial {
    /// The program.
    pub program: Arc<Program>,
    /// One for each tensor.
    pub tensors: Vec<Value>,
    /// One for each input.
    pub inputs: Vec<Value>,
}

/// How a device's answer differs.
#[derive(Debug, thiserror::Error)]
pub enum Difference {
    /// There is none.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// It is another one.
    #[error("not what the reference says: {0}")]
    Other(String),
}

/// One operation as a program. With `fixed` all operands but the first are tensors of the model.
///
/// # Errors
/// Where it is no program.
pub fn trial(operation: Operation, fixed: bool) -> Result<Trial, String> {
    let Operation { op, operands, results } = operation;
    let mut graph = Graph::default();
    let (mut inputs, mut tensors) = (vec![], vec![]);
    let mut kinds = vec![];
    for (number, value) in operands.into_iter().enumerate() {
        let shape: Vec<u64> = value.shape().iter().map(|&d| d as u64).collect();
        let element = value.element();
        if number == 1 && matches!(op, Op::Rope { .. }) {
            kinds.push((2, graph.constants.len()));
            let bytes = value.bytes();
            graph.constants.push(Constant { shape, element, bytes });
        } else if number > 0 && fixed {
            kinds.push((1, tensors.len()));
            let name = format!("tensor{}", tensors.len());
            graph.tensors.push(ModelTensor { name, shape, element });
            tensors.push(value);
        } else {
            kinds.push((0, inputs.len()));
            graph.inputs.push(Input {
                name: format!("input{}", inputs.len()),
                shape: shape.iter().map(|&d| (d as i64).into()).collect(),
                element,
            });
            inputs.push(value);
        }
    }
    let first = [0, inputs.len(), inputs.len() + tensors.len()];
    let sources = first[2] + graph.constants.len();
    graph.nodes.push(Node {
        operands: kinds
            .into_iter()
            .map(|(kind, number)| (first[kind] + number) as u32)
            .collect(),
        op,
    });
    graph.outputs = (0..results)
        .map(|result| Output {
            name: format!("output{result}"),
            value: (sources + result) as u32,
        })
        .collect();
    let program = Program::new(graph).map_err(|error| error.to_string())?;
    Ok(Trial {
        program: Arc::new(program),
        tensors,
        inputs,
    })
}

/// Runs a program on a device and by the reference.
///
/// # Errors
/// [`Difference`].
pub fn compare<D: Device>(device: &Arc<D>, trial: &Trial, hasher: &mut Hasher) -> Result<(), Difference> {
    let other = |why: &dyn std::fmt::Debug| Difference::Other(format!("{why:?}"));
    let expected = trial.program.run(trial.inputs.clone(), &trial.tensors);
    let got = answer(device, trial)?;
    match (got, expected) {
        (Answer::Outputs(got), Ok(expected)) => {
            for (number, (got, expected)) in got.iter().zip(&expected).enumerate() {
                let (got, expected) = (got.bytes(), expected.bytes());
                let width = trial.program.types()[trial.program.graph().outputs[number].value as usize]
                    .element
                    .bytes();
                if let Some(at) = got.chunks(width).zip(expected.chunks(width)).position(|(a, b)| a != b) {
                    let pair = (at, &got[at * width..][..width], &expected[at * width..][..width]);
                    return Err(other(&("output, element, bytes, expected", number, pair)));
                }
                hasher.update(&got);
            }
            Ok(())
        }
        (Answer::Fault { node }, Err(fault @ (Fault::NaN | Fault::Range | Fault::Index { .. }))) => {
            hasher.update(format!("node {node}: {}", fault == Fault::NaN).as_bytes());
            Ok(())
        }
        (got, expected) => Err(other(&(kind(&got), expected.map(|_| "outputs")))),
    }
}

fn kind(answer: &Answer) -> String {
    match answer {
        Answer::Outputs(_) => "outputs".into(),
        Answer::Fault { node } => format!("a fault of node {node}"),
    }
}

/// What a device says of a program that is loaded for this once.
///
/// # Errors
/// [`Refused`].
pub fn answer<D: Device>(device: &Arc<D>, trial: &Trial) -> Result<Answer, Refused> {
    let (loaded, sizes) = loaded(device, trial)?;
    loaded.run(&trial.inputs, &sizes, &|| true)
}

/// The program with its tensors on a device, and the sizes of its inputs.
///
/// # Errors
/// [`Refused`].
pub fn loaded<D: Device>(device: &Arc<D>, trial: &Trial) -> Result<(Loaded<D>, Sizes), Refused> {
    let loaded = Loaded::new(device, &trial.program, &Held::of(trial), u64::MAX)?;
    let shapes: Vec<&[usize]> = trial.inputs.iter().map(Value::shape).collect();
    let sizes = trial.program.sizes_of(&shapes);
    Ok((loaded, sizes.map_err(|fault| Refused::Values(fault.to_string()))?))
}

/// Tensors of a trial, as they lie in memory.
struct Held<'a>(Vec<(&'a ModelTensor, Vec<u8>)>);

impl<'a> Held<'a> {
    fn of(trial: &'a Trial) -> Self {
        let tensors = trial.program.graph().tensors.iter();
        Self(tensors.zip(trial.tensors.iter().map(Value::bytes)).collect())
    }
}

impl Tensors for Held<'_> {
    fn tensor(&self, name: &str) -> Option<TensorBytes<'_>> {
        let (tensor, bytes) = self.0.iter().find(|(tensor, _)| tensor.name == name)?;
        Some(TensorBytes {
            shape: &tensor.shape,
            element: Ok(tensor.element),
            bytes,
        })
    }
}
