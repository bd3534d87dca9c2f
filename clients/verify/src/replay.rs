//! The aggregation, computed again with the engine.

use crate::{
    blobs::Blobs,
    contributors,
    facts::Facts,
    job::{known, revealed},
    record,
    report::{Checks, Stop},
    scores,
};
use quorate_client::Client;
use quorate_engine::{
    version_header, AggregateInput, BlobFile, Control, Engine, EngineError, Input, Settings, TileEngine, WeightedFile,
};
use quorate_exact::{state_header, Detail, ModelHeader};
use quorate_primitives::{
    job::{
        aggregate::{ScoreRow, EXACT_VERSION},
        Aggregate, AggregateOutcome, Job,
    },
    version::{RoundOrigin, VersionRecord},
    views::Lineage,
};
use std::{fs::File, path::Path};

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

/// What an assessment of the version is made from, beside its own files.
pub(crate) struct Replayed {
    /// The version's file as it was made here; none if it is another one than the recorded.
    pub version: Option<BlobFile>,
    /// In the sealed order.
    pub updates: Vec<BlobFile>,
    pub detail: Detail,
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
) -> Result<Replayed, Stop> {
    known(Some(job), EXACT_VERSION)?;
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
    let (mut contributors, mut inputs, mut updates) = (Vec::new(), Vec::new(), Vec::new());
    for input in record::inputs(lineage) {
        let blob = blobs.open(client, "update", input.root, facts.model.update_len).await?;
        let file = blob.file().try_clone();
        inputs.push(WeightedFile {
            file: file.map_err(|error| Stop::Unchecked(format!("update {:?}: {error}", input.root)))?,
            weight: input.weight,
            root: input.root.0,
        });
        contributors.push(input.contributor);
        updates.push(blob);
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
    let (out, keep, control) = (blobs.scratch()?, lineage.policy.assessment.is_some(), blobs.control());
    let computed = tokio::task::spawn_blocking(move || aggregate(&input, out.path(), keep, &control)).await;
    let Made {
        outcome,
        rows,
        version,
        detail,
    } = computed.map_err(|error| Stop::Unchecked(error.to_string()))??;
    compare(checks, lineage, job, origin, &outcome, &rows);
    Ok(Replayed {
        version: version.filter(|version| version.root() == lineage.version.record.root.0),
        updates,
        detail: Detail::decode(&detail).map_err(|error| Stop::Unchecked(error.to_string()))?,
    })
}

/// What was made here.
struct Made {
    outcome: AggregateOutcome,
    rows: Vec<ScoreRow>,
    /// Its file, where the policy has it assessed.
    version: Option<BlobFile>,
    /// Bytes of the detail blob.
    detail: Vec<u8>,
}

fn aggregate(input: &AggregateInput, folder: &Path, keep: bool, control: &Control) -> Result<Made, EngineError> {
    let engine = TileEngine::new(Settings::default());
    let path = folder.join("version");
    let made = engine.aggregate(input, &path, control)?;
    let claimed: Vec<u32> = input.inputs.iter().map(|input| input.weight).collect();
    let rows = ScoreRow::of_job(&made.scores, &made.selection, &claimed);
    let outcome = AggregateOutcome::new(
        (made.output.root.into(), made.output.len),
        made.optimiser.map(|state| state.root.into()),
        made.detail_root.into(),
        &rows,
    );
    let unread = |source| EngineError::Io {
        what: "new version".into(),
        source,
    };
    // It stays readable when its folder goes.
    let version = keep.then(|| File::open(&path).and_then(BlobFile::of).map_err(unread));
    Ok(Made {
        outcome,
        rows,
        version: version.transpose()?,
        detail: made.detail,
    })
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
    revealed(checks, "quorum", job, Some((*outcome).into()));
    // Else by what the updates improve: the assessment's scores are compared then.
    if by_aggregation(lineage) {
        scores::check(checks, lineage, Some(rows));
    }
}

/// Whether the updates were scored by the aggregation.
fn by_aggregation(lineage: &Lineage) -> bool {
    let outcome = lineage.version.assessment.and_then(|record| record.outcome);
    let rules = lineage.policy.assessment;
    rules.is_none_or(|rules| rules.scored_by_aggregation(outcome.as_ref()))
}
