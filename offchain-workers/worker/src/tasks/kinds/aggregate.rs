//! Aggregation: the next version of a model.

use super::computing::{Healed, TRIES};
use crate::{
    failure::local,
    held,
    marks::{mark_made, mark_named, mark_update},
    tasks::{context::Context, kinds::progress::report},
};
use futures::{StreamExt, TryStreamExt};
use quorate_blobs::name;
use quorate_engine::{
    state_path, version_header, AggregateInput, Aggregated, BlobFile, Control, EngineError, Input, WeightedFile,
};
use quorate_exact::state_header;
use quorate_primitives::{
    job::aggregate::{AggregateOutcome, ScoreRow},
    views::{tasks::AggregateTask, BlobRef},
    JobId,
};
use quorate_protocol::Failure;
use std::path::{Path, PathBuf};
use tokio::sync::{watch, OwnedSemaphorePermit};

const FETCHES: usize = 4;

pub(super) async fn run(context: &Context, job: JobId, task: AggregateTask) -> Result<AggregateOutcome, Failure> {
    if let Some(outcome) = remembered(context, job).await? {
        return Ok(outcome);
    }
    fetch(context, &task).await?;
    let worker = &context.worker;
    let scratch = Scratch(scratch_file(context, job)?);
    let state = Scratch(state_path(&scratch.0));
    let made = compute(context, (job, &task), &scratch.0).await?;
    let claimed: Vec<u32> = task.inputs.iter().map(|input| input.weight).collect();
    let outcome = keep(context, (&scratch.0, &state.0), made, &claimed).await?;
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

/// Everything that the job names is held, and marked before it comes: it goes again when the chain no longer names it.
async fn fetch(context: &Context, task: &AggregateTask) -> Result<(), Failure> {
    let worker = &context.worker;
    for input in &task.inputs {
        mark_update(&worker.store, &input.blob.root.0).await.map_err(local)?;
    }
    for version in [&task.base].into_iter().chain(&task.previous) {
        mark_named(&worker.store, &version.root.0).await.map_err(local)?;
    }
    let inputs = task.inputs.iter().map(|input| &input.blob);
    let blobs: Vec<BlobRef> = inputs.chain([&task.base]).chain(&task.previous).cloned().collect();
    let fetches = blobs
        .into_iter()
        .map(|blob| async move { worker.fetcher.ensure(&blob, TRIES).await });
    futures::stream::iter(fetches)
        .buffer_unordered(FETCHES)
        .try_collect::<()>()
        .await
}

/// The blobs of a job beside its updates.
struct Versions {
    base: BlobRef,
    previous: Option<BlobRef>,
    optimiser: Option<BlobRef>,
}

impl Versions {
    fn blob<'a>(&'a self, task: &'a AggregateTask, input: Input) -> Option<&'a BlobRef> {
        match input {
            Input::Base => Some(&self.base),
            Input::Previous => self.previous.as_ref(),
            Input::Optimiser => self.optimiser.as_ref(),
            Input::Update(index) => task.inputs.get(index).map(|input| &input.blob),
            // Of evaluations.
            Input::Program
            | Input::DataSet
            | Input::Version
            | Input::Shard(_)
            | Input::Request(_)
            | Input::FrozenBase => None,
        }
    }
}

/// Why an attempt came to nothing: a file that has to be fetched again, or what cannot be mended.
enum Attempt {
    Damaged(Input, String),
    Failed(Failure),
}

impl From<Failure> for Attempt {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<EngineError> for Attempt {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Damaged { input, reason } => Self::Damaged(input, reason),
            EngineError::Cancelled => Self::Failed(Failure::Cancelled),
            other => Self::Failed(local(other)),
        }
    }
}

/// Computes the version. Inputs that the disk has damaged are fetched again.
async fn compute(context: &Context, (job, task): (JobId, &AggregateTask), out: &Path) -> Result<Aggregated, Failure> {
    let mut versions = Versions {
        base: task.base.clone(),
        previous: task.previous.clone(),
        optimiser: None,
    };
    let mut healed = Healed::default();
    loop {
        let (input, reason) = match attempt(context, (job, task), &mut versions, out).await {
            Ok(made) => return Ok(made),
            Err(Attempt::Failed(failure)) => return Err(failure),
            Err(Attempt::Damaged(input, reason)) => (input, reason),
        };
        let blob = versions.blob(task, input).cloned();
        healed.discard(context, blob, (input, reason)).await?;
    }
}

