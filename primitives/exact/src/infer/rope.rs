//! Rotary position embedding, in the half-split form.

use alloc::vec::Vec;

use super::{
    fault::Fault,
    functions::{cos, sin},
    tensor::{same, Tensor},
};

/// The largest angle of [`sin`] and [`cos`].
const LARGEST_ANGLE: f32 = 8192.0;

/// RoPE of x [positions, heads, d], where row p is at `first + p`; `inverse` are the d / 2 inverse frequencies. With
/// angle_i = f32(position) ⊗ inverse_i, c = cos(angle_i), s = sin(angle_i), h = d / 2:
/// y_i = (x_i ⊗ c) ⊖ (x_{i+h} ⊗ s); y_{i+h} = (x_{i+h} ⊗ c) ⊕ (x_i ⊗ s).
///
/// # Errors
/// `Rank`, `Dimension`; `Parameter` if at the `largest` position some angle exceeds 8,192, if it is above 2^24, or if a position
/// is above it; `NaN`.
pub fn rope(x: &Tensor, first: usize, inverse: &[f32], largest: usize) -> Result<Tensor, Fault> {
    let [positions, heads, d] = x.dims()?;
    let half = inverse.len();
    same(d, half.saturating_mul(2))?;
    let in_domain = |inverse: &f32| (largest as f32 * inverse).abs() <= LARGEST_ANGLE;
    if largest > 1 << 24 || !inverse.iter().all(in_domain) {
        return Err(Fault::Parameter("largest position"));
    }
    if first.saturating_add(positions - 1) > largest {
        return Err(Fault::Parameter("position"));
    }
    let mut y = Vec::with_capacity(x.data().len());
    for (row, x) in x.data().chunks_exact(d).enumerate() {
        let position = (first + row / heads) as f32;
        let turns: Vec<(f32, f32)> = inverse.iter().map(|f| (cos(position * f), sin(position * f))).collect();
        let (low, high) = x.split_at(half);
        let both = || low.iter().zip(high).zip(&turns);
        y.extend(both().map(|((a, b), (c, s))| (a * c) - (b * s)));
        y.extend(both().map(|((a, b), (c, s))| (b * c) + (a * s)));
    }
    Tensor::new(x.shape().to_vec(), y)
}
