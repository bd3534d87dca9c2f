//! The state in which the pallets of the protocol are measured: organisations with tokens, validators with keys, a model.

use crate::{
    constants::UNIT,
    governance::councils::{CouncilInstance, TechnicalInstance},
    AccountId, Artifacts, Balances, BlockNumber, Hash, Incentives, Models, Runtime, RuntimeOrigin, SessionKeys, System,
};
use alloc::{vec, vec::Vec};
use codec::{Decode, Encode};
use frame_benchmarking::account;
use frame_support::{traits::fungible::Mutate, BoundedVec};
use pallet_consortium::{
    recovery::Recovery,
    standing::{Standing, Suspension},
    types::{Contributor, Endpoint, Name, Organisation, PeerId, Validator, ValidatorState},
    Authorities, Contributors, NextOrganisation, OrganisationByAccount, Organisations, Validators,
};
use quorate_exact::rule::Rule;
use quorate_primitives::{
    availability::{ArtifactKind, Finding, Subject},
    capability::Capability,
    committee::{Committee, Member},
    crypto::AttestationId,
    job::{
        aggregate::EXACT_VERSION, assess::MAX_SHARDS, Aggregate, AggregateOutcome, CommitteeRule, JobPhase, JobSpec,
        Outcome, Requester, Verdict, Work,
    },
    policy::{
        assessment::MIN_SHARD_ROWS, Access, Assessment, Contribution, Deadlines, Gate, Policy, Promotion, Split,
        MIN_BOND, MIN_RETENTION,
    },
    purpose::Purpose,
    traits::AvailabilityHandler,
    ArtifactId, JobId, ModelId, OrganisationId, VersionIndex, MAX_COMMITTEE, MAX_ORGANISATIONS, MAX_UPDATES, PPM,
};
use sp_runtime::RuntimeAppPublic;

/// Prepares what the benchmarks of the pallets need of the other ones.
pub struct World;

/// Organisations that are made here; the others are those of the preset.
const ORGANISATIONS: u32 = MAX_ORGANISATIONS - crate::presets::ORGANISATIONS;
const FILE_LEN: u64 = 4_096;

fn numbered(number: u32) -> Hash {
    let mut bytes = [1; 32];
    bytes[..4].copy_from_slice(&number.to_le_bytes());
    Hash::from(bytes)
}

fn organisation(number: u32) -> (OrganisationId, AccountId) {
    let account: AccountId = account("owner", number % ORGANISATIONS, 0);
    if let Some(id) = OrganisationByAccount::<Runtime>::get(&account) {
        return (id, account);
    }
    let id = NextOrganisation::<Runtime>::get();
    NextOrganisation::<Runtime>::put(id + 1);
    OrganisationByAccount::<Runtime>::insert(&account, id);
    let organisation = Organisation {
        name: Name::truncate_from(b"organisation".to_vec()),
        account: account.clone(),
        recovery: Recovery::default(),
        standing: Standing::default(),
        admitted_at: 0,
        quota: pallet_consortium::types::MAX_QUOTA,
    };
    Organisations::<Runtime>::insert(id, organisation);
    let _minted = Balances::mint_into(&account, 1_000_000 * UNIT);
    (id, account)
}

fn contributor(number: u32) -> (AccountId, OrganisationId) {
    let who: AccountId = account("contributor", number, 0);
    let (organisation, _) = organisation(number);
    if !Contributors::<Runtime>::contains_key(&who) {
        let contributor = Contributor {
            organisation,
            standing: Standing::default(),
            suspended_by_organisation: false,
        };
        Contributors::<Runtime>::insert(&who, contributor);
        System::inc_sufficients(&who);
    }
    (who, organisation)
}

