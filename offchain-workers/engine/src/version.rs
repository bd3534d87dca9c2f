//! The new version's file: written and hashed stripe by stripe, and sent to the disk meanwhile.

use crate::{aggregation::Aggregation, walk::Stripe, EngineError};
use quorate_exact::Root;
use quorate_hash_tree::{groups, leaf, Hashed, Tree, GROUP};
use std::{
    fs::File,
    io,
    os::unix::fs::FileExt,
    path::Path,
    sync::mpsc::{sync_channel, SyncSender},
    thread::{Scope, ScopedJoinHandle},
};

/// Bytes after which what was written is sent to the disk, so that little is left to wait for in the end.
const SYNC: u64 = 16 << 20;
const WHAT: &str = "new version";

/// A version that is being written.
pub(crate) struct Version<'a> {
    file: File,
    job: &'a Aggregation<'a>,
}

/// Hashes of a stripe's groups.
pub(crate) struct Groups(Vec<Root>);

/// The version's tree, joined stripe by stripe.
pub(crate) struct Hashing {
    tree: Tree,
    outboard: Vec<u8>,
}

/// A thread that waits for the disk.
pub(crate) struct Syncing<'scope> {
    wake: SyncSender<()>,
    thread: ScopedJoinHandle<'scope, io::Result<()>>,
}

impl<'a> Version<'a> {
    pub fn create(job: &'a Aggregation<'a>, path: &Path) -> Result<Self, EngineError> {
        let file = File::create(path).map_err(EngineError::io(WHAT))?;
        Ok(Self { file, job })
    }

    /// Writes and hashes a stripe. Groups that are the base's have its hashes: `base` has just been verified against them.
    pub fn write(&self, stripe: Stripe, base: &[u8], bytes: &[u8]) -> Result<Groups, EngineError> {
        let whole = self.job.layout.file_len <= GROUP as u64;
        let known = self.job.input.base.groups();
        let known = &known[(stripe.start / GROUP as u64) as usize..];
        let groups = bytes.chunks(GROUP).zip(base.chunks(GROUP)).zip(known).enumerate();
        let hashes = groups.map(|(at, ((new, old), known))| match new == old {
            true => *known,
            false => leaf(stripe.start + (at * GROUP) as u64, new, whole),
        });
        let hashes = hashes.collect();
        let written = self.file.write_all_at(bytes, stripe.start);
        written.map_err(EngineError::io(WHAT))?;
        Ok(Groups(hashes))
    }

    pub fn hashing(&self) -> Hashing {
        Hashing {
            tree: Tree::new(groups(self.job.layout.file_len), true),
            outboard: Vec::new(),
        }
    }

    /// Starts a thread that sends to the disk what was written.
    pub fn sync_meanwhile<'scope>(&'scope self, scope: &'scope Scope<'scope, '_>) -> Syncing<'scope> {
        let (wake, woken) = sync_channel(1);
        let thread = scope.spawn(move || woken.iter().try_for_each(|()| self.file.sync_data()));
        Syncing { wake, thread }
    }

    /// Root, length and outboard, once everything is on the disk.
    pub fn finish(self, hashing: Hashing) -> Result<Hashed, EngineError> {
        self.file.sync_all().map_err(EngineError::io(WHAT))?;
        Ok(Hashed {
            // Every stripe was pushed.
            root: hashing.tree.root().unwrap_or_default(),
            len: self.job.layout.file_len,
            outboard: hashing.outboard,
        })
    }
}

impl Hashing {
    /// The groups of the next stripe.
    pub fn push(&mut self, groups: Groups) {
        for hash in groups.0 {
            self.tree.push(hash, |left, right| {
                self.outboard.extend(left);
                self.outboard.extend(right);
            });
        }
    }
}

impl Syncing<'_> {
    /// Says how far the file is written.
    pub fn written(&self, end: u64) {
        if end.is_multiple_of(SYNC) {
            // A thread that is still busy takes this part along next time.
            let _ = self.wake.try_send(());
        }
    }

    /// # Errors
    /// What the disk said so far: it does not say so twice.
    pub fn finish(self) -> Result<(), EngineError> {
        drop(self.wake);
        let ended = self.thread.join();
        ended
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            .map_err(EngineError::io(WHAT))
    }
}
