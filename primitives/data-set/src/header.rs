//! What a data set says of its rows.

use alloc::{collections::BTreeSet, string::ToString, vec::Vec};

use quorate_program::{padded, Dimension, Input, ALIGNMENT, MAX_DIMENSIONS, MAX_HEADER, MAX_NAME};
use serde::{Deserialize, Serialize};

use crate::error::DataSetError;

/// Most columns.
pub const MAX_COLUMNS: usize = 64;
/// Longest row, in bytes.
pub const MAX_ROW: u64 = 16 << 20;
/// Version of this format.
const FORMAT: u32 = 1;

/// Columns, the dimensions of their shapes, and the number of rows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DataSet {
    columns: Vec<Input>,
    dimensions: Vec<Dimension>,
    rows: u64,
}

/// The header's JSON; members in the order of their names.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    columns: Vec<Input>,
    dimensions: Vec<Dimension>,
    quorate_data_set: u32,
    rows: u64,
}

impl DataSet {
    /// A data set with these columns. Each dimension has a size in each row.
    ///
    /// # Errors
    /// As [`DataSetError`] says: `Empty`, `Column`.
    pub fn new(columns: Vec<Input>, dimensions: Vec<Dimension>, rows: u64) -> Result<Self, DataSetError> {
        if columns.is_empty()
            || columns.len() > MAX_COLUMNS
            || rows == 0
            || rows > quorate_program::expression::MAX_INTEGER as u64
        {
            return Err(DataSetError::Empty);
        }
        check_dimensions(&dimensions)?;
        let mut names = BTreeSet::new();
        let mut used = BTreeSet::new();
        for column in &columns {
            let wrong = |reason| {
                Err(DataSetError::Column {
                    name: column.name.clone(),
                    reason,
                })
            };
            if column.name.is_empty() || column.name.len() > MAX_NAME || !names.insert(&column.name) {
                return wrong("a column's name has 1 to 1,024 bytes and is unique");
            }
            used.extend(column.shape.iter().flat_map(|dimension| dimension.dimensions()));
        }
        let declared: BTreeSet<&str> = dimensions.iter().map(|dimension| dimension.name.as_str()).collect();
        if let Some(name) = used.symmetric_difference(&declared).next() {
            let name = name.to_string();
            let reason = "a dimension is declared, and in the shape of a column";
            return Err(DataSetError::Column { name, reason });
        }
        drop(declared);
        drop(used);
        drop(names);
        let set = Self {
            columns,
            dimensions,
            rows,
        };
        match set.text().len() as u64 > MAX_HEADER - ALIGNMENT {
            true => Err(DataSetError::HeaderLength(set.text().len() as u64)),
            false => Ok(set),
        }
    }

    /// What each row has.
    pub fn columns(&self) -> &[Input] {
        &self.columns
    }

    /// Sizes that each row has of its own.
    pub fn dimensions(&self) -> &[Dimension] {
        &self.dimensions
    }

    /// The number of rows.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The bytes before the rows.
    pub fn header(&self) -> Vec<u8> {
        padded(self.text())
    }

    /// The length of a header, from the first 8 bytes of a file.
    ///
    /// # Errors
    /// `HeaderLength`.
    pub fn header_len(prefix: [u8; 8]) -> Result<usize, DataSetError> {
        let len = u64::from_le_bytes(prefix).saturating_add(8);
        match len > MAX_HEADER || !len.is_multiple_of(ALIGNMENT) {
            true => Err(DataSetError::HeaderLength(len)),
            false => Ok(len as usize),
        }
    }

    /// Reads exactly the bytes that [`DataSet::header`] writes.
    ///
    /// # Errors
    /// As [`DataSetError`] says.
    pub fn read_header(bytes: &[u8]) -> Result<Self, DataSetError> {
        let json = |error: &dyn core::fmt::Display| DataSetError::Json(error.to_string());
        let text = core::str::from_utf8(bytes.get(8..).unwrap_or(&[])).map_err(|error| json(&error))?;
        let text: Text = serde_json::from_str(text.trim_end_matches(' ')).map_err(|error| json(&error))?;
        if text.quorate_data_set != FORMAT {
            return Err(json(&"another format than 1"));
        }
        let set = Self::new(text.columns, text.dimensions, text.rows)?;
        let canonical = set.header();
        let differs = canonical.iter().zip(bytes).position(|(a, b)| a != b);
        match differs.or((canonical.len() != bytes.len()).then_some(canonical.len().min(bytes.len()))) {
            Some(offset) => Err(DataSetError::NotCanonical { offset: offset as u64 }),
            None => Ok(set),
        }
    }

    fn text(&self) -> Vec<u8> {
        let text = Text {
            columns: self.columns.clone(),
            dimensions: self.dimensions.clone(),
            quorate_data_set: FORMAT,
            rows: self.rows,
        };
        // No map with keys that are not strings, nothing that cannot be written.
        serde_json::to_vec(&text).unwrap_or_default()
    }
}

fn check_dimensions(dimensions: &[Dimension]) -> Result<(), DataSetError> {
    let mut names = BTreeSet::new();
    for dimension in dimensions {
        let sound = dimension.is_named() && dimension.is_bounded();
        if !sound || !names.insert(&dimension.name) || dimensions.len() > MAX_DIMENSIONS {
            let name = dimension.name.clone();
            let reason = "at most 8 dimensions, with unique names of 1 to 32 letters a-z, digits and _, and 1 ≤ min ≤ max ≤ 2^31 − 1";
            return Err(DataSetError::Column { name, reason });
        }
    }
    Ok(())
}
