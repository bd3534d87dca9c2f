#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod blobs;
mod evidence;
mod record;
mod replay;
mod report;
#[cfg(test)]
mod tests;

pub use blobs::Blobs;
pub use evidence::{of_version, read};
pub use report::{Check, Conclusion, Found, Report};

use quorate_client::{Client, Result};
use quorate_engine::Cancel;
use quorate_primitives::{
    evidence::Evidence,
    policy::Policy,
    version::{Origin, VersionRecord},
    Hash, ModelId, VersionIndex,
};
use replay::{local, replay};
use report::Checks;

/// Verify a version; `progress` is called with what is being done. `evidence` takes the place of what the chain may have pruned: it
/// is compared with the roots that stay.
///
/// # Errors
/// When the chain or a blob cannot be read, or the evidence is another version's: then nothing is proved about the version. Differences,
/// and evidence that has expired, are in the report.
pub async fn verify(
    client: &Client,
    (model, version): (ModelId, VersionIndex),
    blobs: &Blobs,
    evidence: Option<Evidence>,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<Report> {
    progress("reading the record");
    let mut lineage = client.lineage(model, version).await?;
    if let Some(evidence) = evidence {
        evidence::use_in(&mut lineage, client.genesis(), evidence)?;
    }
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
        Origin::Genesis => given(client, &mut checks, &record, blobs, progress).await?,
        Origin::Round(origin) => {
            // Without it, `record::check` has reported that the evidence has expired.
            if let Some(job) = record::evidence(&lineage) {
                replay(client, &mut checks, &lineage, (&origin, job), &earlier, blobs, progress).await?;
            }
        }
    }
    Ok(Report {
        model,
        version,
        root: format!("{:?}", record.root),
        checks: checks.0,
    })
}

/// A version that the owner gave.
async fn given(
    client: &Client,
    checks: &mut Checks,
    record: &VersionRecord,
    blobs: &Blobs,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<()> {
    progress("reading the file");
    let what = format!("version {}", record.version);
    let file = blobs.open(client, &what, record.root, record.len).await?;
    let header = quorate_engine::read_header(&file, &what).map_err(local)?;
    let expected = client.model(record.model).await?.header_hash;
    let hash = Hash::from(quorate_exact::root(&header.encode()));
    checks.equal("header hash", &hash, &expected);
    let found = quorate_engine::check_model(&file, &Cancel::default()).map_err(local)?;
    let found = found.map_or_else(|fault| fault.to_string(), |()| "canonical".into());
    checks.add("file", found == "canonical", found);
    Ok(())
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
