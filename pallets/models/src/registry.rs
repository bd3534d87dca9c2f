//! Entries of the registry: who may change them, and how.

use crate::{
    pallet::{Config, Error, Event, LiveModels, ModelCount, Models, NextModel, Pallet, Readers},
    types::{Actor, FileLayout, Model, Name, Organisations, DEPOSIT_KEY, HEADER_UNIT, MAX_FILE, VALUE_LEN},
};
use frame_support::{ensure, traits::EnsureOrigin, traits::Get};
use frame_system::{
    ensure_signed,
    pallet_prelude::{BlockNumberFor, OriginFor},
};
use quorate_primitives::{
    availability::Named,
    frozen::FrozenBase,
    licence::is_licence,
    policy::{Policy, PolicyError},
    purpose::Purpose,
    traits::{Consortium, Escrow},
    views::{Freezer, ModelState},
    AccountId, BlockNumber, Hash, ModelId, OrganisationId,
};
use sp_runtime::{
    traits::{UniqueSaturatedInto, Zero},
    DispatchError, DispatchResult,
};

impl<T: Config> From<PolicyError> for Error<T> {
    fn from(error: PolicyError) -> Self {
        match error {
            PolicyError::Pipeline(_) => Self::PolicyPipelineInvalid,
            PolicyError::CannotRun(_) => Self::PolicyPipelineCannotRun,
            PolicyError::Updates => Self::PolicyUpdatesInvalid,
            PolicyError::Weight => Self::PolicyWeightInvalid,
            PolicyError::OrganisationCap => Self::PolicyOrganisationCapInvalid,
            PolicyError::ToleratesNothing => Self::PolicyToleratesNothing,
            PolicyError::Deadline => Self::PolicyDeadlineInvalid,
            PolicyError::Split => Self::PolicySplitInvalid,
            PolicyError::Share => Self::PolicyShareInvalid,
            PolicyError::Bond => Self::PolicyBondInvalid,
            PolicyError::Reward => Self::PolicyRewardInvalid,
            PolicyError::Retention => Self::PolicyRetentionInvalid,
            PolicyError::Challenge => Self::PolicyChallengeInvalid,
            PolicyError::Assessment(_) => Self::PolicyAssessmentInvalid,
            PolicyError::Transfer { .. } | PolicyError::ShardTransfer { .. } => Self::PolicyTransferTooShort,
        }
    }
}

/// Bytes of an update's file.
fn update_len<T: Config>(layout: &FileLayout) -> Result<u64, Error<T>> {
    let unaligned = layout.header_len.checked_rem(HEADER_UNIT) != Some(0);
    ensure!(layout.header_len > 0 && !unaligned, Error::<T>::HeaderLengthInvalid);
    let uneven = layout.group_len.checked_rem(VALUE_LEN) != Some(0);
    ensure!(layout.group_len > 0 && !uneven, Error::<T>::GroupLengthInvalid);
    let len = u64::from(layout.header_len)
        .checked_add(layout.group_len)
        .ok_or(Error::<T>::GroupLengthInvalid)?;
    ensure!(
        (len..=MAX_FILE).contains(&layout.file_len),
        Error::<T>::FileLengthInvalid
    );
    Ok(len)
}

fn is_frozen_base(base: &FrozenBase) -> bool {
    (1..=MAX_FILE).contains(&base.len) && is_licence(&base.licence)
}

impl<T: Config> Pallet<T> {
    /// The current block.
    pub(crate) fn now() -> BlockNumber {
        frame_system::Pallet::<T>::block_number().unique_saturated_into()
    }

