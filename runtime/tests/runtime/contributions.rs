//! Rounds that are paid by what updates improve, in the real runtime: sealed shards from commitment to the end of their bonds, the assessment,
//! and whom its scores pay.

use crate::common::{flow, flow::contributor, model::*, *};
use codec::{DecodeAll, Encode};
use quorate_primitives::{
    availability::{ArtifactKind, Named},
    job::{
        aggregate::{page_hashes, scores_root, ScorePage, ScoreRow},
        assess::{Measures, KIND},
        AssessOutcome, Outcome, Verdict,
    },
    payload,
    policy::{assessment::MIN_SHARD_ROWS, Access, Assessment, Contribution, Gate, Policy},
    purpose::Purpose,
    traits::Jobs,
    views::{
        assessments::{AssessTask, RoundAssessment, ShardState},
        gateway::{GatewayEntry, ShardBlob},
        tasks::{JobStage, JobTask},
        BlobRef, Entry, ModelState, RoundPhase,
    },
    Balance, JobId, ModelId, OrganisationId, Root, RoundId,
};
use quorate_runtime::{
    apis::gateway, constants::UNIT, Attestation, Evaluation, Incentives, Runtime, UncheckedExtrinsic,
};
use quorate_runtime_api::{
    runtime_decl_for_duties_api::DutiesApi, runtime_decl_for_models_api::ModelsApi,
    runtime_decl_for_rounds_api::RoundsApi,
};
use sp_keyring::Sr25519Keyring;

const MODEL: ModelId = 0;
const PROGRAM_LEN: u64 = 10_000;
const SHARD_LEN: u64 = 50_000;
/// Least number of suppliers by the policy.
const FEWEST: u32 = 4;
/// What contributors share of a round's reward.
const POT: Balance = 70 * UNIT;
/// A validator that says something else of each assessment.
const LIAR: Sr25519Keyring = Sr25519Keyring::Charlie;

fn organisation(number: u32) -> String {
    format!("//Org{number}")
}

fn by_contribution() -> Policy {
    let contribution = Contribution {
        min_suppliers: FEWEST,
        max_suppliers: 5,
        min_rows: MIN_SHARD_ROWS,
        max_rows: MIN_SHARD_ROWS,
        max_len: SHARD_LEN,
        reveal: 10,
        vote: 10,
        claimed_weights: true,
    };
    Policy {
        assessment: Some(Assessment {
            program: 0,
            benchmark: None,
            operations: 1_000,
            gate: Some(Gate {
                max_increase: 0,
                min_correct: 0,
            }),
            contribution: Some(contribution),
        }),
        ..policy()
    }
}

/// A model whose rounds are paid by contribution, with five contributors of five organisations and a fund.
fn prepare(chain: &mut Chain) {
    assert_eq!(flow::prepare(chain), MODEL);
    let program = pallet_artifacts::Call::register {
        kind: ArtifactKind::Program,
        root: Root::repeat_byte(0xA0),
        possession: POSSESSION,
        len: PROGRAM_LEN,
        licence: b"CC0-1.0".to_vec().try_into().expect("a short one"),
        access: Access::Public,
    };
    run(chain, vec![signed("//Org1", program)]);
    vote_on_everything(chain);
    let policy = by_contribution();
    run(
        chain,
        vec![signed(
            "//Org0",
            pallet_models::Call::set_policy { model: MODEL, policy },
        )],
    );
}

/// Make a block in which all of these succeed; not the one in which a session begins, for it has no room.
fn run(chain: &mut Chain, transactions: Vec<UncheckedExtrinsic>) {
    if !chain.has_room() {
        chain.pass(1);
    }
    chain.run(transactions);
}

/// Go on to the beginning of a session: the next ones are far enough.
fn await_session(chain: &mut Chain) {
    while chain.has_room() {
        chain.pass(1);
    }
    chain.pass(1);
}

/// A round whose updates are sealed.
fn seal(chain: &mut Chain) -> RoundId {
    await_session(chain);
    flow::seal(chain, MODEL).0
}

fn shard_root(supplier: OrganisationId, number: u32) -> Root {
    payload::tagged(b"test shard", &(supplier, number))
}

fn shard_salt(supplier: OrganisationId) -> [u8; 32] {
    [supplier as u8 + 100; 32]
}

/// What each of so many shards has to be bonded with: one of the fewest that is missing leaves the round without scores, of five it takes two.
fn bond_of(suppliers: u32) -> Balance {
    if suppliers > FEWEST {
        POT / 2
    } else {
        POT
    }
}

