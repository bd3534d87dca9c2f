//! Operations become launches: one file for each of `kernels`.

mod attention;
mod elementwise;
mod matmul;
mod moves;
mod rows;
mod windows;

use super::{
    kernel::Kernel,
    launch::{
        Given::{self, At, Word},
        Launch, Place,
    },
    table::{broadcast, Source, Table},
};
use quorate_program::{op::Logic, Op, Shapes, Type};

/// Most steps that one thread may do one after the other. Each may wait for the device's memory, about a microsecond: a second in all.
const MOST_CHAIN: u64 = 1 << 20;
/// Most steps of a launch, which nothing can interrupt: a second or so, as such devices are. Operations are paid for by their elements,
/// and TopK compares each with all others of its line.
pub const MOST_STEPS: u64 = 1 << 40;
/// Threads of a warp.
const LANES: usize = 32;

/// A value of a node.
#[derive(Clone, Copy, Debug)]
pub struct Operand<'a> {
    /// Where it lies.
    pub place: Place,
    /// Its elements.
    pub element: Type,
    /// Its shape.
    pub shape: &'a [usize],
}

impl Operand<'_> {
    fn len(&self) -> usize {
        self.shape.iter().product()
    }

    fn dim(&self, axis: usize) -> usize {
        self.shape.get(axis).copied().unwrap_or(1)
    }

    fn last(&self) -> usize {
        self.shape.last().copied().unwrap_or(1)
    }

    fn bytes(&self) -> Given {
        Word(self.element.bytes() as u32)
    }
}

/// Why a node has no launches: for people.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the device lacks {0}")]
pub struct Lacks(pub String);

/// Bytes that an operation needs beside its operands and results.
pub fn scratch(op: &Op, operands: &[Operand<'_>]) -> usize {
    match (op, operands) {
        (Op::Attention { .. }, [q, k, ..]) => {
            let scores = [q.dim(0), q.dim(1), k.dim(0), size_of::<f32>()];
            scores.into_iter().fold(1, usize::saturating_mul)
        }
        _ => 0,
    }
}

/// One node of a program.
pub struct Node<'a, 't> {
    /// Its number, by which a fault is reported.
    pub number: u32,
    /// What is done.
    pub op: &'a Op,
    /// What is read.
    pub operands: &'a [Operand<'a>],
    /// What is written.
    pub results: &'a [Operand<'a>],
    /// Of [`scratch`].
    pub scratch: Place,
    /// For expressions.
    pub shapes: &'a Shapes,
    /// Gets what the kernels read of shapes.
    pub table: &'t mut Table,
}

impl Node<'_, '_> {
    /// The launches, in their order.
    ///
    /// # Errors
    /// [`Lacks`] an operation, or one of these types or of this size.
    pub fn launches(self) -> Result<Vec<Launch>, Lacks> {
        let name = self.op.name();
        let launches = self.lowered()?;
        let is_long = |launch: &&Launch| launch.chain > MOST_CHAIN || launch.steps > MOST_STEPS;
        match launches.iter().find(is_long) {
            Some(Launch { chain, steps, .. }) => Err(Lacks(format!(
                "{name} of so many elements: {steps} steps, {chain} of them one after the other"
            ))),
            None => Ok(launches),
        }
    }

