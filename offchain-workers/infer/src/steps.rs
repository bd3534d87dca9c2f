//! Steps: what is done together, what is not done at all.

use std::ops::Range;

use quorate_exact::infer::Fault;
use quorate_infer_kernels::{elementwise, functions::Function};

use crate::spread::Spread;

/// Most links of a chain.
pub(crate) const MAX_LINKS: usize = 8;

/// Something that is done to each element of a value.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Link {
    /// A function of it.
    Map(Function),
    /// An operation with another value.
    Pair {
        how: elementwise::Binary,
        other: u32,
        spread: Spread,
        /// The other one is the first operand.
        after: bool,
    },
}

/// How a step is done.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Kernel {
    /// Not at all: the result is the operand, seen with another shape.
    Alias,
    /// A product with packed weights, and what follows it element by element.
    Linear(Vec<Link>),
    /// A convolution with weights that are fixed, and what follows it element by element.
    Conv(Vec<Link>),
    /// Links of a chain from a value.
    Elementwise { start: u32, links: Vec<Link> },
    /// By the node's operation.
    Node,
    /// What the weights alone say: the run ends here.
    Fault(Fault),
}

/// One or more nodes that are done together.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Step {
    /// The first node.
    pub node: usize,
    /// The last one: steps are in the order of these.
    pub last: usize,
    pub kernel: Kernel,
    /// Values that are read.
    pub reads: Vec<u32>,
    /// Values that are written.
    pub results: Range<usize>,
}
