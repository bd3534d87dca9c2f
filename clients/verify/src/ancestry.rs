//! A version and all that it descends from, one after the other.

use crate::{
    blobs::Blobs,
    facts::{Facts, History},
    report::{Conclusion, Report},
    version::check,
};
use quorate_client::{Client, Error, Result};
use quorate_primitives::{evidence::Evidence, version::Origin, ModelId, VersionIndex};
use std::collections::BTreeMap;

/// What is known of a version and its ancestors.
#[derive(Clone, Debug, Default)]
pub struct Ancestry {
    /// Versions that were looked at, from the newest on.
    pub versions: u32,
    /// How many of them had each conclusion.
    differing: u32,
    unchecked: u32,
    expired: u32,
    revoked: u32,
    held: u32,
    /// Where to go on, when something ended the walk before version 0, and why.
    pub stopped: Option<(VersionIndex, String)>,
}

impl Ancestry {
    fn count(&mut self, conclusion: Conclusion) {
        self.versions += 1;
        match conclusion {
            Conclusion::Verified => (),
            Conclusion::Differs => self.differing += 1,
            Conclusion::Unchecked => self.unchecked += 1,
            Conclusion::Expired => self.expired += 1,
            Conclusion::Revoked => self.revoked += 1,
            Conclusion::Held => self.held += 1,
        }
    }

    /// What all of them amount to: one that differs outweighs all others, then what could not be checked.
    pub fn conclusion(&self) -> Conclusion {
        if self.differing > 0 {
            Conclusion::Differs
        } else if self.stopped.is_some() || self.unchecked > 0 {
            Conclusion::Unchecked
        } else if self.expired > 0 {
            Conclusion::Expired
        } else if self.revoked > 0 {
            Conclusion::Revoked
        } else if self.held > 0 {
            Conclusion::Held
        } else {
            Conclusion::Verified
        }
    }
}

/// Verify a version and its ancestors back to version 0; `shown` is called with the report of each as soon as it is there, from the
/// newest on. Of files no more is held than two versions need; whoever is interrupted goes on with the version below the last one
/// shown.
///
/// # Errors
/// When not even the first version can be read, or evidence is another model's or of no ancestor. What ends the walk later is in the
/// result.
pub async fn verify_ancestry(
    client: &Client,
    (model, version): (ModelId, VersionIndex),
    blobs: &Blobs,
    evidence: Vec<Evidence>,
    progress: &(dyn Fn(&str) + Sync),
    shown: &mut (dyn FnMut(&Report) + Send),
) -> Result<Ancestry> {
    let mut evidence: BTreeMap<_, _> = evidence
        .into_iter()
        .map(|one| ((one.model, one.version), one))
        .collect();
    if let Some((other, at)) = evidence.keys().find(|(of, at)| *of != model || *at > version) {
        return Err(Error::Input(format!(
            "the evidence of {other}@{at} is of no ancestor of {model}@{version}"
        )));
    }
    let first = Facts::read(client, (model, version), progress).await?;
    // Records never change: one list serves all versions.
    let history = History::read(client, model, version, first.block.hash).await?;
    let (mut ancestry, mut next) = (Ancestry::default(), Some((version, Some(first))));
    while let Some((at, facts)) = next.take() {
        progress(&format!("verifying {model}@{at}"));
        let facts = match facts {
            Some(facts) => Ok(facts),
            None => Facts::read(client, (model, at), progress).await,
        };
        // By number.
        let mine = history.records.get(..at as usize).unwrap_or(&history.records);
        let report = match facts {
            Ok(facts) => {
                let parent = match facts.lineage.version.record.origin {
                    Origin::Genesis => None,
                    Origin::Round(origin) => Some(origin.parent),
                };
                // A parent has a lower number: no record can make a circle of this.
                next = parent.filter(|parent| *parent < at).map(|parent| (parent, None));
                check(
                    client,
                    facts,
                    (&history, mine),
                    blobs,
                    evidence.remove(&(model, at)),
                    progress,
                )
                .await
            }
            Err(error) => Err(error),
        };
        match report {
            Ok(report) => {
                ancestry.count(report.conclusion());
                shown(&report);
            }
            Err(error) => {
                ancestry.stopped = Some((at, error.to_string()));
                break;
            }
        }
        blobs.next_version();
    }
    Ok(ancestry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worst_conclusion_should_decide_over_all_versions() {
        let of = |all: &[Conclusion]| {
            let mut ancestry = Ancestry::default();
            all.iter().for_each(|one| ancestry.count(*one));
            ancestry
        };
        use Conclusion::{Differs, Expired, Held, Revoked, Unchecked, Verified};
        assert_eq!(of(&[Verified, Verified]).conclusion(), Verified);
        assert_eq!(of(&[Held, Verified]).conclusion(), Held);
        assert_eq!(of(&[Held, Revoked]).conclusion(), Revoked);
        assert_eq!(of(&[Revoked, Verified]).conclusion(), Revoked);
        assert_eq!(of(&[Revoked, Expired]).conclusion(), Expired);
        assert_eq!(of(&[Expired, Unchecked]).conclusion(), Unchecked);
        assert_eq!(of(&[Unchecked, Differs, Verified]).conclusion(), Differs);
        let mut stopped = of(&[Verified]);
        stopped.stopped = Some((4, "the node is gone".into()));
        assert_eq!(stopped.conclusion(), Unchecked);
    }
}
