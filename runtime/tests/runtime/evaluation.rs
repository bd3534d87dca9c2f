//! Evaluations in the real runtime: what validators are asked, what a liar loses, and where every unit of a fee goes.

use crate::common::{model::*, *};
use codec::{DecodeAll, Encode};
use frame_support::traits::{Contains, InstanceFilter};
use quorate_primitives::{
    availability::ArtifactKind,
    committee::Member,
    job::{
        evaluate::{EXACT_VERSION, KIND},
        EvaluateOutcome, Outcome, Verdict,
    },
    payload,
    policy::Access,
    purpose::Purpose,
    traits::Reputation as _,
    views::{
        evaluations::EvaluateTask,
        gateway::GatewayEntry,
        tasks::{JobStage, JobTask},
        BlobRef, Entry, EvaluationFailure, EvaluationState, EvaluationView, Quote,
    },
    AccountId, ArtifactId, Balance, EvaluationId, JobId, Ppm, Root,
};
use quorate_runtime::{
    apis::gateway,
    configs::{
        accounts::ProxyType,
        protocol::{MAX_ACTIVE_ROUNDS, MAX_OPEN_EVALUATIONS},
        safety::StaysOpen,
    },
    constants::{MICROUNIT, MILLIUNIT, UNIT},
    governance::TreasuryAccount,
    parameters::{dynamic::evaluation, RuntimeParameters},
    Balances, Incentives, Reputation, Runtime, RuntimeCall, UncheckedExtrinsic,
};
use quorate_runtime_api::{
    runtime_decl_for_duties_api::DutiesApi, runtime_decl_for_evaluations_api::EvaluationsApi,
    runtime_decl_for_jobs_api::JobsApi,
};
use sp_keyring::Sr25519Keyring;

/// Lengths of the program's and the data set's files.
const PROGRAM_LEN: u64 = 10_000;
const DATA_LEN: u64 = (2 << 20) + 1;
/// Three thousand million operations for each of a thousand rows, and three MiB that were begun.
const FEE: Balance = 100 * MILLIUNIT + 3_000 * 20 * MICROUNIT + 3 * 100 * MICROUNIT;
const OPERATIONS: u64 = 3_000;
const BASE: Balance = 100 * MILLIUNIT;
const FUND: Balance = UNIT;
/// The organisation that pays; none of the validators is its.
const ASKER: u32 = 4;
const PROGRAM: ArtifactId = 0;
const DATA: ArtifactId = 1;

fn artifact(chain: &mut Chain, kind: ArtifactKind, len: u64) {
    let call = pallet_artifacts::Call::register {
        kind,
        root: Root::repeat_byte(0xA0 + kind as u8),
        possession: POSSESSION,
        len,
        licence: b"CC0-1.0".to_vec().try_into().expect("a short one"),
        access: Access::Public,
    };
    chain.run(vec![signed("//Org1", call)]);
    vote_on_everything(chain);
}

fn fund(organisation: u32) -> Purpose {
    Purpose::Organisation(organisation)
}

fn request() -> pallet_evaluation::Call<Runtime> {
    pallet_evaluation::Call::request {
        model: 0,
        version: 0,
        program: PROGRAM,
        data: DATA,
        operations: OPERATIONS,
        max_fee: FEE,
    }
}

/// A model, a program and a data set that anyone may read; a contributor whose organisation has a fund.
fn prepare(chain: &mut Chain) {
    active(chain, 0);
    artifact(chain, ArtifactKind::Program, PROGRAM_LEN);
    artifact(chain, ArtifactKind::DataSet, DATA_LEN);
    let give = pallet_balances::Call::transfer_keep_alive {
        dest: account("//Contributor4").into(),
        value: UNIT,
    };
    let fill = pallet_incentives::Call::fund {
        purpose: fund(ASKER),
        amount: FUND,
    };
    chain.run(vec![
        signed("//Org4", sponsor("//Contributor4", ASKER)),
        signed_ahead("//Org4", give, 1),
        // From anybody.
        signed("//Org3", fill),
    ]);
}

fn view(id: EvaluationId) -> EvaluationView {
    Runtime::evaluation(id).expect("it has a record")
}

fn task(validator: Sr25519Keyring) -> JobTask {
    let mut tasks = jobs(validator);
    assert_eq!(tasks.len(), 1, "{validator:?} has one job");
    tasks.remove(0)
}

