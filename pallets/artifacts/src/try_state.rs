//! What must hold after every block.

use crate::{
    pallet::{ArtifactCount, Artifacts, Config, Kept, NextArtifact, Pallet, PendingCount, Weights},
    types::Artifact,
};
use alloc::{collections::BTreeMap, vec::Vec};
use frame_support::ensure;
use quorate_primitives::{availability::ArtifactKind, policy::Access, views::ArtifactState, OrganisationId};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
    /// Check the whole state of this pallet.
    ///
    /// # Errors
    /// What does not hold.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        let mut kept = BTreeMap::<OrganisationId, u32>::new();
        let mut pending = BTreeMap::<OrganisationId, u32>::new();
        let mut numbers = Vec::new();
        let mut weights = BTreeMap::new();
        for (id, artifact) in Artifacts::<T>::iter() {
            ensure!(
                id < NextArtifact::<T>::get(),
                "an artifact with a number that was not given"
            );
            Self::check_artifact(&artifact)?;
            numbers.push(id);
            let count = kept.entry(artifact.organisation).or_default();
            *count = count.saturating_add(1);
            if matches!(artifact.state, ArtifactState::Pending { .. }) {
                let count = pending.entry(artifact.organisation).or_default();
                *count = count.saturating_add(1);
            }
            let is_listed = matches!(
                artifact.state,
                ArtifactState::Pending { .. } | ArtifactState::Held { .. }
            );
            if artifact.kind == ArtifactKind::Weights && is_listed {
                let other = weights.insert((artifact.root, artifact.organisation), id);
                ensure!(other.is_none(), "two weights of one root and organisation");
            }
        }
        let listed: BTreeMap<_, _> = Weights::<T>::iter()
            .map(|(root, organisation, id)| ((root, organisation), id))
            .collect();
        ensure!(
            listed == weights,
            "weights that await votes or are held are found by their root"
        );
        numbers.sort_unstable();
        ensure!(Kept::<T>::get().into_inner() == numbers, "the list of artifacts");
        ensure!(
            ArtifactCount::<T>::iter().collect::<BTreeMap<_, _>>() == kept,
            "the counts of the organisations' artifacts"
        );
        ensure!(
            PendingCount::<T>::iter().collect::<BTreeMap<_, _>>() == pending,
            "the counts of the organisations' artifacts that await votes"
        );
        Ok(())
    }

    fn check_artifact(artifact: &Artifact) -> Result<(), TryRuntimeError> {
        ensure!(artifact.len > 0, "an artifact without bytes");
        ensure!(
            !artifact.licence.is_empty() && core::str::from_utf8(&artifact.licence).is_ok(),
            "a licence is text"
        );
        let held = match artifact.state {
            ArtifactState::Held { .. } => Some(true),
            ArtifactState::Pending { .. } | ArtifactState::Rejected { .. } => Some(false),
            ArtifactState::Retired { .. } => None,
        };
        ensure!(
            held.is_none_or(|held| held == artifact.was_held),
            "whether a quorum has held the file"
        );
        let readers = &artifact.readers;
        ensure!(
            readers.windows(2).all(|pair| pair.first() < pair.last()),
            "readers are ascending"
        );
        let named = matches!(artifact.access, Access::Contributors | Access::Organisations);
        ensure!(named || readers.is_empty(), "readers without a use");
        Ok(())
    }
}
