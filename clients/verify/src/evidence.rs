//! Evidence as a file: written while the chain has it, used when it is pruned.

use crate::record;
use quorate_client::{Client, Error, Result};
use quorate_primitives::{evidence::Evidence, version::Origin, views::Lineage, Hash, ModelId, VersionIndex};
use std::path::Path;

/// The evidence of a version, as the chain has it now.
///
/// # Errors
/// `NotFound` when it is pruned; `Input` for a version that no round made, or one whose round is not settled.
pub async fn of_version(client: &Client, (model, version): (ModelId, VersionIndex)) -> Result<Evidence> {
    let lineage = client.lineage(model, version).await?;
    collect(client.genesis(), lineage)
}

pub(crate) fn collect(genesis: Hash, lineage: Lineage) -> Result<Evidence> {
    let record = lineage.version.record;
    let name = format!("{}@{}", record.model, record.version);
    if record.origin == Origin::Genesis {
        return Err(Error::Input(format!(
            "{name} was given by the owner: it needs no evidence"
        )));
    }
    let job = record::evidence(&lineage).cloned();
    let job = job.ok_or_else(|| Error::NotFound(format!("evidence of {name}: it has expired")))?;
    if lineage.version.settlement.is_none() {
        let what = format!("the round of {name} is not settled: scores, statuses and statements may still change");
        return Err(Error::Input(what));
    }
    Ok(Evidence {
        genesis,
        model: record.model,
        version: record.version,
        policy: lineage.policy,
        updates: lineage.updates,
        job,
        first_job: lineage.first_job,
        assessment: lineage.assessment,
    })
}

/// Evidence from its file.
///
/// # Errors
/// `Io`; `Input` when it is no evidence.
pub fn read(path: &Path) -> Result<Evidence> {
    let bytes = std::fs::read(path).map_err(Error::io(path))?;
    Evidence::from_bytes(&bytes).ok_or_else(|| Error::Input(format!("{}: not a file of evidence", path.display())))
}

/// Put evidence in the place of what the chain shows; every check then compares it with record and settlement.
pub(crate) fn use_in(lineage: &mut Lineage, genesis: Hash, evidence: Evidence) -> Result<()> {
    let record = &lineage.version.record;
    let (given, asked) = ((evidence.model, evidence.version), (record.model, record.version));
    if evidence.genesis != genesis {
        return Err(Error::Input("the evidence is of another chain".into()));
    }
    if given != asked {
        return Err(Error::Input(format!(
            "the evidence is of version {}@{}, not of {}@{}",
            given.0, given.1, asked.0, asked.1
        )));
    }
    lineage.policy = evidence.policy;
    lineage.updates = evidence.updates;
    lineage.job = Some(evidence.job);
    lineage.first_job = evidence.first_job;
    lineage.assessment = evidence.assessment;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{failed, sound, GENESIS};

    #[test]
    fn exported_evidence_should_prove_a_version_whose_evidence_is_pruned() {
        let (lineage, earlier) = sound();
        let bytes = collect(GENESIS, lineage.clone()).unwrap().to_bytes();
        let mut pruned = lineage;
        (pruned.job, pruned.updates) = (None, Vec::new());
        assert!(collect(GENESIS, pruned.clone()).is_err());
        assert_eq!(failed(&pruned, &earlier), ["evidence"]);
        let mut proved = pruned.clone();
        use_in(&mut proved, GENESIS, Evidence::from_bytes(&bytes).unwrap()).unwrap();
        assert_eq!(failed(&proved, &earlier), Vec::<&str>::new());
    }

    #[test]
    fn changed_evidence_should_be_found_where_it_is() {
        type Change = fn(&mut Evidence);
        let changes: [(Change, &[&str]); 4] = [
            (|evidence| evidence.policy.reward += 1, &["policy hash"]),
            (|evidence| evidence.updates[0].score = Some(7), &["updates root"]),
            (
                |evidence| evidence.updates[2].weight += 1,
                &["inputs root", "updates root"],
            ),
            (|evidence| evidence.job.spec.attempt = 1, &["job", "first attempt"]),
        ];
        for (change, expected) in changes {
            let (mut lineage, earlier) = sound();
            let mut evidence = collect(GENESIS, lineage.clone()).unwrap();
            change(&mut evidence);
            use_in(&mut lineage, GENESIS, evidence).unwrap();
            assert_eq!(failed(&lineage, &earlier), expected);
        }
    }

    #[test]
    fn evidence_of_another_version_or_chain_should_not_be_used() {
        let (mut lineage, _) = sound();
        let evidence = collect(GENESIS, lineage.clone()).unwrap();
        assert!(use_in(&mut lineage, Hash::zero(), evidence.clone()).is_err());
        let other = Evidence { version: 9, ..evidence };
        let error = use_in(&mut lineage, GENESIS, other).unwrap_err().to_string();
        assert!(error.contains("0@9"), "{error}");
    }

    #[test]
    fn evidence_should_be_exported_only_after_settlement() {
        let (mut lineage, _) = sound();
        lineage.version.settlement = None;
        let error = collect(GENESIS, lineage).unwrap_err().to_string();
        assert!(error.contains("not settled"), "{error}");
    }

    #[test]
    fn evidence_that_was_spoilt_anywhere_should_prove_nothing_else() {
        let (lineage, earlier) = sound();
        let sound = collect(GENESIS, lineage.clone()).unwrap();
        let bytes = sound.to_bytes();
        let (mut read, mut found) = (0, 0);
        for at in 0..bytes.len() * 8 {
            let mut spoilt = bytes.clone();
            spoilt[at / 8] ^= 1 << (at % 8);
            let Some(evidence) = Evidence::from_bytes(&spoilt) else {
                continue;
            };
            read += 1;
            let mut lineage = lineage.clone();
            if use_in(&mut lineage, GENESIS, evidence.clone()).is_err() || !failed(&lineage, &earlier).is_empty() {
                found += 1;
                continue;
            }
            // What no root commits to proves nothing: when the job was made, and how it stood.
            let job = |evidence: &Evidence| {
                let mut job = evidence.job.clone();
                (job.created_at, job.phase, job.agreed) = (0, sound.job.phase, None);
                job
            };
            assert_eq!(job(&evidence), job(&sound), "bit {at}");
            assert_eq!(
                (&evidence.updates, &evidence.policy),
                (&sound.updates, &sound.policy),
                "bit {at}"
            );
        }
        println!("{read} files are evidence, {found} are found out");
        assert!(found > 1_000);
    }
}
