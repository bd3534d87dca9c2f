//! Versions that an owner gives: version 0, another try at it, or a new genesis after all versions were revoked. Each waits for
//! the validators' votes, which `availability` counts.

use crate::{
    pallet::{Awaiting, Config, Error, Event, Models, Pallet, PendingCount},
    types::Model,
    WeightInfo,
};
use frame_support::{defensive, ensure, traits::Get, weights::Weight};
use quorate_primitives::{
    availability::{Finding, Named, Subject},
    traits::{Availability, AvailabilityHandler},
    version::Origin,
    views::ModelState,
    BlockNumber, ModelId, OrganisationId, Root,
};
use sp_runtime::{DispatchError, DispatchResult};

/// Number of the one item of these votes.
const ITEM: u32 = 0;

impl<T: Config> Pallet<T> {
    /// An organisation may have only so many models that await votes, so that none takes the room of others.
    pub(crate) fn ensure_room_for_votes(organisation: OrganisationId) -> DispatchResult {
        ensure!(
            PendingCount::<T>::get(organisation) < T::MaxPendingPerOrganisation::get(),
            Error::<T>::MaxPendingExceeded
        );
        Ok(())
    }

    /// Let the validators vote on a version 0, in the room that its organisation has. Returns the block before which votes are
    /// counted, unless that moves on.
    pub(crate) fn await_votes(
        id: ModelId,
        organisation: OrganisationId,
        candidate: Named,
    ) -> Result<BlockNumber, DispatchError> {
        let until = Self::open_votes(id, organisation, candidate)?;
        PendingCount::<T>::mutate(organisation, |count| *count = count.saturating_add(1));
        Ok(until)
    }

    fn open_votes(id: ModelId, owner: OrganisationId, candidate: Named) -> Result<BlockNumber, DispatchError> {
        let until = Self::now().saturating_add(T::GenesisVoting::get());
        let subject = Subject::Genesis(id);
        T::Availability::open(subject, until)?;
        T::Availability::put_item(subject, ITEM, candidate.by(owner, Self::genesis_hash()));
        Ok(until)
    }

    pub(crate) fn do_retry_genesis(id: ModelId, candidate: Named) -> DispatchResult {
        let until = Self::mutate(id, |model| {
            ensure!(model.state == ModelState::Rejected, Error::<T>::NotRejected);
            Self::ensure_room_for_votes(model.organisation)?;
            model.state = ModelState::Pending;
            model.candidate = Some(candidate.root);
            Self::await_votes(id, model.organisation, candidate)
        })?;
        let root = candidate.root;
        Self::deposit_event(Event::GenesisRetried { model: id, root, until });
        Ok(())
    }

    pub(crate) fn do_new_genesis(id: ModelId, candidate: Named) -> DispatchResult {
        let until = Self::mutate(id, |model| {
            ensure!(
                matches!(model.state, ModelState::Active | ModelState::Frozen(_)),
                Error::<T>::NotActive
            );
            ensure!(model.candidate.is_none(), Error::<T>::AwaitsVotes);
            ensure!(model.head.is_none(), Error::<T>::CleanVersionLeft);
            ensure!(!Awaiting::<T>::contains_key(id), Error::<T>::AwaitsAssessment);
            model.candidate = Some(candidate.root);
            // Two thirds decided this: it neither needs nor takes the room of the owner.
            Self::open_votes(id, model.organisation, candidate)
        })?;
        let root = candidate.root;
        Self::deposit_event(Event::NewGenesis { model: id, root, until });
        Ok(())
    }

    /// The votes are in, or their time has passed without a finding. Does nothing for a model that awaits none.
    fn decide_genesis(id: ModelId, finding: Option<Finding>) {
        let Some(mut model) = Models::<T>::get(id) else { return };
        let Some(root) = model.candidate.take() else { return };
        if model.state == ModelState::Pending {
            PendingCount::<T>::mutate_exists(model.organisation, |count| {
                *count = count.and_then(|count| count.checked_sub(1)).filter(|count| *count > 0);
            });
        }
        match finding {
            // A revocation that was undone meanwhile may have brought a clean version back: that goes on.
            Some(Finding::Held) if model.head.is_none() && !Awaiting::<T>::contains_key(id) => {
                Self::record_genesis(id, &mut model, root)
            }
            _ => {
                if model.state == ModelState::Pending {
                    model.state = ModelState::Rejected;
                }
                Self::deposit_event(Event::Rejected {
                    model: id,
                    root,
                    finding,
                });
            }
        }
        Models::<T>::insert(id, model);
    }

    fn record_genesis(id: ModelId, model: &mut Model, root: Root) {
        let policy = model.policy;
        match Self::append(id, model, (root, Origin::Genesis), &policy) {
            Ok(record) => {
                if model.state == ModelState::Pending {
                    model.state = ModelState::Active;
                }
                model.promoted = Some(record.version);
                Self::list_promoted(id, record.version);
                Self::deposit_event(Event::Activated {
                    model: id,
                    version: record.version,
                    root,
                });
            }
            // A model would need four billion versions.
            Err(error) => {
                defensive!("a genesis version cannot be recorded", error);
            }
        }
    }
}

impl<T: Config> AvailabilityHandler for Pallet<T> {
    fn found(subject: Subject, _: u32, finding: Finding) -> Weight {
        let Subject::Genesis(id) = subject else {
            return Weight::zero();
        };
        Self::decide_genesis(id, Some(finding));
        T::Availability::close(subject);
        T::WeightInfo::found()
    }

    fn ended(subject: Subject) -> Weight {
        let Subject::Genesis(id) = subject else {
            return Weight::zero();
        };
        Self::decide_genesis(id, None);
        T::WeightInfo::ended()
    }

    fn found_weight() -> Weight {
        T::WeightInfo::found()
    }

    fn ended_weight() -> Weight {
        T::WeightInfo::ended()
    }
}
