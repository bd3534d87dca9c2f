//! Who is on the chain: organisations, their contributors, validators with keys.

use anyhow::Context;
use codec::Encode;
use pallet_consortium::types::{GenesisOrganisation, GenesisValidator};
use quorate_exact::Rule;
use quorate_primitives::{
    committee::{Committee, Member},
    policy::{Access, Deadlines, Policy, Promotion, Split, MIN_BOND, MIN_RETENTION},
    AccountId, BlockNumber, Hash, OrganisationId, MAX_UPDATES, PPM,
};
use quorate_runtime::{
    constants::{BABE_GENESIS_EPOCH_CONFIG, UNIT},
    BabeConfig, BalancesConfig, ConsortiumConfig, RuntimeGenesisConfig, SessionConfig, SessionKeys,
};
use sp_core::{ed25519, sr25519, Pair};
use sp_crypto_hashing::blake2_256;
use sp_runtime::BuildStorage;
use sp_storage::Storage;

/// What accounts begin with.
const ENDOWMENT: u128 = 1_000_000 * UNIT;
/// Blocks that every phase of a round has.
pub const PHASE: BlockNumber = 1_000;

/// Somebody with a key.
pub struct Person {
    pub pair: sr25519::Pair,
    pub account: AccountId,
}

impl Person {
    fn new(kind: &str, number: u32) -> Self {
        let pair = sr25519::Pair::from_seed(&blake2_256(&(kind, number).encode()));
        Self {
            account: AccountId::from(pair.public().0),
            pair,
        }
    }

    fn crowd(kind: &str, size: u32) -> Vec<Self> {
        (0..size).map(|number| Self::new(kind, number)).collect()
    }
}

/// Everybody. A contributor's organisation is the remainder of its position.
pub struct World {
    pub organisations: Vec<Person>,
    pub contributors: Vec<Person>,
    pub validators: Vec<Person>,
}

impl World {
    /// So many organisations, with so many contributors each, and validators.
    pub fn new(organisations: u32, contributors: u32, validators: u32) -> Self {
        Self {
            organisations: Person::crowd("organisation", organisations),
            contributors: Person::crowd("contributor", organisations * contributors),
            validators: Person::crowd("validator", validators),
        }
    }

    pub fn organisation_of(&self, contributor: usize) -> OrganisationId {
        number(contributor % self.organisations.len())
    }

    fn organisation_of_validator(&self, validator: usize) -> OrganisationId {
        number(validator % self.organisations.len())
    }

    /// The validators as a snapshot.
    pub fn committee(&self) -> Committee {
        let members = self.validators.iter().enumerate().map(|(position, validator)| Member {
            validator: validator.account.clone(),
            key: validator.pair.public().into(),
            organisation: self.organisation_of_validator(position),
        });
        Committee::truncate_from(members.collect())
    }

    /// Genesis with all of them, everybody with tokens, and the runtime's Wasm.
    pub fn genesis(&self, wasm: &[u8]) -> anyhow::Result<Storage> {
        let accounts = [&self.organisations, &self.contributors, &self.validators]
            .into_iter()
            .flatten();
        let config = RuntimeGenesisConfig {
            balances: BalancesConfig {
                balances: accounts.map(|person| (person.account.clone(), ENDOWMENT)).collect(),
                ..Default::default()
            },
            babe: BabeConfig {
                epoch_config: BABE_GENESIS_EPOCH_CONFIG,
                ..Default::default()
            },
            consortium: ConsortiumConfig {
                organisations: self.genesis_organisations(),
                validators: self.genesis_validators(),
                technical: vec![0, 1, 2],
                private_gateways: true,
                ..Default::default()
            },
            session: SessionConfig {
                keys: (self.validators.iter().zip(0..).map(|(validator, number)| {
                    let account = validator.account.clone();
                    (account.clone(), account, session_keys(validator, number))
                }))
                .collect(),
                ..Default::default()
            },
            ..Default::default()
        };
        let mut storage = config.build_storage().map_err(anyhow::Error::msg).context("genesis")?;
        storage
            .top
            .insert(sp_storage::well_known_keys::CODE.to_vec(), wasm.to_vec());
        Ok(storage)
    }

    fn genesis_organisations(&self) -> Vec<GenesisOrganisation> {
        let sponsored = |organisation: usize| {
            let contributors = self
                .contributors
                .iter()
                .skip(organisation)
                .step_by(self.organisations.len());
            contributors.map(|contributor| contributor.account.clone()).collect()
        };
        let organisations = self.organisations.iter().enumerate();
        organisations
            .map(|(position, organisation)| GenesisOrganisation {
                name: format!("Organisation {position}"),
                account: organisation.account.clone(),
                recovery: None,
                contributors: sponsored(position),
            })
            .collect()
    }

    fn genesis_validators(&self) -> Vec<GenesisValidator> {
        let validators = self.validators.iter().enumerate();
        validators
            .map(|(position, validator)| GenesisValidator {
                account: validator.account.clone(),
                organisation: self.organisation_of_validator(position),
                // Text that passes for a peer id: nobody connects.
                peer_id: format!("12D3KooW{}", "abcdefghijkmnopqrstuvwxyzABCDEFGH".split_at(position).1),
                gateway: format!("http://127.0.0.1:{}", 9_101 + position),
                tls_key_hash: None,
            })
            .collect()
    }
}

/// A position as a number; worlds are small.
pub fn number(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

fn session_keys(validator: &Person, number: u32) -> SessionKeys {
    let grandpa = ed25519::Pair::from_seed(&blake2_256(&("grandpa", number).encode()));
    SessionKeys {
        babe: validator.pair.public().into(),
        grandpa: grandpa.public().into(),
        aiwk: validator.pair.public().into(),
    }
}

/// A hash of two numbers, for roots that no file has.
pub fn root(a: u32, b: u32) -> Hash {
    Hash::from(blake2_256(&(a, b).encode()))
}

/// The policy of all models: rounds of as many updates as there may be.
pub fn policy(access: Access) -> Policy {
    Policy {
        pipeline: Rule::WeightedMean.into(),
        min_updates: 1,
        max_updates: MAX_UPDATES,
        max_weight: 1_000,
        max_updates_per_organisation: MAX_UPDATES,
        deadlines: Deadlines {
            collect: PHASE,
            reveal_updates: PHASE,
            vote: PHASE,
            commit: PHASE,
            reveal: PHASE,
        },
        bond: MIN_BOND,
        reward: UNIT,
        split: Split {
            contributors: 700_000,
            validators: 200_000,
            treasury: 100_000,
        },
        max_organisation_share: PPM,
        retention: MIN_RETENTION,
        challenge: 100,
        access,
        promotion: Promotion::default(),
        assessment: None,
    }
}
