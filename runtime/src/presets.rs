//! Built-in genesis states: `development` with one validator and `local` with four. Both have five organisations, whose
//! accounts are the council; the first three have technical seats. Contributors come later: an organisation sponsors them with
//! their consent.

use crate::{
    constants::*, AccountId, BabeConfig, Balance, BalancesConfig, ConsortiumConfig, RuntimeGenesisConfig,
    SessionConfig, SessionKeys,
};
use alloc::{format, string::String, vec, vec::Vec};
use frame_support::build_struct_json_patch;
use pallet_consortium::types::{GenesisOrganisation, GenesisValidator};
use sp_core::{sr25519, Pair};
use sp_genesis_builder::PresetId;
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};

/// One validator, Alice.
pub const DEVELOPMENT_PRESET: &str = sp_genesis_builder::DEV_RUNTIME_PRESET;
/// Four validators: Alice, Bob, Charlie, Dave.
pub const LOCAL_PRESET: &str = "local";

/// Organisations of the presets. The account of number `n` is `//Org{n}`.
pub const ORGANISATIONS: u32 = 5;
/// Seats of the technical committee: the first organisations.
const TECHNICAL_SEATS: u32 = 3;
/// What organisations and validators begin with.
const ENDOWMENT: Balance = 1_000_000 * UNIT;
/// Port of the first validator's gateway.
const FIRST_GATEWAY: u32 = 9_101;

/// A validator of a preset: its account is its sr25519 key, which is its `babe` and `aiwk` key too.
struct LocalValidator {
    sr25519: Sr25519Keyring,
    ed25519: Ed25519Keyring,
    /// Of the node key that is 31 zero bytes and the validator's number, from 1.
    peer_id: &'static str,
}

const VALIDATORS: [LocalValidator; 4] = [
    LocalValidator {
        sr25519: Sr25519Keyring::Alice,
        ed25519: Ed25519Keyring::Alice,
        peer_id: "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp",
    },
    LocalValidator {
        sr25519: Sr25519Keyring::Bob,
        ed25519: Ed25519Keyring::Bob,
        peer_id: "12D3KooWHdiAxVd8uMQR1hGWXccidmfCwLqcMpGwR6QcTP6QRMuD",
    },
    LocalValidator {
        sr25519: Sr25519Keyring::Charlie,
        ed25519: Ed25519Keyring::Charlie,
        peer_id: "12D3KooWSCufgHzV4fCwRijfH2k3abrpAJxTKxEvN1FDuRXA2U9x",
    },
    LocalValidator {
        sr25519: Sr25519Keyring::Dave,
        ed25519: Ed25519Keyring::Dave,
        peer_id: "12D3KooWSsChzF81YDUKpe9Uk5AHV5oqAaXAcWNSPYgoLauUk4st",
    },
];

impl LocalValidator {
    fn account(&self) -> AccountId {
        self.sr25519.to_account_id()
    }

    fn keys(&self) -> SessionKeys {
        SessionKeys {
            babe: self.sr25519.public().into(),
            grandpa: self.ed25519.public().into(),
            aiwk: self.sr25519.public().into(),
        }
    }
}

/// The account of organisation `number` of the presets.
///
/// # Panics
///
/// Never: the derivation path is well formed.
pub fn organisation_account(number: u32) -> AccountId {
    match sr25519::Pair::from_string(&format!("//Org{number}"), None) {
        Ok(pair) => AccountId::from(pair.public().0),
        Err(_) => panic!("//Org{number} is a derivation path"),
    }
}

fn genesis(validators: &[LocalValidator]) -> serde_json::Value {
    let accounts: Vec<AccountId> = (0..ORGANISATIONS).map(organisation_account).collect();
    let organisations = accounts
        .iter()
        .zip(0u32..)
        .map(|(account, number)| GenesisOrganisation {
            name: format!("Organisation {number}"),
            account: account.clone(),
            contributors: Vec::new(),
            recovery: None,
        });
    let members = validators
        .iter()
        .zip(0u32..)
        .map(|(validator, number)| GenesisValidator {
            account: validator.account(),
            organisation: number % ORGANISATIONS,
            peer_id: String::from(validator.peer_id),
            gateway: format!("http://127.0.0.1:{}", FIRST_GATEWAY.saturating_add(number)),
            tls_key_hash: None,
        });
    let endowed = accounts
        .iter()
        .cloned()
        .chain(validators.iter().map(LocalValidator::account));

    build_struct_json_patch!(RuntimeGenesisConfig {
        balances: BalancesConfig {
            balances: endowed.map(|account| (account, ENDOWMENT)).collect::<Vec<_>>()
        },
        babe: BabeConfig {
            epoch_config: BABE_GENESIS_EPOCH_CONFIG
        },
        consortium: ConsortiumConfig {
            organisations: organisations.collect::<Vec<_>>(),
            validators: members.collect::<Vec<_>>(),
            technical: (0..TECHNICAL_SEATS).collect::<Vec<_>>(),
            // Everybody is on one machine or in one private network.
            private_gateways: true
        },
        session: SessionConfig {
            keys: validators
                .iter()
                .map(|validator| (validator.account(), validator.account(), validator.keys()))
                .collect::<Vec<_>>(),
        },
    })
}

/// The patch of the default genesis that a preset is, as JSON.
pub fn get_preset(id: &PresetId) -> Option<Vec<u8>> {
    let validators = match id.as_ref() {
        DEVELOPMENT_PRESET => VALIDATORS.get(..1)?,
        LOCAL_PRESET => &VALIDATORS,
        _ => return None,
    };
    serde_json::to_vec(&genesis(validators)).ok()
}

/// Names of the presets.
pub fn preset_names() -> Vec<PresetId> {
    vec![PresetId::from(DEVELOPMENT_PRESET), PresetId::from(LOCAL_PRESET)]
}
