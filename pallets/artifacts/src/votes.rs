//! The validators' votes on an artifact's file, which `availability` counts.

use crate::{
    pallet::{Artifacts, Config, Error, Event, Pallet, PendingCount, Weights},
    types::Artifact,
    WeightInfo,
};
use alloc::vec::Vec;
use frame_support::{ensure, traits::Get, weights::Weight};
use quorate_primitives::{
    availability::{ArtifactKind, Finding, Named, Subject},
    traits::{Artifacts as ArtifactsTrait, Availability, AvailabilityHandler, HeldArtifact},
    views::{ArtifactState, BlobRef},
    ArtifactId, BlockNumber, OrganisationId, Root, MAX_ORGANISATIONS,
};
use sp_runtime::{DispatchError, DispatchResult};

/// Number of the one item of these votes.
const ITEM: u32 = 0;

impl<T: Config> Pallet<T> {
    /// An organisation may have only so many artifacts that await votes, so that none takes the room of others.
    pub(crate) fn ensure_room_for_votes(organisation: OrganisationId) -> DispatchResult {
        ensure!(
            PendingCount::<T>::get(organisation) < T::MaxPendingPerOrganisation::get(),
            Error::<T>::MaxPendingExceeded
        );
        Ok(())
    }

    /// Let the validators vote on a file. Returns the block before which votes are counted, unless that moves on.
    pub(crate) fn await_votes(
        id: ArtifactId,
        organisation: OrganisationId,
        candidate: Named,
        len: u64,
    ) -> Result<BlockNumber, DispatchError> {
        let until = Self::now()
            .saturating_add(T::Voting::get())
            .saturating_add(Self::transfer(len));
        let subject = Subject::Artifact(id);
        T::Availability::open(subject, until)?;
        T::Availability::put_item(subject, ITEM, candidate.by(organisation, Self::genesis_hash()));
        PendingCount::<T>::mutate(organisation, |count| *count = count.saturating_add(1));
        Ok(until)
    }

    /// Blocks that a file takes to one validator, and from there to the others, rounded down: however long it may be, it can be voted on.
    fn transfer(len: u64) -> BlockNumber {
        let blocks = len.saturating_mul(2).checked_div(T::BytesPerBlock::get());
        blocks
            .and_then(|blocks| blocks.try_into().ok())
            .unwrap_or(BlockNumber::MAX)
    }

    /// The votes are in, or their time has passed without a finding. Does nothing for an artifact that awaits none.
    fn decide(id: ArtifactId, finding: Option<Finding>) {
        let Some(mut artifact) = Artifacts::<T>::get(id) else {
            return;
        };
        if !matches!(artifact.state, ArtifactState::Pending { .. }) {
            return;
        }
        PendingCount::<T>::mutate_exists(artifact.organisation, |count| {
            *count = count.and_then(|count| count.checked_sub(1)).filter(|count| *count > 0);
        });
        let (now, root) = (Self::now(), artifact.root);
        if finding == Some(Finding::Held) {
            artifact.state = ArtifactState::Held { since: now };
            artifact.was_held = true;
            Self::deposit_event(Event::Held { artifact: id, root });
        } else {
            artifact.state = ArtifactState::Rejected { at: now };
            Self::forget_weights(id, &artifact);
            Self::deposit_event(Event::Rejected {
                artifact: id,
                root,
                finding,
            });
        }
        Artifacts::<T>::insert(id, artifact);
    }
}

impl<T: Config> Pallet<T> {
    /// Weights are found by their root. A second artifact of one root would be paid for and hidden by the first.
    pub(crate) fn list_weights(
        id: ArtifactId,
        kind: ArtifactKind,
        root: Root,
        organisation: OrganisationId,
    ) -> DispatchResult {
        if kind == ArtifactKind::Weights {
            let known = Weights::<T>::contains_key(root, organisation);
            ensure!(!known, Error::<T>::AlreadyRegistered);
            Weights::<T>::insert(root, organisation, id);
        }
        Ok(())
    }

    /// Weights that were rejected or retired are not found by their root any more.
    pub(crate) fn forget_weights(id: ArtifactId, artifact: &Artifact) {
        if Weights::<T>::get(artifact.root, artifact.organisation) == Some(id) {
            Weights::<T>::remove(artifact.root, artifact.organisation);
        }
    }
}

impl<T: Config> AvailabilityHandler for Pallet<T> {
    fn found(subject: Subject, _: u32, finding: Finding) -> Weight {
        let Subject::Artifact(id) = subject else {
            return Weight::zero();
        };
        Self::decide(id, Some(finding));
        T::Availability::close(subject);
        T::WeightInfo::found()
    }

    fn ended(subject: Subject) -> Weight {
        let Subject::Artifact(id) = subject else {
            return Weight::zero();
        };
        Self::decide(id, None);
        T::WeightInfo::ended()
    }

    fn found_weight() -> Weight {
        T::WeightInfo::found()
    }

    fn ended_weight() -> Weight {
        T::WeightInfo::ended()
    }
}

impl<T: Config> ArtifactsTrait for Pallet<T> {
    fn held(id: ArtifactId) -> Option<HeldArtifact> {
        let artifact = Artifacts::<T>::get(id)?;
        matches!(artifact.state, ArtifactState::Held { .. }).then_some(HeldArtifact {
            kind: artifact.kind,
            root: artifact.root,
            len: artifact.len,
            organisation: artifact.organisation,
            access: artifact.access,
        })
    }

    fn may_read_weights(weights: &BlobRef, organisation: OrganisationId) -> bool {
        let mut listed = Weights::<T>::iter_prefix_values(weights.root);
        let is_it = |id| Artifacts::<T>::get(id).is_some_and(|artifact| artifact.len == weights.len);
        listed.any(|id| is_it(id) && Self::may_read(id, organisation))
    }

    /// One artifact of each organisation at most.
    fn weights_weight() -> Weight {
        T::DbWeight::get().reads(u64::from(MAX_ORGANISATIONS).saturating_mul(4))
    }

    fn readers(id: ArtifactId) -> Vec<OrganisationId> {
        Artifacts::<T>::get(id).map_or_else(Vec::new, |artifact| artifact.readers.into_inner())
    }
}