    /// Hash of block 0: what binds every signed or committed byte to this chain.
    pub(crate) fn genesis_hash() -> Hash {
        frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero())
    }

    /// Change a model in place.
    pub(crate) fn mutate<R>(
        id: ModelId,
        change: impl FnOnce(&mut Model) -> Result<R, DispatchError>,
    ) -> Result<R, DispatchError> {
        Models::<T>::try_mutate(id, |entry| change(entry.as_mut().ok_or(Error::<T>::ModelNotFound)?))
    }

    /// The organisation that `who` decides for, if it owns the model: an organisation's account is looked up at every call, and
    /// a suspended organisation decides nothing.
    pub(crate) fn ensure_owner(who: &AccountId, id: ModelId) -> Result<OrganisationId, DispatchError> {
        let model = Models::<T>::get(id).ok_or(Error::<T>::ModelNotFound)?;
        let organisation = T::Consortium::organisation_of(who).ok_or(Error::<T>::NotAnOrganisation)?;
        ensure!(organisation == model.organisation, Error::<T>::NotOwner);
        Ok(organisation)
    }

    pub(crate) fn ensure_owner_or_admin(origin: OriginFor<T>, id: ModelId) -> Result<Actor, DispatchError> {
        match T::AdminOrigin::try_origin(origin) {
            Ok(_) => Ok(Actor::Council),
            Err(origin) => Self::ensure_owner(&ensure_signed(origin)?, id).map(Actor::Organisation),
        }
    }

    /// The owner retires a model; the council one whose owner has left the consortium.
    pub(crate) fn ensure_may_retire(origin: OriginFor<T>, id: ModelId) -> Result<Actor, DispatchError> {
        let actor = Self::ensure_owner_or_admin(origin, id)?;
        if actor == Actor::Council {
            let model = Models::<T>::get(id).ok_or(Error::<T>::ModelNotFound)?;
            let left = T::Consortium::organisation_account(model.organisation).is_none();
            ensure!(left, Error::<T>::NotOwner);
        }
        Ok(actor)
    }

    pub(crate) fn do_register(
        owner: AccountId,
        name: Name,
        layout: FileLayout,
        candidate: Named,
        policy: Policy,
        parent: Option<ModelId>,
        frozen_base: Option<FrozenBase>,
    ) -> DispatchResult {
        let organisation = T::Consortium::organisation_of(&owner).ok_or(Error::<T>::NotAnOrganisation)?;
        ensure!(
            !name.is_empty() && core::str::from_utf8(&name).is_ok(),
            Error::<T>::NameInvalid
        );
        let update_len = update_len::<T>(&layout)?;
        Self::check_policy(&policy, update_len)?;
        ensure!(parent.is_none_or(Models::<T>::contains_key), Error::<T>::ParentNotFound);
        ensure!(
            frozen_base.as_ref().is_none_or(is_frozen_base),
            Error::<T>::FrozenBaseInvalid
        );
        let id = NextModel::<T>::get();
        Self::ensure_room_for_votes(organisation)?;
        Self::take_place(id, organisation)?;
        let until = Self::await_votes(id, organisation, candidate)?;
        let frozen_root = frozen_base.as_ref().map(|base| base.root);
        NextModel::<T>::put(id.checked_add(1).ok_or(Error::<T>::MaxModelsExceeded)?);
        Models::<T>::insert(
            id,
            Model {
                organisation,
                name,
                state: ModelState::Pending,
                policy,
                header_hash: layout.header_hash,
                header_len: layout.header_len,
                file_len: layout.file_len,
                update_len,
                parent,
                frozen_base,
                latest: None,
                standing: None,
                head: None,
                promoted: None,
                history: Default::default(),
                candidate: Some(candidate.root),
            },
        );
        Self::deposit_event(Event::Registered {
            model: id,
            owner,
            organisation,
            root: candidate.root,
            policy_hash: policy.hash(),
            frozen_base: frozen_root,
            until,
        });
        Ok(())
    }

    /// Whether rounds of a model with updates of this length can run under a policy.
    fn check_policy(policy: &Policy, update_len: u64) -> Result<(), Error<T>> {
        policy.check()?;
        Ok(policy.check_transfers(update_len, T::BytesPerBlock::get())?)
    }

    /// Count a new model, and take what it costs: a fee for the record that stays for good, and a deposit.
    fn take_place(id: ModelId, organisation: OrganisationId) -> DispatchResult {
        let owned = ModelCount::<T>::get(organisation);
        ensure!(
            owned < T::MaxModelsPerOrganisation::get(),
            Error::<T>::MaxModelsPerOrganisationExceeded
        );
        // Numbers only grow, so that the list stays sorted.
        LiveModels::<T>::try_append(id).map_err(|()| Error::<T>::MaxModelsExceeded)?;
        ModelCount::<T>::insert(organisation, owned.saturating_add(1));
        T::Escrow::charge(organisation, T::RecordFee::get())?;
        T::Escrow::hold_bond(organisation, Purpose::Model(id), &DEPOSIT_KEY, T::ModelDeposit::get())
    }

    pub(crate) fn do_retire(id: ModelId, by: Actor) -> DispatchResult {
        let organisation = Self::mutate(id, |model| {
            ensure!(model.state != ModelState::Retired, Error::<T>::AlreadyRetired);
            Self::ensure_not_overruled(model, by)?;
            ensure!(model.candidate.is_none(), Error::<T>::AwaitsVotes);
            model.state = ModelState::Retired;
            Ok(model.organisation)
        })?;
        ModelCount::<T>::mutate_exists(organisation, |count| {
            *count = count.and_then(|count| count.checked_sub(1)).filter(|count| *count > 0);
        });
        LiveModels::<T>::mutate(|live| live.retain(|other| *other != id));
        Readers::<T>::remove(id);
        T::Escrow::release_bond(Purpose::Model(id), &DEPOSIT_KEY);
        Self::deposit_event(Event::Retired { model: id, by });
        Ok(())
    }

    pub(crate) fn do_set_policy(id: ModelId, policy: Policy, by: Actor) -> DispatchResult {
        Self::mutate(id, |model| {
            ensure!(model.state != ModelState::Retired, Error::<T>::AlreadyRetired);
            Self::ensure_not_overruled(model, by)?;
            Self::check_policy(&policy, model.update_len)?;
            model.policy = policy;
            Ok(())
        })?;
        let policy_hash = policy.hash();
        Self::deposit_event(Event::PolicySet {
            model: id,
            policy_hash,
            by,
        });
        Ok(())
    }

    /// What the council froze, only the council changes.
    fn ensure_not_overruled(model: &Model, by: Actor) -> DispatchResult {
        let overruled = model.state == ModelState::Frozen(Freezer::Council) && by != Actor::Council;
        ensure!(!overruled, Error::<T>::FrozenByCouncil);
        Ok(())
    }

    pub(crate) fn do_freeze(id: ModelId, by: Actor) -> DispatchResult {
        Self::mutate(id, |model| {
            model.state = match (model.state, by) {
                (ModelState::Active, Actor::Organisation(_)) => ModelState::Frozen(Freezer::Owner),
                // The council's freeze takes the place of the owner's.
                (ModelState::Active | ModelState::Frozen(Freezer::Owner), Actor::Council) => {
                    ModelState::Frozen(Freezer::Council)
                }
                _ => return Err(Error::<T>::NotActive.into()),
            };
            Ok(())
        })?;
        Self::deposit_event(Event::Frozen { model: id, by });
        Ok(())
    }

    pub(crate) fn do_unfreeze(id: ModelId, by: Actor) -> DispatchResult {
        Self::mutate(id, |model| {
            ensure!(matches!(model.state, ModelState::Frozen(_)), Error::<T>::NotFrozen);
            Self::ensure_not_overruled(model, by)?;
            model.state = ModelState::Active;
            Ok(())
        })?;
        Self::deposit_event(Event::Unfrozen { model: id, by });
        Ok(())
    }

    pub(crate) fn do_admit_readers(
        id: ModelId,
        mut organisations: Organisations,
        by: OrganisationId,
    ) -> DispatchResult {
        let model = Models::<T>::get(id).ok_or(Error::<T>::ModelNotFound)?;
        ensure!(model.state != ModelState::Retired, Error::<T>::AlreadyRetired);
        Self::ensure_not_overruled(&model, Actor::Organisation(by))?;
        organisations.sort();
        let mut last = None;
        organisations.retain(|organisation| last.replace(*organisation) != Some(*organisation));
        ensure!(
            organisations
                .iter()
                .all(|organisation| T::Consortium::organisation_account(*organisation).is_some()),
            Error::<T>::OrganisationNotFound
        );
        if organisations.is_empty() {
            Readers::<T>::remove(id);
        } else {
            Readers::<T>::insert(id, &organisations);
        }
        Self::deposit_event(Event::ReadersAdmitted {
            model: id,
            organisations,
        });
        Ok(())
    }
}
