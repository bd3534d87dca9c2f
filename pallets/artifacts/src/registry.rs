//! Entries of the registry: who may change them, and how.

use crate::{
    pallet::{ArtifactCount, Artifacts, Config, Error, Event, Kept, NextArtifact, Pallet},
    types::{Actor, Artifact, Licence, Organisations, DEPOSIT_KEY, DEPOSIT_UNIT},
};
use frame_support::{
    ensure,
    traits::{EnsureOrigin, Get},
};
use frame_system::{
    ensure_signed,
    pallet_prelude::{BlockNumberFor, OriginFor},
};
use quorate_primitives::{
    availability::{ArtifactKind, Named},
    licence::is_licence,
    policy::Access,
    purpose::Purpose,
    traits::{Consortium, Escrow},
    views::ArtifactState,
    AccountId, ArtifactId, Balance, BlockNumber, Hash, OrganisationId,
};
use sp_runtime::{
    traits::{UniqueSaturatedInto, Zero},
    DispatchError, DispatchResult,
};

impl<T: Config> Pallet<T> {
    /// The current block.
    pub(crate) fn now() -> BlockNumber {
        frame_system::Pallet::<T>::block_number().unique_saturated_into()
    }

    /// Hash of block 0: what binds every signed or committed byte to this chain.
    pub(crate) fn genesis_hash() -> Hash {
        frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero())
    }

    /// Change an artifact in place.
    pub(crate) fn mutate<R>(
        id: ArtifactId,
        change: impl FnOnce(&mut Artifact) -> Result<R, DispatchError>,
    ) -> Result<R, DispatchError> {
        Artifacts::<T>::try_mutate(id, |entry| change(entry.as_mut().ok_or(Error::<T>::ArtifactNotFound)?))
    }

    /// The organisation that `who` decides for, if it owns the artifact: an organisation's account is looked up at every call, and
    /// a suspended organisation decides nothing.
    pub(crate) fn ensure_owner(who: &AccountId, id: ArtifactId) -> Result<OrganisationId, DispatchError> {
        let artifact = Artifacts::<T>::get(id).ok_or(Error::<T>::ArtifactNotFound)?;
        let organisation = T::Consortium::organisation_of(who).ok_or(Error::<T>::NotAnOrganisation)?;
        ensure!(organisation == artifact.organisation, Error::<T>::NotOwner);
        Ok(organisation)
    }

    /// The owner retires an artifact; the council one whose owner has left the consortium.
    pub(crate) fn ensure_may_retire(origin: OriginFor<T>, id: ArtifactId) -> Result<Actor, DispatchError> {
        match T::AdminOrigin::try_origin(origin) {
            Ok(_) => {
                let artifact = Artifacts::<T>::get(id).ok_or(Error::<T>::ArtifactNotFound)?;
                let left = T::Consortium::organisation_account(artifact.organisation).is_none();
                ensure!(left, Error::<T>::NotOwner);
                Ok(Actor::Council)
            }
            Err(origin) => Self::ensure_owner(&ensure_signed(origin)?, id).map(Actor::Organisation),
        }
    }

    /// What is put up for a file of this length.
    pub(crate) fn deposit(len: u64) -> Balance {
        let units = Balance::from(len.div_ceil(DEPOSIT_UNIT));
        T::Deposit::get().saturating_add(T::DepositPerMiB::get().saturating_mul(units))
    }

    fn ensure_len(kind: ArtifactKind, len: u64) -> DispatchResult {
        let most = match kind {
            ArtifactKind::Program => T::MaxProgramLen::get(),
            ArtifactKind::DataSet => T::MaxDataSetLen::get(),
            ArtifactKind::Weights => T::MaxWeightsLen::get(),
        };
        ensure!((1..=most).contains(&len), Error::<T>::LengthInvalid);
        Ok(())
    }

    pub(crate) fn do_register(
        owner: &AccountId,
        kind: ArtifactKind,
        candidate: Named,
        len: u64,
        licence: Licence,
        access: Access,
    ) -> DispatchResult {
        let organisation = T::Consortium::organisation_of(owner).ok_or(Error::<T>::NotAnOrganisation)?;
        Self::ensure_len(kind, len)?;
        ensure!(is_licence(&licence), Error::<T>::LicenceInvalid);
        let id = NextArtifact::<T>::get();
        Self::ensure_room_for_votes(organisation)?;
        Self::list_weights(id, kind, candidate.root, organisation)?;
        Self::take_place(id, organisation)?;
        Self::pay(id, organisation, len)?;
        let until = Self::await_votes(id, organisation, candidate, len)?;
        NextArtifact::<T>::put(id.checked_add(1).ok_or(Error::<T>::MaxArtifactsExceeded)?);
        let root = candidate.root;
        Artifacts::<T>::insert(
            id,
            Artifact {
                organisation,
                kind,
                root,
                len,
                licence,
                access,
                readers: Organisations::default(),
                state: ArtifactState::Pending { until },
                was_held: false,
                registered_at: Self::now(),
            },
        );
        Self::deposit_event(Event::Registered {
            artifact: id,
            organisation,
            kind,
            root,
            len,
            until,
        });
        Ok(())
    }

    /// Count a new artifact. One that is retired or rejected counts until it is pruned, for its record is there and its bytes may be.
    fn take_place(id: ArtifactId, organisation: OrganisationId) -> DispatchResult {
        let owned = ArtifactCount::<T>::get(organisation);
        ensure!(
            owned < T::MaxArtifactsPerOrganisation::get(),
            Error::<T>::MaxArtifactsPerOrganisationExceeded
        );
        // Numbers only grow, so that the list stays sorted.
        Kept::<T>::try_append(id).map_err(|()| Error::<T>::MaxArtifactsExceeded)?;
        ArtifactCount::<T>::insert(organisation, owned.saturating_add(1));
        Ok(())
    }

    /// Take what votes on a file of this length cost: a fee for the reading, and the deposit.
    fn pay(id: ArtifactId, organisation: OrganisationId, len: u64) -> DispatchResult {
        T::Escrow::charge(organisation, T::VoteFee::get())?;
        T::Escrow::hold_bond(organisation, Purpose::Artifact(id), &DEPOSIT_KEY, Self::deposit(len))
    }

    pub(crate) fn do_retry(id: ArtifactId, candidate: Named, len: u64) -> DispatchResult {
        let until = Self::mutate(id, |artifact| {
            ensure!(
                matches!(artifact.state, ArtifactState::Rejected { .. }),
                Error::<T>::NotRejected
            );
            Self::ensure_len(artifact.kind, len)?;
            Self::ensure_room_for_votes(artifact.organisation)?;
            Self::list_weights(id, artifact.kind, candidate.root, artifact.organisation)?;
            T::Escrow::release_bond(Purpose::Artifact(id), &DEPOSIT_KEY);
            Self::pay(id, artifact.organisation, len)?;
            let until = Self::await_votes(id, artifact.organisation, candidate, len)?;
            artifact.root = candidate.root;
            artifact.len = len;
            artifact.state = ArtifactState::Pending { until };
            Ok(until)
        })?;
        Self::deposit_event(Event::Retried {
            artifact: id,
            root: candidate.root,
            len,
            until,
        });
        Ok(())
    }

    pub(crate) fn do_set_access(id: ArtifactId, access: Access, mut readers: Organisations) -> DispatchResult {
        readers.sort();
        let mut last = None;
        readers.retain(|reader| last.replace(*reader) != Some(*reader));
        Self::mutate(id, |artifact| {
            ensure!(
                !matches!(artifact.state, ArtifactState::Retired { .. }),
                Error::<T>::AlreadyRetired
            );
            let named = matches!(access, Access::Contributors | Access::Organisations);
            ensure!(named || readers.is_empty(), Error::<T>::ReadersWithoutUse);
            ensure!(
                readers
                    .iter()
                    .all(|reader| T::Consortium::organisation_account(*reader).is_some()),
                Error::<T>::OrganisationNotFound
            );
            artifact.access = access;
            artifact.readers = readers.clone();
            Ok(())
        })?;
        Self::deposit_event(Event::AccessSet {
            artifact: id,
            access,
            readers,
        });
        Ok(())
    }

    pub(crate) fn do_retire(id: ArtifactId, by: Actor) -> DispatchResult {
        Self::mutate(id, |artifact| {
            match artifact.state {
                ArtifactState::Pending { .. } => return Err(Error::<T>::AwaitsVotes.into()),
                ArtifactState::Retired { .. } => return Err(Error::<T>::AlreadyRetired.into()),
                ArtifactState::Held { .. } | ArtifactState::Rejected { .. } => (),
            }
            artifact.state = ArtifactState::Retired { at: Self::now() };
            Self::forget_weights(id, artifact);
            Ok(())
        })?;
        Self::deposit_event(Event::Retired { artifact: id, by });
        Ok(())
    }

    pub(crate) fn do_prune(id: ArtifactId) -> DispatchResult {
        let artifact = Artifacts::<T>::get(id).ok_or(Error::<T>::ArtifactNotFound)?;
        let ended = match artifact.state {
            ArtifactState::Retired { at } | ArtifactState::Rejected { at } => at,
            ArtifactState::Pending { .. } | ArtifactState::Held { .. } => return Err(Error::<T>::NotEnded.into()),
        };
        ensure!(
            ended.saturating_add(T::Retention::get()) <= Self::now(),
            Error::<T>::StillRetained
        );
        Artifacts::<T>::remove(id);
        Kept::<T>::mutate(|kept| kept.retain(|other| *other != id));
        ArtifactCount::<T>::mutate_exists(artifact.organisation, |count| {
            *count = count.and_then(|count| count.checked_sub(1)).filter(|count| *count > 0);
        });
        // Not before: the bytes lay on every validator's disk.
        T::Escrow::release_bond(Purpose::Artifact(id), &DEPOSIT_KEY);
        Self::deposit_event(Event::Pruned { artifact: id });
        Ok(())
    }
}
