//! Requests for answers in the real runtime: what validators are asked, how an answer comes about, and where every unit of a fee goes.

use crate::common::{model::*, *};
use codec::{DecodeAll, Encode};
use frame_support::traits::{Contains, Get, InstanceFilter};
use quorate_primitives::{
    availability::{ArtifactKind, Named, Subject},
    job::{
        infer::{
            answer_page_hashes, AnswerPage, AnswerRow, AnswerStatus, Choice, Generation, Task, EXACT_VERSION, KIND,
            ROW_BYTES,
        },
        InferOutcome, Outcome,
    },
    merkle,
    payload::{self, tagged},
    policy::Access,
    possession::{self, Shown},
    purpose::Purpose,
    views::{
        gateway::{GatewayEntry, RequestBlob},
        inference::{
            AnswerPageTask, BatchView, InferTask, RequestFailure, RequestQuote, RequestState, RequestView, Reserve,
        },
        tasks::{Against, JobStage, JobTask, VoteTask},
        BlobRef, Entry,
    },
    ArtifactId, Balance, BatchId, Hash, RequestId, Root,
};
use quorate_runtime::{
    apis::gateway,
    configs::{
        accounts::ProxyType,
        protocol::{MAX_ACTIVE_ROUNDS, MAX_OPEN_BATCHES, MAX_OPEN_EVALUATIONS},
        safety::StaysOpen,
    },
    constants::{MICROUNIT, MILLIUNIT, UNIT},
    governance::TreasuryAccount,
    parameters::{dynamic::inference, RuntimeParameters},
    Balances, Incentives, Runtime, RuntimeCall, UncheckedExtrinsic,
};
use quorate_runtime_api::{
    runtime_decl_for_capabilities_api::CapabilitiesApi, runtime_decl_for_duties_api::DutiesApi,
    runtime_decl_for_inference_api::InferenceApi,
};
use sp_keyring::Sr25519Keyring;

const PROGRAM_LEN: u64 = 10_000;
/// A MiB and a bit.
const LEN: u64 = (1 << 20) + 1;
/// In millions.
const OPERATIONS: u64 = 1_000;
/// In MiB.
const MEMORY: u32 = 100;
/// A request, and two MiB that were begun.
const BASE: Balance = 10 * MILLIUNIT + 2 * MILLIUNIT;
/// For version and program, which are together a MiB that was begun.
const READING: Balance = MICROUNIT;
const FEE: Balance = BASE + READING + 1_000 * MICROUNIT / 50;
/// What is kept of each of two in a batch where no quorum agrees.
const IN_VAIN: Balance = BASE + READING / 2 + 1_000 / 4 * MICROUNIT / 50;
const FUND: Balance = UNIT;
/// The organisation that pays; none of the validators is its.
const ASKER: u32 = 4;
const PROGRAM: ArtifactId = 0;
const TASK: Task = Task::Generate(Generation {
    max_tokens: 16,
    choice: Choice::Largest,
    stop: None,
});

fn fund() -> Balance {
    Incentives::fund_of(Purpose::Organisation(ASKER))
}

fn input(number: u8) -> Named {
    Named {
        root: Root::repeat_byte(number),
        possession: POSSESSION,
    }
}

fn request(number: u8) -> pallet_inference::Call<Runtime> {
    pallet_inference::Call::request {
        model: 0,
        version: None,
        program: PROGRAM,
        input: input(number),
        len: LEN,
        task: TASK,
        operations: OPERATIONS,
        memory: MEMORY,
        max_fee: FEE,
    }
}

