//! The result: written and hashed in one go.

use crate::ConvertError;
use quorate_exact::{hash::Hasher, Root};
use std::{
    io::{BufWriter, Write},
    path::Path,
};

pub(crate) struct Writer<'a> {
    file: BufWriter<&'a mut dyn Write>,
    /// What stands in messages for it.
    path: &'a Path,
    hasher: Hasher,
    done: u64,
    total: u64,
    progress: &'a dyn Fn(u64, u64),
}

impl<'a> Writer<'a> {
    pub fn new((output, path): (&'a mut dyn Write, &'a Path), total: u64, progress: &'a dyn Fn(u64, u64)) -> Self {
        Self {
            file: BufWriter::new(output),
            path,
            hasher: Hasher::new(),
            done: 0,
            total,
            progress,
        }
    }

    pub fn write(&mut self, bytes: &[u8]) -> Result<(), ConvertError> {
        self.hasher.update(bytes);
        let written = self.file.write_all(bytes);
        written.map_err(ConvertError::io(self.path))?;
        self.done += bytes.len() as u64;
        (self.progress)(self.done, self.total);
        Ok(())
    }

    /// All is written; its root.
    pub fn finish(mut self) -> Result<Root, ConvertError> {
        self.file.flush().map_err(ConvertError::io(self.path))?;
        Ok(*self.hasher.finalize().as_bytes())
    }
}
