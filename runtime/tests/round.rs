//! A whole round on the real runtime: from the registration of a model to a claim, each step a transaction.

mod common;

use common::*;
use quorate_exact::rule::Rule;
use quorate_primitives::{
    job::{Outcome, ScorePage, ScoreRow, Verdict},
    payload,
    policy::{Access, Deadlines, Policy, Split},
    traits::Jobs as _,
    update::{bitmap, AvailabilityVote},
    views::{JobStage, ModelState, RoundPhase},
    AccountId, Hash, JobId, ModelId, Root, RoundId,
};
use quorate_runtime::{constants::UNIT, Attestation, Balances, Runtime, UncheckedExtrinsic};
use quorate_runtime_api::{runtime_decl_for_gadget_api::GadgetApi, runtime_decl_for_query_api::QueryApi};
use sp_keyring::Sr25519Keyring;

const HEADER: u32 = 1_024;
const GROUP: u64 = 4_096;
const FILE: u64 = HEADER as u64 + GROUP;
const CONTRIBUTORS: u32 = 5;

fn policy() -> Policy {
    Policy {
        pipeline: Rule::TrimmedMean { trim_ppm: 200_000 }.into(),
        min_updates: 3,
        max_updates: CONTRIBUTORS,
        max_weight: 1_000,
        max_updates_per_organisation: 1,
        deadlines: Deadlines {
            collect: 20,
            open: 10,
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
        retention: 100,
        challenge: 0,
        access: Access::Public,
    }
}

fn organisation(number: u32) -> String {
    format!("//Org{number}")
}

fn contributor(number: u32) -> String {
    format!("//Contributor{number}")
}

fn update_root(number: u32) -> Root {
    Hash::repeat_byte(100 + number as u8)
}

fn salt(number: u32) -> [u8; 32] {
    [number as u8; 32]
}

fn rows() -> Vec<ScoreRow> {
    (0..CONTRIBUTORS)
        .map(|n| ScoreRow {
            score: 500_000 + n * 100_000,
            selection: 100,
        })
        .collect()
}

fn outcome(right: bool) -> Outcome {
    Outcome {
        output: Hash::repeat_byte(if right { 1 } else { 2 }),
        output_len: FILE,
        optimiser: None,
        detail: Hash::repeat_byte(3),
        scores: payload::scores_root(&payload::page_hashes(&rows())),
    }
}

/// Register a model, sponsor five contributors, vote on version 0, fund.
fn prepare(chain: &mut Chain) -> ModelId {
    let mut setup = vec![signed(
        "//Org0",
        pallet_models::Call::register {
            name: b"digits".to_vec().try_into().unwrap(),
            header_hash: Hash::repeat_byte(9),
            header_len: HEADER,
            group_len: GROUP,
            file_len: FILE,
            root: Hash::repeat_byte(10),
            policy: policy(),
            parent: None,
        },
    )];
    for number in 0..CONTRIBUTORS {
        let call = pallet_consortium::Call::sponsor {
            contributor: account(&contributor(number)),
        };
        setup.push(signed_ahead(&organisation(number), call, u32::from(number == 0)));
    }
    chain.run(setup);
    // The ballot on a version 0 is opened by the chain in the next block.
    chain.pass(1);
    vote_on_everything(chain);
    let model = Runtime::model(0).expect("the model is registered");
    assert_eq!((model.state, model.latest), (ModelState::Active, Some(0)));
    chain.run(vec![signed(
        "//Org0",
        pallet_incentives::Call::fund {
            model: 0,
            amount: 1_000 * UNIT,
        },
    )]);
    0
}

/// Let every validator vote Held on whatever its tasks name.
fn vote_on_everything(chain: &mut Chain) {
    let mut votes = Vec::new();
    for validator in VALIDATORS {
        for task in Runtime::tasks(key(validator)).votes {
            let roots: Vec<Root> = task.items.iter().map(|item| item.blob.root).collect();
            let vote = AvailabilityVote {
                subject: task.subject,
                voter: task.voter,
                roots: payload::voted_roots(&roots),
                held: bitmap(task.items.iter().map(|item| item.item)),
                malformed: Default::default(),
            };
            let signature = aiwk_sign(validator, &payload::vote_payload(genesis_hash(), &vote));
            votes.push(chain.pooled(Runtime::build_vote(vote, signature)));
        }
    }
    assert_eq!(votes.len(), VALIDATORS.len(), "every validator has one vote to give");
    // Those that arrive after the decision are refused, so the quorum alone has to pass.
    let results = chain.block(votes);
    assert!(
        results.iter().filter(|result| result.is_ok()).count() >= 3,
        "{results:?}"
    );
}

/// Open a round, submit, show, vote, until the job is made.
fn seal(chain: &mut Chain, model: ModelId) -> (RoundId, JobId) {
    chain.run(vec![signed("//Org0", pallet_rounds::Call::open_round { model })]);
    let round = Runtime::rounds(0, 64).last().expect("the round is open").id;
    let submit = |number: u32| {
        let path = contributor(number);
        let commitment = payload::update_commitment(
            genesis_hash(),
            round,
            &account(&path),
            update_root(number),
            100,
            salt(number),
        );
        let call = pallet_rounds::Call::submit {
            round,
            commitment,
            weight: 100,
        };
        chain.pooled(signed(&path, call))
    };
    let submissions = (0..CONTRIBUTORS).map(submit).collect();
    chain.run(submissions);
    assert!(matches!(
        Runtime::round(round).unwrap().phase,
        RoundPhase::Opening { .. }
    ));
    let open = |number: u32| {
        let call = pallet_rounds::Call::open {
            round,
            root: update_root(number),
            salt: salt(number),
        };
        chain.pooled(signed(&contributor(number), call))
    };
    let openings = (0..CONTRIBUTORS).map(open).collect();
    chain.run(openings);
    vote_on_everything(chain);
    let view = Runtime::round(round).unwrap();
    assert_eq!(view.phase, RoundPhase::Computing);
    (round, view.job.expect("a sealed round has a job"))
}

fn says(validator: Sr25519Keyring, liar: Option<Sr25519Keyring>) -> Outcome {
    outcome(liar != Some(validator))
}

fn commit(chain: &mut Chain, liar: Option<Sr25519Keyring>) {
    let commits = VALIDATORS.map(|validator| {
        let tasks = Runtime::tasks(key(validator)).jobs;
        let task = tasks.first().expect("every validator has the job");
        assert_eq!((task.stage, tasks.len()), (JobStage::Commit, 1));
        assert_eq!(quorate_primitives::merkle::root_of(&task.inputs), task.spec.inputs_root);
        let outcome = says(validator, liar);
        let commit =
            payload::outcome_commitment(genesis_hash(), task.id, &validator.to_account_id(), &outcome, [7; 32]);
        let message = payload::commit_payload(genesis_hash(), task.id, task.member, commit);
        chain.pooled(Runtime::build_commit(
            task.id,
            task.member,
            commit,
            aiwk_sign(validator, &message),
        ))
    });
    chain.run(commits.into());
}

fn reveal(chain: &mut Chain, liar: Option<Sr25519Keyring>) {
    let reveals = VALIDATORS.map(|validator| {
        let tasks = Runtime::tasks(key(validator)).jobs;
        let task = tasks.first().expect("every validator has committed");
        assert!(matches!(task.stage, JobStage::Reveal { closed_at, .. } if closed_at == chain.number()));
        let outcome = says(validator, liar);
        let message = payload::reveal_payload(genesis_hash(), task.id, task.member, &outcome, [7; 32]);
        let signature = aiwk_sign(validator, &message);
        chain.pooled(Runtime::build_reveal(task.id, task.member, outcome, [7; 32], signature))
    });
    chain.run(reveals.into());
}

fn settle(chain: &mut Chain, liar: Option<Sr25519Keyring>, round: RoundId) {
    for validator in VALIDATORS {
        let pages = Runtime::tasks(key(validator)).pages;
        assert_eq!(
            pages.len(),
            usize::from(liar != Some(validator)),
            "who was wrong has no right detail"
        );
    }
    let job = Runtime::round(round).unwrap().job.unwrap();
    let page = ScorePage::truncate_from(rows());
    let transaction = chain.pooled(Runtime::build_page(job, 0, page, payload::page_hashes(&rows())));
    chain.run(vec![transaction]);
    for _ in 0..20 {
        if Runtime::round(round).unwrap().phase == RoundPhase::Settled {
            return;
        }
        chain.pass(1);
    }
    panic!("the round is not settled: {:?}", Runtime::round(round).unwrap().phase);
}

fn whole_round(chain: &mut Chain, liar: Option<Sr25519Keyring>) -> (RoundId, JobId) {
    let model = prepare(chain);
    let (round, job) = seal(chain, model);
    commit(chain, liar);
    reveal(chain, liar);
    let version = Runtime::version(model, 1).expect("the version is recorded");
    assert_eq!(version.record.root, outcome(true).output);
    settle(chain, liar, round);
    (round, job)
}

#[test]
fn a_contributor_who_never_held_a_token_submits_and_is_paid() {
    on_local_chain(|chain| {
        let issuance = Balances::total_issuance();
        let (_, job) = whole_round(chain, None);
        assert!(Attestation::verdicts(job)
            .iter()
            .all(|(_, verdict)| *verdict == Verdict::Agreed));

        let who: AccountId = account(&contributor(4));
        assert_eq!(Balances::free_balance(&who), 0);
        let claimable = Runtime::standing(who.clone()).claimable;
        assert!(claimable > 0);
        let claim = chain.pooled(signed(&contributor(4), pallet_incentives::Call::claim {}));
        chain.run(vec![claim]);
        assert_eq!(Balances::free_balance(&who), claimable);
        assert_eq!(Balances::total_issuance(), issuance, "no unit was lost or made");
    });
}

#[test]
fn a_liar_is_outvoted_recorded_and_paid_nothing() {
    on_local_chain(|chain| {
        let liar = Sr25519Keyring::Charlie;
        let (_, job) = whole_round(chain, Some(liar));
        for (validator, verdict) in Attestation::verdicts(job) {
            let lied = validator == liar.to_account_id();
            assert_eq!(verdict, if lied { Verdict::Wrong } else { Verdict::Agreed });
            let standing = Runtime::standing(validator);
            assert_eq!(standing.claimable == 0, lied);
            assert_eq!(standing.validator.unwrap() < 500_000, lied);
        }
    });
}

#[test]
fn lineage_answers_for_a_version() {
    on_local_chain(|chain| {
        let (round, job) = whole_round(chain, None);
        let lineage = Runtime::lineage(0, 1).expect("version 1 exists");
        assert_eq!(lineage.policy, policy());
        assert_eq!(
            lineage.parents.iter().map(|parent| parent.version).collect::<Vec<_>>(),
            [0]
        );
        assert_eq!(lineage.updates.len(), CONTRIBUTORS as usize);
        for update in &lineage.updates {
            let number = (0..CONTRIBUTORS)
                .find(|n| update.root == Some(update_root(*n)))
                .expect("a known root");
            assert_eq!(update.contributor, account(&contributor(number)));
            assert_eq!(update.score, Some(rows()[update.index.unwrap() as usize].score));
        }
        let said = lineage.job.expect("a round's version has a job");
        assert!(said.statements.iter().all(|said| said.reveal == Some(outcome(true))));
        assert!(lineage.version.settlement.is_some());
        assert_eq!(Runtime::job(job).unwrap().job.spec.round, round);
    });
}

#[test]
fn what_a_gadget_builds_comes_from_anyone_and_once() {
    on_local_chain(|chain| {
        let model = prepare(chain);
        seal(chain, model);
        let task = Runtime::tasks(key(Sr25519Keyring::Alice)).jobs.remove(0);
        let commit = Hash::repeat_byte(5);
        let message = payload::commit_payload(genesis_hash(), task.id, task.member, commit);
        let build = |by: Sr25519Keyring| -> UncheckedExtrinsic {
            Runtime::build_commit(task.id, task.member, commit, aiwk_sign(by, &message))
        };
        assert!(chain.pool(build(Sr25519Keyring::Bob)).is_err());
        let good = chain.pooled(build(Sr25519Keyring::Alice));
        chain.run(vec![good.clone()]);
        assert!(chain.pool(good.clone()).is_err());
        assert!(matches!(chain.block(vec![good])[0], Err(Failure::Refused(_))));
    });
}