/// A model and a program that anyone may read; a contributor whose organisation has a fund.
fn prepare(chain: &mut Chain) {
    active(chain, 0);
    let program = pallet_artifacts::Call::register {
        kind: ArtifactKind::Program,
        root: Root::repeat_byte(0xA0),
        possession: POSSESSION,
        len: PROGRAM_LEN,
        licence: b"CC0-1.0".to_vec().try_into().expect("a short one"),
        access: Access::Public,
    };
    chain.run(vec![signed("//Org1", program)]);
    vote_on_everything(chain);
    let give = pallet_balances::Call::transfer_keep_alive {
        dest: account("//Contributor4").into(),
        value: UNIT,
    };
    let fill = pallet_incentives::Call::fund {
        purpose: Purpose::Organisation(ASKER),
        amount: FUND,
    };
    chain.run(vec![
        signed("//Org4", sponsor("//Contributor4", ASKER)),
        signed_ahead("//Org4", give, 1),
        // From anybody.
        signed("//Org3", fill),
    ]);
    for validator in VALIDATORS {
        declare(chain, validator, MEMORY);
    }
}

fn declare(chain: &mut Chain, validator: Sr25519Keyring, memory: u32) {
    let declared = chain.pooled(declaration(validator, memory));
    chain.run(vec![declared]);
}

fn view(id: RequestId) -> RequestView {
    Runtime::request(id).expect("it has a record")
}

fn batch(id: BatchId) -> BatchView {
    Runtime::batch(id).expect("it has a record")
}

fn task(validator: Sr25519Keyring) -> JobTask {
    let mut tasks = jobs(validator);
    assert_eq!(tasks.len(), 1, "{validator:?} has one job");
    tasks.remove(0)
}

/// What every request of a batch yields, where each used so many millions of operations.
fn rows(batch: &BatchView, operations: u64) -> Vec<AnswerRow> {
    let row = |request: &RequestId| AnswerRow {
        request: *request,
        status: AnswerStatus::Answered,
        answer: BlobRef {
            root: tagged(b"answer", request),
            len: 64,
        },
        trace: Root::repeat_byte(0xCC),
        tokens: 16,
        operations,
    };
    batch.requests.iter().map(row).collect()
}

fn outcome(rows: &[AnswerRow]) -> InferOutcome {
    InferOutcome::new(rows, Root::repeat_byte(0xDD))
}

fn commit(chain: &Chain, validator: Sr25519Keyring, outcome: InferOutcome) -> UncheckedExtrinsic {
    let (task, outcome) = (task(validator), Outcome::from(outcome));
    let commit = payload::outcome_commitment(genesis_hash(), task.id, &validator.to_account_id(), &outcome, [7; 32]);
    let message = payload::commit_payload(genesis_hash(), task.id, task.member, commit);
    let signature = attestation_sign(validator, &message);
    chain.pooled(Runtime::build_commit(task.id, task.member, commit, signature))
}

fn reveal(chain: &Chain, validator: Sr25519Keyring, outcome: InferOutcome) -> UncheckedExtrinsic {
    let (task, outcome) = (task(validator), Outcome::from(outcome));
    assert!(matches!(task.stage, JobStage::Reveal { .. }), "{:?}", task.stage);
    let message = payload::reveal_payload(genesis_hash(), task.id, task.member, &outcome, [7; 32]);
    let signature = attestation_sign(validator, &message);
    let transaction = Runtime::build_reveal(task.id, task.member, outcome.encode(), [7; 32], signature);
    chain.pooled(transaction.expect("an outcome that the runtime knows"))
}

/// Every validator commits to an outcome and reveals it.
fn compute(chain: &mut Chain, outcomes: [InferOutcome; 4]) {
    let says = || VALIDATORS.into_iter().zip(outcomes);
    let commits = says()
        .map(|(validator, outcome)| commit(chain, validator, outcome))
        .collect();
    chain.run(commits);
    if task(VALIDATORS[0]).stage == JobStage::Commit {
        chain.pass(1);
    }
    let reveals = says()
        .map(|(validator, outcome)| reveal(chain, validator, outcome))
        .collect();
    chain.run(reveals);
}

/// Show the first page of these rows.
fn show(chain: &mut Chain, batch: BatchId, rows: &[AnswerRow]) {
    let page = AnswerPage::truncate_from(rows.to_vec());
    let shown = chain.pooled(Runtime::build_answers(batch, 0, page, answer_page_hashes(rows)));
    chain.run(vec![shown]);
}

