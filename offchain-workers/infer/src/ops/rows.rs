//! Normalisations, Softmax and reductions.

use quorate_exact::infer::reduce;
use quorate_infer_kernels::{
    normalise::{batch_factors, batch_norm, layer_norm, rms_norm},
    rank,
    reduce::{reduce_columns, reduce_rows},
    softmax::{softmax_columns, softmax_rows},
    View, ViewMut,
};
use quorate_program::{op::Reduction, Op, Type};

use crate::{
    steps::Step,
    threads::{by_items, by_rows},
    work::{bytes, floats, Part, Work},
};

pub(crate) fn run(work: &mut Work<'_, '_>, step: &Step) -> Option<bool> {
    let node = work.model.node(step);
    let rank = work.plan.shape(node.operands[0], 0).len();
    let fixed = |&operand: &u32| work.model.schedule.fixed[operand as usize];
    let last = |request: usize| work.plan.shape(node.operands[0], request).last();
    let flat = match &node.op {
        Op::Softmax { axis } => *axis as usize + 1 == rank && (1..work.plan.requests()).all(|i| last(i) == last(0)),
        Op::Reduce { axes, .. } => {
            // Axes that follow each other are one.
            if axes.windows(2).any(|pair| pair[0] + 1 != pair[1]) {
                return None;
            }
            false
        }
        _ => node.operands[1..].iter().all(fixed),
    };
    let flat = flat && !fixed(&node.operands[0]);
    Some(match flat {
        true => part(work, step, Part::All),
        false => work
            .requests()
            .fold(false, |nan, request| nan | part(work, step, Part::Of(request))),
    })
}

/// Of rows; none along other axes, or of integers.
pub(crate) fn arg_max(work: &mut Work<'_, '_>, step: &Step, axis: usize) -> Option<bool> {
    let (model, plan) = (work.model, work.plan);
    let (x, result) = (step.reads[0], step.results.start as u32);
    if model.element(x) != Type::F32 || axis + 1 != plan.shape(x, 0).len() {
        return None;
    }
    for request in work.requests() {
        let loan = work.arena.lend();
        let rows = floats(model, plan, &loan, x, Part::Of(request));
        let rows = rows.chunks_exact(plan.shape(x, request)[axis]);
        let y = loan.write::<i64>(plan.bytes(result, request));
        y.iter_mut()
            .zip(rows)
            .for_each(|(y, row)| *y = rank::arg_max(model.options.isa, row) as i64);
    }
    Some(false)
}

/// Of rows, where few elements are asked for; none along other axes, or of integers.
pub(crate) fn top_k(work: &mut Work<'_, '_>, step: &Step, axis: usize, largest: bool) -> Option<bool> {
    let (model, plan) = (work.model, work.plan);
    let (x, first) = (step.reads[0], step.results.start as u32);
    let few = |request: usize| plan.shape(first, request)[axis] <= rank::FEW;
    let rows_of_few = axis + 1 == plan.shape(x, 0).len() && (0..plan.requests()).all(few);
    if model.element(x) != Type::F32 || !rows_of_few {
        return None;
    }
    for request in work.requests() {
        let loan = work.arena.lend();
        let (all, places) = (plan.shape(x, request)[axis], plan.shape(first, request)[axis]);
        let rows = floats(model, plan, &loan, x, Part::Of(request)).chunks_exact(all);
        let values = loan.write::<f32>(plan.bytes(first, request)).chunks_exact_mut(places);
        let indices = loan
            .write::<i64>(plan.bytes(first + 1, request))
            .chunks_exact_mut(places);
        rows.zip(values.zip(indices)).for_each(|(row, (values, indices))| {
            rank::top_k(model.options.isa, row, largest, values, indices, &mut [])
        });
    }
    Some(false)
}

