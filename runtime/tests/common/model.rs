//! A small model and the statements of validators about it.

use super::*;
use quorate_exact::Rule;
use quorate_primitives::{
    availability::{bitmap, vote_payload, voted_claims, AvailabilityVote},
    capability::{Capability, Declaration},
    policy::{Access, Deadlines, Policy, Promotion, Split},
    purpose::Purpose,
    views::{
        inference::AnswerPageTask,
        tasks::{Duty, JobTask, PageTask, VoteItem, VoteTask},
    },
    ModelId, Root,
};
use quorate_runtime::{configs::protocol::INFERENCE_PER_BLOCK, constants::UNIT};
use quorate_runtime_api::runtime_decl_for_duties_api::DutiesApi;

pub const HEADER: u32 = 1_024;
pub const GROUP: u64 = 4_096;
pub const FILE: u64 = HEADER as u64 + GROUP;
/// Contributors of a round; the policy lets it be sealed with so many.
pub const CONTRIBUTORS: u32 = 5;

/// What owners show: nobody looks at files here.
pub const POSSESSION: Hash = Hash::repeat_byte(0x5f);

pub fn policy() -> Policy {
    Policy {
        pipeline: Rule::TrimmedMean { trim_ppm: 200_000 }.into(),
        min_updates: 5,
        max_updates: CONTRIBUTORS,
        max_weight: 1_000,
        max_updates_per_organisation: 1,
        deadlines: Deadlines {
            collect: 20,
            reveal_updates: 10,
            vote: 10,
            commit: 10,
            reveal: 10,
        },
        bond: UNIT,
        reward: 100 * UNIT,
        split: Split {
            contributors: 700_000,
            validators: 200_000,
            treasury: 100_000,
        },
        max_organisation_share: 500_000,
        retention: 300,
        challenge: 0,
        access: Access::Public,
        promotion: Promotion::default(),
        assessment: None,
    }
}

pub fn register(name: &str, policy: Policy) -> pallet_models::Call<Runtime> {
    pallet_models::Call::register {
        name: name.as_bytes().to_vec().try_into().expect("a short name"),
        header_hash: Hash::repeat_byte(9),
        header_len: HEADER,
        group_len: GROUP,
        file_len: FILE,
        root: version_0(name),
        possession: POSSESSION,
        policy,
        parent: None,
        frozen_base: None,
    }
}

/// The root of version 0 of a model of this name.
fn version_0(name: &str) -> Root {
    quorate_primitives::payload::tagged(b"test", &name)
}

/// A funded model of an organisation whose version 0 is held by all validators.
pub fn active(chain: &mut Chain, organisation: u32) -> ModelId {
    let path = format!("//Org{organisation}");
    chain.run(vec![signed(&path, register("model", policy()))]);
    chain.pass(1);
    vote_on_everything(chain);
    let model = pallet_models::Models::<Runtime>::iter_keys()
        .max()
        .expect("the model is registered");
    let fund = pallet_incentives::Call::fund {
        purpose: Purpose::Model(model),
        amount: 1_000 * UNIT,
    };
    chain.run(vec![signed(&path, fund)]);
    model
}

fn duties(validator: Sr25519Keyring) -> Vec<Duty> {
    Runtime::duties(key(validator))
        .iter()
        .map(|entry| Duty::try_from(entry).expect("a kind of this version"))
        .collect()
}

pub fn votes(validator: Sr25519Keyring) -> Vec<VoteTask> {
    let vote = |duty| match duty {
        Duty::Vote(task) => Some(task),
        _ => None,
    };
    duties(validator).into_iter().filter_map(vote).collect()
}

/// What a validator's node sends: its machine has so many MiB, and is as fast as it has to be.
pub fn declaration(validator: Sr25519Keyring, memory: u32) -> UncheckedExtrinsic {
    let declaration = Declaration {
        validator: validator.to_account_id(),
        capability: Capability {
            memory,
            speed: INFERENCE_PER_BLOCK,
            exact_version: quorate_primitives::job::infer::EXACT_VERSION,
        },
        at: System::block_number(),
    };
    let message = quorate_primitives::payload::declaration_payload(genesis_hash(), &declaration);
    Runtime::build_declaration(declaration, attestation_sign(validator, &message))
}

pub fn jobs(validator: Sr25519Keyring) -> Vec<JobTask> {
    let job = |duty| match duty {
        Duty::Job(task) => Some(task),
        _ => None,
    };
    duties(validator).into_iter().filter_map(job).collect()
}

pub fn pages(validator: Sr25519Keyring) -> Vec<PageTask> {
    let page = |duty| match duty {
        Duty::ScorePage(task) => Some(task),
        _ => None,
    };
    duties(validator).into_iter().filter_map(page).collect()
}

pub fn answer_pages(validator: Sr25519Keyring) -> Vec<AnswerPageTask> {
    let page = |duty| match duty {
        Duty::AnswerPage(task) => Some(task),
        _ => None,
    };
    duties(validator).into_iter().filter_map(page).collect()
}

/// A validator's transaction that says Held of all that a task names.
pub fn held(validator: Sr25519Keyring, task: VoteTask) -> UncheckedExtrinsic {
    let claims: Vec<_> = task.items.iter().map(VoteItem::claim).collect();
    let vote = AvailabilityVote {
        subject: task.subject,
        ballot: task.ballot,
        voter: task.voter,
        claims: voted_claims(&claims),
        held: bitmap(task.items.iter().map(|item| item.item)),
        malformed: Default::default(),
    };
    let signature = attestation_sign(validator, &vote_payload(genesis_hash(), &vote));
    Runtime::build_vote(vote, signature)
}

/// Let every validator vote Held on whatever its duties name.
pub fn vote_on_everything(chain: &mut Chain) {
    let votes: Vec<_> = VALIDATORS
        .into_iter()
        .flat_map(|validator| votes(validator).into_iter().map(move |task| held(validator, task)))
        .map(|vote| chain.pooled(vote))
        .collect();
    assert_eq!(votes.len(), VALIDATORS.len(), "every validator has one vote to give");
    // Those that arrive after the decision are refused, so the quorum alone has to pass.
    let results = chain.block(votes);
    assert!(
        results.iter().filter(|result| result.is_ok()).count() >= 3,
        "{results:?}"
    );
}
