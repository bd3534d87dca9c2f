//! Calls of `consortium`.

use crate::{Call, Consent};
use codec::{Decode, Encode};
use quorate_primitives::{AccountId, Hash, OrganisationId};
use serde::Serialize;

/// Number of a proposed change.
pub type ChangeId = u32;

/// How a validator's node and gateway are reached.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Endpoint {
    /// `libp2p` peer id in base58.
    pub peer_id: String,
    /// Scheme, host and perhaps a port.
    pub gateway: String,
    /// SHA-256 of the `SubjectPublicKeyInfo` in the gateway's certificate, for an `https` URL.
    pub tls_key_hash: Option<Hash>,
}

/// Whom a suspension concerns.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Target {
    #[codec(index = 0)]
    Organisation(OrganisationId),
    #[codec(index = 1)]
    Validator(AccountId),
    #[codec(index = 2)]
    Contributor(AccountId),
}

/// A change of who votes or who validates: two thirds of all admitted organisations, and a delay.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Change {
    #[codec(index = 0)]
    Admit {
        name: String,
        account: AccountId,
        recovery: Option<AccountId>,
    },
    #[codec(index = 1)]
    Remove { organisation: OrganisationId },
    /// Until a majority reinstates.
    #[codec(index = 2)]
    Suspend { target: Target },
    /// Lets the majority suspend fast once more.
    #[codec(index = 3)]
    AllowFastSuspension { target: Target },
    #[codec(index = 4)]
    SetAccount {
        organisation: OrganisationId,
        account: AccountId,
    },
    #[codec(index = 5)]
    RegisterValidator {
        validator: AccountId,
        organisation: OrganisationId,
        endpoint: Endpoint,
    },
    #[codec(index = 6)]
    RemoveValidator { validator: AccountId },
    /// Ascending.
    #[codec(index = 7)]
    SetTechnicalSeats { seats: Vec<OrganisationId> },
    #[codec(index = 8)]
    SetQuota { organisation: OrganisationId, quota: u32 },
}

/// For two thirds of the council.
pub fn propose_change(change: &Change) -> Call {
    Call::new("Consortium", "propose_change", change)
}

/// For a majority of the council.
pub fn cancel_change(id: ChangeId) -> Call {
    Call::new("Consortium", "cancel_change", id)
}

/// For a majority of the council, or a contributor's own organisation.
pub fn suspend(target: &Target) -> Call {
    Call::new("Consortium", "suspend", target)
}

/// The same.
pub fn reinstate(target: &Target) -> Call {
    Call::new("Consortium", "reinstate", target)
}

pub fn sponsor(contributor: &AccountId, consent: &Consent) -> Call {
    Call::new("Consortium", "sponsor", (contributor, consent))
}

pub fn unsponsor(contributor: &AccountId) -> Call {
    Call::new("Consortium", "unsponsor", contributor)
}

/// Signed by the validator.
pub fn update_endpoint(endpoint: &Endpoint) -> Call {
    Call::new("Consortium", "update_endpoint", endpoint)
}

/// Signed by the organisation's present account; the new one accepts.
pub fn rotate_account(account: &AccountId) -> Call {
    Call::new("Consortium", "rotate_account", account)
}

/// Signed by the organisation's account.
pub fn set_recovery_account(recovery: &AccountId) -> Call {
    Call::new("Consortium", "set_recovery_account", recovery)
}

/// Signed by the recovery account; the new one accepts.
pub fn recover_account(organisation: OrganisationId, account: &AccountId) -> Call {
    Call::new("Consortium", "recover_account", (organisation, account))
}

/// Signed by the account that was proposed to speak for the organisation.
pub fn accept_account(organisation: OrganisationId) -> Call {
    Call::new("Consortium", "accept_account", organisation)
}

#[cfg(test)]
mod tests {
    use super::*;
    use codec::DecodeAll;
    use pallet_consortium::types as pallet;
    use std::fmt::Debug;

    fn same<T: DecodeAll + Encode + Debug>(ours: &impl Encode, name: &str) {
        let bytes = ours.encode();
        let theirs = T::decode_all(&mut bytes.as_slice()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(theirs.encode(), bytes);
        assert!(format!("{theirs:?}").starts_with(name), "{theirs:?} is no {name}");
    }

    #[test]
    fn changes_should_be_encoded_as_the_pallet_decodes_them() {
        let (account, organisation) = (AccountId::new([7; 32]), 3);
        let endpoint = Endpoint {
            peer_id: "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp".into(),
            gateway: "https://gateway.example:9780".into(),
            tls_key_hash: Some(Hash::repeat_byte(9)),
        };
        same::<pallet::Endpoint>(&endpoint, "Endpoint");
        let target = Target::Contributor(account.clone());
        let changes = [
            (
                Change::Admit {
                    name: "University".into(),
                    account: account.clone(),
                    recovery: Some(AccountId::new([8; 32])),
                },
                "Admit",
            ),
            (Change::Remove { organisation }, "Remove"),
            (Change::Suspend { target: target.clone() }, "Suspend"),
            (Change::AllowFastSuspension { target }, "AllowFastSuspension"),
            (
                Change::SetAccount {
                    organisation,
                    account: account.clone(),
                },
                "SetAccount",
            ),
            (
                Change::RegisterValidator {
                    validator: account.clone(),
                    organisation,
                    endpoint,
                },
                "RegisterValidator",
            ),
            (Change::RemoveValidator { validator: account }, "RemoveValidator"),
            (Change::SetTechnicalSeats { seats: vec![0, 2] }, "SetTechnicalSeats"),
            (Change::SetQuota { organisation, quota: 5 }, "SetQuota"),
        ];
        for (change, name) in changes {
            same::<pallet::Change>(&change, name);
        }
    }

    #[test]
    fn consent_should_be_encoded_as_the_pallet_decodes_it() {
        let key = crate::Account::from_uri("//Contributor0").unwrap();
        same::<pallet::Consent>(&key.consent(Hash::zero(), 2, 900).consent, "Consent");
    }
}
