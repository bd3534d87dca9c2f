//! Which versions are clean: neither revoked nor descended from a revoked one.

use quorate_primitives::{
    version::{Origin, VersionStatus},
    views::VersionView,
    VersionIndex,
};
use std::collections::BTreeMap;

/// Versions that are not clean, each with the nearest of itself and its ancestors that is revoked.
pub type Tainted = BTreeMap<VersionIndex, VersionIndex>;

/// Of all versions of a model.
pub fn tainted(versions: &[VersionView]) -> Tainted {
    let mut all = Tainted::new();
    // A version's number is higher than its parent's.
    let mut ordered: Vec<_> = versions.iter().collect();
    ordered.sort_by_key(|view| view.record.version);
    for view in ordered {
        let version = view.record.version;
        let parent = match view.record.origin {
            Origin::Genesis => None,
            Origin::Round(origin) => all.get(&origin.parent).copied(),
        };
        let nearest = if view.status == VersionStatus::Revoked {
            Some(version)
        } else {
            parent
        };
        all.extend(nearest.map(|nearest| (version, nearest)));
    }
    all
}

/// A version's status in words.
pub fn status_of(view: &VersionView, tainted: &Tainted) -> String {
    match (view.status, tainted.get(&view.record.version)) {
        (VersionStatus::Revoked, _) => "revoked".into(),
        (_, Some(ancestor)) => format!("not clean: version {ancestor} is revoked"),
        (VersionStatus::Provisional { until }, None) => format!("provisional until {until}"),
        (VersionStatus::Assessing, None) => "being assessed".into(),
        (VersionStatus::Held, None) => "held: it did not pass the gate of its policy".into(),
        (VersionStatus::Final, None) => "final".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_primitives::{
        job::AggregateOutcome,
        version::{RoundOrigin, VersionRecord},
        Hash, Root,
    };

    fn view(version: VersionIndex, parent: Option<VersionIndex>, status: VersionStatus) -> VersionView {
        let outcome = AggregateOutcome {
            output: Root::zero(),
            output_len: 1,
            optimiser: None,
            detail: Root::zero(),
            scores: Hash::zero(),
        };
        let origin = parent.map_or(Origin::Genesis, |parent| {
            Origin::Round(RoundOrigin {
                parent,
                round: 0,
                job: Hash::zero(),
                inputs_root: Hash::zero(),
                outcome,
            })
        });
        VersionView {
            record: VersionRecord {
                model: 0,
                version,
                root: Root::zero(),
                len: 1,
                policy_hash: Hash::zero(),
                origin,
                block: 1,
                history_root: Hash::zero(),
            },
            status,
            settlement: None,
            assessment: None,
            promotion: None,
        }
    }

    #[test]
    fn descendants_of_a_revoked_version_should_not_be_shown_as_clean() {
        let versions = [
            view(0, None, VersionStatus::Final),
            view(1, Some(0), VersionStatus::Revoked),
            view(2, Some(1), VersionStatus::Final),
            view(3, Some(2), VersionStatus::Provisional { until: 9 }),
            view(4, Some(0), VersionStatus::Final),
        ];
        let tainted = tainted(&versions);
        let said: Vec<_> = versions.iter().map(|view| status_of(view, &tainted)).collect();
        let unclean = "not clean: version 1 is revoked";
        assert_eq!(said, ["final", "revoked", unclean, unclean, "final"]);
    }
}
