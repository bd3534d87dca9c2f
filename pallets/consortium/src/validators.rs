//! Validators: registration, endpoints, removal.

use crate::{
    gateway_url,
    session::HasKeys,
    standing::{Standing, Suspension},
    types::{Endpoint, Target, Validator, ValidatorState, MAX_VALIDATORS},
    Config, Error, Event, Pallet, PrivateGateways, Validators,
};
use frame_support::{ensure, traits::OriginTrait};
use frame_system::pallet_prelude::OriginFor;
use quorate_primitives::{traits::DepartureSink, AccountId, OrganisationId};
use sp_runtime::{DispatchError, DispatchResult};

impl<T: Config> Pallet<T> {
    /// A registered validator that is not leaving.
    pub(crate) fn staying(who: &AccountId) -> Result<Validator, DispatchError> {
        let validator = Validators::<T>::get(who).filter(|validator| validator.state != ValidatorState::Leaving);
        Ok(validator.ok_or(Error::<T>::ValidatorNotFound)?)
    }

    /// Refuse what would take the last validator out of the next set.
    pub(crate) fn ensure_validators_remain(goes: impl Fn(&AccountId, &Validator) -> bool) -> DispatchResult {
        let eligible = Self::eligible();
        let going = eligible.iter().filter(|(who, validator)| goes(who, validator)).count();
        ensure!(going == 0 || going < eligible.len(), Error::<T>::LastValidator);
        Ok(())
    }

    fn check_endpoint(who: &AccountId, endpoint: &Endpoint) -> DispatchResult {
        ensure!(is_peer_id(&endpoint.peer_id), Error::<T>::BadPeerId);
        let url = gateway_url::parse(&endpoint.gateway).ok_or(Error::<T>::BadGatewayUrl)?;
        ensure!(
            !url.host.is_private() || PrivateGateways::<T>::get(),
            Error::<T>::PrivateGateway
        );
        ensure!(
            endpoint.tls_key_hash.is_none() || url.scheme == gateway_url::Scheme::Https,
            Error::<T>::TlsKeyWithoutTls
        );
        let taken = Validators::<T>::iter()
            .any(|(other, validator)| other != *who && validator.endpoint.peer_id == endpoint.peer_id);
        // A validator cannot spoil a registration by taking its peer id first.
        let promised = Self::is_peer_id_promised(who, &endpoint.peer_id);
        ensure!(!taken && !promised, Error::<T>::PeerIdInUse);
        Ok(())
    }

    pub(crate) fn do_register_validator(
        validator: AccountId,
        organisation: OrganisationId,
        endpoint: Endpoint,
    ) -> DispatchResult {
        Self::organisation(organisation)?;
        ensure!(
            !Validators::<T>::contains_key(&validator),
            Error::<T>::ValidatorAlreadyExists
        );
        ensure!(
            Validators::<T>::count() < MAX_VALIDATORS,
            Error::<T>::MaxValidatorsExceeded
        );
        Self::check_endpoint(&validator, &endpoint)?;
        let record = Validator {
            organisation,
            endpoint: endpoint.clone(),
            state: ValidatorState::Registered,
            standing: Standing::default(),
        };
        Validators::<T>::insert(&validator, record);
        Self::deposit_event(Event::ValidatorRegistered {
            validator,
            organisation,
            endpoint,
        });
        Ok(())
    }

    pub(crate) fn do_remove_validator(who: AccountId) -> DispatchResult {
        let validator = Self::staying(&who)?;
        Self::ensure_validators_remain(|other, _| *other == who)?;
        Self::let_leave(who, validator);
        Ok(())
    }

    /// Take a validator out of the registry, or, while a session holds it, let it leave with that session.
    pub(crate) fn let_leave(who: AccountId, validator: Validator) {
        Self::deposit_event(Event::ValidatorRemoved { validator: who.clone() });
        if let Some(Suspension::Fast { until }) = validator.standing.suspension {
            Self::forget_ending(until, &Target::Validator(who.clone()));
        }
        if !Self::in_session(&who) {
            return Self::forget_validator(who);
        }
        let leaving = Validator {
            state: ValidatorState::Leaving,
            standing: Standing::default(),
            ..validator
        };
        Validators::<T>::insert(who, leaving);
    }

    /// A removed validator that no session holds: its keys go with it, so that another registration does not revive them.
    pub(crate) fn forget_validator(who: AccountId) {
        Validators::<T>::remove(&who);
        Self::forget_calls(&who);
        T::Keys::clear(&who);
        T::Departures::validator_left(&who);
        Self::deposit_event(Event::ValidatorLeft { validator: who });
    }

    /// Whether the signer is a validator, would change its endpoint, and has a free call left: only then is the call free.
    pub(crate) fn updates_endpoint_for_free(origin: &OriginFor<T>, endpoint: &Endpoint) -> bool {
        let Some(who) = origin.as_signer() else { return false };
        Self::staying(who).is_ok_and(|validator| validator.endpoint != *endpoint)
            && Self::has_free_call(who)
            && Self::check_endpoint(who, endpoint).is_ok()
    }

    pub(crate) fn do_update_endpoint(who: AccountId, endpoint: Endpoint) -> DispatchResult {
        let validator = Self::staying(&who)?;
        Self::check_endpoint(&who, &endpoint)?;
        Self::count_call(&who);
        let moved = Validator {
            endpoint: endpoint.clone(),
            ..validator
        };
        Validators::<T>::insert(&who, moved);
        Self::deposit_event(Event::EndpointUpdated {
            validator: who,
            endpoint,
        });
        Ok(())
    }
}

/// Base58 as in Bitcoin: letters and digits without `0`, `O`, `I` and `l`.
fn is_peer_id(bytes: &[u8]) -> bool {
    !bytes.is_empty()
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() && !b"0OIl".contains(byte))
}
