//! The new state of the optimiser, beside the version. First moments come before all second ones in the file, so that it is written and
//! hashed in pieces; no byte is read back for that.

use crate::{aggregation::Aggregation, EngineError};
use quorate_exact::optimiser;
use quorate_hash_tree::{Hashed, Piece, Pieces};
use std::{fs::File, os::unix::fs::FileExt, path::Path};

const WHAT: &str = "optimiser state";

/// A state that is being written.
pub(crate) struct State {
    file: File,
    len: u64,
    pieces: Pieces,
    /// Where the powers lie, if it has any.
    powers_at: Option<u64>,
}

impl State {
    /// Of the job's optimiser, if it has one.
    pub fn create(job: &Aggregation<'_>, path: &Path) -> Result<Option<Self>, EngineError> {
        let Some(header) = &job.state else { return Ok(None) };
        let io = || EngineError::io(WHAT);
        let (file, len) = (File::create(path).map_err(io())?, header.file_len());
        file.set_len(len).map_err(io())?;
        let powers = header.tensors.iter().find(|tensor| tensor.name == optimiser::POWERS);
        let mut state = Self {
            file,
            len,
            pieces: Pieces::new(len),
            powers_at: powers.map(|tensor| header.header_len() + tensor.begin),
        };
        state.write(&header.encode(), 0)?;
        Ok(Some(state))
    }

    /// For the moments, which are written at their places, and the length of the file.
    pub fn file(&self) -> Result<(File, u64), EngineError> {
        Ok((self.file.try_clone().map_err(EngineError::io(WHAT))?, self.len))
    }

    /// Moments that were written.
    pub fn take(&mut self, piece: Piece) {
        self.pieces.take(piece);
    }

    fn write(&mut self, bytes: &[u8], at: u64) -> Result<(), EngineError> {
        self.file.write_all_at(bytes, at).map_err(EngineError::io(WHAT))?;
        self.pieces.take(Piece::new(self.len, at, bytes));
        Ok(())
    }

    /// Once all moments are written.
    pub fn finish(mut self, powers: Option<[u32; 2]>) -> Result<Hashed, EngineError> {
        if let Some(at) = self.powers_at {
            let bytes = powers.unwrap_or_default().map(u32::to_le_bytes);
            self.write(bytes.as_flattened(), at)?;
        }
        self.file.sync_all().map_err(EngineError::io(WHAT))?;
        self.pieces
            .finish()
            .ok_or_else(|| EngineError::Scratch { what: WHAT.into() })
    }
}
