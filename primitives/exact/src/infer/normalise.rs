//! Softmax and the normalisations.

use alloc::vec::Vec;

use super::{
    arithmetic::{fma, max, sqrt},
    fault::Fault,
    functions::exp,
    layout::Along,
    sums::{count, s32, s32_squares},
    tensor::Tensor,
};

/// Softmax along an axis: see [`softmax_row`].
///
/// # Errors
/// `Axis`; `NaN` if a row has an infinity, or nothing but −∞.
pub fn softmax(x: &Tensor, axis: usize) -> Result<Tensor, Fault> {
    let along = Along::new(x.shape(), axis)?;
    let mut y = x.data().to_vec();
    for first in along.lines() {
        let line = |i: usize| first + i * along.inner;
        let row: Vec<f32> = (0..along.size).map(|i| x.data()[line(i)]).collect();
        for (i, p) in softmax_row(&row).into_iter().enumerate() {
            y[line(i)] = p;
        }
    }
    Tensor::new(x.shape().to_vec(), y)
}

/// m = max x; e_i = exp(x_i ⊖ m); r = 1 ⊘ S32(e); y_i = e_i ⊗ r. NaN where m is infinite.
pub fn softmax_row(x: &[f32]) -> Vec<f32> {
    let m = x.iter().copied().fold(f32::NEG_INFINITY, max);
    let e: Vec<f32> = x.iter().map(|x| exp(x - m)).collect();
    let r = 1.0 / s32(e.iter().copied());
    e.iter().map(|e| e * r).collect()
}

/// LayerNorm over the last axis, of n elements: m = S32(x) ⊘ n; d_i = x_i ⊖ m; r = 1 ⊘ √((S32(d²) ⊘ n) ⊕ ε);
/// y_i = fma(d_i ⊗ r, g_i, b_i), without b (d_i ⊗ r) ⊗ g_i.
///
/// # Errors
/// `Rank`, `Dimension`, `NaN`.
pub fn layer_norm(x: &Tensor, g: &Tensor, b: Option<&Tensor>, epsilon: f32) -> Result<Tensor, Fault> {
    rows(x, g, b, |x| {
        let n = count(x.len());
        let m = s32(x.iter().copied()) / n;
        let d: Vec<f32> = x.iter().map(|x| x - m).collect();
        let r = 1.0 / sqrt(s32_squares(d.iter().copied()) / n + epsilon);
        d.iter().map(|d| d * r).collect()
    })
}

/// RMSNorm over the last axis, of n elements: r = 1 ⊘ √((S32(x²) ⊘ n) ⊕ ε); y_i = (x_i ⊗ r) ⊗ g_i.
///
/// # Errors
/// `Rank`, `Dimension`, `NaN`.
pub fn rms_norm(x: &Tensor, g: &Tensor, epsilon: f32) -> Result<Tensor, Fault> {
    rows(x, g, None, |x| {
        let r = 1.0 / sqrt(s32_squares(x.iter().copied()) / count(x.len()) + epsilon);
        x.iter().map(|x| x * r).collect()
    })
}

/// BatchNorm, channels last: y = fma(x ⊖ μ_c, g_c ⊘ √(σ²_c ⊕ ε), b_c).
///
/// # Errors
/// `Rank`, `Dimension`, `NaN`.
pub fn batch_norm(x: &Tensor, [g, b, mean, variance]: [&Tensor; 4], epsilon: f32) -> Result<Tensor, Fault> {
    let (channels, rows) = x.rows()?;
    for parameter in [g, b, mean, variance] {
        parameter.expect(&[channels])?;
    }
    let (g, b, mean, variance) = (g.data(), b.data(), mean.data(), variance.data());
    let channel = |(c, x): (usize, &f32)| fma(x - mean[c], g[c] / sqrt(variance[c] + epsilon), b[c]);
    let y = rows.flat_map(|row| row.iter().enumerate().map(channel)).collect();
    Tensor::new(x.shape().to_vec(), y)
}

/// `unit` of each row, then gain and bias.
fn rows(x: &Tensor, g: &Tensor, b: Option<&Tensor>, unit: impl Fn(&[f32]) -> Vec<f32>) -> Result<Tensor, Fault> {
    let (n, rows) = x.rows()?;
    g.expect(&[n])?;
    b.map_or(Ok(()), |b| b.expect(&[n]))?;
    let mut y = Vec::with_capacity(x.data().len());
    for row in rows {
        let units = unit(row).into_iter().zip(g.data());
        match b {
            Some(b) => y.extend(units.zip(b.data()).map(|((u, &g), &b)| fma(u, g, b))),
            None => y.extend(units.map(|(u, g)| u * g)),
        }
    }
    Tensor::new(x.shape().to_vec(), y)
}