/// Every validator holds every input.
fn hold(chain: &mut Chain) {
    let tasks = VALIDATORS
        .into_iter()
        .flat_map(|validator| votes(validator).into_iter().map(move |task| held(validator, task)));
    let tasks: Vec<_> = tasks.map(|vote| chain.pooled(vote)).collect();
    // Those that arrive after a decision are refused.
    let _results = chain.block(tasks);
    assert_eq!(votes(VALIDATORS[0]), []);
}

/// So many requests whose inputs a quorum holds, in a batch.
fn computing(chain: &mut Chain, count: u8) -> BatchView {
    let requests = (0..count).map(|number| signed_ahead("//Org4", request(number + 1), number.into()));
    chain.run(requests.collect());
    hold(chain);
    let id = pallet_inference::NextBatch::<Runtime>::get();
    while Runtime::batch(id).is_none() {
        chain.pass(1);
    }
    batch(id)
}

fn earned() -> [Balance; 4] {
    VALIDATORS.map(|validator| Incentives::claimable(&validator.to_account_id()))
}

fn treasury() -> Balance {
    Balances::free_balance(TreasuryAccount::get())
}

fn shown() -> Vec<RequestBlob> {
    let page = gateway::page(None);
    assert_eq!(page.next, None, "a small chain is one page");
    let entries = page.entries.iter().map(GatewayEntry::try_from);
    entries
        .filter_map(|entry| match entry {
            Ok(GatewayEntry::Request(request)) => Some(request),
            _ => None,
        })
        .collect()
}

fn on_chain(test: impl FnOnce(&mut Chain)) {
    on_sound_chain(prepare, test);
}

#[test]
fn committee_should_answer_a_batch_of_requests_and_a_liar_earn_nothing() {
    on_chain(|chain| {
        let quote = RequestQuote {
            fee: FEE,
            reading: READING,
            commit: 150 + 1 + 1,
        };
        assert_eq!(Runtime::inference_quote(0, None, PROGRAM, LEN, OPERATIONS), Some(quote));
        chain.run(vec![signed("//Contributor4", request(1)), signed("//Org4", request(2))]);
        assert_eq!(fund(), FUND - 2 * FEE);
        // Validators are asked to check the inputs against the program.
        let program = BlobRef {
            root: Root::repeat_byte(0xA0),
            len: PROGRAM_LEN,
        };
        let votes: Vec<VoteTask> = votes(VALIDATORS[0]);
        assert_eq!(votes.len(), 2);
        for (vote, number) in votes.iter().zip(1..) {
            assert_eq!(vote.subject, Subject::Request(u64::from(number) - 1));
            let against = Against::Input {
                program: program.clone(),
                task: TASK,
            };
            assert_eq!(vote.against, against);
            let shown = Shown::Possession {
                key: possession::key(genesis_hash(), ASKER),
                possession: POSSESSION,
            };
            assert_eq!(
                (&vote.items[0].blob.root, vote.items[0].blob.len),
                (&input(number).root, LEN)
            );
            assert_eq!(vote.items[0].shown, shown);
        }
        hold(chain);
        assert_eq!(view(0).state, RequestState::Waiting);
        chain.pass(1);
        let made = batch(0);
        assert_eq!((made.requests.clone(), made.version), (vec![0, 1], 0));
        assert_eq!(view(1).state, RequestState::Computing { batch: 0 });
        for validator in VALIDATORS {
            let task = task(validator);
            assert_eq!(
                (task.id, task.kind, task.exact_version),
                (made.job, KIND, EXACT_VERSION)
            );
            let read = InferTask::decode_all(&mut &task.work[..]).expect("the work of a batch");
            assert_eq!((read.batch, read.seed, read.file.len), (0, made.seed, FILE));
            assert_eq!(read.program_file, program);
            assert_eq!(merkle::root_of(&read.requests), made.requests_root);
        }
        let rows = rows(&made, 400);
        let (right, wrong) = (outcome(&rows), outcome(&rows[..1]));
        let before = treasury();
        compute(chain, [right, right, wrong, right]);
        // Members are paid when the rows are known, and those are everybody's duty.
        assert_eq!((batch(0).outcome, earned()), (Some(right), [0; 4]));
        let page = AnswerPageTask {
            batch: 0,
            outcome: right,
            requests: 2,
            page: 0,
        };
        for validator in VALIDATORS {
            assert_eq!(answer_pages(validator), std::slice::from_ref(&page));
        }
        let detail = GatewayEntry::Shared(BlobRef {
            root: Root::repeat_byte(0xDD),
            len: 2 * ROW_BYTES,
        });
        assert!(gateway::page(None).entries.contains(&Entry::from(&detail)));
        show(chain, 0, &rows);
        assert!(answer_pages(VALIDATORS[0]).is_empty());
        let cost = BASE + READING / 2 + (400 + 600 / 4) * MICROUNIT / 50;
        for (id, row) in (0..).zip(&rows) {
            let view = view(id);
            let state = RequestState::Answered {
                batch: 0,
                row: row.clone(),
            };
            assert_eq!((view.state, view.cost, view.clean), (state, cost, true));
        }
        let each = 2 * cost / 3;
        assert_eq!(earned(), [each, each, 0, each]);
        assert_eq!((fund(), treasury()), (FUND - 2 * cost, before + 2 * cost - 3 * each));
        assert_eq!(Runtime::requests_of(ASKER, 0, 9), Runtime::requests(0, 9));
        assert_eq!(
            (Runtime::requests_of(3, 0, 9).len(), Runtime::batches(0, 9).len()),
            (0, 1)
        );
    });
}

