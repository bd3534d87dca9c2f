//! Reading: the files in slabs of coordinates, the next one while the last one is worked on.

use crate::{
    job::{update_name, Job},
    Control, EngineError,
};
use quorate_exact::{detail::TILE, Root};
use rayon::{prelude::*, ThreadPool};
use std::{
    fs::File,
    os::unix::fs::FileExt,
    sync::mpsc::{sync_channel, Receiver, SyncSender},
    thread,
};

/// Slabs at a time: one is read, one is worked on.
pub(crate) const SLABS: usize = 2;

/// Some consecutive coordinates of all files, within one tile of the sum tree.
#[derive(Debug, Default)]
pub(crate) struct Slab {
    pub first: u64,
    pub len: usize,
    /// One row of bytes for each update.
    pub rows: Vec<Vec<u8>>,
    /// What a final pass reads besides.
    pub base: Vec<u8>,
    pub previous: Option<Vec<u8>>,
    /// Moments of the slab's `train` coordinates; empty where the optimiser starts anew.
    pub moments: Vec<Vec<u8>>,
}

/// A hash for each update, of what was read so far.
pub(crate) struct Roots {
    hashers: Vec<blake3::Hasher>,
}

/// How a pass reads.
pub(crate) struct Reading<'a> {
    pub job: &'a Job<'a>,
    /// Coordinates of a slab.
    pub width: usize,
    /// Threads that wait for the disk, copy and hash.
    pub pool: &'a ThreadPool,
    pub control: &'a Control<'a>,
    /// Whether base, previous version and moments are read too.
    pub everything: bool,
}

impl Roots {
    /// Of files that begin with this header.
    pub fn new(files: usize, header: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(header);
        Self {
            hashers: vec![hasher; files],
        }
    }

    /// Whether the updates, read to their end, have these roots.
    ///
    /// # Errors
    /// `Root` of the first one that has another.
    pub fn compare(&self, expected: &[Root]) -> Result<(), EngineError> {
        let differs = |(hasher, root): (&blake3::Hasher, &Root)| hasher.finalize().as_bytes() != root;
        match self.hashers.iter().zip(expected).position(differs) {
            Some(index) => Err(EngineError::Root {
                what: update_name(index),
            }),
            None => Ok(()),
        }
    }
}

impl Reading<'_> {
    /// Hands every slab to `take`, in order.
    ///
    /// # Errors
    /// Those of reading and of `take`, `Cancelled`.
    pub fn each(
        &self,
        roots: Option<&mut Roots>,
        take: impl FnMut(&Slab) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        let (empty, empties) = sync_channel(SLABS);
        let (full, ready) = sync_channel(SLABS);
        for _ in 0..SLABS {
            // There is room for all of them.
            let _ = empty.send(Slab::default());
        }
        thread::scope(|scope| {
            scope.spawn(move || self.read_all(&empties, &full, roots));
            self.take_all(ready, empty, take)
        })
    }

    /// Ends when the other side does, or with the last slab.
    fn read_all(
        &self,
        empties: &Receiver<Slab>,
        full: &SyncSender<Result<Slab, EngineError>>,
        mut roots: Option<&mut Roots>,
    ) {
        for (first, len) in slabs(self.job.layout.coordinates, self.width) {
            let Ok(mut slab) = empties.recv() else { return };
            let read = self
                .pool
                .install(|| self.fill(&mut slab, first, len, roots.as_deref_mut()));
            let failed = read.is_err();
            if full.send(read.map(|()| slab)).is_err() || failed {
                return;
            }
        }
    }

    /// Takes both channels, so that the reader ends when this does.
    fn take_all(
        &self,
        ready: Receiver<Result<Slab, EngineError>>,
        empty: SyncSender<Slab>,
        mut take: impl FnMut(&Slab) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        for slab in &ready {
            let slab = slab?;
            self.control.check()?;
            take(&slab)?;
            // The reader may be done.
            let _ = empty.send(slab);
        }
        Ok(())
    }

    fn fill(&self, slab: &mut Slab, first: u64, len: usize, roots: Option<&mut Roots>) -> Result<(), EngineError> {
        let (job, offset) = (self.job, self.job.layout.offset(first));
        (slab.first, slab.len) = (first, len);
        slab.rows.resize_with(job.input.inputs.len(), Vec::new);
        let rows = slab.rows.par_iter_mut().zip(&job.input.inputs).enumerate();
        let read_row = |(i, (row, input)): (usize, (&mut Vec<u8>, &crate::WeightedFile))| {
            read(&input.file, row, 4 * len, offset, || update_name(i))
        };
        match roots {
            Some(roots) => rows
                .zip(&mut roots.hashers)
                .try_for_each(|((i, (row, input)), hasher)| {
                    read_row((i, (&mut *row, input)))?;
                    hasher.update(row);
                    Ok::<(), EngineError>(())
                })?,
            None => rows.try_for_each(read_row)?,
        }
        if !self.everything {
            return Ok(());
        }
        read(&job.input.base, &mut slab.base, 4 * len, offset, || {
            "base version".into()
        })?;
        if let Some(file) = &job.input.previous {
            let bytes = slab.previous.get_or_insert_with(Vec::new);
            read(file, bytes, 4 * len, offset, || "previous version".into())?;
        }
        let Some(file) = &job.input.optimiser else {
            return Ok(());
        };
        let (start, end) = (
            job.layout.train_before(first),
            job.layout.train_before(first + len as u64),
        );
        slab.moments.resize_with(job.moments(), Vec::new);
        for (stream, bytes) in slab.moments.iter_mut().enumerate() {
            let what = || "optimiser state".into();
            read(
                file,
                bytes,
                4 * (end - start) as usize,
                job.moment_offset(stream, start),
                what,
            )?;
        }
        Ok(())
    }
}

/// First coordinates and lengths: no slab reaches from one tile into the next.
pub(crate) fn slabs(coordinates: u64, width: usize) -> impl Iterator<Item = (u64, usize)> {
    let width = (width as u64).clamp(1, TILE);
    (0..coordinates).step_by(TILE as usize).flat_map(move |tile| {
        let end = coordinates.min(tile + TILE);
        (tile..end)
            .step_by(width as usize)
            .map(move |first| (first, width.min(end - first) as usize))
    })
}

fn read(
    file: &File,
    into: &mut Vec<u8>,
    len: usize,
    offset: u64,
    what: impl Fn() -> String,
) -> Result<(), EngineError> {
    into.resize(len, 0);
    file.read_exact_at(into, offset)
        .map_err(|source| EngineError::Io { what: what(), source })
}
