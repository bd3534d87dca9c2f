//! Whether a tensor holds a NaN.

use crate::{
    isa::{dispatch, Isa},
    simd::Vector,
};

/// Whether some element is NaN.
pub fn holds_nan(isa: Isa, x: &[f32]) -> bool {
    dispatch!(isa, any_nan(x: &[f32]) -> bool)
}

#[inline(always)]
fn any_nan<V: Vector>(x: &[f32]) -> bool {
    let mut parts = x.chunks_exact(8 * V::LANES);
    for part in &mut parts {
        let vector = |i: usize| V::load(&part[i * V::LANES..]);
        let of_two = |i: usize| V::unordered(vector(i), vector(i + 1));
        let nan = V::either(V::either(of_two(0), of_two(2)), V::either(of_two(4), of_two(6)));
        if V::any(nan) {
            return true;
        }
    }
    parts.remainder().iter().any(|x| x.is_nan())
}
