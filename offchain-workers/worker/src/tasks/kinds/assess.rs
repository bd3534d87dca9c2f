//! Assessment: what a round's version is worth, and each organisation's updates.

use super::computing::{abstains, compute as on_thread, keep, Healed, TRIES};
use crate::{
    failure::local,
    held,
    marks::{mark_named, mark_update},
    tasks::{context::Context, score_rows::MAX_DETAIL},
};
use quorate_engine::{AssessInput, Assessed, BlobFile, Input};
use quorate_evaluation::assessment::{AssessmentDetail, Fewest, Measures as Medians, Update};
use quorate_exact::Detail;
use quorate_primitives::{
    job::{
        aggregate::{page_hashes, scores_root, ScoreRow},
        assess::{AssessOutcome, Measures, Shard},
    },
    views::{assessments::AssessTask, BlobRef},
    Hash, JobId,
};
use quorate_protocol::Failure;

pub(super) async fn run(context: &Context, job: JobId, task: AssessTask) -> Result<AssessOutcome, Failure> {
    if let Some(outcome) = remembered(context, job).await? {
        return Ok(outcome);
    }
    mark(context, &task).await?;
    let made = compute(context, &task).await?;
    let outcome = outcome(context, &task, made).await?;
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
    let artifacts = [&task.program_file]
        .into_iter()
        .chain(&task.benchmark)
        .chain(&task.frozen_base);
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
        Input::FrozenBase => task.frozen_base.clone(),
        Input::DataSet => task.benchmark.clone(),
        Input::Shard(number) => task.shards.get(number).map(of_shard),
        Input::Update(number) => task.inputs.get(number).map(|input| input.update.blob.clone()),
        Input::Previous | Input::Optimiser | Input::Request(_) => None,
    }
}

/// Assesses. Files that the disk has damaged are fetched again.
async fn compute(context: &Context, task: &AssessTask) -> Result<Assessed, Failure> {
    let mut healed = Healed::default();
    let what = format!("round {} is not assessed here", task.round);
    loop {
        let input = open(context, task).await?;
        let slot = context.worker.compute.assessment_turn().await?;
        // Without room this worker abstains, with a failure that names the reason.
        let scratch = input.scratch_len().map_err(|error| abstains(&what, &error))?;
        let _room = context.worker.quota.reserve(scratch).await.map_err(local)?;
        let attempt = on_thread(context, slot, move |engine, control| engine.assess(&input, control)).await?;
        let made = healed.made(context, attempt, |input| blob(task, input), &what);
        if let Some(made) = made.await? {
            return Ok(made);
        }
    }
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
        frozen_base: held::open_some(worker, task.frozen_base.as_ref(), TRIES).await?,
        benchmark: held::open_some(worker, task.benchmark.as_ref(), TRIES).await?,
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

/// The detail of the round's aggregation.
async fn products(context: &Context, detail: Hash) -> Result<Detail, Failure> {
    let bytes = held::detail(&context.worker, &detail.0, MAX_DETAIL, TRIES).await?;
    Detail::decode(&bytes).map_err(local)
}

/// The outcome; its detail is kept.
async fn outcome(context: &Context, task: &AssessTask, made: Assessed) -> Result<AssessOutcome, Failure> {
    let (medians, detail) = match made {
        Assessed::Unfit(reason) => {
            tracing::info!(reason, round = task.round, "the round cannot be assessed");
            return Ok(AssessOutcome::Unfit);
        }
        Assessed::Done { measures, detail } => (measures, detail),
    };
    let scores = scores(task, &detail);
    let (counted, blob) = (detail.counted(), detail.encode());
    Ok(AssessOutcome::Done {
        measures: measures(&medians),
        counted,
        detail_len: blob.len() as u64,
        detail: keep(context, blob).await?,
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
