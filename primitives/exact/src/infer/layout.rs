//! Where elements lie: strides of row-major shapes, broadcasting, an axis and what lies before and behind it.

use alloc::{vec, vec::Vec};

use super::{
    fault::Fault,
    tensor::{elements, MAX_RANK},
};

/// The distance between neighbours on each axis of a row-major shape.
pub(super) fn strides(shape: &[usize]) -> Vec<usize> {
    let behind = |axis: usize| shape[axis + 1..].iter().product();
    (0..shape.len()).map(behind).collect()
}

/// Offsets of all indices of `shape` in row-major order, in a tensor with these strides.
pub(super) fn offsets<'a>(shape: &'a [usize], strides: &'a [usize]) -> impl Iterator<Item = usize> + Clone + 'a {
    (0..shape.iter().product()).map(move |index: usize| {
        let axes = shape.iter().zip(strides).rev();
        let (_, offset) = axes.fold((index, 0), |(rest, offset), (d, stride)| {
            (rest / d, offset + rest % d * stride)
        });
        offset
    })
}

/// The shape of what is computed from tensors of these two shapes, element by element. They are aligned at their last axes; of two
/// dimensions that differ one must be 1, and its only element stands for all; an axis that is missing has dimension 1.
pub(super) fn broadcast(a: &[usize], b: &[usize]) -> Result<Vec<usize>, Fault> {
    let rank = a.len().max(b.len());
    let dimension = |shape: &[usize], axis: usize| match axis.checked_sub(rank - shape.len()) {
        Some(own) => shape[own],
        None => 1,
    };
    let shape = (0..rank)
        .map(|axis| match (dimension(a, axis), dimension(b, axis)) {
            (1, other) | (other, 1) => Ok(other),
            (expected, got) if expected == got => Ok(got),
            (expected, got) => Err(Fault::Dimension { expected, got }),
        })
        .collect::<Result<Vec<usize>, _>>()?;
    elements(&shape)?;
    Ok(shape)
}

/// Strides that read a tensor of shape `from` as if it had the shape `to`, which it is broadcast to.
pub(super) fn broadcast_strides(from: &[usize], to: &[usize]) -> Vec<usize> {
    let mut all = vec![0; to.len().saturating_sub(from.len())];
    let own = strides(from);
    all.extend(from.iter().zip(own).map(|(&d, stride)| if d == 1 { 0 } else { stride }));
    all
}

/// A shape seen from one of its axes: element (before, i, behind) is at `(before · size + i) · inner + behind`.
#[derive(Clone, Copy)]
pub(super) struct Along {
    /// Elements of the axes before it.
    pub outer: usize,
    /// The axis' dimension.
    pub size: usize,
    /// Elements of the axes behind it.
    pub inner: usize,
}

impl Along {
    pub fn new(shape: &[usize], axis: usize) -> Result<Self, Fault> {
        let rank = shape.len();
        let &size = shape.get(axis).ok_or(Fault::Axis { axis, rank })?;
        Ok(Self {
            outer: shape[..axis].iter().product(),
            size,
            inner: shape[axis + 1..].iter().product(),
        })
    }

    /// Offset of the first element of each line along the axis, row-major; its others follow at distance `inner`.
    pub fn lines(self) -> impl Iterator<Item = usize> {
        (0..self.outer).flat_map(move |before| (0..self.inner).map(move |behind| self.at(before, 0, behind)))
    }

    pub fn at(self, before: usize, i: usize, behind: usize) -> usize {
        (before * self.size + i) * self.inner + behind
    }
}

/// The shape with another dimension on this axis.
pub(super) fn with_dimension(shape: &[usize], axis: usize, dimension: usize) -> Result<Vec<usize>, Fault> {
    let mut shape = shape.to_vec();
    let rank = shape.len();
    *shape.get_mut(axis).ok_or(Fault::Axis { axis, rank })? = dimension;
    elements(&shape)?;
    Ok(shape)
}

/// That these are ascending axes of a tensor of this rank.
pub(super) fn ascending(axes: &[usize], rank: usize) -> Result<(), Fault> {
    let fault = |&axis| Err(Fault::Axis { axis, rank });
    if let Some(axis) = axes.iter().find(|&&axis| axis >= rank.min(MAX_RANK)) {
        return fault(axis);
    }
    match axes.windows(2).find(|pair| pair[0] >= pair[1]) {
        Some(pair) => fault(&pair[1]),
        None => Ok(()),
    }
}
