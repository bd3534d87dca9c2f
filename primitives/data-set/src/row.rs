//! A row: the sizes of the dimensions, then the columns' elements.

use alloc::vec::Vec;

use quorate_exact::infer::Fault;
use quorate_program::{Sizes, Value};

use crate::header::{DataSet, MAX_ROW};

/// One row.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    /// Of the dimensions.
    pub sizes: Sizes,
    /// One for each column.
    pub values: Vec<Value>,
}

impl DataSet {
    /// Bytes of the sizes before each row.
    pub fn prefix_len(&self) -> usize {
        self.dimensions().len() * 4
    }

    /// The sizes that a row begins with.
    ///
    /// # Errors
    /// `Length`; `Parameter("dimensions")` of one out of its bounds.
    pub fn read_sizes(&self, prefix: &[u8]) -> Result<Sizes, Fault> {
        let (expected, got) = (self.prefix_len(), prefix.len());
        if expected != got {
            return Err(Fault::Length { expected, got });
        }
        let mut sizes = Sizes::new();
        for (dimension, bytes) in self.dimensions().iter().zip(prefix.chunks_exact(4)) {
            let size = bytes.try_into().map_or(0, u32::from_le_bytes);
            if !(dimension.min..=dimension.max).contains(&size) {
                return Err(Fault::Parameter("dimensions"));
            }
            sizes.insert(dimension.name.clone(), size.into());
        }
        Ok(sizes)
    }

    /// The columns' shapes at these sizes, and the bytes of each.
    ///
    /// # Errors
    /// `Size`: a dimension below 1, or a row longer than [`MAX_ROW`].
    pub fn shapes(&self, sizes: &Sizes) -> Result<Vec<(Vec<usize>, usize)>, Fault> {
        let mut whole = self.prefix_len() as u64;
        let mut shapes = Vec::with_capacity(self.columns().len());
        for column in self.columns() {
            let size = |d: &quorate_program::Expression| d.value(sizes).and_then(|value| usize::try_from(value).ok());
            let shape: Vec<usize> = column
                .shape
                .iter()
                .map(size)
                .collect::<Option<_>>()
                .ok_or(Fault::Size)?;
            let len = quorate_exact::infer::elements(&shape)? as u64 * column.element.bytes() as u64;
            whole = whole.saturating_add(len);
            if whole > MAX_ROW {
                return Err(Fault::Size);
            }
            shapes.push((shape, len as usize));
        }
        Ok(shapes)
    }

    /// A row's bytes.
    ///
    /// # Errors
    /// `Parameter` unless there is one value for each column, of its type and of its shape at these sizes; as [`DataSet::shapes`].
    pub fn write_row(&self, row: &Row) -> Result<Vec<u8>, Fault> {
        let shapes = self.shapes(&row.sizes)?;
        let fits = |((column, value), (shape, _)): ((&quorate_program::Input, &Value), &(Vec<usize>, usize))| {
            column.element == value.element() && shape == value.shape()
        };
        let pairs = self.columns().iter().zip(&row.values).zip(&shapes);
        if row.values.len() != shapes.len() || !pairs.into_iter().all(fits) {
            return Err(Fault::Parameter("values"));
        }
        let mut bytes = Vec::new();
        for dimension in self.dimensions() {
            let size = row.sizes.get(&dimension.name).copied().unwrap_or(0);
            bytes.extend(u32::try_from(size).unwrap_or(0).to_le_bytes());
        }
        self.read_sizes(&bytes)?;
        row.values.iter().for_each(|value| bytes.extend(value.bytes()));
        Ok(bytes)
    }

    /// Reads the columns of a row with these sizes.
    ///
    /// # Errors
    /// `Length`; `NaN`; `Range` of a bool that is neither 0 nor 1; as [`DataSet::shapes`].
    pub fn read_values(&self, sizes: &Sizes, mut bytes: &[u8]) -> Result<Vec<Value>, Fault> {
        let shapes = self.shapes(sizes)?;
        let expected = shapes.iter().map(|(_, len)| len).sum();
        let got = bytes.len();
        if expected != got {
            return Err(Fault::Length { expected, got });
        }
        let mut values = Vec::with_capacity(shapes.len());
        for (column, (shape, len)) in self.columns().iter().zip(shapes) {
            let (own, rest) = bytes.split_at(len);
            bytes = rest;
            values.push(Value::from_bytes(column.element, &shape, own)?);
        }
        Ok(values)
    }
}