/// An organisation commits to its shard with a number.
fn commit_shard(supplier: OrganisationId, number: u32, bond: Balance) -> UncheckedExtrinsic {
    let root = shard_root(supplier, number);
    let salt = shard_salt(supplier);
    let call = pallet_evaluation::Call::commit_shard {
        model: MODEL,
        commitment: payload::shard_commitment(genesis_hash(), MODEL, supplier, root, MIN_SHARD_ROWS, salt),
        rows: MIN_SHARD_ROWS,
        bond,
    };
    signed(&organisation(supplier), call)
}

fn commit_shards(chain: &mut Chain, suppliers: u32, number: u32) {
    assert_eq!(Evaluation::shard_bond(MODEL), Some(POT));
    let bond = bond_of(suppliers);
    let commits = (0..suppliers).map(|supplier| commit_shard(supplier, number, bond));
    let commits = commits.collect();
    run(chain, commits);
    assert_eq!(bonded(), Balance::from(suppliers) * bond);
}

fn reveal_shard(round: RoundId, supplier: OrganisationId, number: u32) -> UncheckedExtrinsic {
    let call = pallet_evaluation::Call::reveal_shard {
        round,
        named: Named {
            root: shard_root(supplier, number),
            possession: POSSESSION,
        },
        len: SHARD_LEN,
        salt: shard_salt(supplier),
    };
    signed(&organisation(supplier), call)
}

/// These suppliers reveal their shards, and every validator votes that it holds them.
fn reveal_shards(chain: &mut Chain, round: RoundId, suppliers: &[OrganisationId], number: u32) {
    let reveals = suppliers.iter().map(|supplier| reveal_shard(round, *supplier, number));
    let reveals = reveals.collect();
    run(chain, reveals);
    vote_on_everything(chain);
}

/// What organisations' bonds for shards of the model hold.
fn bonded() -> Balance {
    let bonds = pallet_incentives::Bonds::<Runtime>::iter_prefix_values(Purpose::Shards(MODEL));
    bonds.map(|bond| bond.amount).sum()
}

/// The round's shards as a gateway knows them, of whichever part of its view.
fn shown(round: RoundId) -> Vec<ShardBlob> {
    let shares = gateway::shares(&[], 0).rounds.into_iter();
    let entries = gateway::page(None)
        .entries
        .into_iter()
        .chain(shares.flat_map(|share| share.entries));
    let shards = entries.filter_map(|entry| match GatewayEntry::try_from(&entry) {
        Ok(GatewayEntry::Shard(shard)) if shard.round == round => Some(shard),
        _ => None,
    });
    let mut shards: Vec<ShardBlob> = shards.collect();
    shards.dedup();
    shards
}

fn shown_to(round: RoundId, suppliers: &[OrganisationId], access: Access, pending: bool) -> Vec<ShardBlob> {
    let shard = |supplier: &OrganisationId| ShardBlob {
        round,
        supplier: *supplier,
        blob: BlobRef {
            root: shard_root(*supplier, 0),
            len: SHARD_LEN,
        },
        access,
        pending,
    };
    suppliers.iter().map(shard).collect()
}

/// Whether an organisation's members are named, so that its gateway takes the shard.
fn may_upload(supplier: OrganisationId) -> bool {
    let entries: Vec<Entry> = gateway::page(None).entries;
    entries.iter().any(|entry| match GatewayEntry::try_from(entry) {
        Ok(GatewayEntry::Members(members)) => members.organisation == supplier,
        _ => false,
    })
}

fn assessment(round: RoundId) -> RoundAssessment {
    Runtime::round(round)
        .and_then(|view| view.assessment)
        .expect("the round is assessed")
}

/// The committee aggregates.
fn aggregate(chain: &mut Chain, round: RoundId) {
    let commits = VALIDATORS.map(|validator| flow::commit(chain, validator, None));
    run(chain, commits.into());
    if flow::the_job(VALIDATORS[0]).stage == JobStage::Commit {
        chain.pass(1);
    }
    let reveals = VALIDATORS.map(|validator| flow::reveal(chain, validator, None));
    run(chain, reveals.into());
    assert_eq!(flow::phase(round), RoundPhase::Assessing);
}

/// Scores by what updates improve, in the sealed order: the first one improves nothing.
fn contributions() -> Vec<ScoreRow> {
    let rows = (0..CONTRIBUTORS).map(|place| ScoreRow {
        score: 100_000 * place,
        selection: 100,
    });
    rows.collect()
}

