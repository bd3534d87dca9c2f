//! The result: written and hashed in one go.

use crate::ConvertError;
use quorate_exact::{hash::Hasher, Root};
use quorate_output::Output;
use std::io::{BufWriter, Write};

pub(crate) struct Writer<'a> {
    file: BufWriter<Output>,
    hasher: Hasher,
    done: u64,
    total: u64,
    progress: &'a dyn Fn(u64, u64),
}

impl<'a> Writer<'a> {
    pub fn new(output: Output, total: u64, progress: &'a dyn Fn(u64, u64)) -> Self {
        Self {
            file: BufWriter::new(output),
            hasher: Hasher::new(),
            done: 0,
            total,
            progress,
        }
    }

    pub fn write(&mut self, bytes: &[u8]) -> Result<(), ConvertError> {
        self.hasher.update(bytes);
        let written = self.file.write_all(bytes);
        written.map_err(|error| failed(self.file.get_ref(), error))?;
        self.done += bytes.len() as u64;
        (self.progress)(self.done, self.total);
        Ok(())
    }

    /// The whole file, not yet under its name, and its root.
    pub fn finish(mut self) -> Result<(Output, Root), ConvertError> {
        let flushed = self.file.flush();
        flushed.map_err(|error| failed(self.file.get_ref(), error))?;
        let (output, _) = self.file.into_parts();
        Ok((output, *self.hasher.finalize().as_bytes()))
    }
}

fn failed(output: &Output, error: std::io::Error) -> ConvertError {
    ConvertError::io(output.destination())(error)
}
