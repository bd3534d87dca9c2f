//! Matrix products: a chain for each element.

use alloc::vec::Vec;

use super::{
    fault::Fault,
    layout::{broadcast, broadcast_strides, offsets},
    sums::chain,
    tensor::{elements, same, Element, Tensor},
};

/// MatMul and Gemm with weights: x [..., K], w [N, K] give y [..., N];
/// y_n = chain over k of (x_k, w_nk), then ⊕ b_n where there is a bias `[N]`.
///
/// # Errors
/// `Rank`, `Dimension`, `Size`, `NaN`.
pub fn linear(x: &Tensor, w: &Tensor, bias: Option<&Tensor>) -> Result<Tensor, Fault> {
    let [n, _] = w.dims()?;
    bias.map_or(Ok(()), |bias| bias.expect(&[n]))?;
    let y = rows_by_rows(x, w, |x, w| chain(pairs(x, w)))?;
    match bias {
        Some(bias) => {
            let with_bias = |row: &[f32]| row.iter().zip(bias.data()).map(|(y, b)| y + b).collect::<Vec<_>>();
            let data = y.data().chunks_exact(n).flat_map(with_bias).collect();
            Tensor::new(y.shape().to_vec(), data)
        }
        None => Ok(y),
    }
}

/// MatMul of two tensors: a [..., M, K], b [..., K, N] give y [..., M, N]; the axes before are broadcast;
/// y_mn = chain over k of (a_mk, b_kn).
///
/// # Errors
/// `Rank`, `Dimension`, `Size`, `NaN`.
pub fn matmul(a: &Tensor, b: &Tensor) -> Result<Tensor, Fault> {
    let (batch_a, [m, k]) = matrices(a)?;
    let (batch_b, [other, n]) = matrices(b)?;
    same(k, other)?;
    let mut shape = broadcast(batch_a, batch_b)?;
    let batches: Vec<(usize, usize)> = {
        let (a, b) = (broadcast_strides(batch_a, &shape), broadcast_strides(batch_b, &shape));
        offsets(&shape, &a).zip(offsets(&shape, &b)).collect()
    };
    shape.extend([m, n]);
    let mut y = Vec::with_capacity(elements(&shape)?);
    for (in_a, in_b) in batches {
        let (a, b) = (&a.data()[in_a * m * k..], &b.data()[in_b * k * n..]);
        for i in 0..m {
            y.extend((0..n).map(|j| chain((0..k).map(|k_| (a[i * k + k_], b[k_ * n + j])))));
        }
    }
    Tensor::new(shape, y)
}

/// `dot` of each row of x [..., K] with each row of w [N, K]: [..., N].
pub(super) fn rows_by_rows<A: Element, B: Element, Y: Element>(
    x: &Tensor<A>,
    w: &Tensor<B>,
    dot: impl Fn(&[A], &[B]) -> Y,
) -> Result<Tensor<Y>, Fault> {
    let [n, k] = w.dims()?;
    let (last, rows) = x.rows()?;
    same(k, last)?;
    let mut shape = x.shape().to_vec();
    shape.pop();
    shape.push(n);
    let mut y = Vec::with_capacity(elements(&shape)?);
    for x in rows {
        y.extend(w.data().chunks_exact(k).map(|w| dot(x, w)));
    }
    Tensor::new(shape, y)
}

pub(super) fn pairs<'a>(a: &'a [f32], b: &'a [f32]) -> impl Iterator<Item = (f32, f32)> + 'a {
    a.iter().copied().zip(b.iter().copied())
}

/// The axes before the last two, and these.
fn matrices(tensor: &Tensor) -> Result<(&[usize], [usize; 2]), Fault> {
    match tensor.shape() {
        [batch @ .., rows, columns] => Ok((batch, [*rows, *columns])),
        shape => Err(Fault::Rank {
            expected: 2,
            got: shape.len(),
        }),
    }
}
