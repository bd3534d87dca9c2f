//! Checks a file while it streams.

use alloc::vec::Vec;

use quorate_program::Sizes;

use crate::{error::DataSetError, header::DataSet, row::Row};

/// Takes a file's bytes in pieces of any length and hands out its rows. It keeps at most a header or a row.
#[derive(Debug, Default)]
pub struct Checker {
    state: State,
    buffer: Vec<u8>,
    rows: u64,
}

#[derive(Debug, Default)]
enum State {
    /// The header's length is read next.
    #[default]
    Start,
    Header {
        len: usize,
    },
    Sizes {
        set: DataSet,
    },
    Values {
        set: DataSet,
        sizes: Sizes,
        len: usize,
    },
}

impl Checker {
    /// What the header says, once it is read.
    pub fn data_set(&self) -> Option<&DataSet> {
        match &self.state {
            State::Sizes { set } | State::Values { set, .. } => Some(set),
            _ => None,
        }
    }

    /// The next bytes. `row` is handed each row that they complete.
    ///
    /// # Errors
    /// As [`DataSetError`] says. After an error nothing more is to be asked.
    pub fn push(&mut self, mut bytes: &[u8], mut row: impl FnMut(&DataSet, Row)) -> Result<(), DataSetError> {
        loop {
            self.check_end(bytes)?;
            let wanted = self.wanted();
            let missing = wanted.saturating_sub(self.buffer.len());
            let (now, later) = bytes.split_at(missing.min(bytes.len()));
            self.buffer.extend_from_slice(now);
            bytes = later;
            // Of a data set without dimensions no byte stands before a row's values.
            if self.buffer.len() < wanted || (bytes.is_empty() && now.is_empty() && self.is_between_rows()) {
                return Ok(());
            }
            self.step(&mut row)?;
        }
    }

    /// The whole file was pushed.
    ///
    /// # Errors
    /// `Length` if it ended early.
    pub fn finish(self) -> Result<DataSet, DataSetError> {
        let got = self.rows;
        let State::Sizes { set } = self.state else {
            let expected = self.data_set().map_or(0, DataSet::rows);
            return Err(DataSetError::Length { expected, got });
        };
        let expected = set.rows();
        match self.buffer.is_empty() && got == expected {
            true => Ok(set),
            false => Err(DataSetError::Length { expected, got }),
        }
    }

    fn is_between_rows(&self) -> bool {
        matches!(self.state, State::Sizes { .. }) && self.buffer.is_empty()
    }

    /// That nothing follows the last row.
    fn check_end(&self, bytes: &[u8]) -> Result<(), DataSetError> {
        match &self.state {
            State::Sizes { set } if set.rows() == self.rows && !bytes.is_empty() => Err(DataSetError::Length {
                expected: set.rows(),
                got: self.rows,
            }),
            _ => Ok(()),
        }
    }

    /// Bytes that the next step needs.
    fn wanted(&self) -> usize {
        match &self.state {
            State::Start => 8,
            State::Header { len } | State::Values { len, .. } => *len,
            State::Sizes { set } => set.prefix_len(),
        }
    }

    fn step(&mut self, row: &mut impl FnMut(&DataSet, Row)) -> Result<(), DataSetError> {
        let at_fault = |fault| DataSetError::Row { row: self.rows, fault };
        self.state = match core::mem::take(&mut self.state) {
            State::Start => {
                let prefix = self.buffer.first_chunk().copied().unwrap_or_default();
                let len = DataSet::header_len(prefix)?;
                self.state = State::Header { len };
                return Ok(());
            }
            State::Header { .. } => State::Sizes {
                set: DataSet::read_header(&self.buffer)?,
            },
            State::Sizes { set } => {
                let sizes = set.read_sizes(&self.buffer).map_err(at_fault)?;
                let len = set.shapes(&sizes).map_err(at_fault)?.iter().map(|(_, len)| len).sum();
                State::Values { set, sizes, len }
            }
            State::Values { set, sizes, .. } => {
                let values = set.read_values(&sizes, &self.buffer).map_err(at_fault)?;
                row(&set, Row { sizes, values });
                self.rows += 1;
                State::Sizes { set }
            }
        };
        self.buffer.clear();
        Ok(())
    }
}