#[test]
fn inputs_and_answers_should_be_for_validators_and_whoever_asked() {
    on_chain(|chain| {
        let members = || {
            let page = gateway::page(None);
            let entries: Vec<_> = page.entries.iter().map(GatewayEntry::try_from).collect();
            let of = entries.into_iter().filter_map(|entry| match entry {
                Ok(GatewayEntry::Members(members)) => Some((members.organisation, members.contributors)),
                _ => None,
            });
            of.collect::<Vec<_>>()
        };
        assert_eq!((shown(), members().len()), (vec![], 0));
        let made = computing(chain, 1);
        let mut blob = RequestBlob {
            request: 0,
            organisation: ASKER,
            input: BlobRef {
                root: input(1).root,
                len: LEN,
            },
            answer: None,
            pending: false,
        };
        assert_eq!(shown(), [blob.clone()]);
        assert_eq!(members(), [(ASKER, vec![account("//Contributor4")])]);
        let rows = rows(&made, 1);
        compute(chain, [outcome(&rows); 4]);
        show(chain, 0, &rows);
        blob.answer = Some(rows[0].answer.clone());
        assert_eq!(shown(), [blob]);
        // What comes to nothing is shown to nobody.
        chain.run(vec![signed("//Org4", request(9))]);
        assert!(shown().last().expect("it is open").pending);
        chain.run(vec![signed("//Org4", pallet_inference::Call::cancel { request: 1 })]);
        assert_eq!(shown().len(), 1);
    });
}

#[test]
fn seed_should_come_from_the_author_of_the_block_in_which_the_batch_is_made() {
    on_chain(|chain| {
        let made = computing(chain, 1);
        assert_eq!(made.created_at, chain.number());
        // What the author of this block drew is there after its end, and what the one before it drew is not.
        let drawn = pallet_babe::AuthorVrfRandomness::<Runtime>::get();
        let random = drawn.map(|drawn| {
            let subject = [(b"quorate/infer", 0u32).encode(), drawn.to_vec()].concat();
            Hash::from(sp_crypto_hashing::blake2_256(&subject))
        });
        assert_eq!(made.seed, tagged(b"infer", &(random, 0u32)));
    });
}

