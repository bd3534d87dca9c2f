//! Products of numbers of 8 bits: exact, so that any order of the sum is the right one.

use quorate_program::Type;

use crate::{
    steps::Step,
    threads::by_items,
    work::{raw, Work},
};

pub(crate) fn run(work: &mut Work<'_, '_>, step: &Step) -> Option<bool> {
    let (model, plan) = (work.model, work.plan);
    let &[a, a_zero, w, w_zeros] = step.reads.as_slice() else {
        return None;
    };
    let result = step.results.start as u32;
    for request in work.requests() {
        let &[n, k] = plan.shape(w, request) else {
            return None;
        };
        let parts = work.parts(plan.bytes(result, request).len() * k / 16);
        let loan = work.arena.lend();
        let numbers = |value: u32| {
            let signed = model.element(value) == Type::I8;
            let number = move |&byte: &u8| if signed { i16::from(byte as i8) } else { i16::from(byte) };
            raw(model, plan, &loan, value, request).iter().map(number)
        };
        let zeros: Vec<i16> = numbers(w_zeros).collect();
        let weights: Vec<i16> = numbers(w)
            .enumerate()
            .map(|(i, w)| w - zeros[if zeros.len() == 1 { 0 } else { i / k }])
            .collect();
        let zero = numbers(a_zero).next().unwrap_or(0);
        let rows: Vec<i16> = numbers(a).map(|a| a - zero).collect();
        let y = loan.write::<i32>(plan.bytes(result, request));
        by_items(y, n, 0, parts, &mut [], &|first, y, _| {
            for (row, y) in rows[first * k..].chunks_exact(k).zip(y.chunks_exact_mut(n)) {
                for (y, weights) in y.iter_mut().zip(weights.chunks_exact(k)) {
                    *y = dot(row, weights);
                }
            }
            false
        });
    }
    Some(false)
}

/// No sum of any of them leaves 32 bits (section 15.9).
fn dot(a: &[i16], b: &[i16]) -> i32 {
    let products = a.iter().zip(b).map(|(&a, &b)| i32::from(a) * i32::from(b));
    products.fold(0, i32::wrapping_add)
}
