//! Reductions over axes, and choices along one.

use alloc::vec::Vec;
use core::cmp::Ordering;

use super::{
    arithmetic::{max, min, sqrt},
    fault::Fault,
    layout::{ascending, offsets, strides, with_dimension, Along},
    sums::{count, s32, s32_squares},
    tensor::{Element, Tensor},
};

/// What becomes of the n elements that share their indices on all other axes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reduce {
    /// S32(x).
    Sum,
    /// S32(x) ⊘ n.
    Mean,
    /// S32(x²).
    SumSquare,
    /// S32(|x|).
    L1,
    /// √S32(x²).
    L2,
    /// The largest.
    Max,
    /// The smallest.
    Min,
}

/// Reduces `axes`, which ascend; `keep` leaves them with dimension 1. The elements' index is row-major over the reduced axes.
///
/// # Errors
/// `Axis`; `Parameter` without axes; `NaN`.
pub fn reduce(x: &Tensor, how: Reduce, axes: &[usize], keep: bool) -> Result<Tensor, Fault> {
    ascending(axes, x.shape().len())?;
    if axes.is_empty() {
        return Err(Fault::Parameter("axes"));
    }
    let all = strides(x.shape());
    let of = |reduced: bool, values: &[usize]| -> Vec<usize> {
        let chosen = values
            .iter()
            .enumerate()
            .filter(|(axis, _)| axes.contains(axis) == reduced);
        chosen.map(|(_, &value)| value).collect()
    };
    let (shape, outer, inner_shape, inner) = (
        of(false, x.shape()),
        of(false, &all),
        of(true, x.shape()),
        of(true, &all),
    );
    let y = offsets(&shape, &outer)
        .map(|first| how.of(offsets(&inner_shape, &inner).map(|offset| x.data()[first + offset])))
        .collect();
    let kept = x
        .shape()
        .iter()
        .enumerate()
        .map(|(axis, &d)| if axes.contains(&axis) { 1 } else { d });
    Tensor::new(if keep { kept.collect() } else { shape }, y)
}

impl Reduce {
    fn of(self, x: impl Iterator<Item = f32> + Clone) -> f32 {
        match self {
            Self::Sum => s32(x),
            Self::Mean => {
                let n = count(x.clone().count());
                s32(x) / n
            }
            Self::SumSquare => s32_squares(x),
            Self::L1 => s32(x.map(f32::abs)),
            Self::L2 => sqrt(s32_squares(x)),
            Self::Max => x.fold(f32::NEG_INFINITY, max),
            Self::Min => x.fold(f32::INFINITY, min),
        }
    }
}

/// ArgMax along an axis: the lowest index of a largest element, −0 = +0. `keep` leaves the axis with dimension 1.
///
/// # Errors
/// `Axis`.
pub fn arg_max<T: Element>(x: &Tensor<T>, axis: usize, keep: bool) -> Result<Tensor<i64>, Fault> {
    let (_, best) = top_k(x, 1, axis, true)?;
    let mut shape = best.shape().to_vec();
    if !keep {
        shape.remove(axis);
    }
    Tensor::new(shape, best.data().to_vec())
}

/// TopK along an axis: the k largest elements in descending order, or smallest in ascending order, and their indices; −0 = +0,
/// and of equal elements the lower index comes first.
///
/// # Errors
/// `Axis`; `Parameter` unless 1 ≤ k ≤ the dimension.
pub fn top_k<T: Element>(
    x: &Tensor<T>,
    k: usize,
    axis: usize,
    largest: bool,
) -> Result<(Tensor<T>, Tensor<i64>), Fault> {
    let along = Along::new(x.shape(), axis)?;
    if k == 0 || k > along.size {
        return Err(Fault::Parameter("k"));
    }
    let shape = with_dimension(x.shape(), axis, k)?;
    let out = Along { size: k, ..along };
    let mut indices = alloc::vec![0; along.outer * k * along.inner];
    for (from, to) in along.lines().zip(out.lines()) {
        let line = |i: usize| x.data()[from + i * along.inner];
        for (rank, index) in best_first(k, (0..along.size).map(line), largest)
            .into_iter()
            .enumerate()
        {
            indices[to + rank * along.inner] = index;
        }
    }
    let at = |(place, &index): (usize, &usize)| {
        let (before, behind) = (place / along.inner / k, place % along.inner);
        x.data()[along.at(before, index, behind)]
    };
    let values = indices.iter().enumerate().map(at).collect();
    let indices = indices.iter().map(|&index| index as i64).collect();
    Ok((Tensor::new(shape.clone(), values)?, Tensor::new(shape, indices)?))
}

/// Indices of the first `k` values in descending order (or ascending), equal ones by their indices.
fn best_first<T: Copy + PartialOrd>(k: usize, values: impl Iterator<Item = T>, largest: bool) -> Vec<usize> {
    // Side by side: a look-up for each comparison is most of the time otherwise.
    let mut order: Vec<(T, usize)> = values.enumerate().map(|(i, value)| (value, i)).collect();
    // Tensors have no NaN, so that all values compare; with the index no two are equal.
    let before = |a: &(T, usize), b: &(T, usize)| {
        let (first, second) = if largest { (b, a) } else { (a, b) };
        let values = first.0.partial_cmp(&second.0).unwrap_or(Ordering::Equal);
        values.then(a.1.cmp(&b.1))
    };
    if (1..order.len()).contains(&k) {
        order.select_nth_unstable_by(k - 1, before);
    }
    order.truncate(k);
    order.sort_unstable_by(before);
    order.into_iter().map(|(_, i)| i).collect()
}
