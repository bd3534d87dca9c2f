//! The founding members. A chain specification that names impossible ones stops here, before there is a chain.
#![allow(clippy::panic)]

use crate::{
    types::{Endpoint, GenesisOrganisation, GenesisValidator, Seats},
    Config, ContributorCount, Contributors, GenesisConfig, Organisations, Pallet, PrivateGateways, TechnicalSeats,
};
use frame_support::{traits::Get, BoundedVec};
use quorate_primitives::OrganisationId;

pub(crate) fn build<T: Config>(genesis: &GenesisConfig<T>) {
    let GenesisConfig {
        organisations,
        validators,
        technical,
        private_gateways,
        _config,
    } = genesis;
    PrivateGateways::<T>::put(private_gateways);
    for organisation in organisations {
        add_organisation::<T>(organisation);
    }
    for validator in validators {
        add_validator::<T>(validator);
    }
    seat::<T>(technical);
    if !organisations.is_empty() {
        Pallet::<T>::notify_members();
    }
}

fn seat<T: Config>(technical: &[OrganisationId]) {
    let mut sorted = technical.to_vec();
    sorted.sort();
    let seats = Seats::truncate_from(sorted);
    if let Err(error) = Pallet::<T>::check_technical_seats(&seats) {
        panic!("genesis: the technical seats {technical:?} cannot be given: {error:?}");
    }
    TechnicalSeats::<T>::put(seats);
}

fn bounded<S: Get<u32>>(text: &str) -> BoundedVec<u8, S> {
    match text.as_bytes().to_vec().try_into() {
        Ok(bytes) => bytes,
        Err(_) => panic!("genesis: \"{text}\" is longer than {} bytes", S::get()),
    }
}

fn add_organisation<T: Config>(organisation: &GenesisOrganisation) {
    let GenesisOrganisation {
        name,
        account,
        recovery,
        contributors,
    } = organisation;
    let id = match Pallet::<T>::insert_organisation(bounded(name), account.clone(), recovery.clone()) {
        Ok(id) => id,
        Err(error) => panic!("genesis: organisation \"{name}\" cannot be admitted: {error:?}"),
    };
    let quota = Organisations::<T>::get(id)
        .map(|organisation| organisation.quota)
        .unwrap_or_default();
    for contributor in contributors {
        assert!(
            !Contributors::<T>::contains_key(contributor),
            "genesis: {contributor:?} is sponsored twice"
        );
        assert!(
            ContributorCount::<T>::get(id) < quota,
            "genesis: \"{name}\" sponsors more than {quota} contributors"
        );
        if let Err(error) = Pallet::<T>::do_sponsor(id, contributor.clone()) {
            panic!("genesis: {contributor:?} cannot be sponsored: {error:?}");
        }
    }
}

fn add_validator<T: Config>(validator: &GenesisValidator) {
    let GenesisValidator {
        account,
        organisation,
        peer_id,
        gateway,
        tls_key_hash,
    } = validator;
    let endpoint = Endpoint {
        peer_id: bounded(peer_id),
        gateway: bounded(gateway),
        tls_key_hash: *tls_key_hash,
    };
    if let Err(error) = Pallet::<T>::do_register_validator(account.clone(), *organisation, endpoint) {
        panic!("genesis: validator {account:?} cannot be registered: {error:?}");
    }
}
