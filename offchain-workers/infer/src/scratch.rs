//! What steps need besides their values.

use std::sync::Arc;

use quorate_exact::infer::attention::Seen;
use quorate_infer_kernels::{attention::Attention, products::matmul_scratch, Isa, View, ViewMut};
use quorate_program::{Op, Shapes};

use crate::{
    model::Model,
    steps::{Kernel, Step},
};

/// Numbers of scratch for a step of requests of these shapes, before each of which there are at most `past` positions.
pub(crate) fn scratch(model: &Model, requests: &[Arc<Shapes>], step: &Step, past: usize) -> usize {
    if step.kernel != Kernel::Node {
        return 0;
    }
    let dimension =
        |shapes: &Shapes, operand: usize, axis: usize| shapes.of(step.reads[operand]).get(axis).copied().unwrap_or(0);
    let most = |each: &dyn Fn(&Shapes) -> usize| requests.iter().map(|shapes| each(shapes)).max().unwrap_or(0);
    let (isa, threads) = (model.options.isa, model.threads.count());
    match model.node(step).op {
        Op::MatMul => {
            let pairs = most(&|shapes| shapes.of(step.reads[0]).last().copied().unwrap_or(0));
            threads * matmul_scratch(isa, pairs).next_multiple_of(16)
        }
        // Weights of a request, turned.
        Op::Linear => threads * most(&|shapes| turned_scratch(isa, [0, 1].map(|axis| dimension(shapes, 1, axis)))),
        Op::Attention { .. } => {
            let each = |shapes: &Shapes| {
                let [queries, keys] = [0, 1].map(|operand| dimension(shapes, operand, 0));
                attention(shapes, step, 1.0).scratch(isa, queries, past + keys)
            };
            threads * most(&each).next_multiple_of(16)
        }
        // Cosines and sines of all positions.
        Op::Rope { .. } => 2 * most(&|shapes| dimension(shapes, 0, 0) * dimension(shapes, 1, 0)),
        Op::Lstm | Op::Gru { .. } => most(&|shapes| recurrence(isa, shapes, step)),
        Op::BatchNorm { .. } => most(&|shapes| dimension(shapes, 1, 0)),
        _ => 0,
    }
}

/// Columns of a request's own weights that are turned at once: they stay in the cache until they are used.
pub(crate) const TURNED: usize = 64;

/// Numbers of scratch of each thread, for weights [n, k] of a request's own.
pub(crate) fn turned_scratch(isa: Isa, [n, k]: [usize; 2]) -> usize {
    (n.min(TURNED) * k + matmul_scratch(isa, k)).next_multiple_of(16)
}

/// Heads, and how large they are.
pub(crate) fn attention(shapes: &Shapes, step: &Step, scale: f32) -> Attention {
    let dimension = |operand: usize, axis: usize| shapes.of(step.reads[operand]).get(axis).copied().unwrap_or(0);
    Attention {
        heads: dimension(0, 1),
        groups: dimension(1, 1),
        size: dimension(0, 2),
        value_size: dimension(2, 2),
        scale,
        seen: Seen::All,
    }
}

/// Numbers of scratch.
fn recurrence(isa: Isa, shapes: &Shapes, step: &Step) -> usize {
    Recurrence::of(shapes, step).map_or(0, |sizes| {
        let parts: usize = sizes.parts().into_iter().sum();
        parts + matmul_scratch(isa, sizes.input.max(sizes.units))
    })
}

/// Steps, sequences, numbers of an input, units and gates.
#[derive(Clone, Copy)]
pub(crate) struct Recurrence {
    pub steps: usize,
    pub sequences: usize,
    pub input: usize,
    pub units: usize,
    pub gates: usize,
}

impl Recurrence {
    pub fn of(shapes: &Shapes, step: &Step) -> Option<Self> {
        let &[steps, sequences, input] = shapes.of(step.reads[0]) else {
            return None;
        };
        let &[rows, units] = shapes.of(step.reads[2]) else {
            return None;
        };
        let gates = rows.checked_div(units)?;
        Some(Self {
            steps,
            sequences,
            input,
            units,
            gates,
        })
    }

    /// A row of numbers for each sequence.
    pub fn view(self, data: &[f32], columns: usize) -> View<'_> {
        View::new(data, self.sequences, columns)
    }

    pub fn view_mut(self, data: &mut [f32], columns: usize) -> ViewMut<'_> {
        ViewMut::new(data, self.sequences, columns)
    }

    /// Numbers of the turned weights of inputs and state, of the inputs' products, a step's sums, and twice a gate of them.
    pub fn parts(self) -> [usize; 6] {
        let Self {
            steps,
            sequences,
            input,
            units,
            gates,
        } = self;
        let (width, one) = (gates * units, sequences * units);
        [
            input * width,
            units * width,
            steps * sequences * width,
            sequences * width,
            one,
            one,
        ]
    }
}
