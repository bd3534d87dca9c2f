//! An array as a column, and the sizes of a dimension in each row.

use crate::failure::{usage, Result};
use quorate_convert::names::shown;
use quorate_exact::infer::Fault;
use quorate_program::{Dimension, Expression, Input, Sizes, Type, Value};
use std::ops::Range;

/// Both sides of `NAME=VALUE`.
pub(super) fn named<'a>(text: &'a str, form: &str) -> Result<(&'a str, &'a str)> {
    let parts = text.split_once('=');
    parts.ok_or_else(|| usage(format!("{text}: {form} was expected")))
}

/// An array whose first axis are the rows.
pub(super) struct Column {
    name: String,
    element: Type,
    rows: usize,
    /// Of a row, as it is in the array, or reshaped to.
    axes: Vec<usize>,
    /// The same, with a dimension's name where a row's size is its own.
    shape: Vec<Expression>,
    bytes: Vec<u8>,
}

impl Column {
    pub fn new(name: &str, array: &Value) -> Result<Self> {
        let Some((&rows, axes)) = array.shape().split_first() else {
            return Err(usage(format!(
                "column {} is one number: an axis of rows was expected",
                shown(name)
            )));
        };
        Ok(Self {
            name: name.into(),
            element: array.element(),
            rows,
            axes: axes.to_vec(),
            shape: axes.iter().map(|&axis| number(axis)).collect(),
            bytes: array.bytes(),
        })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn input(&self) -> Input {
        Input {
            name: self.name.clone(),
            shape: self.shape.clone(),
            element: self.element,
        }
    }

    /// Gives rows another shape with as many elements, or names the axes of which not all belongs to each row.
    pub fn reshape(&mut self, text: &str, lengths: &[Lengths]) -> Result {
        let wrong = |why: String| usage(format!("--shape {}={text}: {why}", self.name));
        let parts: Vec<&str> = text.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
        let mut shape = Vec::new();
        for part in &parts {
            shape.push(match part.parse::<usize>() {
                Ok(size) => number(size),
                Err(_) if lengths.iter().any(|known| known.name == *part) => Expression::dimension(part),
                Err(_) => {
                    return Err(wrong(format!(
                        "{} is neither a number nor a dimension of --size",
                        shown(part)
                    )))
                }
            });
        }
        let sizes: Option<Vec<usize>> = shape.iter().map(Expression::size).collect();
        match sizes {
            Some(axes) => {
                let elements = |axes: &[usize]| axes.iter().try_fold(1usize, |all, &axis| all.checked_mul(axis));
                if axes.contains(&0) || elements(&axes) != elements(&self.axes) {
                    return Err(wrong(format!("a row of the array is [{}]", listed(&self.axes))));
                }
                self.axes = axes;
            }
            None => {
                let fits = |(part, &axis): (&Expression, &usize)| part.size().is_none_or(|size| size == axis);
                if shape.len() != self.axes.len() || !shape.iter().zip(&self.axes).all(fits) {
                    return Err(wrong(format!("a row of the array is [{}]", listed(&self.axes))));
                }
            }
        }
        self.shape = shape;
        Ok(())
    }

    /// A row's elements, without padding.
    ///
    /// # Errors
    /// `Size` where a row is larger than the array; a NaN.
    pub fn row(&self, number: usize, sizes: &Sizes) -> std::result::Result<Value, Fault> {
        let size = |part: &Expression| part.value(sizes).and_then(|size| usize::try_from(size).ok());
        let kept: Vec<usize> = self.shape.iter().map(size).collect::<Option<_>>().ok_or(Fault::Size)?;
        if kept.iter().zip(&self.axes).any(|(kept, axis)| kept > axis) {
            return Err(Fault::Size);
        }
        let len = self.axes.iter().product::<usize>() * self.element.bytes();
        let all = self.bytes.get(number * len..(number + 1) * len).ok_or(Fault::Size)?;
        let mut bytes = Vec::new();
        cut(all, &self.axes, &kept, &mut bytes);
        Value::from_bytes(self.element, &kept, &bytes)
    }
}

/// Of each axis so many elements from the first on.
fn cut(bytes: &[u8], axes: &[usize], kept: &[usize], into: &mut Vec<u8>) {
    match (axes, kept) {
        _ if axes == kept => into.extend_from_slice(bytes),
        ([axis, axes @ ..], [first, kept @ ..]) => {
            let part = bytes.len() / axis.max(&1);
            for own in bytes.chunks(part.max(1)).take(*first) {
                cut(own, axes, kept, into);
            }
        }
        _ => into.extend_from_slice(bytes),
    }
}

fn number(size: usize) -> Expression {
    // What is larger is refused with its data set.
    i64::try_from(size).unwrap_or(i64::MAX).into()
}

fn listed(axes: &[usize]) -> String {
    axes.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")
}

/// The sizes of a dimension in each row.
pub(super) struct Lengths {
    name: String,
    sizes: Vec<u64>,
}

impl Lengths {
    pub fn new(name: &str, array: &Value) -> Result<Self> {
        let wrong = |why: &str| usage(format!("--size {}: {why}", shown(name)));
        let Value::I64(sizes) = array else {
            return Err(wrong("sizes are i64"));
        };
        if sizes.shape().len() != 1 {
            return Err(wrong("one size for each row was expected"));
        }
        let all = sizes
            .data()
            .iter()
            .map(|&size| u64::try_from(size).ok().filter(|&size| size >= 1));
        let sizes = all
            .collect::<Option<_>>()
            .ok_or_else(|| wrong("sizes are at least 1"))?;
        Ok(Self {
            name: name.into(),
            sizes,
        })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn rows(&self) -> usize {
        self.sizes.len()
    }

    /// Its size in a row.
    pub fn of(&self, row: usize) -> (String, u64) {
        (self.name.clone(), self.sizes.get(row).copied().unwrap_or_default())
    }

    /// From the smallest to the largest of some rows.
    pub fn dimension(&self, rows: Range<usize>) -> Result<Dimension> {
        let sizes = self.sizes.get(rows).unwrap_or_default();
        let bound = |size: Option<&u64>| size.and_then(|&size| u32::try_from(size).ok());
        match (bound(sizes.iter().min()), bound(sizes.iter().max())) {
            (Some(min), Some(max)) => Ok(Dimension {
                max,
                min,
                name: self.name.clone(),
            }),
            _ => Err(usage(format!("--size {}: a size is beyond 2^32", shown(&self.name)))),
        }
    }
}