fn assessed(counted: u32, increase: i32, rows: Option<&[ScoreRow]>) -> AssessOutcome {
    AssessOutcome::Done {
        measures: Measures {
            sets: counted.count_ones(),
            loss_before: 5_000,
            loss: 5_000 + increase,
            increase,
            correct_before: 500_000,
            correct: 600_000,
        },
        counted,
        detail: Root::repeat_byte(0xDE),
        detail_len: 777,
        scores: rows.map(|rows| scores_root(&page_hashes(rows))),
    }
}

fn work(task: &JobTask) -> AssessTask {
    assert_eq!(task.kind, KIND);
    AssessTask::decode_all(&mut &task.work[..]).expect("the work of an assessment")
}

fn says(validator: Sr25519Keyring, outcome: AssessOutcome) -> Outcome {
    match validator == LIAR {
        true => AssessOutcome::Unfit.into(),
        false => outcome.into(),
    }
}

fn commit(chain: &Chain, validator: Sr25519Keyring, outcome: AssessOutcome) -> UncheckedExtrinsic {
    let (task, outcome) = (flow::the_job(validator), says(validator, outcome));
    let commit = payload::outcome_commitment(genesis_hash(), task.id, &validator.to_account_id(), &outcome, [7; 32]);
    let message = payload::commit_payload(genesis_hash(), task.id, task.member, commit);
    let signature = attestation_sign(validator, &message);
    chain.pooled(Runtime::build_commit(task.id, task.member, commit, signature))
}

fn reveal(chain: &Chain, validator: Sr25519Keyring, outcome: AssessOutcome) -> UncheckedExtrinsic {
    let (task, outcome) = (flow::the_job(validator), says(validator, outcome));
    let message = payload::reveal_payload(genesis_hash(), task.id, task.member, &outcome, [7; 32]);
    let signature = attestation_sign(validator, &message);
    let transaction = Runtime::build_reveal(task.id, task.member, outcome.encode(), [7; 32], signature);
    chain.pooled(transaction.expect("an outcome that the runtime knows"))
}

/// Wait until the assessment's job runs.
fn await_assessment(chain: &mut Chain, round: RoundId) -> JobId {
    for _ in 0..30 {
        if let Some(job) = assessment(round).job {
            return job;
        }
        chain.pass(1);
    }
    panic!("no assessment: {:?}", flow::phase(round));
}

/// Every validator but the liar finds this.
fn assess(chain: &mut Chain, round: RoundId, outcome: AssessOutcome) -> JobId {
    let job = await_assessment(chain, round);
    let commits = VALIDATORS.map(|validator| commit(chain, validator, outcome));
    run(chain, commits.into());
    if flow::the_job(VALIDATORS[0]).stage == JobStage::Commit {
        chain.pass(1);
    }
    let reveals = VALIDATORS.map(|validator| reveal(chain, validator, outcome));
    run(chain, reveals.into());
    job
}

/// Show the only page of scores, and wait until the round is over.
fn settle(chain: &mut Chain, round: RoundId, rows: &[ScoreRow]) {
    let task = pages(VALIDATORS[0]).pop().expect("scores are awaited");
    let page = ScorePage::truncate_from(rows.to_vec());
    let shown = chain.pooled(Runtime::build_page(round, task.page, page, page_hashes(rows)));
    run(chain, vec![shown]);
    await_end(chain, round);
}

fn await_end(chain: &mut Chain, round: RoundId) {
    for _ in 0..30 {
        if matches!(flow::phase(round), RoundPhase::Settled | RoundPhase::Failed) {
            return;
        }
        chain.pass(1);
    }
    panic!("the round is not over: {:?}", flow::phase(round));
}

fn claimable(number: u32) -> Balance {
    Incentives::claimable(&account(&contributor(number)))
}

fn fund() -> Balance {
    Incentives::fund_of(Purpose::Model(MODEL))
}

fn on_chain(test: impl FnOnce(&mut Chain)) {
    on_sound_chain(prepare, test);
}

