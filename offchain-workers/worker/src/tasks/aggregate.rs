//! Compute a version.

use super::{rows::ROWS_MARK, CancelOnDrop, Context};
use crate::fetch::local;
use bytes::Bytes;
use codec::Encode;
use futures::{StreamExt, TryStreamExt};
use quorate_blobs::{name, BlobStore};
use quorate_engine::{AggregateInput, Aggregated, Cancel, Control, EngineError, WeightedFile};
use quorate_primitives::{job::Outcome, views::BlobRef};
use quorate_protocol::{AggregateTask, Failure, FromWorker, Output};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::sync::watch;

/// Rounds through all peers for a missing input: a quorum holds it.
const TRIES: usize = 5;
const FETCHES: usize = 4;
/// Time between two reports of progress.
const REPORT: Duration = Duration::from_millis(500);
const REMEMBERED: usize = 1024;

pub(super) async fn run(context: &Context, task: AggregateTask) -> Result<Output, Failure> {
    if task.spec_version != quorate_exact::SPEC_VERSION {
        return Err(Failure::UnknownSpec(task.spec_version));
    }
    if let Some(outcome) = remembered(context, &task).await? {
        return Ok(Output::Outcome(outcome));
    }
    fetch(context, &task).await?;
    let worker = &context.worker;
    let _slot = worker.engine_slot.acquire().await.map_err(local)?;
    let input = open(&worker.store, &task).map_err(local)?;
    let scratch = Scratch(scratch_file(context, &task)?);
    let made = compute(context, input, &scratch.0).await?;
    let outcome = keep(&worker.store, &scratch.0, made).await?;
    let mut outcomes = worker.outcomes.lock().map_err(local)?;
    if outcomes.len() >= REMEMBERED {
        outcomes.clear();
    }
    outcomes.insert(task.job, outcome);
    tracing::info!(job = %task.job, output = name(&outcome.output.0), inputs = task.inputs.len(), "version computed");
    Ok(Output::Outcome(outcome))
}

/// What this process has computed for the job, if both blobs are still there.
async fn remembered(context: &Context, task: &AggregateTask) -> Result<Option<Outcome>, Failure> {
    let worker = &context.worker;
    let outcome = worker.outcomes.lock().map_err(local)?.get(&task.job).copied();
    let Some(outcome) = outcome else { return Ok(None) };
    for root in [outcome.output, outcome.detail] {
        if worker.store.len(&root.0).await.map_err(local)?.is_none() {
            return Ok(None);
        }
    }
    Ok(Some(outcome))
}

async fn fetch(context: &Context, task: &AggregateTask) -> Result<(), Failure> {
    let inputs = task.inputs.iter().map(|input| &input.blob);
    let blobs: Vec<BlobRef> = inputs.chain([&task.base]).chain(&task.previous).cloned().collect();
    let fetches = blobs
        .into_iter()
        .map(|blob| async move { context.worker.ensure(&blob, TRIES).await });
    futures::stream::iter(fetches)
        .buffer_unordered(FETCHES)
        .try_collect()
        .await
}

fn open(store: &BlobStore, task: &AggregateTask) -> Result<AggregateInput, quorate_blobs::BlobError> {
    let inputs = task.inputs.iter().map(|input| {
        let file = store.open_local(&input.blob.root.0);
        file.map(|file| WeightedFile {
            file,
            weight: input.weight,
        })
    });
    Ok(AggregateInput {
        rule: task.rule,
        base: store.open_local(&task.base.root.0)?,
        previous: task
            .previous
            .as_ref()
            .map(|previous| store.open_local(&previous.root.0))
            .transpose()?,
        inputs: inputs.collect::<Result<_, _>>()?,
    })
}

/// The same job may run for two connections at a time.
fn scratch_file(context: &Context, task: &AggregateTask) -> Result<PathBuf, Failure> {
    static COUNT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let folder = context.worker.store.scratch().map_err(local)?;
    Ok(folder.join(format!("job-{}-{count}", name(&task.job.0))))
}

async fn compute(context: &Context, input: AggregateInput, out: &Path) -> Result<Aggregated, Failure> {
    let stop = CancelOnDrop(Cancel::default());
    let (cancel, engine, out) = (stop.0.clone(), context.worker.engine.clone(), out.to_path_buf());
    let (done, seen) = watch::channel((0, 0));
    let computation = tokio::task::spawn_blocking(move || {
        let progress = |now, total| {
            done.send_replace((now, total));
        };
        engine.aggregate(
            &input,
            &out,
            &Control {
                cancel,
                progress: &progress,
            },
        )
    });
    let made = tokio::select! {
        made = computation => made.map_err(local)?,
        () = report(context, seen) => return Err(local("the progress report ended before the computation")),
    };
    made.map_err(|error| match error {
        EngineError::Cancelled => Failure::Cancelled,
        other => local(other),
    })
}

async fn report(context: &Context, mut seen: watch::Receiver<(u64, u64)>) {
    while seen.changed().await.is_ok() {
        let (done, total) = *seen.borrow_and_update();
        context
            .tell(FromWorker::Progress {
                request: context.request,
                done,
                total,
            })
            .await;
        tokio::time::sleep(REPORT).await;
    }
    // The computation has dropped its end: its result is about to come.
    std::future::pending().await
}

/// Stores what was made; nobody may read it before the chain names it as a version.
async fn keep(store: &BlobStore, out: &Path, made: Aggregated) -> Result<Outcome, Failure> {
    let found = store.adopt_file(out).await.map_err(local)?;
    if found != (made.output, made.output_len) {
        return Err(local(
            "the new version on disk is not what was computed: check the disk",
        ));
    }
    store.put_bytes(made.detail.into()).await.map_err(local)?;
    let rows = Bytes::from(made.rows.encode());
    store
        .set_mark(ROWS_MARK, &made.detail_root, rows)
        .await
        .map_err(local)?;
    Ok(made.outcome)
}

/// A file that is removed unless it was moved away.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        match std::fs::remove_file(&self.0) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tracing::warn!(%error, path = %self.0.display(), "removing a scratch file");
            }
            _ => (),
        }
    }
}
