//! The other pallets, as far as rounds sees them.

use codec::{Decode, Encode};
use frame_support::storage::unhashed;
use quorate_exact::rule::Rule;
use quorate_primitives::{
    crypto::AttestationPair,
    job::{Committee, JobSpec, Member, Verdict},
    payload,
    policy::{Access, Deadlines, Policy, Split},
    traits::{Consortium, Escrow, GenesisBlob, Jobs, Models, Reputation, RoundBase, RoundResult},
    version::{RoundOrigin, Settlement},
    views::FileShape,
    AccountId, Balance, BlockNumber, Hash, JobId, ModelId, OrganisationId, Ppm, Root, RoundId, VersionIndex,
};
use sp_core::Pair;
use sp_runtime::{DispatchError, DispatchResult};
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
/// Every model's registration.
pub const SHAPE: FileShape = FileShape {
    header_hash: Hash::repeat_byte(4),
    header_len: 1_024,
    update_len: UPDATE_LEN,
};

#[derive(Clone, Default, Encode, Decode)]
pub struct Entry {
    pub owner: u32,
    pub policy: Option<Policy>,
    pub versions: Vec<(Root, Option<RoundOrigin>)>,
    pub frozen: bool,
    pub pending: Option<(Root, BlockNumber)>,
    pub rejected: bool,
    pub challenge: BlockNumber,
}

#[derive(Clone, Default, Encode, Decode)]
pub struct Shown {
    pub who: AccountIdOf,
    pub organisation: OrganisationId,
    pub score: Ppm,
    pub median: Ppm,
    pub organisations: u32,
}

pub type AccountIdOf = [u8; 32];

#[derive(Clone, Default, Encode, Decode)]
pub struct World {
    pub unsponsored: BTreeSet<AccountIdOf>,
    pub suspended: BTreeSet<OrganisationId>,
    pub silenced: BTreeSet<u32>,
    /// Added to the number of each validator: another session's set.
    pub session: u32,
    pub models: BTreeMap<ModelId, Entry>,
    pub jobs: Vec<(JobId, JobSpec)>,
    pub verdicts: Vec<Verdict>,
    pub refuse_jobs: bool,
    pub refuse_records: bool,
    pub settlements: Vec<(ModelId, VersionIndex, Settlement)>,
    pub reputation: BTreeMap<AccountIdOf, Ppm>,
    pub shown: Vec<Shown>,
    /// With the number of organisations that each was reported with.
    pub invalid: Vec<(AccountIdOf, u32)>,
    pub judged: Vec<(AccountIdOf, Verdict)>,
    pub funds: BTreeMap<ModelId, Balance>,
    pub escrows: BTreeMap<RoundId, Balance>,
    pub free: BTreeMap<AccountIdOf, Balance>,
    pub bonds: BTreeMap<(RoundId, AccountIdOf), (AccountIdOf, Balance)>,
    pub claims: BTreeMap<AccountIdOf, Balance>,
    pub treasury: Balance,
}

pub fn account(number: u32) -> AccountId {
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&number.to_le_bytes());
    AccountId::new(bytes)
}

fn raw(who: &AccountId) -> AccountIdOf {
    who.clone().into()
}

fn number(who: &AccountId) -> u32 {
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
    account(900 + world().session + position)
}