#[test]
fn contributors_should_be_paid_by_what_their_updates_improve_on_shards_that_were_sealed() {
    on_chain(|chain| {
        commit_shards(chain, FEWEST, 0);
        let suppliers = [0, 1, 2, 3];
        let round = seal(chain);
        let fee = assessment(round).fee;
        // Nobody reads what is sealed.
        assert!(shown(round).is_empty());
        let reveals = suppliers.map(|supplier| reveal_shard(round, supplier, 0));
        run(chain, reveals.into());
        assert_eq!(shown(round), shown_to(round, &suppliers, Access::Validators, true));
        assert!(suppliers.iter().all(|supplier| may_upload(*supplier)) && !may_upload(4));
        vote_on_everything(chain);
        assert_eq!(shown(round), shown_to(round, &suppliers, Access::Validators, false));
        assert!(!may_upload(0), "validators have them");

        aggregate(chain, round);
        let job = await_assessment(chain, round);
        for validator in VALIDATORS {
            let work = work(&flow::the_job(validator));
            let named: Vec<OrganisationId> = work.shards.iter().map(|shard| shard.supplier).collect();
            assert_eq!((named, work.round), (suppliers.to_vec(), round));
            assert!(work.shards.iter().all(|shard| shard.rows == MIN_SHARD_ROWS));
            assert_eq!(work.program_file.len, PROGRAM_LEN);
        }
        let rows = contributions();
        let outcome = assessed(0b1111, -1_000, Some(&rows));
        assert_eq!(assess(chain, round, outcome), job);
        let verdicts = <Attestation as Jobs<quorate_primitives::job::Work>>::verdicts(job);
        for (validator, verdict) in verdicts {
            let expected = match validator == LIAR.to_account_id() {
                true => Verdict::Wrong,
                false => Verdict::Agreed,
            };
            assert_eq!(verdict, expected);
        }
        assert_eq!(
            (assessment(round).outcome, assessment(round).passed),
            (Some(outcome), Some(true))
        );
        // The bonds have returned, and everybody may read the shards.
        assert_eq!((bonded(), assessment(round).bonus), (0, 0));
        assert_eq!(shown(round), shown_to(round, &suppliers, Access::Public, false));

        // Those of the aggregation count for nothing here.
        let task = pages(VALIDATORS[0]).pop().expect("scores are awaited");
        let by_products = flow::rows();
        let page = ScorePage::truncate_from(by_products.clone());
        let other = Runtime::build_page(round, task.page, page, page_hashes(&by_products));
        assert!(chain.pool(other).is_err());
        settle(chain, round, &rows);
        let view = Runtime::round(round).expect("the round exists");
        for (number, update) in (0..CONTRIBUTORS).map(|number| {
            let who = account(&contributor(number));
            let update = view.updates.iter().find(|update| update.contributor == who);
            (number, update.expect("it took part"))
        }) {
            let place = update.index.expect("it counted");
            assert_eq!(update.score, Some(100_000 * place));
            assert_eq!(claimable(number), POT * Balance::from(place) / 10);
        }
        // What equal parts of the validators leave over returns.
        let left_over = fund() - (1_000 * UNIT - by_contribution().reward - fee);
        assert!(left_over < VALIDATORS.len() as Balance, "{left_over}");
        assert_eq!(
            Runtime::model(MODEL).map(|model| (model.head, model.state)),
            Some((view.version, ModelState::Active))
        );
    });
}

#[test]
fn supplier_that_withholds_should_lose_its_bond_to_the_contributors_of_others() {
    on_chain(|chain| {
        commit_shards(chain, 5, 0);
        let round = seal(chain);
        reveal_shards(chain, round, &[0, 1, 2, 3], 0);
        aggregate(chain, round);
        assert_eq!(assessment(round).job, None, "the fifth may still be revealed");
        let rows = contributions();
        assess(chain, round, assessed(0b1111, 0, Some(&rows)));
        let bonus = POT / 2 / 4;
        assert_eq!((assessment(round).withheld, assessment(round).bonus), (vec![4], bonus));
        assert_eq!(bonded(), 0);
        settle(chain, round, &rows);
        let view = Runtime::round(round).expect("the round exists");
        for number in 0..CONTRIBUTORS {
            let who = account(&contributor(number));
            let update = view.updates.iter().find(|update| update.contributor == who);
            let place = update.and_then(|update| update.index).expect("it counted");
            let bonus = if number == 4 { 0 } else { bonus };
            assert_eq!(claimable(number), POT * Balance::from(place) / 10 + bonus, "{number}");
        }
        let states: Vec<ShardState> = Evaluation::round_shards(round)
            .into_iter()
            .map(|shard| shard.state)
            .collect();
        assert_eq!(
            states
                .iter()
                .filter(|state| matches!(state, ShardState::Held(_)))
                .count(),
            4
        );
        assert_eq!(states.last(), Some(&ShardState::Sealed));
    });
}

