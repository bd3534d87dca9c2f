//! Validators: registration, endpoints, removal.

use crate::{
    types::{Endpoint, GatewayUrl, PeerId, Validator, ValidatorState, MAX_VALIDATORS},
    Config, Error, Event, Pallet, Validators,
};
use frame_support::{ensure, traits::OriginTrait};
use frame_system::pallet_prelude::OriginFor;
use quorate_primitives::{AccountId, Hash, OrganisationId};
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
        ensure!(is_gateway_url(&endpoint.gateway), Error::<T>::BadGatewayUrl);
        let taken = Validators::<T>::iter()
            .any(|(other, validator)| other != *who && validator.endpoint.peer_id == endpoint.peer_id);
        ensure!(!taken, Error::<T>::PeerIdInUse);
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
            endpoint,
            state: ValidatorState::Registered,
        };
        Validators::<T>::insert(&validator, record);
        Self::deposit_event(Event::ValidatorRegistered {
            validator,
            organisation,
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
        if Self::in_session(&who) {
            Validators::<T>::insert(
                who,
                Validator {
                    state: ValidatorState::Leaving,
                    ..validator
                },
            );
        } else {
            Validators::<T>::remove(&who);
            Self::forget_calls(&who);
            Self::deposit_event(Event::ValidatorLeft { validator: who });
        }
    }

    /// Whether the signer is a validator, would change its endpoint, and has a free call left: only then is the call free.
    pub(crate) fn updates_endpoint_for_free(
        origin: &OriginFor<T>,
        peer_id: &PeerId,
        gateway: &GatewayUrl,
        tls_key_hash: &Option<Hash>,
    ) -> bool {
        let Some(who) = origin.as_signer() else { return false };
        let Ok(validator) = Self::staying(who) else {
            return false;
        };
        let endpoint = Endpoint {
            peer_id: peer_id.clone(),
            gateway: gateway.clone(),
            tls_key_hash: *tls_key_hash,
        };
        validator.endpoint != endpoint && Self::has_free_call(who) && Self::check_endpoint(who, &endpoint).is_ok()
    }

    pub(crate) fn do_update_endpoint(who: AccountId, endpoint: Endpoint) -> DispatchResult {
        let validator = Self::staying(&who)?;
        Self::check_endpoint(&who, &endpoint)?;
        Self::count_call(&who);
        Validators::<T>::insert(&who, Validator { endpoint, ..validator });
        Self::deposit_event(Event::EndpointUpdated { validator: who });
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

fn is_gateway_url(bytes: &[u8]) -> bool {
    let host = bytes
        .strip_prefix(b"https://")
        .or_else(|| bytes.strip_prefix(b"http://"));
    host.is_some_and(|host| !host.is_empty() && host.iter().all(u8::is_ascii_graphic))
}
