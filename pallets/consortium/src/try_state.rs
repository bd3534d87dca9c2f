//! What must hold of the storage after every block.

use crate::{
    standing::Suspension,
    types::{Target, ValidatorState, MAX_PENDING_CHANGES, MAX_QUOTA, MAX_VALIDATORS},
    Authorities, Config, ConsentCount, Consents, ContributorCount, Contributors, Enactments, Endings, FreeUses,
    NextChange, NextOrganisation, OrganisationByAccount, Organisations, Pallet, PendingChanges, Planned, Proposals,
    TechnicalSeats, Validators,
};
use alloc::{collections::BTreeMap, collections::BTreeSet, vec::Vec};
use frame_support::ensure;
use quorate_primitives::{BlockNumber, OrganisationId, MAX_ORGANISATIONS};
use sp_runtime::{traits::SaturatedConversion, TryRuntimeError};

impl<T: Config> Pallet<T> {
    /// Check everything that must hold between two blocks and after every call.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        Self::try_organisations()?;
        Self::try_validators()?;
        Self::try_contributors()?;
        Self::try_consents()?;
        Self::try_suspensions()?;
        Self::try_changes()
    }

    fn try_organisations() -> Result<(), TryRuntimeError> {
        let organisations: Vec<_> = Organisations::<T>::iter().collect();
        ensure!(
            organisations.len() <= MAX_ORGANISATIONS.saturated_into::<usize>(),
            "too many organisations"
        );
        ensure!(
            Organisations::<T>::count().saturated_into::<usize>() == organisations.len(),
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
            organisations.is_empty()
                || organisations
                    .iter()
                    .any(|(_, organisation)| organisation.standing.is_good()),
            "nobody sits in the council"
        );
        ensure!(
            Proposals::<T>::iter_keys().all(Organisations::<T>::contains_key),
            "an account is proposed for an organisation that has left"
        );
        let seats = TechnicalSeats::<T>::get();
        ensure!(
            seats.iter().zip(seats.iter().skip(1)).all(|(a, b)| a < b),
            "the technical seats are not sorted"
        );
        ensure!(
            seats.iter().all(Organisations::<T>::contains_key),
            "a technical seat belongs to no organisation"
        );
        Ok(())
    }

    fn try_validators() -> Result<(), TryRuntimeError> {
        let validators: BTreeMap<_, _> = Validators::<T>::iter().collect();
        let planned = Planned::<T>::get();
        ensure!(
            validators.len() <= MAX_VALIDATORS.saturated_into::<usize>(),
            "too many validators"
        );
        ensure!(
            Validators::<T>::count().saturated_into::<usize>() == validators.len(),
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
            planned.iter().zip(planned.iter().skip(1)).all(|(a, b)| a < b),
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

    fn try_consents() -> Result<(), TryRuntimeError> {
        let mut counts = BTreeMap::<OrganisationId, u32>::new();
        for used in Consents::<T>::iter_values() {
            let count = counts.entry(used.organisation).or_default();
            *count = count.saturating_add(1);
        }
        let stored: BTreeMap<_, _> = ConsentCount::<T>::iter().collect();
        ensure!(counts == stored, "used consents are miscounted");
        Ok(())
    }

    /// Every fast suspension ends, and nothing else does.
    fn try_suspensions() -> Result<(), TryRuntimeError> {
        let organisations = Organisations::<T>::iter()
            .map(|(id, organisation)| (Target::Organisation(id), organisation.standing.suspension));
        let validators =
            Validators::<T>::iter().map(|(who, validator)| (Target::Validator(who), validator.standing.suspension));
        let contributors = Contributors::<T>::iter()
            .map(|(who, contributor)| (Target::Contributor(who), contributor.standing.suspension));
        let mut running: Vec<(BlockNumber, Vec<u8>)> = organisations
            .chain(validators)
            .chain(contributors)
            .filter_map(|(target, suspension)| match suspension {
                Some(Suspension::Fast { until }) => Some((until, codec::Encode::encode(&target))),
                _ => None,
            })
            .collect();
        let mut endings: Vec<(BlockNumber, Vec<u8>)> = Endings::<T>::iter()
            .flat_map(|(until, targets)| {
                targets
                    .into_iter()
                    .map(move |target| (until, codec::Encode::encode(&target)))
            })
            .collect();
        running.sort();
        endings.sort();
        ensure!(running == endings, "fast suspensions and their ends differ");
        ensure!(
            running.iter().all(|(until, _)| *until > Self::now()),
            "a fast suspension is overdue"
        );
        Ok(())
    }

    fn try_changes() -> Result<(), TryRuntimeError> {
        let pending: BTreeMap<_, _> = PendingChanges::<T>::iter()
            .map(|(id, pending)| (id, pending.enact_at))
            .collect();
        ensure!(
            pending.len() <= MAX_PENDING_CHANGES.saturated_into::<usize>()
                && PendingChanges::<T>::count().saturated_into::<usize>() == pending.len(),
            "pending changes are miscounted"
        );
        let enactments: Vec<_> = Enactments::<T>::iter().map(|(block, id)| (id, block)).collect();
        ensure!(
            enactments.len() == pending.len() && enactments.iter().all(|(id, block)| pending.get(id) == Some(block)),
            "a change waits for ever, or for nothing"
        );
        ensure!(
            pending
                .iter()
                .all(|(id, block)| *id < NextChange::<T>::get() && *block > Self::now()),
            "a change is overdue or has an id that was not given out"
        );
        Ok(())
    }
}
