//! The result: written and hashed in one go.

use crate::{
    syncing::{self, Ending, Syncing},
    ConvertError,
};
use quorate_exact::{hash::Hasher, Root};
use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

pub(crate) struct Writer<'a> {
    file: BufWriter<&'a mut dyn Write>,
    /// What stands in messages for it.
    path: &'a Path,
    hasher: Hasher,
    /// What brings a long file to the disk meanwhile.
    syncing: Option<Syncing>,
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
            syncing: None,
            done: 0,
            total,
            progress,
        }
    }

    /// The file is brought to the disk from now on, if it is long.
    ///
    /// # Errors
    /// `Io`.
    pub fn sync(&mut self, file: File) -> Result<(), ConvertError> {
        if self.total > syncing::EACH {
            self.syncing = Some(Syncing::start(file).map_err(ConvertError::io(self.path))?);
        }
        Ok(())
    }

    pub fn write(&mut self, bytes: &[u8]) -> Result<(), ConvertError> {
        self.hasher.update(bytes);
        let written = self.file.write_all(bytes);
        written.map_err(ConvertError::io(self.path))?;
        let before = self.done;
        self.done += bytes.len() as u64;
        if let Some(syncing) = self
            .syncing
            .as_ref()
            .filter(|_| before / syncing::EACH < self.done / syncing::EACH)
        {
            syncing.wake();
        }
        (self.progress)(self.done, self.total);
        Ok(())
    }

    /// All is written: its root, and what of it is still on its way to the disk.
    pub fn finish(mut self) -> Result<(Root, Option<Ending>), ConvertError> {
        self.file.flush().map_err(ConvertError::io(self.path))?;
        Ok((*self.hasher.finalize().as_bytes(), self.syncing.map(Syncing::end)))
    }
}
