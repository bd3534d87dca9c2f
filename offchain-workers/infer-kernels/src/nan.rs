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
        let mut nan = V::none();
        for pair in part.chunks_exact(2 * V::LANES) {
            nan = V::either(nan, V::unordered(V::load(pair), V::load(&pair[V::LANES..])));
        }
        if V::any(nan) {
            return true;
        }
    }
    parts.remainder().iter().any(|x| x.is_nan())
}
