//! Integers of 8 bits that stand for f32, and back.

use quorate_exact::infer::{
    arithmetic::{max, min},
    quantised::Quantised,
    reduce::Reduce,
};

use crate::{
    compare::Values,
    isa::{dispatch, Isa},
    reduce::reduce_rows,
    simd::Vector,
    view::View,
};

/// QuantizeLinear: y_i = sat(RHE(x_i ⊘ scale_i) + zero_i). Answers whether some quotient is NaN.
///
/// # Panics
/// Unless all are of one length.
#[must_use = "a NaN ends the run"]
pub fn quantize<Q: Quantised>(isa: Isa, x: &[f32], scale: Values<'_, f32>, zero: Values<'_, Q>, y: &mut [Q]) -> bool {
    assert_eq!(x.len(), y.len(), "of one length");
    scale.check(y.len());
    zero.check(y.len());
    dispatch!(isa, quantized<Q: Quantised>(x: &[f32], scale: Values<'_, f32>, zero: Values<'_, Q>, y: &mut [Q]) -> bool)
}

/// 1.5 · 2^23: adding it rounds to an integer, which is then in the low bits.
const ROUNDER: f32 = 12_582_912.0;

#[inline(always)]
fn quantized<V: Vector, Q: Quantised>(x: &[f32], scale: Values<'_, f32>, zero: Values<'_, Q>, y: &mut [Q]) -> bool {
    let (mut nan, rounder, bound) = (V::none(), V::splat(ROUNDER), V::splat(1024.0));
    for (part, (x, y)) in x.chunks(V::LANES).zip(y.chunks_mut(V::LANES)).enumerate() {
        let at = part * V::LANES..part * V::LANES + y.len();
        let scale = match scale {
            Values::One(scale) => V::splat(scale),
            Values::Many(scale) => V::load_part(&scale[at.clone()]),
        };
        let quotient = V::load_part(x).div(scale);
        nan = V::either(nan, quotient.keep(y.len()).is_nan());
        // What lies beyond ±1,024 saturates with every zero point.
        let whole = quotient
            .smaller(bound)
            .larger(bound.neg())
            .add(rounder)
            .sub_bits(rounder);
        let whole = whole.lanes();
        match zero {
            Values::One(zero) => {
                let zero = zero.into();
                for (y, whole) in y.iter_mut().zip(whole) {
                    *y = Q::saturate((whole.to_bits() as i32).wrapping_add(zero));
                }
            }
            Values::Many(zero) => {
                for ((y, whole), zero) in y.iter_mut().zip(whole).zip(&zero[at]) {
                    *y = Q::saturate((whole.to_bits() as i32).wrapping_add((*zero).into()));
                }
            }
        }
    }
    V::any(nan)
}

/// DequantizeLinear: y_i = f32(q_i − zero_i) ⊗ scale_i. Answers whether some result is NaN.
///
/// # Panics
/// Unless all are of one length.
#[must_use = "a NaN ends the run"]
pub fn dequantize<Q: Quantised>(isa: Isa, q: &[Q], scale: Values<'_, f32>, zero: Values<'_, Q>, y: &mut [f32]) -> bool {
    assert_eq!(q.len(), y.len(), "of one length");
    scale.check(y.len());
    zero.check(y.len());
    dispatch!(isa, dequantized<Q: Quantised>(q: &[Q], scale: Values<'_, f32>, zero: Values<'_, Q>, y: &mut [f32]) -> bool)
}

#[inline(always)]
fn dequantized<V: Vector, Q: Quantised>(q: &[Q], scale: Values<'_, f32>, zero: Values<'_, Q>, y: &mut [f32]) -> bool {
    let number = |q: Q| -> i32 { q.into() };
    match zero {
        Values::One(zero) => {
            let zero = number(zero);
            for (y, q) in y.iter_mut().zip(q) {
                *y = (number(*q) - zero) as f32;
            }
        }
        Values::Many(zero) => {
            for ((y, q), zero) in y.iter_mut().zip(q).zip(zero) {
                *y = (number(*q) - number(*zero)) as f32;
            }
        }
    }
    match scale {
        Values::One(scale) => y.iter_mut().for_each(|y| *y *= scale),
        Values::Many(scale) => y.iter_mut().zip(scale).for_each(|(y, scale)| *y *= scale),
    }
    y.iter().fold(false, |nan, y| nan | y.is_nan())
}

/// Scale and zero point of DynamicQuantizeLinear of a tensor, which [`quantize`] then takes; none where the scale would be infinite.
///
/// # Panics
/// If the tensor is empty.
pub fn dynamic_scale(isa: Isa, x: &[f32]) -> Option<(f32, u8)> {
    let extreme = |how| {
        let mut y = [0.0];
        // No tensor holds a NaN.
        let _ = reduce_rows(isa, how, View::new(x, 1, x.len()), &mut y);
        y[0]
    };
    let (low, high) = (min(0.0, extreme(Reduce::Min)), max(0.0, extreme(Reduce::Max)));
    let scale = match (high - low) / 255.0 {
        0.0 => 1.0,
        f32::INFINITY => return None,
        scale => scale,
    };
    let mut zero = [0];
    let nan = quantize(isa, &[0.0 - low], Values::One(scale), Values::One(0), &mut zero);
    (!nan).then_some((scale, zero[0]))
}
