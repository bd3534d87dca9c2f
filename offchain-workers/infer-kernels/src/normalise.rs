//! Normalisations of rows.

use crate::{
    isa::{dispatch, Isa},
    rows::{together, Input, TOGETHER},
    simd::Vector,
    sums::{s32, Deviations, Plain, Squares},
    view::ViewMut,
    walk::{join, Join},
};

/// LayerNorm of each row, with gain and perhaps bias. Answers whether some result is NaN.
///
/// # Panics
/// Unless x has y's rows and columns, and there is a gain and a bias for each column.
#[must_use = "a NaN ends the run"]
pub fn layer_norm<'a>(
    isa: Isa,
    x: impl Into<Input<'a>>,
    gain: &[f32],
    bias: Option<&[f32]>,
    epsilon: f32,
    y: ViewMut<'_>,
) -> bool {
    let x = x.into();
    x.check(&y);
    dispatch!(isa, layer(x: Input<'_>, gain: &[f32], bias: Option<&[f32]>, epsilon: f32, y: ViewMut<'_>) -> bool)
}

/// RMSNorm of each row, with gain. Answers whether some result is NaN.
///
/// # Panics
/// Unless x has y's rows and columns, and there is a gain for each column.
#[must_use = "a NaN ends the run"]
pub fn rms_norm<'a>(isa: Isa, x: impl Into<Input<'a>>, gain: &[f32], epsilon: f32, y: ViewMut<'_>) -> bool {
    let x = x.into();
    x.check(&y);
    dispatch!(isa, rms(x: Input<'_>, gain: &[f32], epsilon: f32, y: ViewMut<'_>) -> bool)
}

/// g ⊘ √(σ² ⊕ ε) of each channel: what [`batch_norm`] multiplies with. Constants have it once for all runs.
///
/// # Panics
/// Unless all are of one length.
pub fn batch_factors(gain: &[f32], variance: &[f32], epsilon: f32, factors: &mut [f32]) {
    assert!(
        gain.len() == factors.len() && variance.len() == factors.len(),
        "of one length"
    );
    for ((factor, gain), variance) in factors.iter_mut().zip(gain).zip(variance) {
        *factor = gain / (variance + epsilon).sqrt();
    }
}

/// BatchNorm of each row: fma(x ⊖ mean, factor, bias). Answers whether some result is NaN.
///
/// # Panics
/// Unless x has y's rows and columns, and there is one of each parameter for each column.
#[must_use = "a NaN ends the run"]
pub fn batch_norm<'a>(
    isa: Isa,
    x: impl Into<Input<'a>>,
    mean: &[f32],
    factors: &[f32],
    bias: &[f32],
    y: ViewMut<'_>,
) -> bool {
    let x = x.into();
    x.check(&y);
    dispatch!(isa, batch(x: Input<'_>, mean: &[f32], factors: &[f32], bias: &[f32], y: ViewMut<'_>) -> bool)
}

#[inline(always)]
fn layer<V: Vector>(x: Input<'_>, gain: &[f32], bias: Option<&[f32]>, epsilon: f32, mut y: ViewMut<'_>) -> bool {
    let n = y.columns() as f32;
    let mut nan = false;
    let together = together(y.columns());
    for first in (0..y.rows()).step_by(together) {
        let rows = first..y.rows().min(first + together);
        let mut shifted = [Shifted { mean: 0.0, r: 0.0 }; TOGETHER];
        for (row, shifted) in rows.clone().zip(&mut shifted) {
            shifted.mean = s32::<V, _>(Plain, x.row(row).values(y.row(row))) / n;
        }
        for (row, shifted) in rows.clone().zip(&mut shifted) {
            let deviations = s32::<V, _>(Deviations(shifted.mean), x.row(row).values(y.row(row)));
            shifted.r = 1.0 / (deviations / n + epsilon).sqrt();
        }
        for (row, shifted) in rows.zip(shifted) {
            nan |= match bias {
                Some(bias) => join::<V, _, 2>(shifted, x.row(row), [gain, bias], y.row(row)),
                None => join::<V, _, 1>(shifted, x.row(row), [gain], y.row(row)),
            };
        }
    }
    nan
}

#[inline(always)]
fn rms<V: Vector>(x: Input<'_>, gain: &[f32], epsilon: f32, mut y: ViewMut<'_>) -> bool {
    let n = y.columns() as f32;
    let mut nan = false;
    let together = together(y.columns());
    for first in (0..y.rows()).step_by(together) {
        let rows = first..y.rows().min(first + together);
        let mut scaled = [Scaled(0.0); TOGETHER];
        for (row, scaled) in rows.clone().zip(&mut scaled) {
            let squares = s32::<V, _>(Squares, x.row(row).values(y.row(row)));
            scaled.0 = 1.0 / (squares / n + epsilon).sqrt();
        }
        for (row, scaled) in rows.zip(scaled) {
            nan |= join::<V, _, 1>(scaled, x.row(row), [gain], y.row(row));
        }
    }
    nan
}

#[inline(always)]
fn batch<V: Vector>(x: Input<'_>, mean: &[f32], factors: &[f32], bias: &[f32], mut y: ViewMut<'_>) -> bool {
    let mut nan = false;
    for row in 0..y.rows() {
        nan |= join::<V, _, 3>(Channel, x.row(row), [mean, factors, bias], y.row(row));
    }
    nan
}

/// (x ⊖ mean) ⊗ r, then gain and bias.
#[derive(Clone, Copy)]
struct Shifted {
    mean: f32,
    r: f32,
}

impl Shifted {
    #[inline(always)]
    fn unit<V: Vector>(self, x: V) -> V {
        x.sub(V::splat(self.mean)).mul(V::splat(self.r))
    }
}

impl Join<2> for Shifted {
    #[inline(always)]
    fn of<V: Vector>(self, x: V, [gain, bias]: [V; 2]) -> V {
        self.unit(x).fma(gain, bias)
    }
}

impl Join<1> for Shifted {
    #[inline(always)]
    fn of<V: Vector>(self, x: V, [gain]: [V; 1]) -> V {
        self.unit(x).mul(gain)
    }
}

/// x ⊗ r, then gain.
#[derive(Clone, Copy)]
struct Scaled(f32);

impl Join<1> for Scaled {
    #[inline(always)]
    fn of<V: Vector>(self, x: V, [gain]: [V; 1]) -> V {
        x.mul(V::splat(self.0)).mul(gain)
    }
}

/// fma(x ⊖ mean, factor, bias).
#[derive(Clone, Copy)]
struct Channel;

impl Join<3> for Channel {
    #[inline(always)]
    fn of<V: Vector>(self, x: V, [mean, factor, bias]: [V; 3]) -> V {
        x.sub(mean).fma(factor, bias)
    }
}
