//! The aggregation, computed again with the engine.

use crate::{
    blobs::Blobs,
    contributors,
    facts::Facts,
    job::revealed,
    record,
    report::{Checks, Stop},
};
use quorate_client::Client;
use quorate_engine::{
    version_header, AggregateInput, BlobFile, Control, Engine, EngineError, Input, Settings, TileEngine, WeightedFile,
};
use quorate_exact::{state_header, ModelHeader};
use quorate_primitives::{
    job::{
        aggregate::{ScoreRow, EXACT_VERSION},
        Aggregate, AggregateOutcome, Job,
    },
    version::{RoundOrigin, VersionRecord},
    views::Lineage,
};
use std::path::Path;

impl From<EngineError> for Stop {
    /// The inputs have the roots that the record commits to: an aggregation that they do not allow was never made of them.
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Io { .. }
            | EngineError::Damaged { .. }
            | EngineError::Scratch { .. }
            | EngineError::Backend(_)
            | EngineError::Memory { .. }
            | EngineError::Cancelled => Self::Unchecked(error.to_string()),
            _ => Self::Differs(error.to_string()),
        }
    }
}

/// Replaying needs the arithmetic of the job's own version.
fn check_version(job: &Job) -> Result<(), Stop> {
    match job.spec.exact_version {
        EXACT_VERSION => Ok(()),
        other => Err(Stop::Unchecked(format!(
            "the version was computed with version {other} of the arithmetic; this program replays version {EXACT_VERSION} alone. \
             Verify it with a release that has version {other}"
        ))),
    }
}

/// The state that the job goes on from.
async fn open_state(
    client: &Client,
    blobs: &Blobs,
    work: &Aggregate,
    lineage: &Lineage,
    model: &ModelHeader,
) -> Result<Option<BlobFile>, Stop> {
    let Some(root) = work.optimiser else {
        return Ok(None);
    };
    let header = state_header(model, &lineage.policy.pipeline.server);
    let header = header.map_err(|error| Stop::Differs(format!("optimiser state: {error}")))?;
    let len = header.map(|header| header.file_len());
    let len =
        len.ok_or_else(|| Stop::Differs("the job names an optimiser state, its policy has no optimiser".into()))?;
    Ok(Some(blobs.open(client, "optimiser state", root, len).await?))
}

/// Replays what a round made; its job and updates must be there.
pub(crate) async fn replay(
    client: &Client,
    checks: &mut Checks,
    facts: &Facts,
    (origin, job): (&RoundOrigin, &Job),
    earlier: &[VersionRecord],
    blobs: &Blobs,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<(), Stop> {
    check_version(job)?;
    let lineage = &facts.lineage;
    let work = job.spec.work.aggregate();
    let work = work.ok_or_else(|| Stop::Differs("the version's job is no aggregation".into()))?;
    let base = earlier.iter().find(|record| record.version == origin.parent);
    let base = base.ok_or_else(|| Stop::Differs(format!("version {}, the base, has no record", origin.parent)))?;
    progress("reading the blobs");
    let previous = match work.previous_root {
        Some(root) => Some(blobs.open(client, "previous version", root, base.len).await?),
        None => None,
    };
    let (mut contributors, mut inputs) = (Vec::new(), Vec::new());
    for input in record::inputs(lineage) {
        let blob = blobs.open(client, "update", input.root, facts.model.update_len).await?;
        let file = blob.file().try_clone();
        inputs.push(WeightedFile {
            file: file.map_err(|error| Stop::Unchecked(format!("update {:?}: {error}", input.root)))?,
            weight: input.weight,
            root: input.root.0,
        });
        contributors.push(input.contributor);
    }
    let root = base.root;
    let base = blobs.open(client, "base version", root, base.len).await?;
    let model = version_header(&base, Input::Base)?;
    contributors::check(checks, (&model, root), (&contributors, &inputs))?;
    let optimiser = open_state(client, blobs, work, lineage, &model).await?;
    progress("replaying the aggregation");
    let input = AggregateInput {
        pipeline: lineage.policy.pipeline,
        seed: work.seed.0,
        base,
        previous,
        optimiser,
        inputs,
    };
    let out = blobs.scratch()?;
    let computed = tokio::task::spawn_blocking(move || aggregate(&input, out.path())).await;
    let (outcome, rows) = computed.map_err(|error| Stop::Unchecked(error.to_string()))??;
    compare(checks, lineage, job, origin, &outcome, &rows);
    Ok(())
}

fn aggregate(input: &AggregateInput, folder: &Path) -> Result<(AggregateOutcome, Vec<ScoreRow>), EngineError> {
    let engine = TileEngine::new(Settings::default());
    let made = engine.aggregate(input, &folder.join("version"), &Control::default())?;
    let claimed: Vec<u32> = input.inputs.iter().map(|input| input.weight).collect();
    let rows = ScoreRow::of_job(&made.scores, &made.selection, &claimed);
    let outcome = AggregateOutcome::new(
        (made.output.root.into(), made.output.len),
        made.optimiser.map(|state| state.root.into()),
        made.detail_root.into(),
        &rows,
    );
    Ok((outcome, rows))
}

fn compare(
    checks: &mut Checks,
    lineage: &Lineage,
    job: &Job,
    origin: &RoundOrigin,
    outcome: &AggregateOutcome,
    rows: &[ScoreRow],
) {
    checks.equal("replayed version", &outcome.output, &lineage.version.record.root);
    checks.equal("replayed state", &outcome.optimiser, &origin.outcome.optimiser);
    checks.equal("replayed detail", &outcome.detail, &origin.outcome.detail);
    checks.equal("replayed scores", &outcome.scores, &origin.outcome.scores);
    let same = *outcome == origin.outcome;
    let found = match same {
        true => "equal in every part",
        false => "another one than the recorded outcome",
    };
    checks.add("replayed outcome", same, found);
    revealed(checks, job, Some((*outcome).into()));
    if lineage.version.settlement.is_some() {
        let wrong = record::ordered(lineage)
            .zip(rows)
            .filter(|(update, row)| update.score.is_some_and(|score| score != row.score))
            .map(|(update, _)| update.contributor.to_string())
            .collect::<Vec<_>>();
        checks.add(
            "paid scores",
            wrong.is_empty(),
            match wrong.is_empty() {
                true => format!("{} updates", rows.len()),
                false => format!("differ for {}", wrong.join(", ")),
            },
        );
    }
}