/// The session's validators, each of another organisation.
fn committee(size: u32) -> Committee {
    let _former = Validators::<Runtime>::clear(u32::MAX, None);
    let members = (0..size).map(|number| {
        let validator: AccountId = account("member", number, 0);
        let (organisation, _) = organisation(number);
        let endpoint = Endpoint {
            peer_id: PeerId::truncate_from(vec![b'a'; 64]),
            gateway: BoundedVec::truncate_from(vec![b'g'; 128]),
            tls_key_hash: Some(Hash::repeat_byte(1)),
        };
        let record = Validator {
            organisation,
            endpoint,
            state: ValidatorState::Active,
            standing: Standing::default(),
        };
        Validators::<Runtime>::insert(&validator, record);
        Member {
            validator,
            key: AttestationId::generate_pair(None),
            organisation,
        }
    });
    let committee = Committee::truncate_from(members.collect());
    Authorities::<Runtime>::put(&committee);
    committee
}

fn policy() -> Policy {
    Policy {
        pipeline: Rule::WeightedMean.into(),
        min_updates: 1,
        max_updates: MAX_UPDATES,
        max_weight: 1_000,
        max_updates_per_organisation: MAX_UPDATES,
        deadlines: Deadlines {
            collect: 100,
            reveal_updates: 100,
            vote: 100,
            commit: 100,
            reveal: 100,
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
        access: Access::Public,
        promotion: Promotion::default(),
        assessment: None,
    }
}

/// An active model with a fund.
fn model() -> (ModelId, OrganisationId, AccountId) {
    if Authorities::<Runtime>::get().len() < MAX_COMMITTEE as usize {
        committee(MAX_COMMITTEE);
    }
    let (id, owner) = organisation(0);
    let model = pallet_models::NextModel::<Runtime>::get();
    let name = BoundedVec::truncate_from(b"model".to_vec());
    let root = Hash::repeat_byte(1);
    let origin = RuntimeOrigin::signed(owner.clone());
    let registered = Models::register(
        origin.clone(),
        name,
        Hash::zero(),
        1_024,
        1_024,
        FILE_LEN,
        root,
        root,
        policy(),
        None,
        None,
    );
    assert!(registered.is_ok(), "the model is registered");
    Models::found(Subject::Genesis(model), 0, Finding::Held);
    let funded = Incentives::fund(origin, Purpose::Model(model), 1_000 * UNIT);
    assert!(funded.is_ok(), "the model is funded");
    (model, id, owner)
}

/// An artifact that a quorum holds and its owner alone may use.
fn artifact(owner: &AccountId, kind: ArtifactKind) -> ArtifactId {
    let id = pallet_artifacts::NextArtifact::<Runtime>::get();
    let registered = Artifacts::register(
        RuntimeOrigin::signed(owner.clone()),
        kind,
        Hash::repeat_byte(1),
        Hash::repeat_byte(1),
        FILE_LEN,
        BoundedVec::truncate_from(b"CC0-1.0".to_vec()),
        Access::Organisations,
    );
    assert!(registered.is_ok(), "the artifact is registered");
    Artifacts::found(Subject::Artifact(id), 0, Finding::Held);
    id
}

/// Votes as the collective stores them, whose fields are its own.
fn votes(number: u32, members: &[AccountId]) -> Vec<u8> {
    let nays: Vec<AccountId> = Vec::new();
    (number, 64u32, members, nays, 1_000u32).encode()
}

fn open_motions<I: 'static>(number: u32)
where
    Runtime: pallet_collective::Config<I> + pallet_membership::Config<I>,
{
    let members = pallet_membership::Members::<Runtime, I>::get();
    let hashes: Vec<Hash> = (0..number).map(numbered).collect();
    for (n, hash) in (0..number).zip(&hashes) {
        let votes = votes(n, &members);
        if let Ok(votes) = pallet_collective::Votes::<AccountId, BlockNumber>::decode(&mut votes.as_slice()) {
            pallet_collective::Voting::<Runtime, I>::insert(hash, votes);
        }
    }
    pallet_collective::Proposals::<Runtime, I>::put(BoundedVec::truncate_from(hashes));
}

impl pallet_attestation::BenchmarkHelper<Work, Outcome> for World {
    fn committee(size: u32) -> Committee {
        committee(size)
    }

    fn spec(number: u32) -> JobSpec<Work> {
        JobSpec {
            // No round has such a number.
            requester: Requester::Round(u32::MAX - number),
            attempt: 1,
            exact_version: EXACT_VERSION,
            commit: 100,
            reveal: 100,
            committee: CommitteeRule::All,
            work: Work::Aggregate(Aggregate {
                model: 0,
                base: 0,
                policy_hash: Hash::zero(),
                base_root: Hash::zero(),
                previous_root: Some(Hash::zero()),
                inputs_root: Hash::zero(),
                inputs: MAX_UPDATES,
                seed: Hash::zero(),
                optimiser: Some(Hash::zero()),
            }),
        }
    }

    fn outcome(number: u32) -> Outcome {
        Outcome::Aggregate(AggregateOutcome {
            output: numbered(number),
            output_len: FILE_LEN,
            optimiser: Some(Hash::zero()),
            detail: Hash::zero(),
            scores: Hash::zero(),
        })
    }

    fn suspend(members: &[Member]) {
        for member in members {
            Organisations::<Runtime>::mutate(member.organisation, |organisation| {
                if let Some(organisation) = organisation {
                    organisation.standing.suspension = Some(Suspension::Long);
                }
            });
        }
    }
}

impl pallet_availability::BenchmarkHelper for World {
    fn committee(size: u32) -> Committee {
        committee(size)
    }
}

impl pallet_reputation::BenchmarkHelper for World {
    fn contributor() -> (AccountId, OrganisationId) {
        contributor(0)
    }

    fn validator() -> AccountId {
        committee(1);
        account("member", 0, 0)
    }
}

impl pallet_incentives::BenchmarkHelper for World {
    fn fund() -> (Purpose, AccountId) {
        let (model, _, owner) = model();
        (Purpose::Model(model), owner)
    }

    fn orphan() -> Purpose {
        let (model, id, owner) = model();
        Organisations::<Runtime>::remove(id);
        OrganisationByAccount::<Runtime>::remove(owner);
        Purpose::Model(model)
    }
}

impl pallet_models::BenchmarkHelper for World {
    fn organisation(number: u32) -> (OrganisationId, AccountId) {
        organisation(number)
    }

    fn committee(size: u32) {
        committee(size);
    }

    fn policy() -> Policy {
        policy()
    }
}

impl pallet_artifacts::BenchmarkHelper for World {
    fn organisation(number: u32) -> (OrganisationId, AccountId) {
        organisation(number)
    }

    fn committee(size: u32) {
        committee(size);
    }
}

impl pallet_evaluation::BenchmarkHelper for World {
    fn prepare() -> (AccountId, (ModelId, VersionIndex), ArtifactId, ArtifactId) {
        let (model, id, owner) = model();
        let program = artifact(&owner, ArtifactKind::Program);
        let data = artifact(&owner, ArtifactKind::DataSet);
        let origin = RuntimeOrigin::signed(owner);
        let funded = Incentives::fund(origin, Purpose::Organisation(id), 1_000 * UNIT);
        assert!(funded.is_ok(), "the organisation has a fund");
        // A contributor of the same organisation.
        let (who, _) = contributor(0);
        (who, (model, 0), program, data)
    }

    fn close_job(job: JobId) {
        <Self as pallet_rounds::BenchmarkHelper>::close_job(job);
        // As `attestation` does before it tells whoever asked.
        pallet_attestation::ActiveJobs::<Runtime>::mutate(|active| active.retain(|other| *other != job));
    }

    fn model_with_shards() -> ModelId {
        let (model, _, owner) = model();
        let contribution = Contribution {
            min_suppliers: MAX_SHARDS,
            max_suppliers: MAX_SHARDS,
            min_rows: MIN_SHARD_ROWS,
            max_rows: MIN_SHARD_ROWS,
            max_len: FILE_LEN,
            reveal: 100,
            vote: 100,
            claimed_weights: false,
        };
        let policy = Policy {
            max_weight: 1,
            assessment: Some(Assessment {
                program: 0,
                benchmark: None,
                operations: 1,
                gate: None,
                contribution: Some(contribution),
            }),
            ..policy()
        };
        let set = Models::set_policy(RuntimeOrigin::signed(owner), model, policy);
        assert!(set.is_ok(), "rounds of the model take shards");
        model
    }

    fn supplier(number: u32) -> (AccountId, OrganisationId) {
        contributor(number)
    }
}

impl pallet_capabilities::BenchmarkHelper for World {
    fn committee(size: u32) -> Committee {
        committee(size)
    }
}

impl pallet_inference::BenchmarkHelper for World {
    fn prepare() -> (AccountId, (ModelId, VersionIndex), ArtifactId) {
        let (who, version, program, _) = <Self as pallet_evaluation::BenchmarkHelper>::prepare();
        for member in Authorities::<Runtime>::get() {
            let entry = pallet_capabilities::types::Entry {
                capability: Capability {
                    memory: u32::MAX,
                    speed: u64::MAX,
                    exact_version: quorate_primitives::job::infer::EXACT_VERSION,
                },
                at: 0,
                accepted_at: 0,
                silent_at: None,
                barred_until: None,
            };
            pallet_capabilities::Entries::<Runtime>::insert(member.validator, entry);
        }
        (who, version, program)
    }

    fn caller() -> AccountId {
        organisation(MAX_COMMITTEE - 1).1
    }

    fn close_job(job: JobId) {
        <Self as pallet_evaluation::BenchmarkHelper>::close_job(job);
    }
}

impl pallet_rounds::BenchmarkHelper for World {
    fn committee(size: u32) {
        committee(size);
    }

    fn model() -> (ModelId, OrganisationId, AccountId) {
        model()
    }

    fn contributor(number: u32) -> (AccountId, OrganisationId) {
        contributor(number)
    }

    fn close_job(job: JobId) {
        pallet_attestation::Jobs::<Runtime>::mutate(job, |job| {
            if let Some(job) = job {
                job.phase = JobPhase::Closed { at: 0 };
                for statement in job.statements.iter_mut() {
                    statement.verdict = Some(Verdict::Agreed);
                }
            }
        });
    }

    fn assessment(owner: &AccountId) -> Assessment {
        Assessment {
            program: artifact(owner, ArtifactKind::Program),
            benchmark: Some(artifact(owner, ArtifactKind::DataSet)),
            operations: 1,
            gate: Some(Gate {
                max_increase: 0,
                min_correct: PPM,
            }),
            contribution: None,
        }
    }
}

impl pallet_consortium::BenchmarkHelper for World {
    fn equip(validator: &AccountId, number: u32) {
        pallet_reputation::Validators::<Runtime>::insert(validator, PPM);
        let mut bytes = [0u8; 96];
        for part in bytes.chunks_mut(32) {
            part[..4].copy_from_slice(&(number + 1).to_le_bytes());
        }
        let Ok(keys) = SessionKeys::decode(&mut bytes.as_slice()) else {
            return;
        };
        System::inc_providers(validator);
        let _counted = System::inc_consumers(validator);
        for id in <SessionKeys as sp_runtime::traits::OpaqueKeys>::key_ids() {
            let raw = sp_runtime::traits::OpaqueKeys::get_raw(&keys, *id).to_vec();
            pallet_session::KeyOwner::<Runtime>::insert((*id, raw), validator);
        }
        pallet_session::NextKeys::<Runtime>::insert(validator, keys);
    }

    fn open_motions(number: u32) {
        open_motions::<CouncilInstance>(number.div_ceil(2));
        open_motions::<TechnicalInstance>(number / 2);
    }
}
