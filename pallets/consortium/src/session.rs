//! Between the registry and `pallet-session`: which validators sign the next session, and the keys of this one.

use crate::{
    types::{Validator, ValidatorState},
    Authorities, Config, Event, Pallet, Planned, PlannedKeys, Validators,
};
use alloc::vec::Vec;
use codec::Encode;
use core::marker::PhantomData;
use frame_support::{traits::OneSessionHandler, BoundedVec};
use frame_system::RawOrigin;
use quorate_primitives::{
    committee::{Committee, Member},
    crypto::{AttestationId, KEY_TYPE},
    AccountId, Hash,
};
use sp_runtime::{
    traits::{BlakeTwo256, Convert, Hash as _, OpaqueKeys},
    BoundToRuntimeAppPublic,
};
use sp_staking::SessionIndex;

/// The keys that validators have registered for coming sessions.
pub trait HasKeys {
    /// The attestation key that `validator` will sign with.
    fn next_key(validator: &AccountId) -> Option<AttestationId>;
    /// The validator that registered `key`.
    fn next_owner(key: &AttestationId) -> Option<AccountId>;
    /// All keys that `validator` will sign with, encoded.
    fn next_keys(validator: &AccountId) -> Option<Vec<u8>>;
    /// Forget the keys of an account that is no validator any more.
    fn clear(who: &AccountId);
}

/// [`HasKeys`] from `pallet-session`.
pub struct SessionKeys<T>(PhantomData<T>);

impl<T: pallet_session::Config<AccountId = AccountId, ValidatorId = AccountId>> HasKeys for SessionKeys<T> {
    fn next_key(validator: &AccountId) -> Option<AttestationId> {
        pallet_session::Pallet::<T>::load_keys(validator)?.get::<AttestationId>(KEY_TYPE)
    }

    fn next_owner(key: &AttestationId) -> Option<AccountId> {
        pallet_session::Pallet::<T>::key_owner(KEY_TYPE, key.as_ref())
    }

    fn next_keys(validator: &AccountId) -> Option<Vec<u8>> {
        pallet_session::Pallet::<T>::load_keys(validator).map(|keys| keys.encode())
    }

    fn clear(who: &AccountId) {
        // The only error is that there are none. The reference and the deposit that came with them go back as well.
        let _ = pallet_session::Pallet::<T>::purge_keys(RawOrigin::Signed(who.clone()).into());
    }
}

/// An account's validator id: only a registered validator has one, and only with one can session keys be set.
pub struct ValidatorIdOf<T>(PhantomData<T>);

impl<T: Config> Convert<AccountId, Option<AccountId>> for ValidatorIdOf<T> {
    fn convert(who: AccountId) -> Option<AccountId> {
        let validator = Validators::<T>::get(&who)?;
        (validator.state != ValidatorState::Leaving).then_some(who)
    }
}

impl<T: Config> Pallet<T> {
    /// Whether `validator` will be in the next set.
    fn is_eligible(who: &AccountId, validator: &Validator) -> bool {
        Self::counts(validator) && T::Keys::next_key(who).is_some()
    }

    /// The validators of the next set, sorted.
    pub(crate) fn eligible() -> Vec<(AccountId, Validator)> {
        let mut eligible: Vec<_> = Validators::<T>::iter()
            .filter(|(who, validator)| Self::is_eligible(who, validator))
            .collect();
        eligible.sort_by(|(a, _), (b, _)| a.cmp(b));
        eligible
    }

    /// Whether a session that runs or is queued holds `who`.
    pub(crate) fn in_session(who: &AccountId) -> bool {
        Planned::<T>::get().contains(who) || Authorities::<T>::get().iter().any(|member| member.validator == *who)
    }

    /// Make the states of the validators agree with the set `planned`.
    fn mark_active(planned: &[AccountId]) {
        for (who, validator) in Validators::<T>::iter().collect::<Vec<_>>() {
            let (state, event) = match (validator.state, planned.contains(&who)) {
                (ValidatorState::Registered, true) => {
                    let validator = who.clone();
                    (ValidatorState::Active, Event::ValidatorActivated { validator })
                }
                (ValidatorState::Active, false) => {
                    let validator = who.clone();
                    (ValidatorState::Registered, Event::ValidatorDeactivated { validator })
                }
                _ => continue,
            };
            Validators::<T>::insert(who, Validator { state, ..validator });
            Self::deposit_event(event);
        }
    }

    fn keys_hash(validators: &[AccountId]) -> Hash {
        let keys: Vec<Option<Vec<u8>>> = validators.iter().map(T::Keys::next_keys).collect();
        BlakeTwo256::hash_of(&keys)
    }

    fn store_authorities<'a>(validators: impl Iterator<Item = (&'a AccountId, AttestationId)>) {
        let members: Vec<Member> = validators
            .filter_map(|(who, key)| {
                let organisation = Validators::<T>::get(who)?.organisation;
                Some(Member {
                    validator: who.clone(),
                    key,
                    organisation,
                })
            })
            .collect();
        // The set has at most as many members as there may be validators, which is the bound of a committee.
        let committee = Committee::truncate_from(members);
        if committee != Authorities::<T>::get() {
            Authorities::<T>::put(committee);
        }
    }

    /// Forget the removed validators that no session holds any more.
    fn forget_leavers() {
        let leavers: Vec<_> = Validators::<T>::iter()
            .filter(|(who, validator)| validator.state == ValidatorState::Leaving && !Self::in_session(who))
            .map(|(who, _)| who)
            .collect();
        for validator in leavers {
            Self::forget_validator(validator);
        }
    }
}

impl<T: Config> pallet_session::SessionManager<AccountId> for Pallet<T> {
    /// `None` when neither the set nor a key of it changed: a returned set always makes GRANDPA change its own. A set with a new
    /// key is returned, or the history of sessions would keep the old keys, and proofs of equivocation would fail. Never an
    /// empty set.
    fn new_session(_: SessionIndex) -> Option<Vec<AccountId>> {
        let next: Vec<AccountId> = Self::eligible().into_iter().map(|(who, _)| who).collect();
        if next.is_empty() {
            return None;
        }
        Self::mark_active(&next);
        let keys = Self::keys_hash(&next);
        if next == *Planned::<T>::get() && PlannedKeys::<T>::get() == Some(keys) {
            return None;
        }
        PlannedKeys::<T>::put(keys);
        Planned::<T>::put(BoundedVec::truncate_from(next.clone()));
        Self::deposit_event(Event::SetPlanned {
            validators: next.clone(),
        });
        Some(next)
    }

    fn end_session(_: SessionIndex) {}

    fn start_session(_: SessionIndex) {}
}

impl<T: Config> BoundToRuntimeAppPublic for Pallet<T> {
    type Public = AttestationId;
}

impl<T: Config> OneSessionHandler<AccountId> for Pallet<T> {
    type Key = AttestationId;

    fn on_genesis_session<'a, I>(validators: I)
    where
        I: Iterator<Item = (&'a AccountId, AttestationId)> + 'a,
    {
        Self::store_authorities(validators);
    }

    fn on_new_session<'a, I>(_: bool, validators: I, _: I)
    where
        I: Iterator<Item = (&'a AccountId, AttestationId)> + 'a,
    {
        Self::store_authorities(validators);
        Self::forget_leavers();
    }

    /// An offence leaves the committee as it is: its denominators were fixed at the rotation.
    fn on_disabled(_: u32) {}
}
