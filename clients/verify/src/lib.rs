//! Deriving a version again from its blobs.
//!
//! Everything that the record commits to is computed anew and compared: the policy's hash, the inputs, the job, the history,
//! the settlement, every blob's root, and the aggregation itself, replayed with the engine. What is in the chain's storage is
//! taken from the node: an auditor who trusts none of them asks a node of their own.

mod blobs;
mod record;
#[cfg(test)]
mod tests;

use crate::{Client, Error, Result};
pub use blobs::Blobs;
use quorate_engine::{AggregateInput, Cancel, Control, Engine, Settings, TileEngine, WeightedFile};
use quorate_exact::state_header;
use quorate_primitives::{
    job::{Job, Outcome, ScoreRow},
    policy::Policy,
    version::{Origin, RoundOrigin, VersionRecord},
    views::Lineage,
    Hash, ModelId, VersionIndex, EXACT_VERSION,
};
use serde_json::{json, Value};
use std::{fs::File, path::Path};

/// One comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    pub name: &'static str,
    pub passed: bool,
    /// What was found, or how it differs.
    pub found: String,
}

/// What verification found.
#[derive(Clone, Debug)]
pub struct Report {
    pub model: ModelId,
    pub version: VersionIndex,
    pub root: String,
    pub checks: Vec<Check>,
}

impl Report {
    pub fn passed(&self) -> bool {
        !self.checks.is_empty() && self.checks.iter().all(|check| check.passed)
    }

    pub fn to_json(&self) -> Value {
        let checks = self
            .checks
            .iter()
            .map(|c| json!({ "check": c.name, "passed": c.passed, "found": c.found }));
        json!({
            "model": self.model,
            "version": self.version,
            "root": self.root,
            "verified": self.passed(),
            "checks": checks.collect::<Vec<_>>(),
        })
    }
}

/// Collects checks.
#[derive(Default)]
struct Checks(Vec<Check>);

impl Checks {
    fn equal<T: PartialEq + std::fmt::Debug>(&mut self, name: &'static str, derived: &T, recorded: &T) {
        let passed = derived == recorded;
        let found = match passed {
            true => format!("{recorded:?}"),
            false => format!("derived {derived:?}, recorded {recorded:?}"),
        };
        self.0.push(Check { name, passed, found });
    }

    fn add(&mut self, name: &'static str, passed: bool, found: impl Into<String>) {
        self.0.push(Check {
            name,
            passed,
            found: found.into(),
        });
    }
}

