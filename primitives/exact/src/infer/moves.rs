//! Operations that move elements, of any type, and change none.

use alloc::{vec, vec::Vec};

use super::{
    fault::Fault,
    layout::{broadcast, broadcast_strides, offsets, strides, with_dimension, Along},
    tensor::{elements, same, Element, Tensor},
};

/// What Pad puts around a tensor.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Fill<T> {
    /// This value.
    Constant(T),
    /// The nearest element.
    Edge,
    /// The elements mirrored at the outermost one, which is not repeated; fewer than the dimension on either side.
    Reflect,
}

/// Gather: of each place of `axis` the slices that the indices name; their shape takes the axis' place. Index −1 is the last one.
///
/// # Errors
/// `Axis`, `Size`; `Index` unless −d ≤ index < d.
pub fn gather<T: Element>(x: &Tensor<T>, indices: &Tensor<i64>, axis: usize) -> Result<Tensor<T>, Fault> {
    let along = Along::new(x.shape(), axis)?;
    let shape = [&x.shape()[..axis], indices.shape(), &x.shape()[axis + 1..]].concat();
    let mut y = Vec::with_capacity(elements(&shape)?);
    let index = |&index: &i64| {
        let positive = if index < 0 {
            index.checked_add(along.size as i64)
        } else {
            Some(index)
        };
        let place = positive.and_then(|index| usize::try_from(index).ok());
        place.filter(|&place| place < along.size).ok_or(Fault::Index {
            index,
            size: along.size,
        })
    };
    let places = indices.data().iter().map(index).collect::<Result<Vec<usize>, _>>()?;
    for before in 0..along.outer {
        for &place in &places {
            y.extend_from_slice(&x.data()[along.at(before, place, 0)..][..along.inner]);
        }
    }
    Tensor::new(shape, y)
}

/// Concat along an axis.
///
/// # Errors
/// `Axis`, `Rank`, `Dimension`, `Size`; `Parameter` of nothing.
pub fn concat<T: Element>(parts: &[&Tensor<T>], axis: usize) -> Result<Tensor<T>, Fault> {
    let first = parts.first().ok_or(Fault::Parameter("inputs"))?;
    let mut along = Vec::with_capacity(parts.len());
    let mut size = 0usize;
    for part in parts {
        let own = Along::new(part.shape(), axis)?;
        part.expect(&with_dimension(first.shape(), axis, own.size)?)?;
        size = size.checked_add(own.size).ok_or(Fault::Size)?;
        along.push(own);
    }
    let shape = with_dimension(first.shape(), axis, size)?;
    let mut y = Vec::with_capacity(elements(&shape)?);
    for before in 0..along.first().map_or(0, |along| along.outer) {
        for (part, along) in parts.iter().zip(&along) {
            let len = along.size * along.inner;
            y.extend_from_slice(&part.data()[before * len..][..len]);
        }
    }
    Tensor::new(shape, y)
}

/// Slice of one axis: the elements `start + i · step` for i < `count`.
///
/// # Errors
/// `Axis`; `Parameter` if the step is 0 or one of them lies outside the axis; `Size` if `count` is 0.
pub fn slice<T: Element>(
    x: &Tensor<T>,
    axis: usize,
    start: usize,
    step: i64,
    count: usize,
) -> Result<Tensor<T>, Fault> {
    let size = Along::new(x.shape(), axis)?.size;
    if step == 0 {
        return Err(Fault::Parameter("step"));
    }
    let last = || {
        let steps = i64::try_from(count.saturating_sub(1)).ok()?;
        i64::try_from(start).ok()?.checked_add(steps.checked_mul(step)?)
    };
    let last = last().unwrap_or(i64::MAX);
    let start = i64::try_from(start).unwrap_or(i64::MAX);
    let inside = |index: i64| usize::try_from(index).is_ok_and(|index| index < size);
    if !inside(start) || !inside(last) {
        return Err(Fault::Parameter("slice"));
    }
    take(x, axis, count, |i| (start + i as i64 * step) as usize)
}

/// Split of one axis into parts of these sizes, which sum to it.
///
/// # Errors
/// `Axis`, `Dimension`; `Size` if one is 0.
pub fn split<T: Element>(x: &Tensor<T>, axis: usize, sizes: &[usize]) -> Result<Vec<Tensor<T>>, Fault> {
    let size = Along::new(x.shape(), axis)?.size;
    let sum = sizes.iter().try_fold(0usize, |sum, &part| sum.checked_add(part));
    same(size, sum.ok_or(Fault::Size)?)?;
    let mut start = 0;
    let part = |&count: &usize| {
        let first = start;
        start += count;
        take(x, axis, count, |i| first + i)
    };
    sizes.iter().map(part).collect()
}