async fn attempt(
    context: &Context,
    (job, task): (JobId, &AggregateTask),
    versions: &mut Versions,
    out: &Path,
) -> Result<Aggregated, Attempt> {
    let worker = &context.worker;
    let input = open(context, task, versions).await?;
    let slot = worker.compute.turn().await?;
    // Without room this worker abstains, with a failure that names the reason.
    let len = task.base.len.saturating_add(versions.optimiser_len(&input));
    let _room = worker.quota.reserve(len).await.map_err(local)?;
    Ok(aggregate(context, job, input, out, slot).await??)
}

impl Versions {
    /// Bytes of the state that the job makes, at most: two moments for each value of the base.
    fn optimiser_len(&self, input: &AggregateInput) -> u64 {
        match input.pipeline.server.has_state() {
            true => self.base.len.saturating_mul(2),
            false => 0,
        }
    }
}

async fn open(context: &Context, task: &AggregateTask, versions: &mut Versions) -> Result<AggregateInput, Attempt> {
    let worker = &context.worker;
    let base = held::open(worker, &task.base, TRIES).await?;
    let previous = match &task.previous {
        Some(previous) => Some(held::open(worker, previous, TRIES).await?),
        None => None,
    };
    versions.optimiser = state_blob(&base, task)?;
    let optimiser = match &versions.optimiser {
        Some(state) => {
            mark_named(&worker.store, &state.root.0).await.map_err(local)?;
            Some(held::open(worker, state, TRIES).await?)
        }
        None => None,
    };
    let mut inputs = Vec::with_capacity(task.inputs.len());
    for (index, input) in task.inputs.iter().enumerate() {
        let root = input.blob.root.0;
        worker.fetcher.ensure(&input.blob, TRIES).await?;
        let file = held::file(worker, &root).await?;
        inputs.push(WeightedFile {
            file: file.map_err(|reason| Attempt::Damaged(Input::Update(index), reason))?,
            weight: input.weight,
            root,
        });
    }
    Ok(AggregateInput {
        pipeline: task.pipeline,
        seed: task.seed.0,
        base,
        previous,
        optimiser,
        inputs,
    })
}

/// The state that the optimiser goes on from. The chain names its root; its length follows from the header of the base.
fn state_blob(base: &BlobFile, task: &AggregateTask) -> Result<Option<BlobRef>, Attempt> {
    let Some(root) = task.optimiser else { return Ok(None) };
    let model = version_header(base, Input::Base)?;
    let header = state_header(&model, &task.pipeline.server).map_err(local)?;
    let len = header.map(|header| header.file_len());
    let len = len.ok_or_else(|| local("the job names an optimiser state, its pipeline has no optimiser"))?;
    Ok(Some(BlobRef { root, len }))
}

/// The same job may run for two connections at a time.
fn scratch_file(context: &Context, job: JobId) -> Result<PathBuf, Failure> {
    static COUNT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let folder = context.worker.store.scratch().map_err(local)?;
    Ok(folder.join(format!("job-{}-{count}", name(&job.0))))
}

async fn aggregate(
    context: &Context,
    job: JobId,
    input: AggregateInput,
    out: &Path,
    slot: OwnedSemaphorePermit,
) -> Result<Result<Aggregated, EngineError>, Failure> {
    let (engine, out) = (context.worker.compute.engine.clone(), out.to_path_buf());
    let (done, seen) = watch::channel((0, 0));
    let computation = context.on_thread(format!("job {job:?}"), move |cancel| {
        // Until this thread has ended, whoever waits for it or not.
        let _slot = slot;
        let progress = |now, total| {
            done.send_replace((now, total));
        };
        let control = Control {
            cancel,
            progress: &progress,
        };
        engine.aggregate(&input, &out, &control)
    });
    tokio::select! {
        made = computation => made,
        never = report(context, seen) => match never {},
    }
}

/// Stores what was made, each with a mark before it is there; nobody may read it before the chain names it as a version.
async fn keep(
    context: &Context,
    (version, state): (&Path, &Path),
    made: Aggregated,
    claimed: &[u32],
) -> Result<AggregateOutcome, Failure> {
    let store = &context.worker.store;
    let output = (made.output.root.into(), made.output.len);
    let optimiser = made.optimiser.as_ref().map(|state| state.root.into());
    let roots = [made.output.root, made.detail_root].into_iter();
    for root in roots.chain(made.optimiser.as_ref().map(|state| state.root)) {
        mark_made(store, &root).await.map_err(local)?;
    }
    store.adopt_file(version, made.output).await.map_err(local)?;
    if let Some(hashed) = made.optimiser {
        store.adopt_file(state, hashed).await.map_err(local)?;
    }
    store.put_bytes(made.detail.into()).await.map_err(local)?;
    context.worker.life.touch();
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
