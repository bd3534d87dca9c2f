//! Assessment: what a round's version is worth, and each organisation's updates.

use crate::{
    failure::local,
    held::{self, ATTEMPTS},
    marks::{mark_made, mark_named, mark_update},
    tasks::{context::Context, kinds::progress::report, score_rows::MAX_DETAIL},
    threads::unwatched,
};
use quorate_blobs::{BlobError, Root as Name};
use quorate_engine::{AssessInput, Assessed, BlobFile, Control, EngineError, Input};
use quorate_evaluation::assessment::{AssessmentDetail, Fewest, Measures as Medians, Update};
use quorate_exact::{root, Detail};
use quorate_primitives::{
    job::{
        aggregate::{page_hashes, scores_root, ScoreRow},
        assess::{AssessOutcome, Measures, Shard},
    },
    views::{assessments::AssessTask, BlobRef},
    Hash, JobId,
};
use quorate_protocol::Failure;
use std::collections::HashMap;
use tokio::sync::{watch, OwnedSemaphorePermit};

/// Rounds through all peers for a missing file: a quorum holds it.
const TRIES: usize = 9;

pub(super) async fn run(context: &Context, job: JobId, task: AssessTask) -> Result<AssessOutcome, Failure> {
    if let Some(outcome) = remembered(context, job).await? {
        return Ok(outcome);
    }
    mark(context, &task).await?;
    let made = compute(context, &task).await?;
    let outcome = keep(context, &task, made).await?;
    context.worker.results.assessments.insert(job, outcome)?;
    let (round, model, version) = (task.round, task.model, task.version);
    tracing::info!(%job, round, model, version, ?outcome, "assessed");
    Ok(outcome)
}

/// What this process has computed for the job, if its detail is still there.
async fn remembered(context: &Context, job: JobId) -> Result<Option<AssessOutcome>, Failure> {
    let worker = &context.worker;
    let Some(outcome) = worker.results.assessments.get(&job)? else {
        return Ok(None);
    };
    let held = match outcome {
        AssessOutcome::Unfit => true,
        AssessOutcome::Done { detail, .. } => worker.store.len(&detail.0).await.map_err(local)?.is_some(),
    };
    Ok(held.then_some(outcome))
}

/// Before they come: they go again when the chain no longer names them.
async fn mark(context: &Context, task: &AssessTask) -> Result<(), Failure> {
    let store = &context.worker.store;
    for version in [&task.base_file, &task.version_file] {
        mark_named(store, &version.root.0).await.map_err(local)?;
    }
    let artifacts = [&task.program_file].into_iter().chain(&task.benchmark);
    let artifacts = artifacts.map(|artifact| artifact.root);
    let shards = task.shards.iter().map(|shard| shard.root);
    let updates = task.inputs.iter().map(|input| input.update.blob.root);
    for root in artifacts.chain(shards).chain(updates) {
        mark_update(store, &root.0).await.map_err(local)?;
    }
    Ok(())
}

fn of_shard(shard: &Shard) -> BlobRef {
    BlobRef {
        root: shard.root,
        len: shard.len,
    }
}

fn blob(task: &AssessTask, input: Input) -> Option<BlobRef> {
    match input {
        Input::Base => Some(task.base_file.clone()),
        Input::Version => Some(task.version_file.clone()),
        Input::Program => Some(task.program_file.clone()),
        Input::DataSet => task.benchmark.clone(),
        Input::Shard(number) => task.shards.get(number).map(of_shard),
        Input::Update(number) => task.inputs.get(number).map(|input| input.update.blob.clone()),
        Input::Previous | Input::Optimiser | Input::Request(_) => None,
    }
}

/// Assesses. Files that the disk has damaged are fetched again.
async fn compute(context: &Context, task: &AssessTask) -> Result<Assessed, Failure> {
    let mut healed = HashMap::<Name, usize>::new();
    loop {
        let input = open(context, task).await?;
        let slot = context.worker.compute.assessment_turn().await?;
        // Without room this worker abstains, with a failure that names the reason.
        let scratch = input.scratch_len().map_err(|error| abstains(task, &error))?;
        let _room = context.worker.quota.reserve(scratch).await.map_err(local)?;
        let (input, reason) = match assess(context, input, slot).await? {
            Ok(made) => return Ok(made),
            Err(EngineError::Damaged { input, reason }) => (input, reason),
            Err(EngineError::Cancelled) => return Err(Failure::Cancelled),
            Err(other) => return Err(abstains(task, &other)),
        };
        let blob = blob(task, input);
        let blob = blob.ok_or_else(|| local(format!("{input} is damaged, and the job names none")))?;
        let times = healed.entry(blob.root.0).or_default();
        *times += 1;
        if *times > ATTEMPTS {
            return Err(held::beyond(&blob.root.0));
        }
        held::discard(&context.worker, &blob.root.0, &reason).await?;
    }
}

