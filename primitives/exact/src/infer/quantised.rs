//! Integers of 8 bits that stand for f32: value = (q − zero point) · scale. Products of them are exact.

use alloc::{vec, vec::Vec};

use super::{
    arithmetic::{max, min},
    fault::Fault,
    matmul::rows_by_rows,
    moves::expand,
    tensor::{Element, Tensor},
};

/// The longest chain of [`matmul_integer`]: a difference of two numbers of 8 bits is at most 255, and 33,025 · 255² is the last
/// such product below 2^31.
pub const MAX_TERMS: usize = 33_025;

/// i8 or u8.
pub trait Quantised: Element + Into<i32> {
    /// The nearest number of the type.
    fn saturate(value: i32) -> Self;
}

impl Quantised for i8 {
    fn saturate(value: i32) -> Self {
        value.clamp(-128, 127) as i8
    }
}

impl Quantised for u8 {
    fn saturate(value: i32) -> Self {
        value.clamp(0, 255) as u8
    }
}

/// QuantizeLinear: RHE(x ⊘ scale) + zero point, saturated; scale and zero point are broadcast to x.
///
/// # Errors
/// `Rank`, `Dimension`; `NaN` if a quotient is one.
pub fn quantize<Q: Quantised>(x: &Tensor, scale: &Tensor, zero: &Tensor<Q>) -> Result<Tensor<Q>, Fault> {
    let (scale, zero) = (expand(scale, x.shape())?, expand(zero, x.shape())?);
    let all = x.data().iter().zip(scale.data()).zip(zero.data());
    let values = all.map(|((x, scale), &zero)| quantized(*x, *scale, zero.into()));
    Tensor::new(x.shape().to_vec(), values.collect::<Result<_, _>>()?)
}

/// DequantizeLinear: f32(q − zero point) ⊗ scale, the difference exact; scale and zero point are broadcast to q. An i32 has the
/// zero point 0.
///
/// # Errors
/// `Rank`, `Dimension`, `NaN`.
pub fn dequantize<Q: Element + Into<i32>>(
    q: &Tensor<Q>,
    scale: &Tensor,
    zero: Option<&Tensor<Q>>,
) -> Result<Tensor, Fault> {
    let scale = expand(scale, q.shape())?;
    let zero = zero.map(|zero| expand(zero, q.shape())).transpose()?;
    let value = |(i, (&q, scale)): (usize, (&Q, &f32))| {
        let zero = zero.as_ref().map_or(0, |zero| zero.data()[i].into());
        (i64::from(q.into()) - i64::from(zero)) as f32 * scale
    };
    let values = q.data().iter().zip(scale.data()).enumerate().map(value);
    Tensor::new(q.shape().to_vec(), values.collect())
}

/// DynamicQuantizeLinear of a whole tensor to u8: low = min(+0, x …), high = max(+0, x …); scale = (high ⊖ low) ⊘ 255, but 1 if that
/// is +0; zero point = RHE((+0 ⊖ low) ⊘ scale), saturated. Answers the numbers, the scale and the zero point.
///
/// # Errors
/// `NaN`, also if the scale is infinite.
pub fn dynamic_quantize(x: &Tensor) -> Result<(Tensor<u8>, Tensor, Tensor<u8>), Fault> {
    let low = x.data().iter().copied().fold(0.0, min);
    let high = x.data().iter().copied().fold(0.0, max);
    let scale = match (high - low) / 255.0 {
        0.0 => 1.0,
        f32::INFINITY => return Err(Fault::NaN),
        scale => scale,
    };
    let zero: u8 = quantized(0.0 - low, scale, 0)?;
    let (scale, zero) = (Tensor::new(vec![], vec![scale])?, Tensor::new(vec![], vec![zero])?);
    Ok((quantize(x, &scale, &zero)?, scale, zero))
}

/// MatMulInteger: a [..., K] with zero point `[]`, w [N, K] with zero points `[]` or `[N]`: Σ_k (a_k − z_a)(w_nk − z_wn), exact.
///
/// # Errors
/// `Rank`, `Dimension`, `Size`; `Parameter` if K is above [`MAX_TERMS`].
pub fn matmul_integer<A: Quantised, B: Quantised>(
    a: &Tensor<A>,
    a_zero: &Tensor<A>,
    w: &Tensor<B>,
    w_zero: &Tensor<B>,
) -> Result<Tensor<i32>, Fault> {
    let [n, k] = w.dims()?;
    if k > MAX_TERMS {
        return Err(Fault::Parameter("K"));
    }
    a_zero.expect(&[])?;
    let a = centred(a, a_zero)?;
    let w_zero = expand(w_zero, &[n])?;
    let w = centred(w, &Tensor::new(vec![n, 1], w_zero.data().to_vec())?)?;
    rows_by_rows(&a, &w, |a, w| a.iter().zip(w).map(|(a, w)| a * w).sum::<i32>())
}

/// q − zero point, at most 255 in magnitude.
fn centred<Q: Quantised>(q: &Tensor<Q>, zero: &Tensor<Q>) -> Result<Tensor<i32>, Fault> {
    let zero = expand(zero, q.shape())?;
    let values: Vec<i32> = q
        .data()
        .iter()
        .zip(zero.data())
        .map(|(&q, &zero)| q.into() - zero.into())
        .collect();
    Tensor::new(q.shape().to_vec(), values)
}

/// RHE(x ⊘ scale) + zero, saturated.
fn quantized<Q: Quantised>(x: f32, scale: f32, zero: i32) -> Result<Q, Fault> {
    let quotient = x / scale;
    match quotient.is_nan() {
        true => Err(Fault::NaN),
        // What lies beyond ±1,024 saturates with every zero point.
        false => Ok(Q::saturate(half_even(quotient.clamp(-1024.0, 1024.0)) + zero)),
    }
}

/// RHE of a number of at most 1,024 in magnitude.
fn half_even(x: f32) -> i32 {
    let whole = x as i32;
    let rest = x - whole as f32;
    let away = rest.abs() > 0.5 || (rest.abs() == 0.5 && whole % 2 != 0);
    match (away, rest < 0.0) {
        (false, _) => whole,
        (true, false) => whole + 1,
        (true, true) => whole - 1,
    }
}