    fn lowered(self) -> Result<Vec<Launch>, Lacks> {
        let float = self.operands.first().is_some_and(|x| x.element == Type::F32);
        let launch = match self.op {
            Op::Unary(function) => self.map(*function),
            Op::Binary(how) if float => self.pair(*how),
            Op::Binary(how) => self.whole(*how)?,
            Op::Compare(how) => self.compare(*how),
            Op::Logic(how) => self.logic(match how {
                Logic::And => 0,
                Logic::Or => 1,
                Logic::Xor => 2,
            }),
            Op::Not => self.logic(3),
            Op::Where => self.choose(),
            Op::Cast { .. } => self.cast(),
            Op::Linear => self.linear(),
            Op::MatMul => self.matmul(),
            Op::Conv { groups, strides } => self.conv(Kernel::Conv, *groups, strides),
            Op::ConvTranspose { groups, strides, .. } => self.conv(Kernel::ConvTranspose, *groups, strides),
            Op::MaxPool { kernel, strides, .. } => self.pool(*kernel, strides, None),
            Op::AveragePool {
                include_padding,
                kernel,
                strides,
                ..
            } => self.pool(*kernel, strides, Some(*include_padding)),
            Op::Softmax { axis } => self.softmax(*axis),
            Op::LayerNorm { epsilon } => self.layer_norm(epsilon.get()),
            Op::RmsNorm { epsilon } => self.rms_norm(epsilon.get()),
            Op::BatchNorm { epsilon } => self.batch_norm(epsilon.get()),
            Op::Reduce { axes, how, .. } => self.reduce(axes, *how),
            Op::Rope { .. } => self.rope(),
            Op::Attention { causal, scale } => return self.attention(*causal, scale.get()),
            Op::ArgMax { axis, .. } if float => self.arg_max(*axis),
            Op::TopK { axis, largest, .. } if float => self.top_k(*axis, *largest),
            Op::Gather { axis } => self.gather(*axis),
            Op::Transpose { order } => self.transpose(order),
            Op::Expand { .. } => self.expand(),
            Op::Concat { axis } => return Ok(self.concat(*axis)),
            Op::Split { axis, .. } => return Ok(self.split(*axis)),
            Op::Slice { axis, start, step, .. } => {
                let start = self.shapes.value(start).map_err(|fault| Lacks(fault.to_string()))?;
                self.take(*axis, Source::Every { start, step: *step })
            }
            Op::Resize { axis, scale } => self.take(*axis, Source::Repeated(*scale as usize)),
            Op::Pad { axis, before, fill, .. } => self.pad(*axis, *before, *fill),
            Op::Reshape { .. } => self.reshape(),
            op => {
                let of = self.operands.first().map_or(Type::F32, |x| x.element);
                return Err(Lacks(format!("{} of {of}", op.name())));
            }
        };
        Ok(vec![launch])
    }

    fn at(&self, operand: usize) -> Given {
        At(self.operands.get(operand).map_or(Place::Nowhere, |own| own.place))
    }

    fn to(&self, result: usize) -> Given {
        At(self.results.get(result).map_or(Place::Nowhere, |own| own.place))
    }

    fn faults(&self) -> [Given; 2] {
        [Word(self.number), At(Place::Fault)]
    }

    /// A thread for each element of the result.
    fn each(&self, kernel: Kernel, arguments: Vec<Given>) -> Launch {
        launch(kernel, self.results[0].len(), 1, arguments)
    }

    /// The axes of the result, with those of all operands broadcast to them.
    fn axes(&mut self) -> Given {
        let shape = self.results[0].shape;
        let operands: Vec<_> = self.operands.iter().map(|own| broadcast(own.shape, shape)).collect();
        At(self.table.axes(shape, &operands))
    }

    fn n(&self) -> Given {
        word(self.results[0].len())
    }
}

/// Dimensions and their products are at most 2^31 − 1.
fn word(n: usize) -> Given {
    Word(n as u32)
}

/// Steps of so many threads.
fn steps(threads: usize, chain: usize) -> u64 {
    (threads as u64).saturating_mul(chain as u64)
}

/// A thread for each of n, which does so many steps.
fn launch(kernel: Kernel, n: usize, chain: usize, arguments: Vec<Given>) -> Launch {
    Launch {
        kernel,
        blocks: n.div_ceil(Kernel::THREADS as usize) as u32,
        chain: chain as u64,
        steps: steps(n, chain),
        arguments,
    }
}

/// A warp for each of n, whose threads do so many steps each.
fn warps(kernel: Kernel, n: usize, chain: usize, arguments: Vec<Given>) -> Launch {
    const WARPS: usize = Kernel::THREADS as usize / LANES;
    Launch {
        kernel,
        blocks: n.div_ceil(WARPS) as u32,
        chain: chain as u64,
        steps: steps(n.saturating_mul(LANES), chain),
        arguments,
    }
}
