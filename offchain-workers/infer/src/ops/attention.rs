//! Attention of each request, over what it brings or over a cache.

use quorate_exact::infer::attention::Seen;
use quorate_infer_kernels::{attention::Sequence, View, ViewMut};

use crate::{
    scratch::attention,
    steps::Step,
    threads::by_columns,
    work::{floats, Part, Work},
};

pub(crate) fn run(work: &mut Work<'_, '_>, step: &Step, causal: bool, scale: f32) -> Option<bool> {
    let requests = work.requests();
    Some(requests.fold(false, |nan, request| nan | one(work, step, request, causal, scale)))
}

fn one(work: &mut Work<'_, '_>, step: &Step, request: usize, causal: bool, scale: f32) -> bool {
    let (model, plan) = (work.model, work.plan);
    let part = Part::Of(request);
    let [queries, keys] = [0, 1].map(|operand| plan.shape(step.reads[operand], request)[0]);
    let mut attention = attention(plan.shapes(request), step, scale);
    let (key, value) = (
        attention.groups * attention.size,
        attention.groups * attention.value_size,
    );
    let (isa, heads) = (model.options.isa, attention.heads);
    let first = work.pasts.get(request).map_or(0, |past| past.first);
    let all = first + keys;
    let parts = work.parts(queries * all * heads * (attention.size + attention.value_size));
    let loan = work.arena.lend();
    let float = |operand: usize| floats(model, plan, &loan, step.reads[operand], part);
    let (mut k, mut v) = (float(1), float(2));
    if let Some(past) = work.pasts.get_mut(request) {
        let cache = &mut past.caches[work.attention];
        cache.keys.as_mut_slice()[first * key..all * key].copy_from_slice(k);
        cache.values.as_mut_slice()[first * value..all * value].copy_from_slice(v);
        (k, v) = (
            &cache.keys.as_slice()[..all * key],
            &cache.values.as_slice()[..all * value],
        );
    }
    if causal {
        attention.seen = Seen::Causal { first };
    }
    let of = Sequence {
        q: View::new(float(0), queries, heads * attention.size),
        k: View::new(k, all, key),
        v: View::new(v, all, value),
        mask: step.reads.get(3).map(|_| View::new(float(3), queries, all)),
    };
    let width = attention.value_size;
    let result = loan.write(plan.bytes(step.results.start as u32, request));
    let y = ViewMut::new(result, queries, heads * width);
    // Heads that share keys stay together.
    let unit = heads / attention.groups * width;
    by_columns(y, 0, parts, unit, work.scratch.as_mut_slice(), &|column, y, scratch| {
        let heads = column / width..(column + y.columns()) / width;
        attention.run(isa, of, heads, y, scratch)
    })
}
