//! From nodes to steps: what is done to a product before it leaves the cache, chains of operations on elements, what is only seen with another
//! shape.

use std::ops::Range;

use quorate_infer_kernels::{elementwise, functions::Function};
use quorate_program::{
    op::{Binary, Unary},
    Op, Program, Type,
};

use crate::{
    spread::Spread,
    steps::{Kernel, Link, Step, MAX_LINKS},
};

/// Makes steps of nodes.
pub(crate) struct Builder<'a> {
    program: &'a Program,
    fixed: &'a [bool],
    /// Nodes whose weights are put in order once.
    ordered: &'a [bool],
    fused: bool,
    /// The only node that reads a value, if there is just one and it is no output.
    reader: Vec<Option<usize>>,
    /// Nodes that are part of a step.
    done: Vec<bool>,
    /// How many nodes before each may find another fault than NaN.
    others: Vec<usize>,
}

impl<'a> Builder<'a> {
    pub fn new(program: &'a Program, fixed: &'a [bool], ordered: &'a [bool], fused: bool) -> Self {
        let graph = program.graph();
        let mut readers = vec![(0usize, 0usize); fixed.len()];
        for (index, node) in graph.nodes.iter().enumerate() {
            for &operand in &node.operands {
                let (count, reader) = &mut readers[operand as usize];
                *count += 1;
                *reader = index;
            }
        }
        for output in &graph.outputs {
            readers[output.value as usize].0 += 2;
        }
        let mut others = vec![0];
        for node in &graph.nodes {
            let x = node.operands.first().map(|&x| program.types()[x as usize].element);
            let other = match node.op {
                Op::Gather { .. } | Op::Cast { .. } => true,
                Op::Binary(_) => x != Some(Type::F32),
                _ => false,
            };
            others.push(others[others.len() - 1] + usize::from(other));
        }
        Self {
            program,
            fixed,
            ordered,
            fused,
            reader: readers
                .into_iter()
                .map(|(count, reader)| (count == 1).then_some(reader))
                .collect(),
            done: vec![false; graph.nodes.len()],
            others,
        }
    }

    pub fn steps(mut self) -> Vec<Step> {
        let mut steps = vec![];
        for index in 0..self.done.len() {
            let results = self.program.results(index);
            if !self.done[index] && !self.fixed[results.start] {
                steps.push(self.step(index, results));
            }
        }
        steps
    }

    fn step(&mut self, index: usize, results: Range<usize>) -> Step {
        let node = &self.program.graph().nodes[index];
        let mut step = Step {
            node: index,
            last: index,
            kernel: Kernel::Node,
            reads: node.operands.clone(),
            results,
        };
        if self.is_alias(index) {
            step.kernel = Kernel::Alias;
        } else if self.ordered[index] && matches!(node.op, Op::Linear) {
            let links = self.chain(&mut step, true);
            step.kernel = Kernel::Linear(links);
        } else if self.ordered[index] {
            let links = self.chain(&mut step, true);
            step.kernel = Kernel::Conv(links);
        } else if let Some((start, link)) = self.link(index, None) {
            let mut links = vec![link];
            links.extend(self.chain_from(&mut step, false, &links));
            step.kernel = Kernel::Elementwise { start, links };
        }
        step
    }

    fn chain(&mut self, step: &mut Step, product: bool) -> Vec<Link> {
        self.chain_from(step, product, &[])
    }

    /// What follows a step's result element by element, and nothing else reads on the way.
    fn chain_from(&mut self, step: &mut Step, product: bool, before: &[Link]) -> Vec<Link> {
        let mut links = vec![];
        while let Some(next) = self.reader[step.results.start].filter(|_| self.fused) {
            let value = step.results.start as u32;
            let Some((_, link)) = self.link(next, Some(value)) else {
                break;
            };
            // Which fault is the first one must not depend on what is fused: nothing between may find another one than NaN.
            let quiet = self.others[next] == self.others[step.node];
            let fits = match product {
                true => self.fits_product(link, value),
                false => fits(before.iter().chain(&links), link),
            };
            if self.done[next] || !quiet || !fits || before.len() + links.len() == MAX_LINKS {
                break;
            }
            if let Link::Pair { other, .. } = link {
                step.reads.push(other);
            }
            links.push(link);
            self.done[next] = true;
            step.last = next;
            step.results = self.program.results(next);
        }
        links
    }