fn abstains(task: &AssessTask, error: &EngineError) -> Failure {
    let flag = match error {
        EngineError::Memory { .. } => ": give this worker more memory, or allow more with --evaluation-memory",
        _ => "",
    };
    local(format!("round {} is not assessed here: {error}{flag}", task.round))
}

async fn open(context: &Context, task: &AssessTask) -> Result<AssessInput, Failure> {
    let worker = &context.worker;
    let open = |blob: BlobRef| async move { held::open(worker, &blob, TRIES).await };
    let aggregation = products(context, task.products).await?;
    let updates = aggregation.scores_ppm.len();
    if updates != task.inputs.len() {
        let expected = task.inputs.len();
        return Err(local(format!(
            "the detail of the round's aggregation is about {updates} updates; the round has {expected}"
        )));
    }
    let mut shards: Vec<(u32, BlobFile)> = Vec::with_capacity(task.shards.len());
    for shard in &task.shards {
        shards.push((shard.supplier, open(of_shard(shard)).await?));
    }
    let mut updates = Vec::with_capacity(task.inputs.len());
    for input in &task.inputs {
        let update = Update {
            organisation: input.organisation,
            weight: input.update.weight,
        };
        updates.push((update, open(input.update.blob.clone()).await?));
    }
    Ok(AssessInput {
        base: open(task.base_file.clone()).await?,
        version: open(task.version_file.clone()).await?,
        program: open(task.program_file.clone()).await?,
        benchmark: match &task.benchmark {
            Some(benchmark) => Some(open(benchmark.clone()).await?),
            None => None,
        },
        shards,
        updates,
        aggregation,
        contribution: task.contribution.map(|fewest| Fewest {
            rows: fewest.rows,
            shards: fewest.shards,
        }),
        operations: task.operations,
        folder: worker.store.scratch().map_err(local)?,
    })
}

/// The detail of the round's aggregation: this worker's own, or that of a peer which computed it.
async fn products(context: &Context, detail: Hash) -> Result<Detail, Failure> {
    let worker = &context.worker;
    for _ in 0..ATTEMPTS {
        worker.fetcher.ensure_detail(detail.0, MAX_DETAIL, TRIES).await?;
        let reason = match worker.store.get_small(&detail.0, MAX_DETAIL).await {
            Ok(bytes) => return Detail::decode(&bytes).map_err(local),
            Err(error @ (BlobError::WrongRoot { .. } | BlobError::TooLong { .. })) => error,
            Err(error) => return Err(local(error)),
        };
        held::discard(worker, &detail.0, &reason).await?;
    }
    Err(held::beyond(&detail.0))
}

async fn assess(
    context: &Context,
    input: AssessInput,
    slot: OwnedSemaphorePermit,
) -> Result<Result<Assessed, EngineError>, Failure> {
    let engine = context.worker.compute.engine.clone();
    let (done, seen) = watch::channel((0, 0));
    // One step of a program may be long after its deadline: that is no hanging device, and ends no worker.
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
        engine.assess(&input, &control)
    });
    tokio::select! {
        made = computation => made,
        never = report(context, seen) => match never {},
    }
}

/// Stores the detail, with a mark before it is there.
async fn keep(context: &Context, task: &AssessTask, made: Assessed) -> Result<AssessOutcome, Failure> {
    let worker = &context.worker;
    let (medians, detail) = match made {
        Assessed::Unfit(reason) => {
            tracing::info!(reason, round = task.round, "the round cannot be assessed");
            return Ok(AssessOutcome::Unfit);
        }
        Assessed::Done { measures, detail } => (measures, detail),
    };
    let scores = scores(task, &detail);
    let (counted, blob) = (detail.counted(), detail.encode());
    let (root, len) = (root(&blob), blob.len() as u64);
    let _room = worker.quota.reserve(len).await.map_err(local)?;
    mark_made(&worker.store, &root).await.map_err(local)?;
    worker.store.put_bytes(blob.into()).await.map_err(local)?;
    worker.life.touch();
    Ok(AssessOutcome::Done {
        measures: measures(&medians),
        counted,
        detail: root.into(),
        detail_len: len,
        scores,
    })
}

fn scores(task: &AssessTask, detail: &AssessmentDetail) -> Option<Hash> {
    let claimed: Vec<u32> = task.inputs.iter().map(|input| input.update.weight).collect();
    let rows = ScoreRow::of_job(&detail.scores, &detail.selection, &claimed);
    (!detail.scores.is_empty()).then(|| scores_root(&page_hashes(&rows)))
}

fn measures(medians: &Medians) -> Measures {
    let Medians {
        sets,
        loss_before,
        loss,
        increase,
        correct_before,
        correct,
    } = *medians;
    Measures {
        sets,
        loss_before,
        loss,
        increase,
        correct_before,
        correct,
    }
}