fn part(work: &mut Work<'_, '_>, step: &Step, part: Part) -> bool {
    let (model, plan) = (work.model, work.plan);
    let (node, isa) = (model.node(step), model.options.isa);
    let request = match part {
        Part::All => 0,
        Part::Of(request) => request,
    };
    let shape = plan.shape(node.operands[0], request);
    let parts = work.parts(2 * plan.all(node.operands[0]).len());
    let loan = work.arena.lend();
    let float = |operand: usize| floats(model, plan, &loan, node.operands[operand], part);
    let x = float(0);
    let result = loan.write::<f32>(bytes(plan, step.results.start as u32, part));
    let last = shape.last().copied().unwrap_or(1);
    let rows = x.len() / last;
    let matrix = View::new(x, rows, last);
    match &node.op {
        Op::LayerNorm { epsilon } => {
            let (gain, bias) = (float(1), node.operands.get(2).map(|_| float(2)));
            by_rows(ViewMut::new(result, rows, last), 0, parts, 1, &|row, y| {
                layer_norm(isa, matrix.rows_from(row, y.rows()), gain, bias, epsilon.get(), y)
            })
        }
        Op::RmsNorm { epsilon } => {
            let gain = float(1);
            by_rows(ViewMut::new(result, rows, last), 0, parts, 1, &|row, y| {
                rms_norm(isa, matrix.rows_from(row, y.rows()), gain, epsilon.get(), y)
            })
        }
        Op::BatchNorm { epsilon } => {
            let (gain, bias, mean, variance) = (float(1), float(2), float(3), float(4));
            let factors = &mut work.scratch.as_mut_slice()[..last];
            batch_factors(gain, variance, epsilon.get(), factors);
            let factors = &*factors;
            by_rows(ViewMut::new(result, rows, last), 0, parts, 1, &|row, y| {
                batch_norm(isa, matrix.rows_from(row, y.rows()), mean, factors, bias, y)
            })
        }
        Op::Softmax { axis } if *axis as usize + 1 == shape.len() => {
            by_rows(ViewMut::new(result, rows, last), 0, parts, 1, &|row, y| {
                softmax_rows(isa, matrix.rows_from(row, y.rows()), y)
            })
        }
        Op::Softmax { axis } => {
            let (size, inner) = (
                shape[*axis as usize],
                shape[*axis as usize + 1..].iter().product::<usize>(),
            );
            let blocks = x.chunks_exact(size * inner).zip(result.chunks_exact_mut(size * inner));
            blocks.fold(false, |nan, (x, y)| {
                nan | softmax_columns(isa, View::new(x, size, inner), ViewMut::new(y, size, inner))
            })
        }
        Op::Reduce { axes, how, .. } => {
            let (first, end) = (axes[0] as usize, axes[axes.len() - 1] as usize + 1);
            let size: usize = shape[first..end].iter().product();
            let inner: usize = shape[end..].iter().product();
            let how = reduction(*how);
            by_items(result, inner, 0, parts, &mut [], &|outer, y, _| {
                let blocks = x[outer * size * inner..]
                    .chunks_exact(size * inner)
                    .zip(y.chunks_exact_mut(inner));
                match inner {
                    1 => reduce_rows(
                        isa,
                        how,
                        View::new(&x[outer * size..][..y.len() * size], y.len(), size),
                        y,
                    ),
                    _ => blocks.fold(false, |nan, (x, y)| {
                        nan | reduce_columns(isa, how, View::new(x, size, inner), y)
                    }),
                }
            })
        }
        _ => false,
    }
}

fn reduction(how: Reduction) -> reduce::Reduce {
    match how {
        Reduction::L1 => reduce::Reduce::L1,
        Reduction::L2 => reduce::Reduce::L2,
        Reduction::Max => reduce::Reduce::Max,
        Reduction::Mean => reduce::Reduce::Mean,
        Reduction::Min => reduce::Reduce::Min,
        Reduction::Sum => reduce::Reduce::Sum,
        Reduction::SumSquare => reduce::Reduce::SumSquare,
    }
}
