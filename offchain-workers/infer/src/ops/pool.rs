//! Pools.

use quorate_infer_kernels::pool::{pool, Pool, Pooling};
use quorate_program::Op;

use crate::{
    steps::Step,
    threads::by_items,
    work::{floats, Part, Work},
};

pub(crate) fn run(work: &mut Work<'_, '_>, step: &Step) -> Option<bool> {
    let (how, kernel, strides) = match &work.model.node(step).op {
        Op::MaxPool { kernel, strides, .. } => (Pool::Max, kernel, strides),
        Op::AveragePool {
            include_padding,
            kernel,
            strides,
            ..
        } => (
            Pool::Average {
                include_padding: *include_padding,
            },
            kernel,
            strides,
        ),
        _ => return None,
    };
    let (x, result) = (step.reads[0], step.results.start as u32);
    let mut nan = false;
    for request in work.requests() {
        let (model, plan) = (work.model, work.plan);
        let parts = work.parts(plan.bytes(result, request).len() * (kernel[0] * kernel[1]) as usize / 4);
        let (from, to) = (plan.shape(x, request), plan.shape(result, request));
        let pooling = Pooling {
            size: [from[1], from[2]],
            channels: from[3],
            kernel: kernel.map(|taps| taps as usize),
            strides: strides.map(Into::into),
            places: [to[1], to[2]],
        };
        let loan = work.arena.lend();
        let images = floats(model, plan, &loan, x, Part::Of(request));
        let y = loan.write::<f32>(plan.bytes(result, request));
        let (size, row) = (y.len() / to[0], to[2] * to[3]);
        for (image, y) in images
            .chunks_exact(images.len() / from[0])
            .zip(y.chunks_exact_mut(size))
        {
            nan |= by_items(y, row, 0, parts, &mut [], &|first, y, _| {
                pool(model.options.isa, how, &pooling, image, first..first + y.len() / row, y)
            });
        }
    }
    Some(nan)
}