fn done(loss: i64) -> EvaluateOutcome {
    EvaluateOutcome::Done {
        rows: 1_000,
        loss,
        correct: 900,
        faults: 0,
        detail: Root::repeat_byte(0xDD),
    }
}

fn commit(chain: &Chain, validator: Sr25519Keyring, outcome: EvaluateOutcome) -> UncheckedExtrinsic {
    let (task, outcome) = (task(validator), Outcome::from(outcome));
    let commit = payload::outcome_commitment(genesis_hash(), task.id, &validator.to_account_id(), &outcome, [7; 32]);
    let message = payload::commit_payload(genesis_hash(), task.id, task.member, commit);
    let signature = attestation_sign(validator, &message);
    chain.pooled(Runtime::build_commit(task.id, task.member, commit, signature))
}

fn reveal(chain: &Chain, validator: Sr25519Keyring, outcome: EvaluateOutcome) -> UncheckedExtrinsic {
    let (task, outcome) = (task(validator), Outcome::from(outcome));
    assert!(matches!(task.stage, JobStage::Reveal { .. }), "{:?}", task.stage);
    let message = payload::reveal_payload(genesis_hash(), task.id, task.member, &outcome, [7; 32]);
    let signature = attestation_sign(validator, &message);
    let transaction = Runtime::build_reveal(task.id, task.member, outcome.encode(), [7; 32], signature);
    chain.pooled(transaction.expect("an outcome that the runtime knows"))
}

/// Every validator commits to an outcome and reveals it. Returns the job.
fn compute(chain: &mut Chain, outcomes: [EvaluateOutcome; 4]) -> JobId {
    let job = task(VALIDATORS[0]).id;
    let says = || VALIDATORS.into_iter().zip(outcomes);
    let commits = says().map(|(validator, outcome)| commit(chain, validator, outcome));
    let commits = commits.collect();
    chain.run(commits);
    if task(VALIDATORS[0]).stage == JobStage::Commit {
        chain.pass(1);
    }
    let reveals = says().map(|(validator, outcome)| reveal(chain, validator, outcome));
    let reveals = reveals.collect();
    chain.run(reveals);
    job
}

/// In the order of the validators.
fn verdicts(job: JobId) -> [Option<Verdict>; 4] {
    let job = Runtime::job(job).expect("it is kept").job;
    VALIDATORS.map(|validator| {
        let of = |member: &Member| member.validator == validator.to_account_id();
        let position = job.committee.iter().position(of).expect("a member");
        job.statements[position].verdict
    })
}

fn earned() -> [Balance; 4] {
    VALIDATORS.map(|validator| Incentives::claimable(&validator.to_account_id()))
}

fn reputations() -> [Ppm; 4] {
    VALIDATORS.map(|validator| Reputation::validator(&validator.to_account_id()))
}

fn treasury() -> Balance {
    Balances::free_balance(TreasuryAccount::get())
}

/// An organisation leaves, as after the consortium's decision.
fn leave(organisation: u32, account: &AccountId) {
    pallet_consortium::Organisations::<Runtime>::remove(organisation);
    pallet_consortium::OrganisationByAccount::<Runtime>::remove(account);
}

fn on_chain(test: impl FnOnce(&mut Chain)) {
    on_sound_chain(prepare, test);
}

