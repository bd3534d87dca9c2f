//! Gather: slices by their indices.

use quorate_exact::infer::Fault;
use quorate_program::Value;

use crate::{
    steps::Step,
    work::{raw, Work},
};

pub(crate) fn run(work: &mut Work<'_, '_>, step: &Step, axis: usize) -> Option<bool> {
    let (model, plan) = (work.model, work.plan);
    let (x, indices, result) = (step.reads[0], step.reads[1], step.results.start as u32);
    let element = model.element(x).bytes();
    for request in work.requests() {
        let loan = work.arena.lend();
        let indices: &[i64] = match &model.raw[indices as usize] {
            Some(Value::I64(fixed)) => fixed.data(),
            _ => loan.read(plan.bytes(indices, request)),
        };
        let shape = plan.shape(x, request);
        let (size, inner) = (shape[axis], shape[axis + 1..].iter().product::<usize>() * element);
        if let Some(&index) = indices.iter().find(|&&index| place(index, size).is_none()) {
            work.faults[request] = Some(Fault::Index { index, size });
            continue;
        }
        let to = loan.write::<u8>(plan.bytes(result, request));
        let blocks = raw(model, plan, &loan, x, request).chunks_exact(size * inner);
        for (from, to) in blocks.zip(to.chunks_exact_mut(indices.len() * inner)) {
            for (&index, to) in indices.iter().zip(to.chunks_exact_mut(inner)) {
                let place = place(index, size).unwrap_or(0);
                to.copy_from_slice(&from[place * inner..][..inner]);
            }
        }
    }
    Some(false)
}

/// −1 is the last one.
fn place(index: i64, size: usize) -> Option<usize> {
    let from_end = |index: i64| usize::try_from(index.checked_add(size as i64)?).ok();
    let place = if index < 0 {
        from_end(index)
    } else {
        usize::try_from(index).ok()
    };
    place.filter(|&place| place < size)
}
