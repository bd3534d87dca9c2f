//! Operations that move elements, as copies between grids of steps.

use quorate_exact::infer::Fault;
use quorate_infer_kernels::{moves::transpose, View};
use quorate_program::{op::Fill, Op};

use crate::{
    arena::elements,
    steps::Step,
    work::{raw, Work},
};

/// An axis of what is copied: how many elements, and their distances on both sides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Axis {
    len: usize,
    from: isize,
    to: usize,
}

pub(crate) fn run(work: &mut Work<'_, '_>, step: &Step) -> Option<bool> {
    for request in work.requests() {
        if let Err(fault) = one(work, step, request) {
            work.faults[request] = Some(fault);
        }
    }
    Some(false)
}

/// Around the elements a constant; none of other kinds.
pub(crate) fn pad(work: &mut Work<'_, '_>, step: &Step, fill: Fill) -> Option<bool> {
    let (model, plan) = (work.model, work.plan);
    let (x, result) = (step.reads[0], step.results.start as u32);
    let Op::Pad { axis, before, .. } = model.node(step).op else {
        return None;
    };
    let element = model.element(x);
    let fill: [u8; 8] = match fill {
        Fill::Constant(real) => u64::from(real.get().to_bits()).to_le_bytes(),
        Fill::Integer(number) => number.to_le_bytes(),
        Fill::Edge | Fill::Reflect => return None,
    };
    for request in work.requests() {
        let (shape, to_shape) = (plan.shape(x, request), plan.shape(result, request));
        let loan = work.arena.lend();
        let to = loan.write::<u8>(plan.bytes(result, request));
        let size = element.bytes();
        to.chunks_exact_mut(size)
            .for_each(|to| to.copy_from_slice(&fill[..size]));
        let to_steps = strides(to_shape);
        let axes: Vec<Axis> = (0..shape.len())
            .map(|i| Axis {
                len: shape[i],
                from: strides(shape)[i] as isize,
                to: to_steps[i],
            })
            .collect();
        let start = before as usize * to_steps[axis as usize];
        copy(size, (raw(model, plan, &loan, x, request), 0), (to, start), &axes);
    }
    Some(false)
}

fn one(work: &mut Work<'_, '_>, step: &Step, request: usize) -> Result<(), Fault> {
    let (model, plan) = (work.model, work.plan);
    let node = model.node(step);
    let (x, result) = (step.reads[0], step.results.start as u32);
    let (shape, to_shape) = (plan.shape(x, request), plan.shape(result, request));
    let size = model.element(x).bytes();
    let loan = work.arena.lend();
    let from_steps = strides(shape);
    let to_steps = strides(to_shape);
    let mut axes: Vec<Axis> = to_shape
        .iter()
        .zip(&to_steps)
        .map(|(&len, &to)| Axis { len, from: 0, to })
        .collect();
    match &node.op {
        Op::Concat { axis } => {
            let axis = *axis as usize;
            let to = loan.write::<u8>(plan.bytes(result, request));
            let mut at = 0;
            for &x in &step.reads {
                let shape = plan.shape(x, request);
                for ((own, &len), from) in axes.iter_mut().zip(shape).zip(strides(shape)) {
                    (own.len, own.from) = (len, from as isize);
                }
                let from = raw(model, plan, &loan, x, request);
                copy(size, (from, 0), (&mut *to, at * to_steps[axis]), &axes);
                at += shape[axis];
            }
            return Ok(());
        }
        Op::Split { axis, .. } => {
            let axis = *axis as usize;
            let mut at = 0;
            for part in step.results.clone() {
                let shape = plan.shape(part as u32, request);
                let steps = strides(shape);
                let own = |i: usize| Axis {
                    len: shape[i],
                    from: from_steps[i] as isize,
                    to: steps[i],
                };
                let axes: Vec<Axis> = (0..shape.len()).map(own).collect();
                let to = loan.write::<u8>(plan.bytes(part as u32, request));
                copy(
                    size,
                    (raw(model, plan, &loan, x, request), at * from_steps[axis]),
                    (to, 0),
                    &axes,
                );
                at += shape[axis];
            }
            return Ok(());
        }
        _ => {}
    }
    let mut start = 0;
    match &node.op {
        Op::Transpose { order } => {
            for (own, &axis) in axes.iter_mut().zip(order) {
                own.from = from_steps[axis as usize] as isize;
            }
        }
        Op::Expand { .. } => {
            let missing = to_shape.len() - shape.len();
            for (i, &len) in shape.iter().enumerate().filter(|(_, len)| **len != 1) {
                (axes[missing + i].len, axes[missing + i].from) = (len, from_steps[i] as isize);
            }
        }
        Op::Slice {
            axis,
            start: first,
            step,
            ..
        } => {
            let axis = *axis as usize;
            axes.iter_mut()
                .zip(&from_steps)
                .for_each(|(own, &from)| own.from = from as isize);
            // Of one element any step is allowed, and none is taken.
            axes[axis].from = axes[axis].from.wrapping_mul(*step as isize);
            start = plan.shapes(request).value(first)? * from_steps[axis];
        }
        Op::Resize { axis, scale } => {
            let axis = *axis as usize;
            axes.iter_mut()
                .zip(&from_steps)
                .for_each(|(own, &from)| own.from = from as isize);
            // Each element several times: an axis more.
            let (scale, to) = (*scale as usize, axes[axis].to);
            (axes[axis].len, axes[axis].to) = (shape[axis], to * scale);
            axes.insert(
                axis + 1,
                Axis {
                    len: scale,
                    from: 0,
                    to,
                },
            );
        }
        _ => return Err(Fault::Parameter("op")),
    }
    if let (4, Op::Transpose { .. }, &[rows, columns]) = (size, &node.op, merged(&axes).as_slice()) {
        // Columns become rows, of one matrix.
        if (rows.from, columns.from) == (1, rows.len as isize) {
            let from = elements::<f32>(raw(model, plan, &loan, x, request));
            let to = loan.write::<f32>(plan.bytes(result, request));
            let from = View::new(from, columns.len, rows.len);
            transpose(model.options.isa, from, to, columns.len);
            return Ok(());
        }
    }
    let to = loan.write::<u8>(plan.bytes(result, request));
    copy(size, (raw(model, plan, &loan, x, request), start), (to, 0), &axes);
    Ok(())
}

