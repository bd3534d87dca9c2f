//! Products of two values, matrix after matrix.

use quorate_infer_kernels::{products::matmul, View, ViewMut};

use crate::{
    steps::Step,
    threads::by_items,
    work::{floats, Part, Work},
};

/// None where matrices are broadcast in another pattern than one for all.
pub(crate) fn run(work: &mut Work<'_, '_>, step: &Step) -> Option<bool> {
    let (a, b, y) = (step.reads[0], step.reads[1], step.results.start as u32);
    for request in 0..work.plan.requests() {
        let matrices = |value: u32| {
            let shape = work.plan.shape(value, request);
            shape[..shape.len() - 2].iter().product::<usize>()
        };
        let batch = matrices(y);
        if [a, b]
            .into_iter()
            .any(|operand| ![1, batch].contains(&matrices(operand)))
        {
            return None;
        }
    }
    let requests = work.requests();
    Some(requests.fold(false, |nan, request| nan | one(work, [a, b, y], request)))
}

fn one(work: &mut Work<'_, '_>, [a, b, y]: [u32; 3], request: usize) -> bool {
    let (model, plan) = (work.model, work.plan);
    let size = |value: u32| {
        let shape = plan.shape(value, request);
        (shape[shape.len() - 2], shape[shape.len() - 1])
    };
    let ((m, k), (_, n)) = (size(a), size(b));
    let parts = work.parts(plan.bytes(y, request).len() * k / 8);
    let loan = work.arena.lend();
    let part = Part::Of(request);
    let (of_a, of_b) = (floats(model, plan, &loan, a, part), floats(model, plan, &loan, b, part));
    let result = loan.write::<f32>(plan.bytes(y, request));
    let matrix = |data: &'_ [f32], size: usize, index: usize| if data.len() == size { 0 } else { index * size };
    // Rows of all matrices are shared out; a part begins and ends anywhere.
    by_items(
        result,
        n,
        0,
        parts,
        work.scratch.as_mut_slice(),
        &|first, y, scratch| {
            let (mut row, mut rest, mut nan) = (first, y, false);
            while !rest.is_empty() {
                let (index, within) = (row / m, row % m);
                let rows = (m - within).min(rest.len() / n);
                let (own, others) = rest.split_at_mut(rows * n);
                let a = &of_a[matrix(of_a, m * k, index)..][within * k..][..rows * k];
                let b = &of_b[matrix(of_b, k * n, index)..][..k * n];
                nan |= matmul(
                    model.options.isa,
                    View::new(a, rows, k),
                    View::new(b, k, n),
                    ViewMut::new(own, rows, n),
                    scratch,
                );
                (row, rest) = (row + rows, others);
            }
            nan
        },
    )
}
