//! Writing: the new version in order, hashed on the way, by a thread of its own.

use crate::{job::Job, output::Named, Control, EngineError};
use std::{
    fs::File,
    io::Write,
    os::unix::fs::FileExt,
    path::Path,
    sync::mpsc::{sync_channel, Receiver, SyncSender},
    thread::{Scope, ScopedJoinHandle},
};

const COPY: usize = 1 << 20;
/// Bytes after which what was written is sent to the disk, so that little is left to wait for in the end.
const SYNC: u64 = 16 << 20;
const WHAT: &str = "new version";

/// New values of a slab.
#[derive(Debug, Default)]
pub(crate) struct Output {
    pub bytes: Vec<u8>,
    /// New moments of its `train` coordinates, of which the first is this one.
    pub moments: Vec<Vec<u8>>,
    pub first_train: u64,
}

/// The side of the thread that computes.
pub(crate) struct Writer<'scope> {
    full: SyncSender<Output>,
    empties: Receiver<Output>,
    thread: ScopedJoinHandle<'scope, Result<Named, EngineError>>,
}

impl<'scope> Writer<'scope> {
    /// Starts the thread; `state` is the file of the optimiser's moments.
    pub fn start<'env>(
        scope: &'scope Scope<'scope, 'env>,
        job: &'env Job<'env>,
        path: &Path,
        state: Option<&'env File>,
        control: &'env Control<'env>,
    ) -> Result<Self, EngineError> {
        let file = File::create(path).map_err(EngineError::io(WHAT))?;
        let (full, ready) = sync_channel(1);
        let (empty, empties) = sync_channel(2);
        for _ in 0..2 {
            // There is room for both.
            let _ = empty.send(Output::default());
        }
        let sink = Sink {
            file,
            hasher: blake3::Hasher::new(),
            done: 0,
            job,
            state,
            control,
        };
        let thread = scope.spawn(move || sink.run(&ready, &empty));
        Ok(Self { full, empties, thread })
    }

    /// An output to be filled; none if the thread has failed: then [`Writer::finish`] says why.
    pub fn empty(&self) -> Option<Output> {
        self.empties.recv().ok()
    }

    /// The next slab. None if the thread has failed.
    pub fn push(&self, output: Output) -> Option<()> {
        self.full.send(output).ok()
    }

    /// Ends the file: root and length.
    pub fn finish(self) -> Result<Named, EngineError> {
        drop(self.full);
        self.thread
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

struct Sink<'a> {
    file: File,
    hasher: blake3::Hasher,
    done: u64,
    job: &'a Job<'a>,
    state: Option<&'a File>,
    control: &'a Control<'a>,
}

impl Sink<'_> {
    fn run(mut self, ready: &Receiver<Output>, empty: &SyncSender<Output>) -> Result<Named, EngineError> {
        self.write(&self.job.header.encode())?;
        for output in ready {
            self.write(&output.bytes)?;
            for (stream, bytes) in output.moments.iter().enumerate() {
                let at = self.job.moment_offset(stream, output.first_train);
                let written = self.state.map_or(Ok(()), |state| state.write_all_at(bytes, at));
                written.map_err(EngineError::io("optimiser state"))?;
            }
            // Nobody waits for it after the last one.
            let _ = empty.send(output);
        }
        if self.done == self.job.layout.update_len {
            self.copy_rest()?;
        }
        self.file.sync_all().map_err(EngineError::io(WHAT))?;
        Ok((*self.hasher.finalize().as_bytes(), self.done))
    }

    /// The `const` tensors, bit for bit.
    fn copy_rest(&mut self) -> Result<(), EngineError> {
        let (mut buffer, mut at) = (vec![0; COPY], self.job.layout.update_len);
        while at < self.job.layout.file_len {
            let len = (COPY as u64).min(self.job.layout.file_len - at) as usize;
            let read = self.job.input.base.read_exact_at(&mut buffer[..len], at);
            read.map_err(EngineError::io("base version"))?;
            self.write(&buffer[..len])?;
            at += len as u64;
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), EngineError> {
        self.control.check()?;
        self.hasher.update(bytes);
        self.file.write_all(bytes).map_err(EngineError::io(WHAT))?;
        let before = self.done / SYNC;
        self.done += bytes.len() as u64;
        if self.done / SYNC != before {
            self.file.sync_data().map_err(EngineError::io(WHAT))?;
        }
        (self.control.progress)(self.done, self.job.layout.file_len);
        Ok(())
    }
}