#[test]
fn batch_on_which_nobody_agrees_should_cost_a_part_of_the_fees_and_all_of_it_when_its_organisation_has_left() {
    for leaves in [false, true] {
        on_chain(|chain| {
            let made = computing(chain, 2);
            let of = |operations| outcome(&rows(&made, operations));
            compute(chain, [of(1), of(1), of(2), of(3)]);
            let again = batch(0);
            assert_eq!((again.first_job, again.seed), (Some(made.job), made.seed));
            let before = treasury();
            if leaves {
                pallet_consortium::Organisations::<Runtime>::remove(ASKER);
                pallet_consortium::OrganisationByAccount::<Runtime>::remove(account("//Org4"));
            }
            compute(chain, [of(1), of(1), of(2), of(3)]);
            chain.pass(1);
            for id in 0..2 {
                assert_eq!(view(id).state, RequestState::Failed(RequestFailure::NoQuorum));
            }
            assert_eq!(earned(), [0; 4]);
            let back = if leaves { FUND - 2 * FEE } else { FUND - 2 * IN_VAIN };
            assert_eq!((fund(), treasury() - before), (back, FUND - back));
        });
    }
}

#[test]
fn input_that_nobody_brings_should_cost_the_base_fee() {
    on_chain(|chain| {
        chain.run(vec![signed("//Org4", request(1))]);
        let before = treasury();
        let voting: u32 = <Runtime as pallet_inference::Config>::Voting::get();
        chain.pass(voting);
        assert_eq!(view(0).state, RequestState::Failed(RequestFailure::NotHeld));
        assert_eq!((fund(), treasury()), (FUND - BASE, before + BASE));
    });
}

#[test]
fn organisation_s_proxy_should_ask() {
    for call in [
        RuntimeCall::from(request(1)),
        RuntimeCall::from(pallet_inference::Call::<Runtime>::cancel { request: 0 }),
    ] {
        for list in [ProxyType::Any, ProxyType::NonTransfer, ProxyType::Organisation] {
            assert!(list.filter(&call), "{list:?}");
        }
        for list in [ProxyType::Governance, ProxyType::Contributor] {
            assert!(!list.filter(&call), "{list:?}");
        }
    }
}

#[test]
fn pages_should_be_shown_in_safe_mode_and_requests_not_be_made() {
    let show = pallet_inference::Call::<Runtime>::answer {
        batch: 0,
        page: 0,
        rows: Default::default(),
        pages: Default::default(),
    };
    assert!(StaysOpen::contains(&RuntimeCall::from(show)));
    // Nor should a wrong answer be settled because nobody could call all.
    let call = pallet_inference::Call::<Runtime>::call_all { batch: 0 };
    assert!(StaysOpen::contains(&RuntimeCall::from(call)));
    assert!(!StaysOpen::contains(&RuntimeCall::from(request(1))));
}

#[test]
fn requests_should_cost_something_whatever_the_parameters_are() {
    on_chain(|chain| {
        let set = |key_value| {
            let key_value = RuntimeParameters::Inference(key_value);
            assert_eq!(as_root(pallet_parameters::Call::set_parameter { key_value }), Ok(()));
        };
        use inference::Parameters as Key;
        set(Key::BaseFee(inference::BaseFee, Some(0)));
        set(Key::FeePerOperations(inference::FeePerOperations, Some(0)));
        set(Key::FeePerMiB(inference::FeePerMiB, Some(0)));
        set(Key::FeePerMiBRead(inference::FeePerMiBRead, Some(0)));
        chain.run(vec![signed("//Org4", request(1))]);
        assert_eq!(view(0).fee, MILLIUNIT);
    });
}

/// A fifth of a batch of seven pays 25 others for one batch of sixteen; 28 GB of a frozen base, which a quorum holds, take a minute.
#[test]
fn reserve_and_rate_of_reading_should_be_what_the_documents_say() {
    on_chain(|_| {
        let expected = Reserve {
            held: 0,
            most: 100 * UNIT,
            part: 200_000,
        };
        assert_eq!(Runtime::inference_reserve(), expected);
        let (part, share) = (200_000, 800_000 / 7);
        assert!((25 * share..30 * share).contains(&(16 * part)));
        let rate: u64 = <Runtime as pallet_inference::Config>::HeldBytesPerBlock::get();
        assert!(28_000_000_000 / rate <= 30);
        let key = inference::Parameters::ReservePart(inference::ReservePart, Some(1_000_000));
        let key_value = RuntimeParameters::Inference(key);
        assert_eq!(as_root(pallet_parameters::Call::set_parameter { key_value }), Ok(()));
        assert_eq!(
            Runtime::inference_reserve().part,
            500_000,
            "members have the larger part"
        );
    });
}

