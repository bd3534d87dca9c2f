//! LSTM and GRU: the products with all inputs at once, then step after step those with the state.

use quorate_infer_kernels::{
    elementwise::{self, Binary, Operand},
    moves::transpose,
    products::matmul,
    recurrent::{gru_after, gru_cell, gru_reset, lstm_cell},
    Isa, View, ViewMut,
};
use quorate_program::Op;

use super::chain::pair;
use crate::{
    scratch::Recurrence,
    steps::Step,
    work::{floats, Part, Work},
};

pub(crate) fn run(work: &mut Work<'_, '_>, step: &Step) -> Option<bool> {
    let mut nan = false;
    for request in work.requests() {
        nan |= one(work, step, request)?;
    }
    Some(nan)
}

fn add(isa: Isa, to: ViewMut<'_>, other: Operand<'_>) {
    // A NaN is one in the results too.
    let _nan = elementwise::apply(isa, &[pair(Binary::Add, other, false)], to, [0, 0]);
}

fn one(work: &mut Work<'_, '_>, step: &Step, request: usize) -> Option<bool> {
    let (model, plan) = (work.model, work.plan);
    let sizes = Recurrence::of(plan.shapes(request), step)?;
    let (isa, part) = (model.options.isa, Part::Of(request));
    let op = &model.node(step).op;
    let loan = work.arena.lend();
    let float = |operand: usize| floats(model, plan, &loan, step.reads[operand], part);
    let result = |number: usize| loan.write::<f32>(plan.bytes((step.results.start + number) as u32, request));
    let (width, one) = (sizes.gates * sizes.units, sizes.sequences * sizes.units);
    let mut rest = work.scratch.as_mut_slice();
    let mut cut = |count: usize| {
        let (own, others) = core::mem::take(&mut rest).split_at_mut(count);
        rest = others;
        own
    };
    let [w, r, inputs, sums, third, gated] = sizes.parts().map(&mut cut);
    let scratch = rest;
    transpose(isa, View::new(float(1), width, sizes.input), w, width);
    transpose(isa, View::new(float(2), width, sizes.units), r, width);
    let all = sizes.steps * sizes.sequences;
    let w = View::new(w, sizes.input, width);
    // NaNs go on into the results.
    let _nan = matmul(
        isa,
        View::new(float(0), all, sizes.input),
        w,
        ViewMut::new(inputs, all, width),
        scratch,
    );
    let state = |at: usize| {
        let last = result(at);
        last.copy_from_slice(float(2 + at));
        last
    };
    let (y, h) = (result(0), state(1));
    let mut cells = matches!(op, Op::Lstm).then(|| state(2));
    let first_bias = if cells.is_some() { 5 } else { 4 };
    let biases = step
        .reads
        .get(first_bias)
        .map(|_| [float(first_bias), float(first_bias + 1)]);
    let r = View::new(r, sizes.units, width);
    let mut nan = false;
    for (y, inputs) in y
        .chunks_exact_mut(one)
        .zip(inputs.chunks_exact(sizes.sequences * width))
    {
        let inputs = sizes.view(inputs, width);
        // NaNs go on into the results.
        let _nan = matmul(isa, sizes.view(h, sizes.units), r, sizes.view_mut(sums, width), scratch);
        match (op, &mut cells) {
            (Op::Lstm, Some(cells)) => {
                finish(isa, sizes.view_mut(sums, width), inputs, biases);
                let (cells, y) = (sizes.view_mut(cells, sizes.units), sizes.view_mut(y, sizes.units));
                nan |= lstm_cell(isa, sizes.view(sums, width), cells, y);
            }
            (Op::Gru { linear_before_reset }, _) => {
                let last = 2 * sizes.units;
                let own = inputs.columns_from(last, sizes.units);
                let of_last = biases.map(|biases| biases.map(|bias| &bias[last..]));
                if *linear_before_reset {
                    copy(sizes.view(sums, width).columns_from(last, sizes.units), third);
                    if let Some([_, bias]) = of_last {
                        add(isa, sizes.view_mut(third, sizes.units), Operand::Row(bias));
                    }
                }
                finish(isa, sizes.view_mut(sums, width), inputs, biases);
                let sums = sizes.view(sums, width);
                if *linear_before_reset {
                    let _nan = gru_after(isa, sums, own, sizes.view_mut(third, sizes.units));
                    if let Some([bias, _]) = of_last {
                        add(isa, sizes.view_mut(third, sizes.units), Operand::Row(bias));
                    }
                } else {
                    let _nan = gru_reset(
                        isa,
                        sums,
                        sizes.view(h, sizes.units),
                        sizes.view_mut(gated, sizes.units),
                    );
                    let gated = sizes.view(gated, sizes.units);
                    let weights = r.columns_from(last, sizes.units);
                    let _nan = matmul(isa, gated, weights, sizes.view_mut(third, sizes.units), scratch);
                    finish(isa, sizes.view_mut(third, sizes.units), own, of_last);
                }
                y.copy_from_slice(h);
                nan |= gru_cell(
                    isa,
                    sums,
                    sizes.view(third, sizes.units),
                    sizes.view_mut(y, sizes.units),
                );
            }
            _ => return None,
        }
        h.copy_from_slice(y);
    }
    Some(nan)
}

/// ((inputs ⊕ sums) ⊕ Wb) ⊕ Rb.
fn finish(isa: Isa, mut sums: ViewMut<'_>, inputs: View<'_>, biases: Option<[&[f32]; 2]>) {
    add(isa, sums.again(), Operand::All(inputs));
    for bias in biases.into_iter().flatten() {
        add(isa, sums.again(), Operand::Row(bias));
    }
}

fn copy(from: View<'_>, to: &mut [f32]) {
    for (row, to) in to.chunks_exact_mut(from.columns()).enumerate() {
        to.copy_from_slice(from.row(row));
    }
}
