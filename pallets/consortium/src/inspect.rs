//! What other pallets, the runtime API and the nodes ask of the registry.

use crate::{
    session::HasKeys,
    types::{Validator, ValidatorState},
    Authorities, Config, Contributors, OrganisationByAccount, Organisations, Pallet, Validators,
};
use alloc::{collections::BTreeMap, string::String, vec::Vec};
use quorate_primitives::{
    committee::Committee, crypto::AttestationId, traits::Consortium, views::gateway::Peer, AccountId, OrganisationId,
};

impl<T: Config> Consortium for Pallet<T> {
    fn contributor(who: &AccountId) -> Option<OrganisationId> {
        let record = Contributors::<T>::get(who)?;
        (record.is_good() && Self::in_good_standing(record.organisation)).then_some(record.organisation)
    }

    fn organisation_of(who: &AccountId) -> Option<OrganisationId> {
        OrganisationByAccount::<T>::get(who).filter(|id| Self::in_good_standing(*id))
    }

    fn organisation_account(id: OrganisationId) -> Option<AccountId> {
        Organisations::<T>::get(id).map(|organisation| organisation.account)
    }

    fn in_good_standing(id: OrganisationId) -> bool {
        Organisations::<T>::get(id).is_some_and(|organisation| organisation.standing.is_good())
    }

    fn is_barred(who: &AccountId, organisation: OrganisationId) -> bool {
        let suspended = Contributors::<T>::get(who).is_some_and(|record| !record.standing.is_good());
        suspended || !Self::in_good_standing(organisation)
    }

    fn admitted() -> u32 {
        Organisations::<T>::count()
    }

    fn committee() -> Committee {
        let active = Authorities::<T>::get()
            .into_iter()
            .filter(|member| Self::is_active(&member.validator));
        // As many as before, or fewer.
        Committee::truncate_from(active.collect())
    }

    fn is_active(validator: &AccountId) -> bool {
        Validators::<T>::get(validator).is_some_and(|validator| Self::counts(&validator))
    }
}

impl<T: Config> Pallet<T> {
    /// Whether the validator's statements count.
    pub(crate) fn counts(validator: &Validator) -> bool {
        validator.state != ValidatorState::Leaving
            && validator.standing.is_good()
            && Self::in_good_standing(validator.organisation)
    }

    /// The active validators, with the gateways at which they are reached; with a key if they are in the current session.
    pub fn peers() -> Vec<Peer> {
        let authorities = Authorities::<T>::get();
        let key = |who: &AccountId| {
            let member = authorities.iter().find(|member| member.validator == *who);
            member.map(|member| member.key.clone())
        };
        Validators::<T>::iter()
            .filter(|(_, validator)| Self::counts(validator))
            .map(|(who, validator)| Peer {
                key: key(&who),
                organisation: validator.organisation,
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

    /// The organisation that sponsors an account, whether or not either is suspended; for displays.
    pub fn sponsor_of(who: &AccountId) -> Option<OrganisationId> {
        Contributors::<T>::get(who).map(|record| record.organisation)
    }

    /// Contributors in good standing of those of these organisations that are in good standing. Reads each contributor of the
    /// chain and each of these organisations once.
    pub fn contributors_of(
        organisations: impl IntoIterator<Item = OrganisationId>,
    ) -> BTreeMap<OrganisationId, Vec<AccountId>> {
        let mut found: BTreeMap<OrganisationId, Vec<AccountId>> = organisations
            .into_iter()
            .filter(|organisation| Self::in_good_standing(*organisation))
            .map(|organisation| (organisation, Vec::new()))
            .collect();
        if found.is_empty() {
            return found;
        }
        for (who, record) in Contributors::<T>::iter() {
            if let Some(accounts) = found.get_mut(&record.organisation).filter(|_| record.is_good()) {
                accounts.push(who);
            }
        }
        found
    }

    /// Accounts of these organisations in good standing: their own, and those of the contributors that they sponsor, sorted.
    pub fn accounts_of(organisations: &[OrganisationId]) -> Vec<AccountId> {
        let sponsored = Self::contributors_of(organisations.iter().copied());
        let own = sponsored
            .keys()
            .filter_map(|organisation| Self::organisation_account(*organisation));
        let mut accounts: Vec<AccountId> = own.collect();
        accounts.extend(sponsored.into_values().flatten());
        accounts.sort();
        accounts.dedup();
        accounts
    }
}