/// Verify a version; `progress` is called with what is being done.
///
/// # Errors
/// When the chain or a blob cannot be read: then nothing is said of the version. Differences are in the report.
pub async fn verify(
    client: &Client,
    (model, version): (ModelId, VersionIndex),
    blobs: &Blobs,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<Report> {
    progress("reading the record");
    let lineage = client.lineage(model, version).await?;
    let record = lineage.version.record;
    let earlier = client.versions(model).await?;
    let earlier: Vec<VersionRecord> = earlier
        .into_iter()
        .map(|v| v.record)
        .filter(|r| r.version < version)
        .collect();
    let mut checks = Checks::default();
    let former = former_policy(client, model, &record, &earlier).await?;
    record::check(&mut checks, client.genesis(), &lineage, &earlier, former.as_ref());
    match record.origin {
        Origin::Genesis => {
            progress("reading the file");
            let file = blobs.open(client, "version 0", record.root, record.len).await?;
            let header = quorate_engine::read_header(&file, "version 0").map_err(local)?;
            let expected = client.model(model).await?.header_hash;
            checks.equal(
                "header hash",
                &Hash::from(quorate_exact::root(&header.encode())),
                &expected,
            );
            let found = quorate_engine::check_model(&file, &Cancel::default()).map_err(local)?;
            let found = found.map_or_else(|fault| fault.to_string(), |()| "canonical".into());
            checks.add("file", found == "canonical", found);
        }
        Origin::Round(origin) => replay(client, &mut checks, &lineage, &origin, &earlier, blobs, progress).await?,
    }
    Ok(Report {
        model,
        version,
        root: format!("{:?}", record.root),
        checks: checks.0,
    })
}

/// The policy under which the base was made, if the base has an optimiser's state beside it.
async fn former_policy(
    client: &Client,
    model: ModelId,
    record: &VersionRecord,
    earlier: &[VersionRecord],
) -> Result<Option<Policy>> {
    let Origin::Round(origin) = record.origin else {
        return Ok(None);
    };
    let base = earlier.iter().find(|record| record.version == origin.parent);
    match base.map(|base| base.origin) {
        Some(Origin::Round(made)) if made.outcome.optimiser.is_some() => {
            Ok(Some(client.lineage(model, origin.parent).await?.policy))
        }
        _ => Ok(None),
    }
}

/// Replaying needs the arithmetic of the job's own specification version.
fn check_spec(job: &Job) -> Result<()> {
    match job.spec.exact_version {
        EXACT_VERSION => Ok(()),
        other => Err(Error::Input(format!(
            "the version was computed under specification version {other}; this program replays version {EXACT_VERSION} alone. \
             Verify it with a release that has version {other}"
        ))),
    }
}

/// The state that the job goes on from, as a file.
async fn open_state(client: &Client, blobs: &Blobs, job: &Job, lineage: &Lineage, base: &File) -> Result<Option<File>> {
    let Some(root) = job.spec.optimiser else {
        return Ok(None);
    };
    let model = quorate_engine::read_header(base, "base version").map_err(local)?;
    let header = state_header(&model, &lineage.policy.pipeline.server).map_err(local)?;
    let len = header.map(|header| header.file_len());
    let len =
        len.ok_or_else(|| Error::Check("the job names an optimiser state, its policy has no optimiser".into()))?;
    blobs.open(client, "optimiser state", root, len).await.map(Some)
}

async fn replay(
    client: &Client,
    checks: &mut Checks,
    lineage: &Lineage,
    origin: &RoundOrigin,
    earlier: &[VersionRecord],
    blobs: &Blobs,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<()> {
    let missing = |what: &str| Error::NotFound(format!("{what}: the node no longer has it (evidence expired)"));
    let job = lineage.job.as_ref().ok_or_else(|| missing("the job"))?;
    check_spec(job)?;
    let model = client.model(lineage.version.record.model).await?;
    let base = earlier
        .iter()
        .find(|record| record.version == origin.parent)
        .ok_or_else(|| missing("the base's record"))?;
    progress("reading the blobs");
    let previous = match job.spec.previous_root {
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
    let optimiser = open_state(client, blobs, job, lineage, &base).await?;
    progress("replaying the aggregation");
    let input = AggregateInput {
        pipeline: lineage.policy.pipeline,
        seed: job.spec.seed.0,
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

fn aggregate(input: &AggregateInput, folder: &Path) -> Result<(Outcome, Vec<ScoreRow>)> {
    let engine = TileEngine::new(Settings::default());
    let made = engine
        .aggregate(input, &folder.join("version"), &Control::default())
        .map_err(local)?;
    let claimed: Vec<u32> = input.inputs.iter().map(|input| input.weight).collect();
    let rows = ScoreRow::of_job(&made.scores, &made.selection, &claimed);
    let outcome = Outcome::new(
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
    outcome: &Outcome,
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
    let agreed = job
        .statements
        .iter()
        .filter(|statement| statement.reveal.as_ref() == Some(outcome))
        .count() as u32;
    let quorum = quorate_primitives::job::quorum(job.committee.len() as u32);
    let found = format!(
        "{agreed} of {} members revealed it; {quorum} are a quorum",
        job.committee.len()
    );
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

fn local(error: impl std::fmt::Display) -> Error {
    Error::Check(error.to_string())
}
