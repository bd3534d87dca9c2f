//! RoPE, at the positions of each request.

use quorate_infer_kernels::{
    rope::{rope, rope_table},
    View, ViewMut,
};

use crate::{
    steps::Step,
    threads::by_rows,
    work::{floats, Part, Work},
};

pub(crate) fn run(work: &mut Work<'_, '_>, step: &Step) -> Option<bool> {
    let requests = work.requests();
    Some(requests.fold(false, |nan, request| nan | one(work, step, request)))
}

fn one(work: &mut Work<'_, '_>, step: &Step, request: usize) -> bool {
    let (model, plan) = (work.model, work.plan);
    let (x, inverse, result) = (step.reads[0], step.reads[1], step.results.start as u32);
    let first = work.pasts.get(request).map_or(0, |past| past.first);
    let parts = work.parts(2 * plan.bytes(x, request).len());
    let shape = plan.shape(x, request);
    let (rows, columns) = (shape[0], shape[1] * shape[2]);
    let loan = work.arena.lend();
    let part = Part::Of(request);
    let inverse = floats(model, plan, &loan, inverse, part);
    let half = inverse.len();
    let (cos, others) = work.scratch.as_mut_slice().split_at_mut(rows * half);
    let sin = &mut others[..rows * half];
    let isa = model.options.isa;
    let nan = rope_table(
        isa,
        first,
        inverse,
        ViewMut::new(cos, rows, half),
        ViewMut::new(sin, rows, half),
    );
    let (cos, sin) = (View::new(cos, rows, half), View::new(sin, rows, half));
    let x = View::new(floats(model, plan, &loan, x, part), rows, columns);
    let y = ViewMut::new(loan.write(plan.bytes(result, request)), rows, columns);
    nan | by_rows(y, 0, parts, 1, &|row, y| {
        let count = y.rows();
        rope(
            isa,
            x.rows_from(row, count),
            cos.rows_from(row, count),
            sin.rows_from(row, count),
            y,
        )
    })
}
