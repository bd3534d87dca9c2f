//! What this machine can answer, as it declares it.

use crate::evaluation::{memory, Bounds, BESIDE};
use quorate_exact::infer::{Fault, Tensor};
use quorate_infer::{selftest, Model, ModelError, Options, Runner, Stop, TensorBytes, Tensors};
use quorate_inference::{operations, write, Asked, Malformed};
use quorate_primitives::job::infer::Task;
use quorate_program::{
    op::{Binary, Unary},
    Graph, Input, ModelTensor, Node, Op, Output, Program, ProgramError, Real, Type, Value, MAX_HEADER,
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// What a machine can answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// MiB of one batch, as section 22 of `exactness.md` counts them.
    pub memory: u32,
    /// Millions of operations in a second, as section 22 counts them.
    pub speed: u64,
}

/// The engine needs at most so many times the bytes of section 22: while a version is read its tensors are there twice, and the largest
/// of them once more; a run's values need less.
const MARGIN: u64 = 3;
/// How often the speed is measured, and how long each time.
const TIMES: u32 = 3;
const EACH: Duration = Duration::from_millis(150);
/// Rows, and their numbers, of the program that is measured: many rows, whose weights stay in a core's cache. One that is bound by memory
/// would tell what all programs of the machine leave of its memory's rate at that moment: four workers that start at once on one machine would
/// each declare a half of what they can.
const SIZES: [usize; 3] = [64, 256, 1_024];
/// Of a layer's normalisation.
const EPSILON: f32 = 1e-5;

/// Why the speed is not known.
#[derive(Debug, thiserror::Error)]
pub enum Unmeasured {
    #[error("the program that is measured: {0}")]
    Program(#[from] ProgramError),
    #[error("the program that is measured: {0}")]
    Model(#[from] ModelError),
    #[error("the run that is measured: {0}")]
    Run(#[from] Stop),
    #[error("the request that is measured: {0}")]
    Request(#[from] Malformed),
    #[error("the values that are measured with: {0}")]
    Values(#[from] Fault),
}

impl Capacity {
    /// Measured now, for about a second.
    pub(crate) fn measure(bounds: Bounds<'_>) -> Result<Self, Unmeasured> {
        let memory = bounds.memory.or_else(memory::free).unwrap_or(u64::MAX);
        Ok(Self {
            memory: declared(memory),
            speed: speed_of(SIZES, bounds)?,
        })
    }
}

/// MiB, as section 22 counts them, of what so many bytes are enough for.
fn declared(memory: u64) -> u32 {
    let beside = BESIDE.saturating_add(2 * MAX_HEADER);
    u32::try_from((memory.saturating_sub(beside) / MARGIN) >> 20).unwrap_or(u32::MAX)
}

/// The larger of what all threads do by the clock and of what one does by its time on a processor: other programs that use the machine
/// meanwhile make the first one small, and both are what the machine can do without them.
fn speed_of(sizes: [usize; 3], bounds: Bounds<'_>) -> Result<u64, Unmeasured> {
    let program = program(sizes)?;
    let weights = Weights::new(&program)?;
    let inputs = vec![floats(0, &sizes[..2])?];
    let all = Measured::new(&program, &weights, &inputs, bounds)?.best(&Instant::now, &|begin| begin.elapsed())?;
    let alone = Bounds { threads: 1, ..bounds };
    let one = Measured::new(&program, &weights, &inputs, alone)?
        .best(&on_processor, &|begin| on_processor().saturating_sub(*begin))?;
    Ok(all.max(one))
}

/// How long this thread has run on a processor; nothing where the system does not tell.
fn on_processor() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat");
    let first = told.ok().and_then(|told| told.split_whitespace().next()?.parse().ok());
    Duration::from_nanos(first.unwrap_or(0))
}

/// What is measured: a run, and its millions of operations.
struct Measured {
    runner: Runner,
    inputs: Vec<Value>,
    operations: u64,
}

impl Measured {
    fn new(program: &Program, weights: &Weights, inputs: &[Value], bounds: Bounds<'_>) -> Result<Self, Unmeasured> {
        let blob = write(program, [0; 32], inputs.to_vec())?;
        let asked = Asked::read(program, &Task::Run, &blob)?;
        let operations = operations(program, &Task::Run, &asked, 0).unwrap_or(0);
        let options = Options {
            isa: selftest::best(bounds.instructions).map_err(ModelError::from)?,
            threads: bounds.threads,
            ..Options::default()
        };
        let mut runner = Runner::new(Arc::new(Model::new(program.clone(), weights, options)?));
        // Memory is taken, and code read, at the first run.
        runner.run(inputs)?;
        Ok(Self {
            runner,
            inputs: inputs.to_vec(),
            operations,
        })
    }

    /// Millions of operations in a second, the best of some times, by a clock that says `now`, and what has passed `since`.
    fn best<T>(mut self, now: &dyn Fn() -> T, since: &dyn Fn(&T) -> Duration) -> Result<u64, Unmeasured> {
        let mut best = 0;
        for _ in 0..TIMES {
            let (until, begin, mut runs) = (Instant::now() + EACH, now(), 0u64);
            while Instant::now() < until || runs == 0 {
                self.runner.run(&self.inputs)?;
                runs += 1;
            }
            let took = since(&begin).as_nanos();
            let speed = (u128::from(runs) * u128::from(self.operations) * 1_000_000_000).checked_div(took);
            best = best.max(speed.map_or(0, |speed| u64::try_from(speed).unwrap_or(u64::MAX)));
        }
        Ok(best)
    }
}

/// What a layer of a language model has beside its attention, over rows: x [rows, width].
fn program([rows, width, inner]: [usize; 3]) -> Result<Program, Unmeasured> {
    let tensor = |name: &str, shape: &[usize]| ModelTensor {
        name: name.into(),
        shape: shape.iter().map(|&size| size as u64).collect(),
        element: Type::F32,
    };
    let node = |op: Op, operands: &[u32]| Node {
        operands: operands.to_vec(),
        op,
    };
    let epsilon = Real::new(EPSILON).ok_or(Fault::Parameter("epsilon"))?;
    let program = Program::new(Graph {
        inputs: vec![Input {
            name: "x".into(),
            shape: vec![(rows as i64).into(), (width as i64).into()],
            element: Type::F32,
        }],
        // 1 to 4
        tensors: vec![
            tensor("up", &[inner, width]),
            tensor("down", &[width, inner]),
            tensor("gain", &[width]),
            tensor("bias", &[width]),
        ],
        nodes: vec![
            node(Op::LayerNorm { epsilon }, &[0, 3, 4]),
            node(Op::Linear, &[5, 1]),
            node(Op::Unary(Unary::Gelu), &[6]),
            node(Op::Linear, &[7, 2]),
            node(Op::Binary(Binary::Add), &[8, 0]),
            node(Op::Softmax { axis: 1 }, &[9]),
        ],
        outputs: vec![Output {
            name: "y".into(),
            value: 10,
        }],
        ..Graph::default()
    });
    Ok(program?)
}

/// Tensors of a program: small numbers.
struct Weights(Vec<(ModelTensor, Vec<u8>)>);

impl Weights {
    fn new(program: &Program) -> Result<Self, Fault> {
        let tensors = program.graph().tensors.iter().enumerate();
        let filled = tensors.map(|(number, tensor)| {
            let shape: Vec<usize> = tensor.shape.iter().map(|&size| size as usize).collect();
            Ok((tensor.clone(), floats(number as u64 + 1, &shape)?.bytes()))
        });
        filled.collect::<Result<_, _>>().map(Self)
    }
}

impl Tensors for Weights {
    fn tensor(&self, name: &str) -> Option<TensorBytes<'_>> {
        let (tensor, bytes) = self.0.iter().find(|(tensor, _)| tensor.name == name)?;
        Some(TensorBytes {
            shape: &tensor.shape,
            element: Ok(tensor.element),
            bytes,
        })
    }
}

/// Numbers from -0.5 to 0.5, others for each seed.
fn floats(seed: u64, shape: &[usize]) -> Result<Value, Fault> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1u64 << 24) as f32 - 0.5
    };
    let data = (0..shape.iter().product()).map(|_| next()).collect();
    Tensor::new(shape.to_vec(), data).map(Value::F32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_infer::Level;

    fn bounds(memory: u64, instructions: Level) -> Bounds<'static> {
        Bounds {
            threads: 1,
            memory: Some(memory),
            instructions,
            device: None,
        }
    }