/// Reshape: the same elements in the same order.
///
/// # Errors
/// `Size`, `Length`.
pub fn reshape<T: Element>(x: &Tensor<T>, shape: &[usize]) -> Result<Tensor<T>, Fault> {
    Tensor::new(shape.to_vec(), x.data().to_vec())
}

/// Transpose: axis i of the result is axis `order[i]` of x.
///
/// # Errors
/// `Rank`; `Axis` unless `order` has each axis once.
pub fn transpose<T: Element>(x: &Tensor<T>, order: &[usize]) -> Result<Tensor<T>, Fault> {
    let rank = x.shape().len();
    if order.len() != rank {
        return Err(Fault::Rank {
            expected: rank,
            got: order.len(),
        });
    }
    let repeated = |(i, axis): (usize, &usize)| *axis >= rank || order[..i].contains(axis);
    if let Some((_, &axis)) = order.iter().enumerate().find(|&pair| repeated(pair)) {
        return Err(Fault::Axis { axis, rank });
    }
    let own = strides(x.shape());
    let shape: Vec<usize> = order.iter().map(|&axis| x.shape()[axis]).collect();
    let strides: Vec<usize> = order.iter().map(|&axis| own[axis]).collect();
    let y = offsets(&shape, &strides).map(|offset| x.data()[offset]).collect();
    Tensor::new(shape, y)
}

/// Expand: x broadcast to this shape.
///
/// # Errors
/// `Size`, `Dimension`; `Rank` if x has more axes.
pub fn expand<T: Element>(x: &Tensor<T>, shape: &[usize]) -> Result<Tensor<T>, Fault> {
    elements(shape)?;
    let (expected, got) = (shape.len(), x.shape().len());
    if got > expected {
        return Err(Fault::Rank { expected, got });
    }
    for (&expected, got) in shape.iter().zip(broadcast(x.shape(), shape)?) {
        same(expected, got)?;
    }
    let strides = broadcast_strides(x.shape(), shape);
    let y = offsets(shape, &strides).map(|offset| x.data()[offset]).collect();
    Tensor::new(shape.to_vec(), y)
}

/// Pad of one axis with `before` and `after` elements.
///
/// # Errors
/// `Axis`, `Size`; `Parameter` if more is mirrored than there is; `NaN` if the constant is one.
pub fn pad<T: Element>(
    x: &Tensor<T>,
    axis: usize,
    before: usize,
    after: usize,
    fill: Fill<T>,
) -> Result<Tensor<T>, Fault> {
    let along = Along::new(x.shape(), axis)?;
    let last = along.size - 1;
    if fill == Fill::Reflect && before.max(after) > last {
        return Err(Fault::Parameter("padding"));
    }
    let size = along.size.checked_add(before).and_then(|n| n.checked_add(after));
    let shape = with_dimension(x.shape(), axis, size.ok_or(Fault::Size)?)?;
    let out = Along::new(&shape, axis)?;
    let mut y = Vec::with_capacity(elements(&shape)?);
    for outer in 0..out.outer {
        for i in 0..out.size {
            let place = match (i.checked_sub(before), fill) {
                (Some(place), _) if place <= last => Some(place),
                (_, Fill::Constant(value)) => {
                    y.extend(vec![value; out.inner]);
                    None
                }
                (None, Fill::Edge) => Some(0),
                (Some(_), Fill::Edge) => Some(last),
                (None, Fill::Reflect) => Some(before - i),
                (Some(place), Fill::Reflect) => Some(2 * last - place),
            };
            if let Some(place) = place {
                y.extend_from_slice(&x.data()[along.at(outer, place, 0)..][..along.inner]);
            }
        }
    }
    Tensor::new(shape, y)
}

/// Resize of one axis to `scale` times its dimension: element i is the nearest one, i div `scale`.
///
/// # Errors
/// `Axis`, `Size`.
pub fn resize_nearest<T: Element>(x: &Tensor<T>, axis: usize, scale: usize) -> Result<Tensor<T>, Fault> {
    let size = Along::new(x.shape(), axis)?.size;
    take(x, axis, size.checked_mul(scale).ok_or(Fault::Size)?, |i| i / scale)
}

/// The slices of `axis` that `place` names, in range.
fn take<T: Element>(
    x: &Tensor<T>,
    axis: usize,
    count: usize,
    place: impl Fn(usize) -> usize,
) -> Result<Tensor<T>, Fault> {
    let along = Along::new(x.shape(), axis)?;
    let shape = with_dimension(x.shape(), axis, count)?;
    let mut y = Vec::with_capacity(elements(&shape)?);
    for before in 0..along.outer {
        for i in 0..count {
            y.extend_from_slice(&x.data()[along.at(before, place(i), 0)..][..along.inner]);
        }
    }
    Tensor::new(shape, y)
}
