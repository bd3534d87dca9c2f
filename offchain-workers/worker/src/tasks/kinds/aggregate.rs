//! Aggregation: the next version of a model.

use crate::{
    failure::local,
    marks::mark_update,
    tasks::context::{CancelOnDrop, Context},
};
use futures::{StreamExt, TryStreamExt};
use quorate_blobs::{name, BlobStore};
use quorate_engine::{read_header, state_path, AggregateInput, Aggregated, Cancel, Control, EngineError, WeightedFile};
use quorate_exact::state_header;
use quorate_primitives::{
    job::aggregate::{AggregateOutcome, ScoreRow},
    views::{tasks::AggregateTask, BlobRef},
    JobId, Root,
};
use quorate_protocol::{Failure, FromWorker};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::sync::watch;

/// Rounds through all peers for a missing input: a quorum holds it.
const TRIES: usize = 9;
const FETCHES: usize = 4;
/// Time between two reports of progress.
const REPORT: Duration = Duration::from_millis(500);

pub(super) async fn run(context: &Context, job: JobId, task: AggregateTask) -> Result<AggregateOutcome, Failure> {
    if let Some(outcome) = remembered(context, job).await? {
        return Ok(outcome);
    }
    fetch(context, &task).await?;
    let worker = &context.worker;
    let _slot = worker.compute.slot.acquire().await.map_err(local)?;
    let scratch = Scratch(scratch_file(context, job)?);
    let state = Scratch(state_path(&scratch.0));
    let made = compute(context, &task, &scratch.0).await?;
    let claimed: Vec<u32> = task.inputs.iter().map(|input| input.weight).collect();
    let outcome = keep(&worker.store, (&scratch.0, &state.0), made, &claimed).await?;
    worker.results.aggregations.insert(job, outcome)?;
    let (output, inputs) = (name(&outcome.output.0), task.inputs.len());
    tracing::info!(%job, model = task.model, round = task.round, output, inputs, "version computed");
    Ok(outcome)
}

/// What this process has computed for the job, if its blobs are still there.
async fn remembered(context: &Context, job: JobId) -> Result<Option<AggregateOutcome>, Failure> {
    let worker = &context.worker;
    let Some(outcome) = worker.results.aggregations.get(&job)? else {
        return Ok(None);
    };
    for root in [outcome.output, outcome.detail].into_iter().chain(outcome.optimiser) {
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
        .map(|blob| async move { context.worker.fetcher.ensure(&blob, TRIES).await });
    futures::stream::iter(fetches)
        .buffer_unordered(FETCHES)
        .try_collect::<()>()
        .await?;
    for input in &task.inputs {
        let root = &input.blob.root.0;
        mark_update(&context.worker.store, root).await.map_err(local)?;
    }
    match state_blob(&context.worker.store, task)? {
        Some(state) => context.worker.fetcher.ensure(&state, TRIES).await,
        None => Ok(()),
    }
}

/// The state that the optimiser goes on from. The chain names its root; its length follows from the header of the base, which is
/// held already.
fn state_blob(store: &BlobStore, task: &AggregateTask) -> Result<Option<BlobRef>, Failure> {
    let Some(root) = task.optimiser else { return Ok(None) };
    let base = store.open_local(&task.base.root.0).map_err(local)?;
    let model = read_header(&base, "base version").map_err(local)?;
    let header = state_header(&model, &task.pipeline.server).map_err(local)?;
    let len = header.map(|header| header.file_len());
    let len = len.ok_or_else(|| local("the job names an optimiser state, its pipeline has no optimiser"))?;
    Ok(Some(BlobRef { root, len }))
}

async fn open(store: &BlobStore, task: &AggregateTask) -> Result<AggregateInput, quorate_blobs::BlobError> {
    let inputs = task.inputs.iter().map(|input| {
        let file = store.open_local(&input.blob.root.0);
        file.map(|file| WeightedFile {
            file,
            weight: input.weight,
            root: Some(input.blob.root.0),
        })
    });
    let held = |root: Root| store.open_local(&root.0);
    let base_groups = store.group_hashes(&task.base.root.0).await?;
    if base_groups.is_none() {
        tracing::warn!(
            root = name(&task.base.root.0),
            "a damaged outboard: the whole version is hashed"
        );
    }
    Ok(AggregateInput {
        pipeline: task.pipeline,
        seed: task.seed.0,
        base: held(task.base.root)?,
        base_groups,
        previous: task.previous.as_ref().map(|previous| held(previous.root)).transpose()?,
        optimiser: task.optimiser.map(held).transpose()?,
        inputs: inputs.collect::<Result<_, _>>()?,
    })
}

/// The same job may run for two connections at a time.
fn scratch_file(context: &Context, job: JobId) -> Result<PathBuf, Failure> {
    static COUNT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let folder = context.worker.store.scratch().map_err(local)?;
    Ok(folder.join(format!("job-{}-{count}", name(&job.0))))
}

/// Computes the version. An update that the disk has damaged is fetched again, once each.
async fn compute(context: &Context, task: &AggregateTask, out: &Path) -> Result<Aggregated, Failure> {
    let store = &context.worker.store;
    for _ in 0..=task.inputs.len() {
        let input = open(store, task).await.map_err(local)?;
        let damaged = match aggregate(context, input, out).await? {
            Ok(made) => return Ok(made),
            Err(EngineError::Root { update }) => task.inputs.get(update),
            Err(EngineError::Cancelled) => return Err(Failure::Cancelled),
            Err(other) => return Err(local(other)),
        };
        let Some(damaged) = damaged else { break };
        let root = &damaged.blob.root.0;
        tracing::error!(
            root = name(root),
            "an update has changed on disk, and is fetched again: check the disk"
        );
        store.remove(root).await.map_err(local)?;
        context.worker.fetcher.ensure(&damaged.blob, TRIES).await?;
    }
    Err(local("the disk damages every update that is fetched"))
}

async fn aggregate(
    context: &Context,
    input: AggregateInput,
    out: &Path,
) -> Result<Result<Aggregated, EngineError>, Failure> {
    let stop = CancelOnDrop(Cancel::default());
    let (cancel, engine, out) = (stop.0.clone(), context.worker.compute.engine.clone(), out.to_path_buf());
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
    tokio::select! {
        made = computation => made.map_err(local),
        () = report(context, seen) => Err(local("the progress report ended before the computation")),
    }
}

async fn report(context: &Context, mut seen: watch::Receiver<(u64, u64)>) {
    while seen.changed().await.is_ok() {
        let (done, total) = *seen.borrow_and_update();
        context
            .send(FromWorker::Progress {
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
async fn keep(
    store: &BlobStore,
    (version, state): (&Path, &Path),
    made: Aggregated,
    claimed: &[u32],
) -> Result<AggregateOutcome, Failure> {
    let output = (made.output.root.into(), made.output.len);
    let optimiser = made.optimiser.as_ref().map(|state| state.root.into());
    store.adopt_file(version, made.output).await.map_err(local)?;
    if let Some(hashed) = made.optimiser {
        store.adopt_file(state, hashed).await.map_err(local)?;
    }
    store.put_bytes(made.detail.into()).await.map_err(local)?;
    let rows = ScoreRow::of_job(&made.scores, &made.selection, claimed);
    Ok(AggregateOutcome::new(output, optimiser, made.detail_root.into(), &rows))
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
