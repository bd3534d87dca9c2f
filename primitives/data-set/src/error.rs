//! Why bytes are no data set.

use alloc::string::String;
use core::fmt;

use quorate_exact::infer::Fault;

/// A data set is refused.
#[derive(Clone, PartialEq, Debug)]
pub enum DataSetError {
    /// The header is too long, or its length no multiple of 1,024.
    HeaderLength(u64),
    /// The header is not the JSON that was expected.
    Json(String),
    /// The header says the right things in other bytes than the canonical ones.
    NotCanonical {
        /// The first byte that differs, from the start of the file.
        offset: u64,
    },
    /// A column or dimension is not as a program's input or dimension can be.
    Column {
        /// Its name.
        name: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// No columns, or more than [`crate::MAX_COLUMNS`]; no rows.
    Empty,
    /// A row is at fault.
    Row {
        /// Its number, from 0.
        row: u64,
        /// What is wrong.
        fault: Fault,
    },
    /// The file ends within a row, or goes on behind the last one.
    Length {
        /// Rows that the header says.
        expected: u64,
        /// Whole rows that were read.
        got: u64,
    },
}

impl fmt::Display for DataSetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HeaderLength(len) => write!(
                f,
                "a header of {len} bytes: a multiple of 1,024 and at most 4 MiB was expected"
            ),
            Self::Json(reason) => write!(f, "the header's JSON: {reason}"),
            Self::NotCanonical { offset } => write!(f, "the header differs from its canonical form at byte {offset}"),
            Self::Column { name, reason } => write!(f, "{name:?}: {reason}"),
            Self::Empty => write!(
                f,
                "a data set has 1 to {} columns and at least one row",
                crate::MAX_COLUMNS
            ),
            Self::Row { row, fault } => write!(f, "row {row}: {fault}"),
            Self::Length { expected, got } => {
                write!(
                    f,
                    "{got} whole rows, and bytes that are none; {expected} rows and nothing else were expected"
                )
            }
        }
    }
}

impl core::error::Error for DataSetError {}
