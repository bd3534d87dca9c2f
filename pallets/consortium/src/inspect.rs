//! What other pallets, the runtime API and the nodes ask of the registry.

use crate::{
    session::HasKeys,
    types::{Standing, ValidatorState},
    Authorities, Config, Contributors, OrganisationByAccount, Organisations, Pallet, Validators,
};
use alloc::{string::String, vec::Vec};
use quorate_primitives::{
    crypto::AttestationId, job::Committee, traits::Consortium, views::Peer, AccountId, OrganisationId,
};

impl<T: Config> Consortium for Pallet<T> {
    fn contributor(who: &AccountId) -> Option<OrganisationId> {
        let record = Contributors::<T>::get(who).filter(|record| record.standing == Standing::Good)?;
        Self::in_good_standing(record.organisation).then_some(record.organisation)
    }

    fn organisation_of(who: &AccountId) -> Option<OrganisationId> {
        OrganisationByAccount::<T>::get(who).filter(|id| Self::in_good_standing(*id))
    }

    fn organisation_account(id: OrganisationId) -> Option<AccountId> {
        Organisations::<T>::get(id).map(|organisation| organisation.account)
    }

    fn committee() -> Committee {
        Authorities::<T>::get()
    }

    fn is_active(validator: &AccountId) -> bool {
        Validators::<T>::get(validator).is_some_and(|validator| {
            matches!(validator.state, ValidatorState::Registered | ValidatorState::Active)
                && Self::in_good_standing(validator.organisation)
        })
    }
}

impl<T: Config> Pallet<T> {
    /// The validators that are heard, with the gateways at which they are reached; with a key if it counts in the
    /// current session.
    pub fn peers() -> Vec<Peer> {
        let committee = Self::committee();
        let key = |who: &AccountId| {
            committee
                .iter()
                .find(|member| member.validator == *who)
                .map(|m| m.key.clone())
        };
        Validators::<T>::iter()
            .filter(|(who, _)| Self::is_active(who))
            .map(|(who, validator)| Peer {
                key: key(&who),
                // The URL is ASCII: it was checked when it was stored.
                gateway: String::from_utf8(validator.endpoint.gateway.into_inner()).unwrap_or_default(),
                tls_key_hash: validator.endpoint.tls_key_hash,
                validator: who,
            })
            .collect()
    }

    /// The account of the validator that holds `key` in this session or registered it for the next.
    pub fn validator_of(key: &AttestationId) -> Option<AccountId> {
        let current = Authorities::<T>::get().into_iter().find(|member| member.key == *key);
        current
            .map(|member| member.validator)
            .or_else(|| T::Keys::next_owner(key).filter(|who| Validators::<T>::contains_key(who)))
    }

    /// Peer ids, as base58 text, of all registered validators, leaving ones included: as long as a session holds them,
    /// consensus needs their connections.
    pub fn registered_peers() -> Vec<Vec<u8>> {
        Validators::<T>::iter_values()
            .map(|validator| validator.endpoint.peer_id.into_inner())
            .collect()
    }

    /// The organisation that sponsors an account, whether or not either is heard; for displays.
    pub fn sponsor_of(who: &AccountId) -> Option<OrganisationId> {
        Contributors::<T>::get(who).map(|record| record.organisation)
    }
}