pub fn key(position: u32) -> AttestationPair {
    AttestationPair::from_seed(&raw(&validator(position)))
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
            open: 5,
            vote: 5,
            commit: 5,
            reveal: 5,
        },
        bond: 50,
        reward: 100_000,
        split: Split {
            contributors: 700_000,
            validators: 200_000,
            treasury: 100_000,
        },
        max_organisation_share: 1_000_000,
        retention: 100,
        challenge: 0,
        access: Access::Public,
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
        world.funds.insert(0, 10_000_000);
        for organisation in 1..=ORGANISATIONS {
            world.free.insert(raw(&account(organisation)), 100_000);
        }
        world.models.insert(0, entry);
        world
    }

    /// Everything there is.
    pub fn units(&self) -> Balance {
        let sums = [
            self.funds.values().sum::<Balance>(),
            self.escrows.values().sum(),
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

    pub fn claim_of(&self, number: u32) -> Balance {
        self.claims.get(&raw(&account(number))).copied().unwrap_or_default()
    }

    pub fn free_of(&self, number: u32) -> Balance {
        self.free.get(&raw(&account(number))).copied().unwrap_or_default()
    }

    pub fn set_reputation(&mut self, number: u32, ppm: Ppm) {
        self.reputation.insert(raw(&account(number)), ppm);
    }

    pub fn unsponsor(&mut self, number: u32) {
        self.unsponsored.insert(raw(&account(number)));
    }

    pub fn last_job(&self) -> (JobId, JobSpec) {
        self.jobs.last().cloned().unwrap()
    }
}

pub fn root(number: u32) -> Root {
    payload::tagged(b"blob", &number)
}

impl Consortium for World {
    fn contributor(who: &AccountId) -> Option<OrganisationId> {
        let organisation = number(who) / FIRST;
        let known = (1..=ORGANISATIONS).contains(&organisation) && !world().unsponsored.contains(&raw(who));
        known.then_some(organisation)
    }

    fn organisation_of(who: &AccountId) -> Option<OrganisationId> {
        let organisation = number(who);
        let known = (1..=ORGANISATIONS).contains(&organisation) && !world().suspended.contains(&organisation);
        known.then_some(organisation)
    }

    fn organisation_account(id: OrganisationId) -> Option<AccountId> {
        Some(account(id))
    }

    fn committee() -> Committee {
        let member = |position| Member {
            validator: validator(position),
            key: key(position).public(),
            organisation: 1,
        };
        (0..VALIDATORS).map(member).collect::<Vec<_>>().try_into().unwrap()
    }

    fn is_active(validator: &AccountId) -> bool {
        !world().silenced.contains(&number(validator))
    }
}

impl Models for World {
    fn owner(model: ModelId) -> Option<AccountId> {
        world().models.get(&model).map(|entry| account(entry.owner))
    }

    fn round_base(model: ModelId) -> Option<RoundBase> {
        let entry = world()
            .models
            .get(&model)
            .filter(|entry| !entry.frozen && entry.pending.is_none())?
            .clone();
        let base = entry.versions.len().checked_sub(1)?;
        Some(RoundBase {
            base: base as u32,
            base_root: entry.versions[base].0,
            previous_root: base.checked_sub(1).map(|previous| entry.versions[previous].0),
            optimiser: entry.versions[base].1.and_then(|origin| origin.outcome.optimiser),
            policy: entry.policy.unwrap(),
            update_len: UPDATE_LEN,
            file_len: FILE_LEN,
        })
    }

    fn genesis_blob(model: ModelId) -> Option<GenesisBlob> {
        let (root, until) = world().models.get(&model)?.pending?;
        Some(GenesisBlob {
            root,
            len: FILE_LEN,
            shape: SHAPE,
            until,
        })
    }

    fn awaiting_genesis() -> Vec<ModelId> {
        world()
            .models
            .iter()
            .filter(|(_, entry)| entry.pending.is_some())
            .map(|(id, _)| *id)
            .collect()
    }

    fn genesis_decided(model: ModelId, available: bool) {
        change(|world| {
            let entry = world.models.get_mut(&model).unwrap();
            let (root, _) = entry.pending.take().unwrap();
            entry.rejected = !available;
            if available {
                entry.versions.push((root, None));
            }
        });
    }

    fn record(
        model: ModelId,
        origin: RoundOrigin,
        _policy_hash: Hash,
        challenge: BlockNumber,
    ) -> Result<VersionIndex, DispatchError> {
        if world().refuse_records {
            return Err(DispatchError::Other("record refused"));
        }
        change(|world| {
            let entry = world.models.get_mut(&model).unwrap();
            entry.versions.push((origin.outcome.output, Some(origin)));
            entry.challenge = challenge;
            Ok(entry.versions.len() as u32 - 1)
        })
    }

    fn settled(model: ModelId, version: VersionIndex, settlement: Settlement) {
        change(|world| world.settlements.push((model, version, settlement)));
    }
}

impl Jobs for World {
    fn create(spec: JobSpec) -> Result<JobId, DispatchError> {
        if world().refuse_jobs {
            return Err(DispatchError::Other("job refused"));
        }
        let id = payload::job_id(crate::Pallet::<super::Test>::genesis_hash(), &spec);
        change(|world| world.jobs.push((id, spec)));
        Ok(id)
    }

    fn verdicts(_: JobId) -> Vec<(AccountId, Verdict)> {
        (0..).map(validator).zip(world().verdicts).collect()
    }

    fn statements_root(job: JobId) -> Hash {
        payload::tagged(b"statements", &job)
    }
}

impl Reputation for World {
    fn contributor(who: &AccountId) -> Ppm {
        world().reputation.get(&raw(who)).copied().unwrap_or(500_000)
    }

    fn validator(_: &AccountId) -> Ppm {
        500_000
    }

    fn scored(who: &AccountId, organisation: OrganisationId, showing: RoundResult) {
        let RoundResult {
            score,
            median,
            organisations,
        } = showing;
        change(|world| {
            world.shown.push(Shown {
                who: raw(who),
                organisation,
                score,
                median,
                organisations,
            })
        });
    }

    fn invalid(who: &AccountId, _: OrganisationId, organisations: u32) {
        change(|world| world.invalid.push((raw(who), organisations)));
    }

    fn judged(validator: &AccountId, verdict: Verdict) {
        change(|world| world.judged.push((raw(validator), verdict)));
    }
}

impl Escrow for World {
    fn lock(model: ModelId, round: RoundId, amount: Balance) -> DispatchResult {
        change(|world| {
            let fund = world.funds.entry(model).or_default();
            *fund = fund.checked_sub(amount).ok_or(DispatchError::Other("fund too small"))?;
            *world.escrows.entry(round).or_default() += amount;
            Ok(())
        })
    }

    fn escrowed(round: RoundId) -> Balance {
        world().escrows.get(&round).copied().unwrap_or_default()
    }

    fn pay(round: RoundId, to: &AccountId, amount: Balance) -> DispatchResult {
        change(|world| {
            let escrow = world.escrows.entry(round).or_default();
            *escrow = escrow
                .checked_sub(amount)
                .ok_or(DispatchError::Other("escrow too small"))?;
            *world.claims.entry(raw(to)).or_default() += amount;
            Ok(())
        })
    }

    fn close(round: RoundId) {
        change(|world| world.treasury += world.escrows.remove(&round).unwrap_or_default());
    }

    fn refund(model: ModelId, round: RoundId) {
        change(|world| *world.funds.entry(model).or_default() += world.escrows.remove(&round).unwrap_or_default());
    }

    fn hold_bond(organisation: &AccountId, round: RoundId, contributor: &AccountId, amount: Balance) -> DispatchResult {
        change(|world| {
            let free = world.free.entry(raw(organisation)).or_default();
            *free = free.checked_sub(amount).ok_or(DispatchError::Other("no bond"))?;
            let old = world
                .bonds
                .insert((round, raw(contributor)), (raw(organisation), amount));
            assert!(old.is_none(), "two bonds for one submission");
            Ok(())
        })
    }

    fn release_bond(round: RoundId, contributor: &AccountId) {
        change(|world| {
            if let Some((organisation, amount)) = world.bonds.remove(&(round, raw(contributor))) {
                *world.free.entry(organisation).or_default() += amount;
            }
        });
    }

    fn slash_bond(round: RoundId, contributor: &AccountId) {
        change(|world| {
            if let Some((_, amount)) = world.bonds.remove(&(round, raw(contributor))) {
                world.treasury += amount;
            }
        });
    }
}