/// `attestation` has a place for each active round, evaluation and batch; `availability` for what all of them vote on.
#[test]
fn batches_should_leave_their_places_to_rounds_and_evaluations() {
    let jobs: u32 = <Runtime as pallet_attestation::Config>::MaxActiveJobs::get();
    assert!(MAX_ACTIVE_ROUNDS + MAX_OPEN_EVALUATIONS + MAX_OPEN_BATCHES <= jobs);
    let votes: u32 = <Runtime as pallet_availability::Config>::MaxOpen::get();
    let pending: u32 = <Runtime as pallet_inference::Config>::MaxPending::get();
    assert!(2 * MAX_ACTIVE_ROUNDS + 4 * 64 + pending <= votes);
}

/// Four validators: three are a quorum of all.
#[test]
fn validators_that_cannot_answer_should_not_be_asked_and_requests_be_refused_where_too_few_can() {
    on_chain(|chain| {
        let count = Runtime::capable(MEMORY);
        assert_eq!((count.capable, count.needed, count.validators), (4, 3, 4));
        assert_eq!(
            (Runtime::capable(MEMORY + 1).capable, Runtime::capabilities().len()),
            (0, 4)
        );
        let interval: u32 = <Runtime as pallet_capabilities::Config>::MinInterval::get();
        let too_soon = declaration(VALIDATORS[3], MEMORY - 1);
        assert!(chain.pool(too_soon).is_err());
        chain.pass(interval);
        declare(chain, VALIDATORS[3], MEMORY - 1);
        let made = computing(chain, 1);
        let three: Vec<_> = VALIDATORS[..3]
            .iter()
            .map(|validator| validator.to_account_id())
            .collect();
        let mut members = made.members.clone();
        members.sort();
        let mut expected = three;
        expected.sort();
        assert_eq!((members, made.quorum), (expected, 3));
        assert!(jobs(VALIDATORS[3]).is_empty());
        chain.pass(interval);
        declare(chain, VALIDATORS[2], MEMORY - 1);
        let results = chain.block(vec![signed("//Org4", request(9))]);
        let refused = results.last().expect("one transaction").clone();
        let expected = pallet_inference::Error::<Runtime>::TooFewCapable;
        assert_eq!(refused, Err(Failure::Failed(expected.into())));
    });
}

#[test]
fn silence_where_others_agree_should_be_noted_and_bar_nobody_whom_a_quorum_cannot_spare() {
    on_chain(|chain| {
        let silent = VALIDATORS[3].to_account_id();
        let noted = || pallet_capabilities::Entries::<Runtime>::get(&silent).and_then(|entry| entry.silent_at);
        let interval: u32 = <Runtime as pallet_capabilities::Config>::MinInterval::get();
        for id in 0..2 {
            let made = computing(chain, 1);
            let rows = rows(&made, 1);
            let says = || VALIDATORS[..3].iter().copied();
            let commits = says()
                .map(|validator| commit(chain, validator, outcome(&rows)))
                .collect();
            chain.run(commits);
            // The others wait a while for it.
            while jobs(VALIDATORS[0]).is_empty() {
                chain.pass(1);
            }
            let reveals = says()
                .map(|validator| reveal(chain, validator, outcome(&rows)))
                .collect();
            chain.run(reveals);
            assert_eq!(noted(), Some(chain.number()));
            show(chain, id, &rows);
            chain.pass(interval);
        }
        // Of four three are a quorum: without it each of the others could stop all answers.
        assert_eq!(Runtime::capable(MEMORY).capable, 4);
        computing(chain, 1);
        assert_eq!(jobs(VALIDATORS[3]).len(), 1);
    });
}
