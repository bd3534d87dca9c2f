//! What the chain knows of a version, in one final block.

use crate::report::Checks;
use quorate_client::{connection::Block, Client, Error, Result};
use quorate_primitives::{
    policy::Policy,
    version::{Origin, VersionRecord, VersionStatus},
    views::{Lineage, ModelView, VersionView},
    Hash, ModelId, VersionIndex,
};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

/// Versions of one answer.
const PAGE: u32 = 64;
/// How long to wait until what the best block knows is final. Then what is final already counts.
const FINALITY: Duration = Duration::from_secs(60);
/// Interval between two looks at the last final block.
const AGAIN: Duration = Duration::from_millis(500);

/// Everything that is read of the chain for one version, before any file: by the time that large ones are there, the node may have
/// forgotten the block's state.
pub(crate) struct Facts {
    pub block: Block,
    pub lineage: Lineage,
    pub model: ModelView,
    /// The policy under which the base was made, if the base has an optimiser's state beside it.
    pub former: Option<Policy>,
}

impl Facts {
    /// # Errors
    /// `NotFound` for a version that is not there; those of the connection.
    pub async fn read(
        client: &Client,
        (model, version): (ModelId, VersionIndex),
        progress: &(dyn Fn(&str) + Sync),
    ) -> Result<Self> {
        let (block, lineage) = final_lineage(client, (model, version), progress).await?;
        let view: Option<ModelView> = client.runtime("ModelsApi_model", model, Some(block.hash)).await?;
        let view = view.ok_or_else(|| Error::NotFound(format!("model {model}")))?;
        let former = former_policy(client, &lineage, block.hash).await?;
        Ok(Self {
            block,
            lineage,
            model: view,
            former,
        })
    }
}

async fn lineage_at(client: &Client, id: (ModelId, VersionIndex), block: Hash) -> Result<Option<Lineage>> {
    client.runtime("ModelsApi_lineage", id, Some(block)).await
}

/// A version in the last final block; in a later one where the best block knows more of it, such as its settlement.
async fn final_lineage(
    client: &Client,
    id: (ModelId, VersionIndex),
    progress: &(dyn Fn(&str) + Sync),
) -> Result<(Block, Lineage)> {
    let best = client.best().await?;
    let newest = lineage_at(client, id, best.hash).await?;
    let name = format!("version {}@{}", id.0, id.1);
    let newest = newest.ok_or_else(|| Error::NotFound(name.clone()))?;
    let until = Instant::now() + FINALITY;
    loop {
        let block = client.finalized().await?;
        let known = lineage_at(client, id, block.hash).await?;
        let late = Instant::now() >= until;
        match known {
            Some(lineage) if lineage == newest || block.number >= best.number || late => return Ok((block, lineage)),
            None if late => {
                let what = format!("{name} is in block {}, and {} is final", best.number, block.number);
                return Err(Error::Timeout(what));
            }
            _ => progress("waiting until what is known of the version is final"),
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// The policy under which the base was made, if the base has an optimiser's state beside it.
async fn former_policy(client: &Client, lineage: &Lineage, block: Hash) -> Result<Option<Policy>> {
    let record = &lineage.version.record;
    let Origin::Round(origin) = record.origin else {
        return Ok(None);
    };
    let base = lineage.parents.iter().find(|base| base.version == origin.parent);
    match base.map(|base| base.origin) {
        Some(Origin::Round(made)) if made.outcome.optimiser.is_some() => {
            let base = lineage_at(client, (record.model, origin.parent), block).await?;
            Ok(base.map(|base| base.policy))
        }
        _ => Ok(None),
    }
}

/// The versions of a model below one of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    /// By number. They are never changed: what was read once stays right.
    pub records: Vec<VersionRecord>,
    /// Those that are revoked themselves.
    pub revoked: BTreeSet<VersionIndex>,
    /// Those that did not pass their policy's gate, or not yet: no round may stand on them.
    pub held: BTreeSet<VersionIndex>,
}

impl History {
    pub async fn read(client: &Client, model: ModelId, end: VersionIndex, block: Hash) -> Result<Self> {
        let mut history = Self::default();
        loop {
            let from = history.records.last().map_or(0, |record| record.version + 1);
            if from >= end {
                return Ok(history);
            }
            let page: Vec<VersionView> = client
                .runtime("ModelsApi_versions", (model, from, PAGE), Some(block))
                .await?;
            let page: Vec<_> = page
                .into_iter()
                .filter(|view| (from..end).contains(&view.record.version))
                .collect();
            if page.is_empty() {
                return Ok(history);
            }
            history.extend(page);
        }
    }

    fn extend(&mut self, page: Vec<VersionView>) {
        for view in page {
            if view.status == VersionStatus::Revoked {
                self.revoked.insert(view.record.version);
            }
            let held = view.assessment.is_some_and(|assessment| !assessment.passed);
            if held || matches!(view.status, VersionStatus::Held | VersionStatus::Assessing) {
                self.held.insert(view.record.version);
            }
            self.records.push(view.record);
        }
    }

    /// That a round may stand on this version.
    pub fn check_base(&self, checks: &mut Checks, base: VersionIndex) {
        let stands = !self.held.contains(&base);
        let found = match stands {
            true => format!("version {base} stands"),
            false => format!("version {base} did not pass its gate, or is still assessed"),
        };
        checks.add("base", stands, found);
    }

    /// The nearest revoked version of this one and those that it descends from.
    pub fn revoked(&self, version: &VersionView) -> Option<VersionIndex> {
        if version.status == VersionStatus::Revoked {
            return Some(version.record.version);
        }
        let mut at = version.record;
        while let Origin::Round(origin) = at.origin {
            if self.revoked.contains(&origin.parent) {
                return Some(origin.parent);
            }
            // A parent has a lower number: no record can make a circle of this.
            let parent = self.records.get(origin.parent as usize);
            at = *parent.filter(|parent| parent.version < at.version)?;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{report::Found, tests::sound};
    use quorate_primitives::version::AssessmentRecord;

    #[test]
    fn version_that_did_not_pass_its_gate_should_count_as_held() {
        let view = |version, status, passed: Option<bool>| {
            let mut view = sound().0.version;
            view.record.version = version;
            view.status = status;
            view.assessment = passed.map(|passed| AssessmentRecord {
                job: None,
                outcome: None,
                passed,
                block: 9,
            });
            view
        };
        let mut history = History::default();
        history.extend(vec![
            view(0, VersionStatus::Final, None),
            view(1, VersionStatus::Final, Some(true)),
            view(2, VersionStatus::Held, Some(false)),
            view(3, VersionStatus::Revoked, Some(false)),
            view(4, VersionStatus::Assessing, None),
        ]);
        assert_eq!(history.held, BTreeSet::from([2, 3, 4]));
        for (base, found) in [
            (0, Found::Equal),
            (1, Found::Equal),
            (2, Found::Differs),
            (4, Found::Differs),
        ] {
            let mut checks = Checks::default();
            history.check_base(&mut checks, base);
            assert_eq!(checks.0[0].found, found, "{base}");
        }
    }

    #[test]
    fn a_version_should_count_as_revoked_with_whatever_it_descends_from() {
        let (lineage, records) = sound();
        let (mut version, mut history) = (lineage.version, History::default());
        history.records = records;
        assert_eq!(history.revoked(&version), None);
        history.revoked.insert(0);
        assert_eq!(history.revoked(&version), Some(0), "its parent is");
        version.status = VersionStatus::Revoked;
        assert_eq!(history.revoked(&version), Some(1));
    }
}