#[test]
fn too_few_shards_should_reward_nobody_and_leave_the_pot_for_the_next_round() {
    on_chain(|chain| {
        commit_shards(chain, FEWEST, 0);
        let round = seal(chain);
        reveal_shards(chain, round, &[0, 1, 3], 0);
        aggregate(chain, round);
        await_end(chain, round);
        let ended = assessment(round);
        assert_eq!((ended.job, ended.outcome, ended.withheld), (None, None, vec![2]));
        // A gate is closed unless a quorum opens it: the version is held, and all of the reward returns.
        assert_eq!((ended.passed, flow::phase(round)), (Some(false), RoundPhase::Failed));
        assert_eq!(fund(), 1_000 * UNIT);
        for number in 0..CONTRIBUTORS {
            let bonus = if number == 2 { 0 } else { POT / 4 };
            assert_eq!(claimable(number), bonus, "{number}");
        }
        assert_eq!(bonded(), 0);
        // What was revealed is public now, and measures nothing.
        commit_shards(chain, FEWEST, 0);
        let round = seal(chain);
        let used = pallet_evaluation::Error::<Runtime>::ShardUsed;
        assert_eq!(refused(chain, reveal_shard(round, 0, 0)), used.into());
    });
}

#[test]
fn round_without_a_gate_should_pay_validators_and_return_the_pot_when_shards_are_too_few() {
    on_chain(|chain| {
        let mut policy = by_contribution();
        if let Some(assessment) = &mut policy.assessment {
            assessment.gate = None;
        }
        let set = pallet_models::Call::set_policy { model: MODEL, policy };
        run(chain, vec![signed("//Org0", set)]);
        commit_shards(chain, FEWEST, 0);
        let round = seal(chain);
        reveal_shards(chain, round, &[0, 1, 3], 0);
        aggregate(chain, round);
        await_end(chain, round);
        assert_eq!(flow::phase(round), RoundPhase::Settled);
        let of_validators = by_contribution().reward / 5;
        assert_eq!(fund(), 1_000 * UNIT - of_validators, "the pot rolls over");
        assert_eq!(claimable(0), POT / 4);
        let members = VALIDATORS.map(|validator| Incentives::claimable(&validator.to_account_id()));
        assert!(members.iter().all(|earned| *earned > 0));
    });
}

#[test]
fn round_should_begin_with_enough_shards_only_and_one_that_is_aborted_leave_them_sealed() {
    on_chain(|chain| {
        commit_shards(chain, FEWEST - 1, 0);
        let open = || signed("//Org0", pallet_rounds::Call::open_round { model: MODEL });
        let few = || pallet_rounds::Error::<Runtime>::TooFewShards.into();
        assert_eq!(refused(chain, open()), few());
        // With a fourth that is bonded with half of the pot they are too few as well.
        run(chain, vec![commit_shard(3, 1, POT / 2)]);
        assert_eq!(refused(chain, open()), few());
        let withdraw = pallet_evaluation::Call::withdraw_shard { model: MODEL };
        run(chain, vec![signed("//Org3", withdraw)]);
        run(chain, vec![commit_shard(3, 0, POT)]);
        let round = flow::open(chain, MODEL);
        assert!(Evaluation::shards(MODEL).is_empty());
        assert_eq!(Evaluation::round_shards(round).len() as u32, FEWEST);
        run(chain, vec![signed("//Org0", pallet_rounds::Call::abort { round })]);
        let waiting = Evaluation::shards(MODEL).into_iter();
        assert_eq!(waiting.map(|shard| shard.supplier).collect::<Vec<_>>(), [0, 1, 2, 3]);
        assert_eq!(bonded(), Balance::from(FEWEST) * POT);
        let withdraw = pallet_evaluation::Call::withdraw_shard { model: MODEL };
        run(chain, vec![signed("//Org2", withdraw)]);
        assert_eq!(bonded(), Balance::from(FEWEST - 1) * POT);
    });
}

#[test]
fn version_that_is_worse_on_the_shards_should_be_held_and_its_suppliers_lose_nothing() {
    on_chain(|chain| {
        commit_shards(chain, FEWEST, 0);
        let round = seal(chain);
        let fee = assessment(round).fee;
        reveal_shards(chain, round, &[0, 1, 2, 3], 0);
        aggregate(chain, round);
        let rows = contributions();
        assess(chain, round, assessed(0b1111, 1, Some(&rows)));
        await_end(chain, round);
        assert_eq!(
            (assessment(round).passed, flow::phase(round)),
            (Some(false), RoundPhase::Failed)
        );
        assert_eq!((bonded(), fund()), (0, 1_000 * UNIT - fee));
        assert!((0..CONTRIBUTORS).all(|number| claimable(number) == 0));
        assert_eq!(Runtime::model(MODEL).and_then(|model| model.head), Some(0));
    });
}
