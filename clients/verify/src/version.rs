//! One version.

use crate::{
    assessment,
    blobs::Blobs,
    evidence,
    facts::{Facts, History},
    record,
    replay::replay,
    report::{Checks, Report, Stop},
};
use quorate_client::{Client, Result};
use quorate_engine::Cancel;
use quorate_primitives::{
    evidence::Evidence,
    version::{Origin, VersionRecord},
    Hash, ModelId, VersionIndex,
};

/// Verify a version, as a final block has it; `progress` is called with what is being done. `evidence` takes the place of what the
/// chain may have pruned: it is compared with the roots that stay.
///
/// # Errors
/// When the chain cannot be read, or the evidence is another version's: then nothing is proved about the version. Differences, what could
/// not be checked, and evidence that has expired, are in the report.
pub async fn verify(
    client: &Client,
    (model, version): (ModelId, VersionIndex),
    blobs: &Blobs,
    evidence: Option<Evidence>,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<Report> {
    progress("reading the record");
    let facts = Facts::read(client, (model, version), progress).await?;
    let history = History::read(client, model, version, facts.block.hash).await?;
    check(client, facts, (&history, &history.records), blobs, evidence, progress).await
}

/// The same from what was read; `earlier` are the records of all versions before this one, of a history that may go on.
pub(crate) async fn check(
    client: &Client,
    mut facts: Facts,
    (history, earlier): (&History, &[VersionRecord]),
    blobs: &Blobs,
    evidence: Option<Evidence>,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<Report> {
    if let Some(evidence) = evidence {
        evidence::use_in(&mut facts.lineage, client.genesis(), evidence)?;
    }
    let (lineage, mut checks) = (&facts.lineage, Checks::default());
    record::check(&mut checks, client.genesis(), lineage, earlier, facts.former.as_ref());
    match lineage.version.record.origin {
        Origin::Genesis => {
            let derived = given(client, &mut checks, &facts, blobs, progress).await;
            checks.replayed("replay", derived);
        }
        Origin::Round(origin) => {
            history.check_base(&mut checks, origin.parent);
            let replayed = match record::evidence(lineage) {
                Some(job) => {
                    let derived = replay(client, &mut checks, &facts, (&origin, job), earlier, blobs, progress).await;
                    checks.replayed("replay", derived)
                }
                // `record::check` has reported that the evidence has expired.
                None => None,
            };
            let derived = assessment::again(client, &mut checks, (lineage, earlier), replayed, blobs, progress).await;
            checks.replayed("assessment", derived);
        }
    }
    Ok(Report {
        record: lineage.version.record,
        status: lineage.version.status,
        assessment: lineage.version.assessment,
        revoked: history.revoked(&lineage.version),
        block: facts.block,
        checks: checks.0,
    })
}

/// A version that the owner gave.
async fn given(
    client: &Client,
    checks: &mut Checks,
    facts: &Facts,
    blobs: &Blobs,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<(), Stop> {
    progress("reading the file");
    let record = &facts.lineage.version.record;
    let what = format!("version {}", record.version);
    let blob = blobs.open(client, &what, record.root, record.len).await?;
    let checked = quorate_engine::check_model(blob.file(), None, &Cancel::default())?;
    if checked.root != record.root.0 {
        return Err(Stop::Unchecked(format!(
            "{what} has changed while it was read: check the disk"
        )));
    }
    match (checked.found, checked.header) {
        (Ok(()), Some(header)) => {
            let hash = Hash::from(quorate_exact::root(&header.encode()));
            checks.equal("header hash", &hash, &facts.model.header_hash);
            checks.add("file", true, "canonical");
        }
        (Ok(()), None) => checks.add("file", false, "it has no header"),
        (Err(fault), _) => checks.add("file", false, fault.to_string()),
    }
    Ok(())
}