/// Distances of elements, row-major.
fn strides(shape: &[usize]) -> Vec<usize> {
    let mut steps = vec![1; shape.len()];
    for i in (1..shape.len()).rev() {
        steps[i - 1] = steps[i] * shape[i];
    }
    steps
}

/// Copies elements of `size` bytes, beginning with the element at the number that stands beside each slice.
fn copy(size: usize, from: (&[u8], usize), to: (&mut [u8], usize), axes: &[Axis]) {
    let mut axes = merged(axes);
    // What lies together on both sides is one larger element.
    let run = match axes.last() {
        Some(&Axis { len, from: 1, to: 1 }) => {
            axes.pop();
            len * size
        }
        _ => size,
    };
    let step = size as isize;
    axes.iter_mut()
        .for_each(|axis| (axis.from, axis.to) = (axis.from * step, axis.to * size));
    let (from_at, to_at) = ((from.1 * size) as isize, to.1 * size);
    match run {
        1 => walk(
            &|from, to| to.copy_from_slice(&from[..1]),
            1,
            (from.0, from_at),
            (to.0, to_at),
            &axes,
        ),
        4 => walk(
            &|from, to| to.copy_from_slice(&from[..4]),
            4,
            (from.0, from_at),
            (to.0, to_at),
            &axes,
        ),
        8 => walk(
            &|from, to| to.copy_from_slice(&from[..8]),
            8,
            (from.0, from_at),
            (to.0, to_at),
            &axes,
        ),
        run => walk(
            &|from, to| to.copy_from_slice(&from[..run]),
            run,
            (from.0, from_at),
            (to.0, to_at),
            &axes,
        ),
    }
}

#[inline(always)]
fn walk(
    put: &impl Fn(&[u8], &mut [u8]),
    run: usize,
    (from, from_at): (&[u8], isize),
    (to, to_at): (&mut [u8], usize),
    axes: &[Axis],
) {
    match axes {
        [] => put(&from[from_at as usize..], &mut to[to_at..][..run]),
        [axis] => {
            for i in 0..axis.len {
                let from = &from[(from_at + i as isize * axis.from) as usize..];
                put(from, &mut to[to_at + i * axis.to..][..run]);
            }
        }
        [axis, others @ ..] => {
            for i in 0..axis.len {
                let from_at = from_at + i as isize * axis.from;
                inner(put, run, (from, from_at), (&mut *to, to_at + i * axis.to), others);
            }
        }
    }
}

/// [`walk`] of the other axes.
fn inner(put: &impl Fn(&[u8], &mut [u8]), run: usize, from: (&[u8], isize), to: (&mut [u8], usize), axes: &[Axis]) {
    walk(put, run, from, to, axes);
}

/// Without axes of one element; two that lie together on both sides are one.
fn merged(axes: &[Axis]) -> Vec<Axis> {
    let mut merged: Vec<Axis> = Vec::with_capacity(axes.len());
    for &axis in axes.iter().filter(|axis| axis.len != 1) {
        match merged.last_mut() {
            Some(last) if last.from == axis.from * axis.len as isize && last.to == axis.to * axis.len => {
                *last = Axis {
                    len: last.len * axis.len,
                    ..axis
                };
            }
            _ => merged.push(axis),
        }
    }
    merged
}