#[test]
fn committee_should_evaluate_a_version_and_a_liar_earn_nothing() {
    on_chain(|chain| {
        let quote = Quote {
            fee: FEE,
            commit: 150 + 60 + 1,
        };
        assert_eq!(Runtime::quote(0, 0, PROGRAM, DATA, OPERATIONS), Some(quote));
        chain.run(vec![signed("//Contributor4", request())]);
        assert_eq!(Incentives::fund_of(fund(ASKER)), FUND - FEE);
        let asked = view(0);
        for validator in VALIDATORS {
            let task = task(validator);
            assert_eq!(
                (task.id, task.kind, task.exact_version),
                (asked.job, KIND, EXACT_VERSION)
            );
            let read = EvaluateTask::decode_all(&mut &task.work[..]).expect("the work of an evaluation");
            assert_eq!(read, EvaluateTask::new(0, &asked.work));
            assert_eq!(read.operations, OPERATIONS);
            assert_eq!(
                (read.file.len, read.program_file.len, read.data_file.len),
                (FILE, PROGRAM_LEN, DATA_LEN)
            );
        }
        let before = treasury();
        let job = compute(chain, [done(5), done(5), done(6), done(5)]);
        let right = Some(Verdict::Agreed);
        assert_eq!(verdicts(job), [right, right, Some(Verdict::Wrong), right]);
        let view = view(0);
        assert_eq!(view.state, EvaluationState::Done(done(5)));
        assert_eq!(
            (view.asked_by, view.organisation, view.fee, view.clean),
            (account("//Contributor4"), ASKER, FEE, true)
        );
        assert_eq!(earned(), [FEE / 3, FEE / 3, 0, FEE / 3]);
        // Validators may fetch the rows from each other.
        let detail = GatewayEntry::Shared(BlobRef {
            root: Root::repeat_byte(0xDD),
            len: 5_000,
        });
        assert!(gateway::page(None).entries.contains(&Entry::from(&detail)));
        assert_eq!(treasury(), before + FEE % 3);
        assert_eq!(Incentives::fund_of(fund(ASKER)), FUND - FEE);
        assert_eq!(Runtime::evaluations_of(0, 0, 0, 9).len(), 1);
        assert_eq!(Runtime::evaluations(0, 9), Runtime::evaluations_of(0, 0, 0, 9));
        // A record says what became of its version.
        let revoke = pallet_models::Call::revoke { model: 0, version: 0 };
        let revoked = as_root(revoke).is_ok();
        assert_eq!(Runtime::evaluation(0).map(|view| view.clean), Some(!revoked));
    });
}

#[test]
fn program_that_does_not_fit_should_cost_the_base_fee_alone() {
    on_chain(|chain| {
        chain.run(vec![signed("//Org4", request())]);
        compute(chain, [EvaluateOutcome::Unfit; 4]);
        assert_eq!(view(0).state, EvaluationState::Done(EvaluateOutcome::Unfit));
        assert_eq!(earned(), [BASE / 4; 4]);
        assert_eq!(Incentives::fund_of(fund(ASKER)), FUND - BASE);
    });
}

#[test]
fn committee_without_a_quorum_should_try_once_more_and_liars_of_the_first_attempt_earn_nothing() {
    on_chain(|chain| {
        chain.run(vec![signed("//Org4", request())]);
        let first = compute(chain, [done(5), done(5), done(6), done(7)]);
        let again = view(0);
        assert_eq!(
            (again.state, again.first_job),
            (EvaluationState::Computing, Some(first))
        );
        compute(chain, [done(5); 4]);
        let right = Some(Verdict::Agreed);
        assert_eq!(
            verdicts(first),
            [right, right, Some(Verdict::Wrong), Some(Verdict::Wrong)]
        );
        assert_eq!(earned(), [FEE / 2, FEE / 2, 0, 0]);
    });
}

#[test]
fn evaluation_on_which_nobody_agrees_should_cost_the_base_fee_and_all_of_it_when_its_organisation_has_left() {
    for leaves in [false, true] {
        on_chain(|chain| {
            chain.run(vec![signed("//Org4", request())]);
            compute(chain, [done(5), done(5), done(6), done(7)]);
            let before = treasury();
            if leaves {
                leave(ASKER, &account("//Org4"));
            }
            compute(chain, [done(5), done(5), done(6), done(7)]);
            let reason = EvaluationFailure::NoQuorum;
            assert_eq!(view(0).state, EvaluationState::Failed(reason));
            assert_eq!(earned(), [0; 4]);
            let back = if leaves { FUND - FEE } else { FUND - BASE };
            assert_eq!(Incentives::fund_of(fund(ASKER)), back);
            assert_eq!(treasury() - before, FUND - back);
        });
    }
}

#[test]
fn evaluations_should_cost_a_liar_its_reputation_and_move_no_others() {
    on_chain(|chain| {
        let start = 500_000;
        assert_eq!(reputations(), [start; 4]);
        let liar = [done(5), done(5), done(6), done(5)];
        for left in [start / 2, start / 4] {
            chain.run(vec![signed("//Org4", request())]);
            compute(chain, liar);
            assert_eq!(reputations(), [start, start, left, start]);
        }
        chain.run(vec![signed("//Org4", request())]);
        let (before, had) = (treasury(), earned());
        compute(chain, [EvaluateOutcome::Unfit; 4]);
        // Cheap work brings no reputation back, and below the floor no pay.
        assert_eq!(reputations(), [start, start, start / 4, start]);
        let part = BASE / 4;
        let gained: Vec<Balance> = earned().into_iter().zip(had).map(|(now, then)| now - then).collect();
        assert_eq!(gained, [part, part, 0, part]);
        assert_eq!(treasury() - before, part);
    });
}

