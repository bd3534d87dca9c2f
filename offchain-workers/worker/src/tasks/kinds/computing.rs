//! What kinds of work do alike: a computation with its progress, files that the disk has damaged, blobs that were made.

use crate::{
    failure::local,
    held::{self, ATTEMPTS},
    marks::mark_made,
    tasks::{context::Context, kinds::progress::report},
    threads::unwatched,
};
use quorate_blobs::Root as Name;
use quorate_engine::{Control, Engine, EngineError, Input};
use quorate_exact::root;
use quorate_primitives::{views::BlobRef, Root};
use quorate_protocol::Failure;
use std::{collections::HashMap, fmt::Display};
use tokio::sync::{watch, OwnedSemaphorePermit};

/// Rounds through all peers for a missing file: a quorum holds it.
pub(super) const TRIES: usize = 9;

/// Files that were found damaged, and how often each was.
#[derive(Default)]
pub(super) struct Healed(HashMap<Name, usize>);

impl Healed {
    /// Removes a damaged file, so that the next attempt fetches it; `blob` is what the job names.
    ///
    /// # Errors
    /// When the job names none, or the file is damaged each time.
    pub async fn discard(
        &mut self,
        context: &Context,
        blob: Option<BlobRef>,
        (input, reason): (Input, String),
    ) -> Result<(), Failure> {
        let blob = blob.ok_or_else(|| local(format!("{input} is damaged, and the job names none")))?;
        let times = self.0.entry(blob.root.0).or_default();
        *times += 1;
        if *times > ATTEMPTS {
            return Err(held::beyond(&blob.root.0));
        }
        held::discard(&context.worker, &blob.root.0, &reason).await
    }

    /// What an attempt has made; None where a file was damaged, so that another attempt is due.
    ///
    /// # Errors
    /// As [`Healed::discard`], and what else ended the attempt: without the memory, for instance, this worker abstains. `what` comes before
    /// the reason.
    pub async fn made<T>(
        &mut self,
        context: &Context,
        attempt: Result<T, EngineError>,
        blob: impl FnOnce(Input) -> Option<BlobRef>,
        what: impl Display,
    ) -> Result<Option<T>, Failure> {
        match attempt {
            Ok(made) => Ok(Some(made)),
            Err(EngineError::Damaged { input, reason }) => {
                self.discard(context, blob(input), (input, reason)).await.map(|()| None)
            }
            Err(EngineError::Cancelled) => Err(Failure::Cancelled),
            Err(other) => Err(abstains(what, &other)),
        }
    }
}

/// Why this worker does not compute something.
pub(super) fn abstains(what: impl Display, error: &EngineError) -> Failure {
    let flag = match error {
        EngineError::Memory { .. } => ": give this worker more memory, or allow more with --evaluation-memory",
        _ => "",
    };
    local(format!("{what}: {error}{flag}"))
}

/// Computes on a thread of its own, and tells the node how far that is. One step of a program may be long after its deadline: that is no hanging
/// device, and ends no worker.
pub(super) async fn compute<T: Send + 'static>(
    context: &Context,
    slot: OwnedSemaphorePermit,
    work: impl FnOnce(&dyn Engine, &Control<'_>) -> Result<T, EngineError> + Send + 'static,
) -> Result<Result<T, EngineError>, Failure> {
    let engine = context.worker.compute.engine.clone();
    let (done, seen) = watch::channel((0, 0));
    let computation = unwatched(move |cancel| {
        // Until this thread has ended, whoever waits for it or not.
        let _slot = slot;
        let progress = |now, total| {
            done.send_replace((now, total));
        };
        let control = Control {
            cancel,
            progress: &progress,
        };
        work(&*engine, &control)
    });
    tokio::select! {
        made = computation => made,
        never = report(context, seen) => match never {},
    }
}

/// Stores what was made, with a mark before it is there; answers with its root.
pub(super) async fn keep(context: &Context, bytes: Vec<u8>) -> Result<Root, Failure> {
    let worker = &context.worker;
    let root = root(&bytes);
    let _room = worker.quota.reserve(bytes.len() as u64).await.map_err(local)?;
    mark_made(&worker.store, &root).await.map_err(local)?;
    worker.store.put_bytes(bytes.into()).await.map_err(local)?;
    worker.life.touch();
    Ok(root.into())
}
