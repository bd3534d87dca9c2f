//! Entries of the registry: who may change them, and how.

use crate::{
    pallet::{Config, Error, Event, ModelCount, Models, NextModel, Pallet, Policies},
    types::{Genesis, Model, Name, Shape, HEADER_UNIT, VALUE_LEN},
};
use frame_support::{ensure, traits::EnsureOrigin, traits::Get};
use frame_system::{ensure_signed, pallet_prelude::OriginFor};
use quorate_primitives::{
    policy::{Policy, PolicyError},
    traits::Consortium,
    views::ModelState,
    AccountId, BlockNumber, ModelId, Root,
};
use sp_runtime::{traits::UniqueSaturatedInto, DispatchError, DispatchResult};

impl<T: Config> From<PolicyError> for Error<T> {
    fn from(error: PolicyError) -> Self {
        match error {
            PolicyError::Pipeline(_) => Self::PolicyPipelineInvalid,
            PolicyError::CannotRun(_) => Self::PolicyPipelineCannotRun,
            PolicyError::Updates => Self::PolicyUpdatesInvalid,
            PolicyError::Weight => Self::PolicyWeightInvalid,
            PolicyError::OrganisationCap => Self::PolicyOrganisationCapInvalid,
            PolicyError::Deadline => Self::PolicyDeadlineInvalid,
            PolicyError::Split => Self::PolicySplitInvalid,
            PolicyError::Share => Self::PolicyShareInvalid,
        }
    }
}

/// Bytes of an update's file.
fn update_len<T: Config>(shape: &Shape) -> Result<u64, Error<T>> {
    let unaligned = shape.header_len.checked_rem(HEADER_UNIT) != Some(0);
    ensure!(shape.header_len > 0 && !unaligned, Error::<T>::HeaderLengthInvalid);
    let uneven = shape.group_len.checked_rem(VALUE_LEN) != Some(0);
    ensure!(shape.group_len > 0 && !uneven, Error::<T>::GroupLengthInvalid);
    let len = u64::from(shape.header_len)
        .checked_add(shape.group_len)
        .ok_or(Error::<T>::GroupLengthInvalid)?;
    ensure!(shape.file_len >= len, Error::<T>::FileLengthInvalid);
    Ok(len)
}

impl<T: Config> Pallet<T> {
    /// The current block.
    pub(crate) fn now() -> BlockNumber {
        frame_system::Pallet::<T>::block_number().unique_saturated_into()
    }

    /// Change a model in place.
    pub(crate) fn mutate<R>(
        id: ModelId,
        change: impl FnOnce(&mut Model) -> Result<R, DispatchError>,
    ) -> Result<R, DispatchError> {
        Models::<T>::try_mutate(id, |entry| change(entry.as_mut().ok_or(Error::<T>::ModelNotFound)?))
    }

    pub(crate) fn ensure_owner(who: AccountId, id: ModelId) -> DispatchResult {
        let model = Models::<T>::get(id).ok_or(Error::<T>::ModelNotFound)?;
        ensure!(model.owner == who, Error::<T>::NotOwner);
        // The account of a suspended organisation owns its models still, but decides nothing.
        ensure!(
            T::Consortium::organisation_of(&who).is_some(),
            Error::<T>::NotAnOrganisation
        );
        Ok(())
    }

    pub(crate) fn ensure_owner_or_admin(origin: OriginFor<T>, id: ModelId) -> DispatchResult {
        match T::AdminOrigin::try_origin(origin) {
            Ok(_) => Ok(()),
            Err(origin) => Self::ensure_owner(ensure_signed(origin)?, id),
        }
    }

    pub(crate) fn do_register(
        owner: AccountId,
        name: Name,
        shape: Shape,
        root: Root,
        policy: Policy,
        parent: Option<ModelId>,
    ) -> DispatchResult {
        let organisation = T::Consortium::organisation_of(&owner).ok_or(Error::<T>::NotAnOrganisation)?;
        ensure!(
            !name.is_empty() && core::str::from_utf8(&name).is_ok(),
            Error::<T>::NameInvalid
        );
        let update_len = update_len::<T>(&shape)?;
        policy.check().map_err(Error::<T>::from)?;
        ensure!(parent.is_none_or(Models::<T>::contains_key), Error::<T>::ParentNotFound);

        let id = NextModel::<T>::get();
        ensure!(id < T::MaxModels::get(), Error::<T>::MaxModelsExceeded);
        let owned = ModelCount::<T>::get(organisation);
        ensure!(
            owned < T::MaxModelsPerOrganisation::get(),
            Error::<T>::MaxModelsPerOrganisationExceeded
        );
        Self::await_votes(id)?;

        let until = Self::now().saturating_add(T::GenesisVoting::get());
        let policy_hash = Self::keep_policy(&policy);
        NextModel::<T>::put(id.saturating_add(1));
        ModelCount::<T>::insert(organisation, owned.saturating_add(1));
        Models::<T>::insert(
            id,
            Model {
                owner: owner.clone(),
                organisation,
                name,
                state: ModelState::Pending,
                policy,
                header_hash: shape.header_hash,
                header_len: shape.header_len,
                file_len: shape.file_len,
                update_len,
                parent,
                latest: None,
                head: None,
                history: Default::default(),
                genesis: Some(Genesis { root, until }),
            },
        );
        Self::deposit_event(Event::Registered {
            model: id,
            owner,
            organisation,
            root,
            policy_hash,
            until,
        });
        Ok(())
    }

    pub(crate) fn do_set_policy(id: ModelId, policy: Policy) -> DispatchResult {
        policy.check().map_err(Error::<T>::from)?;
        Self::mutate(id, |model| {
            ensure!(model.state != ModelState::Retired, Error::<T>::AlreadyRetired);
            model.policy = policy;
            Ok(())
        })?;
        let policy_hash = Self::keep_policy(&policy);
        Self::deposit_event(Event::PolicySet { model: id, policy_hash });
        Ok(())
    }

    pub(crate) fn do_freeze(id: ModelId) -> DispatchResult {
        Self::mutate(id, |model| {
            ensure!(model.state == ModelState::Active, Error::<T>::NotActive);
            model.state = ModelState::Frozen;
            Ok(())
        })?;
        Self::deposit_event(Event::Frozen { model: id });
        Ok(())
    }

    pub(crate) fn do_unfreeze(id: ModelId) -> DispatchResult {
        Self::mutate(id, |model| {
            ensure!(model.state == ModelState::Frozen, Error::<T>::NotFrozen);
            model.state = ModelState::Active;
            Ok(())
        })?;
        Self::deposit_event(Event::Unfrozen { model: id });
        Ok(())
    }

    pub(crate) fn do_retire(id: ModelId) -> DispatchResult {
        let organisation = Self::mutate(id, |model| {
            ensure!(model.state != ModelState::Retired, Error::<T>::AlreadyRetired);
            ensure!(model.state != ModelState::Pending, Error::<T>::AwaitsVotes);
            model.state = ModelState::Retired;
            Ok(model.organisation)
        })?;
        ModelCount::<T>::mutate(organisation, |count| *count = count.saturating_sub(1));
        Self::deposit_event(Event::Retired { model: id });
        Ok(())
    }

    /// Keep a policy under its hash, which is what version records name.
    fn keep_policy(policy: &Policy) -> quorate_primitives::Hash {
        let hash = policy.hash();
        Policies::<T>::insert(hash, policy);
        hash
    }
}
