//! The new state of the optimiser, beside the version.

use crate::{aggregation::Aggregation, EngineError};
use quorate_exact::optimiser;
use quorate_hash_tree::{of_file, Hashed};
use std::{fs::File, num::NonZeroUsize, os::unix::fs::FileExt, path::Path};

const WHAT: &str = "optimiser state";

/// A state that is being written.
pub(crate) struct State {
    file: File,
    powers_at: u64,
}

impl State {
    /// Of the job's optimiser, if it has one.
    pub fn create(job: &Aggregation<'_>, path: &Path) -> Result<Option<Self>, EngineError> {
        let Some(header) = &job.state else { return Ok(None) };
        let io = || EngineError::io(WHAT);
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(path)
            .map_err(io())?;
        file.set_len(header.file_len()).map_err(io())?;
        file.write_all_at(&header.encode(), 0).map_err(io())?;
        let powers = header.tensors.iter().find(|tensor| tensor.name == optimiser::POWERS);
        let powers_at = powers.map_or(0, |tensor| header.header_len() + tensor.begin);
        Ok(Some(Self { file, powers_at }))
    }

    /// For the moments, which are written at their places.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// First moments come before all second ones in the file, so that it is hashed once it is whole.
    pub fn finish(self, powers: Option<[u32; 2]>, threads: usize) -> Result<Hashed, EngineError> {
        let io = || EngineError::io(WHAT);
        if let Some(powers) = powers {
            let bytes = powers.map(u32::to_le_bytes);
            self.file
                .write_all_at(bytes.as_flattened(), self.powers_at)
                .map_err(io())?;
        }
        self.file.sync_all().map_err(io())?;
        of_file(&self.file, NonZeroUsize::new(threads)).map_err(io())
    }
}
