//! What the mocks of the other pallets keep, in storage, so that a failed call changes nothing of it either.

use codec::{Decode, Encode};
use frame_support::storage::unhashed;
use quorate_exact::rule::Rule;
use quorate_primitives::{
    availability::Tally,
    job::{Aggregate, JobSpec, Verdict},
    payload,
    policy::{Access, Deadlines, Policy, Promotion, Split, MIN_BOND, MIN_RETENTION},
    purpose::Purpose,
    version::{RoundOrigin, Settlement},
    AccountId, Balance, BlockNumber, JobId, ModelId, OrganisationId, Ppm, Root, RoundId, VersionIndex,
};
use std::collections::{BTreeMap, BTreeSet};

const KEY: &[u8] = b":world";
/// Validators of the consortium.
pub const VALIDATORS: u32 = 4;
/// Organisations, numbered from 1; the account of organisation `n` is `account(n)`.
pub const ORGANISATIONS: u32 = 40;
/// Contributors of organisation `n` are `account(1000 * n)` and the next ones.
pub const FIRST: u32 = 1_000;
pub const UPDATE_LEN: u64 = 2_048;
pub const FILE_LEN: u64 = 4_096;
/// What each organisation has at first.
pub const START: Balance = 1_000 * MIN_BOND;
/// What the first model's fund has.
pub const FUND: Balance = 10_000_000;

#[derive(Clone, Default, Encode, Decode)]
pub struct Entry {
    pub owner: OrganisationId,
    pub policy: Option<Policy>,
    pub versions: Vec<(Root, Option<RoundOrigin>)>,
    pub revoked: BTreeSet<VersionIndex>,
    pub frozen: bool,
    pub challenge: BlockNumber,
}

#[derive(Clone, Default, Encode, Decode)]
pub struct Shown {
    pub who: RawId,
    pub organisation: OrganisationId,
    pub score: Ppm,
    pub median: Ppm,
    pub organisations: u32,
}

/// An open subject.
#[derive(Clone, Default, Encode, Decode)]
pub struct Ballot {
    pub until: BlockNumber,
    pub items: BTreeMap<u32, Root>,
    pub tallies: BTreeMap<u32, Tally>,
}

pub type RawId = [u8; 32];

#[derive(Clone, Default, Encode, Decode)]
pub struct World {
    pub unsponsored: BTreeSet<RawId>,
    pub suspended: BTreeSet<OrganisationId>,
    pub models: BTreeMap<ModelId, Entry>,
    pub jobs: Vec<(JobId, JobSpec<Aggregate>)>,
    pub cancelled: Vec<JobId>,
    pub pruned: Vec<JobId>,
    pub verdicts: Vec<Verdict>,
    pub refuse_jobs: bool,
    pub refuse_records: bool,
    pub refuse_votes: bool,
    pub settlements: Vec<(ModelId, VersionIndex, Settlement)>,
    pub ballots: BTreeMap<RoundId, Ballot>,
    pub reputation: BTreeMap<RawId, Ppm>,
    pub shown: Vec<Shown>,
    /// With the number of organisations that each was reported with.
    pub invalid: Vec<(RawId, u32)>,
    pub withheld: Vec<RawId>,
    pub funds: BTreeMap<ModelId, Balance>,
    pub escrows: BTreeMap<RoundId, (ModelId, Balance)>,
    pub free: BTreeMap<OrganisationId, Balance>,
    pub bonds: BTreeMap<(RoundId, RawId), (OrganisationId, Balance)>,
    pub claims: BTreeMap<RawId, Balance>,
    pub treasury: Balance,
}

pub fn account(number: u32) -> AccountId {
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&number.to_le_bytes());
    AccountId::new(bytes)
}

pub fn raw(who: &AccountId) -> RawId {
    who.clone().into()
}

pub fn number(who: &AccountId) -> u32 {
    u32::from_le_bytes(raw(who)[..4].try_into().unwrap())
}

pub fn world() -> World {
    unhashed::get_or_default(KEY)
}

pub fn change<R>(f: impl FnOnce(&mut World) -> R) -> R {
    let mut world = world();
    let result = f(&mut world);
    unhashed::put(KEY, &world);
    result
}

pub fn validator(position: u32) -> AccountId {
    account(900 + position)
}

/// The round that a purpose names.
pub fn round_of(purpose: Purpose) -> RoundId {
    match purpose {
        Purpose::Round(id) => id,
        other => panic!("{other:?} is no round"),
    }
}

/// The model that a purpose names.
pub fn model_of(purpose: Purpose) -> ModelId {
    match purpose {
        Purpose::Model(id) => id,
        other => panic!("{other:?} is no model"),
    }
}

pub fn policy() -> Policy {
    Policy {
        pipeline: Rule::WeightedMean.into(),
        min_updates: 2,
        max_updates: 4,
        max_weight: 1_000,
        max_updates_per_organisation: 2,
        deadlines: Deadlines {
            collect: 10,
            reveal_updates: 10,
            vote: 10,
            commit: 10,
            reveal: 10,
        },
        bond: MIN_BOND,
        reward: 100_000,
        split: Split {
            contributors: 700_000,
            validators: 200_000,
            treasury: 100_000,
        },
        max_organisation_share: 1_000_000,
        retention: MIN_RETENTION,
        challenge: 0,
        access: Access::Public,
        promotion: Promotion::default(),
    }
}

impl World {
    pub fn new() -> Self {
        let entry = Entry {
            owner: 1,
            policy: Some(policy()),
            versions: vec![(root(0), None)],
            ..Default::default()
        };
        let mut world = Self {
            verdicts: vec![Verdict::Agreed; VALIDATORS as usize],
            ..Default::default()
        };
        world.funds.insert(0, FUND);
        for organisation in 1..=ORGANISATIONS {
            world.free.insert(organisation, START);
        }
        world.models.insert(0, entry);
        world
    }

    /// Everything there is.
    pub fn units(&self) -> Balance {
        let sums = [
            self.funds.values().sum::<Balance>(),
            self.escrows.values().map(|(_, amount)| amount).sum(),
            self.free.values().sum(),
            self.bonds.values().map(|(_, amount)| amount).sum(),
            self.claims.values().sum(),
            self.treasury,
        ];
        sums.iter().sum()
    }

    pub fn set_policy(&mut self, change: impl FnOnce(&mut Policy)) {
        let policy = self.models.get_mut(&0).unwrap().policy.as_mut().unwrap();
        change(policy);
        policy.check().unwrap();
    }

    pub fn revoke(&mut self, version: VersionIndex) {
        self.models.get_mut(&0).unwrap().revoked.insert(version);
    }

    pub fn escrowed(&self, id: RoundId) -> Balance {
        self.escrows.get(&id).map(|(_, amount)| *amount).unwrap_or_default()
    }

    pub fn claim_of(&self, number: u32) -> Balance {
        self.claims.get(&raw(&account(number))).copied().unwrap_or_default()
    }

    pub fn free_of(&self, organisation: OrganisationId) -> Balance {
        self.free.get(&organisation).copied().unwrap_or_default()
    }

    pub fn set_reputation(&mut self, number: u32, ppm: Ppm) {
        self.reputation.insert(raw(&account(number)), ppm);
    }

    pub fn unsponsor(&mut self, number: u32) {
        self.unsponsored.insert(raw(&account(number)));
    }

    pub fn last_job(&self) -> (JobId, JobSpec<Aggregate>) {
        self.jobs.last().cloned().unwrap()
    }
}

pub fn root(number: u32) -> Root {
    payload::tagged(b"blob", &number)
}