#[test]
fn fund_should_be_filled_by_anybody_and_emptied_by_its_organisation_alone() {
    on_chain(|chain| {
        let withdraw = |amount| pallet_incentives::Call::withdraw_fund {
            purpose: fund(ASKER),
            amount,
        };
        for path in ["//Org1", "//Contributor4"] {
            refused(chain, signed(path, withdraw(1)));
        }
        // Emptied between: nothing is free.
        chain.run(vec![signed("//Org4", withdraw(FUND - FEE + 1))]);
        let empty = pallet_evaluation::Error::<Runtime>::FundTooSmall;
        assert_eq!(refused(chain, signed("//Contributor4", request())), empty.into());
        let nobody = pallet_incentives::Call::fund {
            purpose: fund(99),
            amount: 1,
        };
        let unknown = pallet_incentives::Error::<Runtime>::PurposeNotFound;
        assert_eq!(refused(chain, signed("//Org1", nobody)), unknown.into());
    });
}

#[test]
fn nobody_should_learn_of_a_data_set_by_asking_that_it_may_not_read() {
    on_chain(|chain| {
        let narrow = |access, readers: &[u32]| pallet_artifacts::Call::set_access {
            artifact: DATA,
            access,
            readers: readers.to_vec().try_into().expect("few"),
        };
        let hidden = pallet_evaluation::Error::<Runtime>::DataSetNotReadable;
        chain.run(vec![signed("//Org1", narrow(Access::Contributors, &[3]))]);
        assert_eq!(refused(chain, signed("//Org4", request())), hidden.into());
        chain.run(vec![signed("//Org1", narrow(Access::Contributors, &[3, ASKER]))]);
        chain.run(vec![signed("//Contributor4", request())]);
    });
}

#[test]
fn evaluation_should_cost_something_whatever_the_parameters_are() {
    on_chain(|chain| {
        let set = |key_value| {
            let key_value = RuntimeParameters::Evaluation(key_value);
            assert_eq!(as_root(pallet_parameters::Call::set_parameter { key_value }), Ok(()));
        };
        chain.run(vec![signed("//Org4", request())]);
        use evaluation::Parameters as Key;
        set(Key::BaseFee(evaluation::BaseFee, Some(0)));
        set(Key::FeePerOperations(evaluation::FeePerOperations, Some(0)));
        set(Key::FeePerMiB(evaluation::FeePerMiB, Some(0)));
        let quote = Runtime::quote(0, 0, PROGRAM, DATA, OPERATIONS);
        assert_eq!(quote.map(|quote| quote.fee), Some(10 * MILLIUNIT));
        // What was asked for before keeps its terms.
        compute(chain, [EvaluateOutcome::Unfit; 4]);
        assert_eq!(earned(), [BASE / 4; 4]);
    });
}

#[test]
fn round_should_find_room_for_its_job_beside_as_many_evaluations_as_may_run() {
    on_local_chain(|chain| {
        let model = flow::prepare(chain);
        // The jobs of all other rounds, and of all evaluations.
        let others = MAX_ACTIVE_ROUNDS - 1 + MAX_OPEN_EVALUATIONS;
        let others = (0..others).map(|number| payload::tagged(b"another job", &number));
        let others: Vec<JobId> = others.collect();
        pallet_attestation::ActiveJobs::<Runtime>::put(frame_support::BoundedVec::truncate_from(others));
        let (_, job) = flow::seal(chain, model);
        assert!(Runtime::job(job).is_some());
    });
}

#[test]
fn organisation_s_proxy_should_ask_and_safe_mode_should_stop_that() {
    let call = RuntimeCall::from(request());
    for list in [ProxyType::Any, ProxyType::NonTransfer, ProxyType::Organisation] {
        assert!(list.filter(&call), "{list:?}");
    }
    for list in [ProxyType::Governance, ProxyType::Contributor] {
        assert!(!list.filter(&call), "{list:?}");
    }
    assert!(!StaysOpen::contains(&call));
}
