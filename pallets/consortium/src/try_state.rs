//! What must hold of the storage after every block.

use crate::{
    types::{ValidatorState, MAX_ORGANISATIONS, MAX_QUOTA, MAX_VALIDATORS},
    Authorities, Config, ContributorCount, Contributors, FreeUses, NextOrganisation, OrganisationByAccount,
    Organisations, Pallet, Planned, Validators,
};
use alloc::{collections::BTreeMap, collections::BTreeSet, vec::Vec};
use frame_support::ensure;
use quorate_primitives::OrganisationId;
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_try_state() -> Result<(), TryRuntimeError> {
        Self::try_organisations()?;
        Self::try_validators()?;
        Self::try_contributors()
    }

    fn try_organisations() -> Result<(), TryRuntimeError> {
        let organisations: Vec<_> = Organisations::<T>::iter().collect();
        ensure!(
            organisations.len() <= MAX_ORGANISATIONS as usize,
            "too many organisations"
        );
        ensure!(
            Organisations::<T>::count() as usize == organisations.len(),
            "organisations are miscounted"
        );
        ensure!(
            organisations.len() == OrganisationByAccount::<T>::iter().count(),
            "every organisation has one account, and every such account an organisation"
        );
        for (id, organisation) in &organisations {
            ensure!(
                *id < NextOrganisation::<T>::get(),
                "an id is used that was not given out"
            );
            ensure!(organisation.quota <= MAX_QUOTA, "a quota is too large");
            ensure!(
                OrganisationByAccount::<T>::get(&organisation.account) == Some(*id),
                "an organisation cannot be found by its account"
            );
        }
        ensure!(
            organisations.is_empty() || organisations.iter().any(|(_, organisation)| !organisation.suspended),
            "nobody sits in the council"
        );
        Ok(())
    }

    fn try_validators() -> Result<(), TryRuntimeError> {
        let validators: BTreeMap<_, _> = Validators::<T>::iter().collect();
        let planned = Planned::<T>::get();
        ensure!(validators.len() <= MAX_VALIDATORS as usize, "too many validators");
        ensure!(
            Validators::<T>::count() as usize == validators.len(),
            "validators are miscounted"
        );
        let peers: BTreeSet<_> = validators
            .values()
            .map(|validator| validator.endpoint.peer_id.clone())
            .collect();
        ensure!(peers.len() == validators.len(), "two validators have one peer id");
        for (who, validator) in &validators {
            match validator.state {
                ValidatorState::Leaving => ensure!(Self::in_session(who), "a validator that left is remembered"),
                state => {
                    ensure!(
                        Organisations::<T>::contains_key(validator.organisation),
                        "a validator has no organisation"
                    );
                    ensure!(
                        state != ValidatorState::Active || planned.contains(who),
                        "an active validator is not planned"
                    );
                }
            }
        }
        ensure!(
            planned.windows(2).all(|pair| pair[0] < pair[1]),
            "the planned set is not sorted"
        );
        ensure!(
            planned.iter().all(|who| validators.contains_key(who)),
            "an unknown validator is planned"
        );
        ensure!(
            Authorities::<T>::get()
                .iter()
                .all(|member| validators.contains_key(&member.validator)),
            "an unknown validator is in the session"
        );
        Ok(())
    }

    fn try_contributors() -> Result<(), TryRuntimeError> {
        let mut counts = BTreeMap::<OrganisationId, u32>::new();
        for (who, record) in Contributors::<T>::iter() {
            ensure!(
                frame_system::Pallet::<T>::sufficients(&who) > 0,
                "a contributor cannot sign transactions"
            );
            if Organisations::<T>::contains_key(record.organisation) {
                let count = counts.entry(record.organisation).or_default();
                *count = count.saturating_add(1);
            }
        }
        ensure!(
            FreeUses::<T>::iter_keys().all(|who| Self::is_member(&who)),
            "calls are counted of an account that is no member"
        );
        let stored: BTreeMap<_, _> = ContributorCount::<T>::iter().collect();
        ensure!(counts == stored, "contributors are miscounted");
        Ok(())
    }
}