    #[test]
    fn a_machine_should_be_measured_at_each_level_of_instructions() {
        for level in [Level::Avx512, Level::Scalar] {
            // And where memory is what takes time, which is not declared.
            for sizes in [SIZES, [1, 4_096, 2_048]] {
                let speed = speed_of(sizes, bounds(1 << 30, level)).unwrap();
                println!("{level}, {sizes:?}: {speed}");
            }
            let capacity = Capacity::measure(bounds(1 << 30, level)).unwrap();
            assert_eq!(capacity.memory, declared(1 << 30));
            assert!(capacity.speed > 0, "{level}: {capacity:?}");
            println!(
                "{level}: {} millions of operations in a second, one thread",
                capacity.speed
            );
        }
    }

    #[test]
    fn one_threads_speed_should_not_depend_on_what_else_runs() {
        let (begin, mut x) = (Instant::now(), 1u64);
        while on_processor() == Duration::ZERO {
            assert!(
                begin.elapsed() < Duration::from_secs(10),
                "this system does not tell: {x}"
            );
            (0..100_000).for_each(|i| x = x.wrapping_mul(3) ^ i);
        }
        let begin = on_processor();
        std::thread::sleep(Duration::from_millis(50));
        let slept = on_processor() - begin;
        assert!(slept < Duration::from_millis(25), "{slept:?}");
    }

    #[test]
    fn what_is_declared_should_be_a_third_of_what_is_left_beside() {
        let beside = BESIDE + 2 * MAX_HEADER;
        assert_eq!(declared(beside + (3 << 20)), 1);
        assert_eq!(declared(beside + (3 << 20) - 1), 0);
        assert_eq!(declared(beside + (300 << 20)), 100);
        assert_eq!((declared(0), declared(u64::MAX)), (0, u32::MAX));
    }
}
