//! The aggregation, computed again with the engine.

use crate::{blobs::Blobs, record, report::Checks};
use quorate_client::{Client, Error, Result};
use quorate_engine::{AggregateInput, Control, Engine, Settings, TileEngine, WeightedFile};
use quorate_exact::state_header;
use quorate_primitives::{
    committee::quorum,
    job::{
        aggregate::{ScoreRow, EXACT_VERSION},
        Aggregate, AggregateOutcome, Job, Outcome,
    },
    version::{RoundOrigin, VersionRecord},
    views::Lineage,
};
use std::{fs::File, path::Path};

/// Replaying needs the arithmetic of the job's own version.
fn check_version(job: &Job) -> Result<()> {
    match job.spec.exact_version {
        EXACT_VERSION => Ok(()),
        other => Err(Error::Input(format!(
            "the version was computed with version {other} of the arithmetic; this program replays version {EXACT_VERSION} alone. \
             Verify it with a release that has version {other}"
        ))),
    }
}

/// The state that the job goes on from, as a file.
async fn open_state(
    client: &Client,
    blobs: &Blobs,
    work: &Aggregate,
    lineage: &Lineage,
    base: &File,
) -> Result<Option<File>> {
    let Some(root) = work.optimiser else {
        return Ok(None);
    };
    let model = quorate_engine::read_header(base, "base version").map_err(local)?;
    let header = state_header(&model, &lineage.policy.pipeline.server).map_err(local)?;
    let len = header.map(|header| header.file_len());
    let len =
        len.ok_or_else(|| Error::Check("the job names an optimiser state, its policy has no optimiser".into()))?;
    blobs.open(client, "optimiser state", root, len).await.map(Some)
}

/// Replays what a round made; its job and updates must be there.
pub(crate) async fn replay(
    client: &Client,
    checks: &mut Checks,
    lineage: &Lineage,
    (origin, job): (&RoundOrigin, &Job),
    earlier: &[VersionRecord],
    blobs: &Blobs,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<()> {
    check_version(job)?;
    let work = job.spec.work.aggregate();
    let work = work.ok_or_else(|| Error::Check("the version's job is no aggregation".into()))?;
    let model = client.model(lineage.version.record.model).await?;
    let base = earlier.iter().find(|record| record.version == origin.parent);
    let base = base.ok_or_else(|| Error::Check(format!("version {}, the base, has no record", origin.parent)))?;
    progress("reading the blobs");
    let previous = match work.previous_root {
        Some(root) => Some(blobs.open(client, "previous version", root, base.len).await?),
        None => None,
    };
    let mut inputs = Vec::new();
    for input in record::inputs(lineage) {
        let file = blobs.open(client, "update", input.root, model.update_len).await?;
        inputs.push(WeightedFile {
            file,
            weight: input.weight,
            root: Some(input.root.0),
        });
    }
    let base = blobs.open(client, "base version", base.root, base.len).await?;
    let optimiser = open_state(client, blobs, work, lineage, &base).await?;
    progress("replaying the aggregation");
    let input = AggregateInput {
        pipeline: lineage.policy.pipeline,
        seed: work.seed.0,
        base,
        base_groups: None,
        previous,
        optimiser,
        inputs,
    };
    let out = blobs.scratch()?;
    let (outcome, rows) = tokio::task::spawn_blocking(move || aggregate(&input, out.path()))
        .await
        .map_err(|error| Error::Check(error.to_string()))??;
    compare(checks, lineage, job, origin, &outcome, &rows);
    Ok(())
}

fn aggregate(input: &AggregateInput, folder: &Path) -> Result<(AggregateOutcome, Vec<ScoreRow>)> {
    let engine = TileEngine::new(Settings::default());
    let made = engine
        .aggregate(input, &folder.join("version"), &Control::default())
        .map_err(local)?;
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
    let found = if same {
        "equal in every part".into()
    } else {
        format!("{outcome:?}, not {:?}", origin.outcome)
    };
    checks.add("replayed outcome", same, found);
    let revealed = Outcome::from(*outcome);
    let agreed = job.statements.iter().filter(|s| s.reveal.as_ref() == Some(&revealed));
    let (agreed, members) = (agreed.count() as u32, job.committee.len() as u32);
    let quorum = quorum(members);
    let found = format!("{agreed} of {members} members revealed it; {quorum} are a quorum");
    checks.add("quorum", agreed >= quorum, found);
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

pub(crate) fn local(error: impl std::fmt::Display) -> Error {
    Error::Check(error.to_string())
}