    /// A node as a link from `from`, or from an operand that has the result's shape.
    fn link(&self, index: usize, from: Option<u32>) -> Option<(u32, Link)> {
        let node = &self.program.graph().nodes[index];
        let types = self.program.types();
        let result = &types[self.program.results(index).start];
        if result.element != Type::F32 {
            return None;
        }
        match (&node.op, node.operands.as_slice()) {
            (Op::Unary(unary), &[x]) if !self.fixed[x as usize] => Some((x, Link::Map(function(*unary)))),
            (Op::Binary(binary), &[a, b]) => {
                let whole = |x: u32| !self.fixed[x as usize] && types[x as usize].shape == result.shape;
                // A chain's own value is never broadcast: the result would have more elements than it.
                let starts = |x: u32| from.is_none_or(|from| from == x) && whole(x);
                let first = starts(a);
                if !first && !starts(b) {
                    return None;
                }
                let (start, other) = if first { (a, b) } else { (b, a) };
                let mut spread = Spread::of(&types[other as usize].shape, &result.shape)?;
                if self.fixed[other as usize] && spread == Spread::All {
                    // A fixed value has no batch: it is one row of each request.
                    spread = Spread::Row { axis: 0 };
                }
                let link = Link::Pair {
                    how: pair(*binary),
                    other,
                    spread,
                    after: !first,
                };
                Some((start, link))
            }
            _ => None,
        }
    }

    /// Whether a link can be done on tiles of a product of all requests.
    fn fits_product(&self, link: Link, value: u32) -> bool {
        let last = self.program.types()[value as usize].shape.len() - 1;
        match link {
            Link::Map(_) => true,
            Link::Pair { other, spread, .. } => match spread {
                Spread::All => true,
                Spread::One => self.fixed[other as usize],
                Spread::Row { axis } => axis == last && self.fixed[other as usize],
                Spread::Column { .. } => false,
            },
        }
    }

    /// Whether the result is the operand's elements in their order.
    fn is_alias(&self, index: usize) -> bool {
        let node = &self.program.graph().nodes[index];
        let types = self.program.types();
        let Some(&operand) = node.operands.first().filter(|&&x| !self.fixed[x as usize]) else {
            return false;
        };
        let (x, y) = (&types[operand as usize], &types[self.program.results(index).start]);
        match &node.op {
            Op::Reshape { .. } => true,
            Op::Expand { .. } => {
                let moves = |shape: &[quorate_program::Expression]| {
                    shape.iter().filter(|d| !d.is(1)).cloned().collect::<Vec<_>>()
                };
                moves(&x.shape) == moves(&y.shape)
            }
            Op::Transpose { order } => {
                let kept: Vec<u32> = order
                    .iter()
                    .copied()
                    .filter(|&axis| !x.shape[axis as usize].is(1))
                    .collect();
                kept.is_sorted()
            }
            Op::Cast { to } => *to == x.element,
            _ => false,
        }
    }
}

/// Whether a link sees the same rows as those before.
fn fits<'a>(mut before: impl Iterator<Item = &'a Link>, link: Link) -> bool {
    let axis = |link: &Link| match link {
        Link::Pair {
            spread: Spread::Row { axis } | Spread::Column { axis },
            ..
        } => Some(*axis),
        _ => None,
    };
    let own = axis(&link);
    before.all(|link| own.is_none() || axis(link).is_none_or(|axis| Some(axis) == own))
}

fn pair(binary: Binary) -> elementwise::Binary {
    match binary {
        Binary::Add => elementwise::Binary::Add,
        Binary::Div => elementwise::Binary::Div,
        Binary::Max => elementwise::Binary::Max,
        Binary::Min => elementwise::Binary::Min,
        Binary::Mul => elementwise::Binary::Mul,
        Binary::Sub => elementwise::Binary::Sub,
    }
}

fn function(unary: Unary) -> Function {
    match unary {
        Unary::Abs => Function::Abs,
        Unary::Clip(bounds) => Function::Clip {
            low: bounds.low.get(),
            high: bounds.high.get(),
        },
        Unary::Cos => Function::Cos,
        Unary::Cube => Function::Cube,
        Unary::Erf => Function::Erf,
        Unary::Exp => Function::Exp,
        Unary::Gelu => Function::Gelu,
        Unary::GeluTanh => Function::GeluTanh,
        Unary::HardSigmoid(line) => Function::HardSigmoid {
            alpha: line.alpha.get(),
            beta: line.beta.get(),
        },
        Unary::Log => Function::Log,
        Unary::Neg => Function::Neg,
        Unary::Relu => Function::Relu,
        Unary::Sigmoid => Function::Sigmoid,
        Unary::Silu => Function::Silu,
        Unary::Sin => Function::Sin,
        Unary::Sqrt => Function::Sqrt,
        Unary::Square => Function::Square,
        Unary::Tanh => Function::Tanh,
    }
}
