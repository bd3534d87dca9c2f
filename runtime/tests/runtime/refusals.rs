//! What is refused, each with a reason that names what is wrong: statements of validators that were made for another fork, session, job or
//! chain; contributors' transactions that come from nobody, twice, late or against another base; consents that have run out. And bytes
//! that are no call.

use crate::common::{flow::*, model::*, *};
use codec::{Decode, DecodeLimit, DecodeWithMemLimit, Encode};
use pallet_consortium::types::Target;
use quorate_primitives::{
    availability::{bitmap, vote_payload, voted_claims, ArtifactKind, AvailabilityVote, Fault, Malformed, Named},
    crypto::AttestationSignature,
    job::infer::{answer_page_hashes, AnswerPage, AnswerRow, AnswerStatus, Choice, Generation, Task},
    payload,
    policy::Access,
    update::UpdateStatus,
    views::{
        tasks::{JobStage, VoteTask},
        BlobRef, RoundPhase,
    },
    Hash, JobId, ModelId, RoundId,
};
use quorate_runtime::{Runtime, RuntimeCall, UncheckedExtrinsic};
use quorate_runtime_api::{runtime_decl_for_duties_api::DutiesApi, runtime_decl_for_rounds_api::RoundsApi};
use sp_core::Pair as _;
use sp_keyring::Sr25519Keyring::{self, Alice, Bob};
use sp_runtime::{
    transaction_validity::{InvalidTransaction, TransactionValidityError, UnknownTransaction},
    DispatchError,
};

type Attestation = pallet_attestation::Error<Runtime>;

/// The code under which a statement is refused for this reason.
fn code(error: &Attestation) -> u8 {
    error.encode()[0]
}

fn invalid(error: Attestation) -> TransactionValidityError {
    InvalidTransaction::Custom(code(&error)).into()
}

fn unknown(error: Attestation) -> TransactionValidityError {
    UnknownTransaction::Custom(code(&error)).into()
}

fn bad_signature() -> TransactionValidityError {
    InvalidTransaction::BadProof.into()
}

fn other_chain() -> Hash {
    Hash::repeat_byte(0xee)
}

/// A commit to the right outcome: by `signer`, for this chain, job and member, or for others.
fn commitment(job: JobId, round: RoundId) -> Hash {
    let outcome = outcome(round, true);
    payload::outcome_commitment(genesis_hash(), job, &Alice.to_account_id(), &outcome, [7; 32])
}

fn commit_signed(
    signer: Sr25519Keyring,
    (genesis, job, member): (Hash, JobId, u32),
    commit: Hash,
) -> AttestationSignature {
    attestation_sign(signer, &payload::commit_payload(genesis, job, member, commit))
}

#[test]
fn commit_should_count_for_its_chain_job_and_member_alone_and_once() {
    on_local_chain(|chain| {
        let model = prepare(chain);
        let (round, job) = seal(chain, model);
        let task = the_job(Alice);
        let (member, commit) = (task.member, commitment(job, round));
        let other = the_job(Bob).member;
        let build = |(job, member), signature| Runtime::build_commit(job, member, commit, signature);
        let right = commit_signed(Alice, (genesis_hash(), job, member), commit);
        let cases = [
            (
                "another chain",
                commit_signed(Alice, (other_chain(), job, member), commit),
                (job, member),
            ),
            (
                "another job",
                commit_signed(Alice, (genesis_hash(), other_chain(), member), commit),
                (job, member),
            ),
            ("another member", right.clone(), (job, other)),
            (
                "another signer",
                commit_signed(Bob, (genesis_hash(), job, member), commit),
                (job, member),
            ),
        ];
        for (what, signature, place) in cases {
            let refused = chain.block(vec![build(place, signature.clone())]);
            assert_eq!(refused, [Err(Failure::Refused(bad_signature()))], "{what}");
            assert_eq!(chain.pool(build(place, signature)), Err(bad_signature()), "{what}");
        }
        let nobody = build((job, 99), right.clone());
        assert_eq!(chain.pool(nobody), Err(invalid(Attestation::NotInCommittee)));
        let elsewhere = build((other_chain(), member), right.clone());
        assert_eq!(chain.pool(elsewhere), Err(unknown(Attestation::UnknownJob)));
        chain.run(vec![build((job, member), right.clone())]);
        assert_eq!(
            chain.pool(build((job, member), right)),
            Err(invalid(Attestation::AlreadySubmitted))
        );
        // A vote or a reveal over the same fields has another tag: no signature stands for two purposes.
        let revealed = payload::reveal_payload(genesis_hash(), job, other, &outcome(round, true), [7; 32]);
        let as_commit = Runtime::build_commit(job, other, commit, attestation_sign(Bob, &revealed));
        assert_eq!(chain.pool(as_commit), Err(bad_signature()));
    });
}

#[test]
fn reveal_should_open_the_members_own_commit_and_count_for_its_chain_and_job_alone() {
    on_local_chain(|chain| {
        let model = prepare(chain);
        let (round, job) = seal(chain, model);
        let early = {
            let message = payload::reveal_payload(
                genesis_hash(),
                job,
                the_job(Alice).member,
                &outcome(round, true),
                [7; 32],
            );
            let signature = attestation_sign(Alice, &message);
            Runtime::build_reveal(
                job,
                the_job(Alice).member,
                outcome(round, true).encode(),
                [7; 32],
                signature,
            )
            .unwrap()
        };
        assert_eq!(chain.pool(early), Err(unknown(Attestation::TooEarly)));
        let commits = VALIDATORS.map(|validator| commit(chain, validator, None));
        chain.run(commits.into());
        if the_job(Alice).stage == JobStage::Commit {
            chain.pass(1);
        }
        let member = the_job(Alice).member;
        let late = commitment(job, round);
        let late = Runtime::build_commit(
            job,
            member,
            late,
            commit_signed(Alice, (genesis_hash(), job, member), late),
        );
        assert_eq!(chain.pool(late), Err(invalid(Attestation::PhaseOver)));
        let build = |genesis, named, right, salt| {
            let said = outcome(round, right);
            let message = payload::reveal_payload(genesis, named, member, &said, salt);
            Runtime::build_reveal(job, member, said.encode(), salt, attestation_sign(Alice, &message)).unwrap()
        };
        let salt = [7; 32];
        assert_eq!(chain.pool(build(other_chain(), job, true, salt)), Err(bad_signature()));
        assert_eq!(
            chain.pool(build(genesis_hash(), other_chain(), true, salt)),
            Err(bad_signature())
        );
        let opens_not = Err(invalid(Attestation::DoesNotOpen));
        assert_eq!(chain.pool(build(genesis_hash(), job, false, salt)), opens_not);
        assert_eq!(chain.pool(build(genesis_hash(), job, true, [8; 32])), opens_not);
        let good = build(genesis_hash(), job, true, salt);
        chain.run(vec![good.clone()]);
        assert_eq!(chain.pool(good), Err(invalid(Attestation::AlreadySubmitted)));
    });
}

/// Statements of Alice in a chain in which `earlier` rounds were aborted before: a commit, and a vote on updates.
fn statements_after(earlier: u32) -> (UncheckedExtrinsic, UncheckedExtrinsic) {
    let mut statements = None;
    on_local_chain(|chain| {
        let model = prepare_after(chain, earlier);
        let (round, votes) = revealed(chain, model);
        let vote = votes.into_iter().next().map(|task| held(Alice, task));
        let (_, job) = computing(chain, round);
        let member = the_job(Alice).member;
        let commit = commitment(job, round);
        let signature = commit_signed(Alice, (genesis_hash(), job, member), commit);
        statements = vote.map(|vote| (Runtime::build_commit(job, member, commit, signature), vote));
    });
    statements.expect("Alice has one vote to give")
}

fn prepare_after(chain: &mut Chain, aborted: u32) -> ModelId {
    let model = prepare(chain);
    for _ in 0..aborted {
        let round = open(chain, model);
        chain.run(vec![signed("//Org0", pallet_rounds::Call::abort { round })]);
    }
    model
}

/// A round in which all updates are revealed, and what Alice may vote on.
fn revealed(chain: &mut Chain, model: ModelId) -> (RoundId, Vec<VoteTask>) {
    let round = open(chain, model);
    let submissions = (0..CONTRIBUTORS).map(|n| submit(round, n)).collect();
    chain.run(submissions);
    if matches!(phase(round), RoundPhase::Collecting { .. }) {
        chain.pass(1);
    }
    let reveals = (0..CONTRIBUTORS).map(|n| reveal_update(round, n)).collect();
    chain.run(reveals);
    (round, votes(Alice))
}

fn computing(chain: &mut Chain, round: RoundId) -> (RoundId, JobId) {
    vote_on_everything(chain);
    if phase(round) != RoundPhase::Computing {
        chain.pass(1);
    }
    (
        round,
        Runtime::round(round).unwrap().job.expect("a sealed round has a job"),
    )
}

#[test]
fn statements_made_on_one_fork_should_not_count_on_another() {
    let (commit, vote) = statements_after(0);
    on_local_chain(|chain| {
        let model = prepare_after(chain, 2);
        let (round, _) = revealed(chain, model);
        // The ballot of the other fork is another round's here, or none's.
        let refused = chain.pool(vote);
        let stale = [
            Err(InvalidTransaction::Stale.into()),
            Err(UnknownTransaction::Custom(8).into()),
        ];
        assert!(stale.contains(&refused), "{refused:?}");
        computing(chain, round);
        assert_eq!(chain.pool(commit), Err(unknown(Attestation::UnknownJob)));
    });
}

#[test]
fn statements_of_a_validator_should_not_outlast_its_place() {
    on_local_chain(|chain| {
        let model = prepare(chain);
        let (round, job) = seal(chain, model);
        let member = the_job(Alice).member;
        let commit = commitment(job, round);
        let build = || {
            Runtime::build_commit(
                job,
                member,
                commit,
                commit_signed(Alice, (genesis_hash(), job, member), commit),
            )
        };
        chain.pooled(build());
        let target = Target::Validator(Alice.to_account_id());
        motions::council(chain, pallet_consortium::Call::suspend { target }, &[0, 1, 2]);
        assert_eq!(chain.pool(build()), Err(invalid(Attestation::NotActive)));
    });
}

/// What a signed transaction fails with.
fn failure(chain: &mut Chain, transaction: UncheckedExtrinsic) -> DispatchError {
    match chain.block(vec![transaction]).remove(0) {
        Err(Failure::Failed(error)) => error,
        other => panic!("{other:?}"),
    }
}

/// Only calls that would succeed are free: without tokens the pool refuses the others, for want of a fee.
fn pay_for_failures() {
    (0..CONTRIBUTORS).for_each(|number| motions::endow(&contributor(number)));
}

#[test]
fn updates_of_nobody_twice_late_or_of_other_values_should_be_refused_by_name() {
    type Error = pallet_rounds::Error<Runtime>;
    on_local_chain(|chain| {
        let model = prepare(chain);
        pay_for_failures();
        let round = open(chain, model);
        let commit = |weight| pallet_rounds::Call::<Runtime>::submit {
            round,
            commitment: Hash::repeat_byte(1),
            weight,
        };
        // An organisation is no contributor.
        assert_eq!(failure(chain, signed("//Org1", commit(1))), Error::NotSponsored.into());
        for weight in [0, 1_001] {
            let refused = failure(chain, signed("//Contributor0", commit(weight)));
            assert_eq!(refused, Error::WeightOutOfRange.into());
        }
        // Who has no account at all cannot even pay: the pool keeps it out.
        assert!(chain.pool(signed("//Stranger", commit(1))).is_err());
        chain.run(vec![submit(round, 0)]);
        assert_eq!(failure(chain, submit(round, 0)), Error::AlreadySubmitted.into());
        assert_eq!(failure(chain, reveal_update(round, 0)), Error::NotRevealing.into());
        let target = Target::Contributor(account("//Contributor1"));
        motions::council(chain, pallet_consortium::Call::suspend { target }, &[0, 1, 2]);
        assert_eq!(failure(chain, submit(round, 1)), Error::NotSponsored.into());
        let RoundPhase::Collecting { until } = phase(round) else {
            panic!("{:?}", phase(round))
        };
        while chain.number() < until {
            chain.pass(1);
        }
        // Too few came: the round is over, and says how many of how many.
        let view = Runtime::round(round).unwrap();
        let reason = quorate_primitives::refund::RefundReason::TooFewUpdates { came: 1, needed: 5 };
        assert_eq!((view.phase, view.refund), (RoundPhase::Aborted, Some(reason)));
        assert_eq!(failure(chain, submit(round, 2)), Error::NotCollecting.into());
    });
}

#[test]
fn reveals_should_open_what_was_committed_to_on_this_chain() {
    type Error = pallet_rounds::Error<Runtime>;
    on_local_chain(|chain| {
        let model = prepare(chain);
        pay_for_failures();
        let round = open(chain, model);
        let path = contributor(0);
        let elsewhere = payload::update_commitment(
            other_chain(),
            round,
            &account(&path),
            update_root(round, 0),
            100,
            salt(0),
        );
        let call = pallet_rounds::Call::<Runtime>::submit {
            round,
            commitment: elsewhere,
            weight: 100,
        };
        let mut submissions = vec![signed(&path, call)];
        submissions.extend((1..CONTRIBUTORS).map(|n| submit(round, n)));
        chain.run(submissions);
        chain.pass(1);
        assert_eq!(
            failure(chain, reveal_update(round, 0)),
            Error::CommitmentMismatch.into()
        );
        let other = pallet_rounds::Call::<Runtime>::reveal_update {
            round,
            root: update_root(round, 1),
            salt: salt(2),
        };
        assert_eq!(
            failure(chain, signed(&contributor(1), other)),
            Error::CommitmentMismatch.into()
        );
        chain.run(vec![reveal_update(round, 1)]);
        assert_eq!(failure(chain, reveal_update(round, 1)), Error::NotCommitted.into());
    });
}

#[test]
fn update_to_another_base_or_of_another_contributor_should_be_invalid_for_that_reason() {
    for reason in [Malformed::OtherBase, Malformed::OtherContributor] {
        on_local_chain(|chain| {
            let model = prepare(chain);
            let (round, _) = revealed(chain, model);
            let found: Vec<_> = VALIDATORS[..3]
                .iter()
                .map(|validator| {
                    let task = votes(*validator).remove(0);
                    let claims: Vec<_> = task.items.iter().map(|item| item.claim()).collect();
                    let vote = AvailabilityVote {
                        subject: task.subject,
                        ballot: task.ballot,
                        voter: task.voter,
                        claims: voted_claims(&claims),
                        held: bitmap(task.items.iter().map(|item| item.item).filter(|item| *item != 0)),
                        malformed: vec![Fault { item: 0, reason }].try_into().unwrap(),
                    };
                    let signature = attestation_sign(*validator, &vote_payload(genesis_hash(), &vote));
                    Runtime::build_vote(vote, signature)
                })
                .collect();
            chain.run(found);
            let status = Runtime::round(round).unwrap().updates[0].status;
            assert_eq!(status, UpdateStatus::Invalid(reason));
        });
    }
}

/// A round in which the first submission is this contributor's, of contributor 0's root, which is revealed; and Alice's vote on it.
fn vote_on_the_root_of(number: u32, chain: &mut Chain) -> UncheckedExtrinsic {
    let model = prepare(chain);
    let round = open(chain, model);
    let root = update_root(round, 0);
    let others = (0..CONTRIBUTORS).filter(|other| *other != number);
    let mut submissions = vec![submit_root(round, number, root)];
    submissions.extend(others.map(|other| submit(round, other)));
    chain.run(submissions);
    chain.pass(1);
    chain.run(vec![reveal_root(round, number, root)]);
    held(Alice, votes(Alice).remove(0))
}

/// The same root at the same place of the same ballot: its file names one of the two.
#[test]
fn vote_on_a_contributors_update_should_not_count_for_another_with_its_root() {
    let mut vote = None;
    on_local_chain(|chain| vote = Some(vote_on_the_root_of(0, chain)));
    on_local_chain(|chain| {
        vote_on_the_root_of(1, chain);
        assert_eq!(chain.pool(vote.unwrap()), Err(UnknownTransaction::Custom(5).into()));
    });
}

#[test]
fn consents_should_hold_for_one_organisation_chain_and_time_and_once() {
    type Error = pallet_consortium::Error<Runtime>;
    on_local_chain(|chain| {
        let now = chain.number();
        let sponsor = |message: Vec<u8>, expires| pallet_consortium::Call::<Runtime>::sponsor {
            contributor: account("//New"),
            consent: pallet_consortium::types::Consent {
                expires,
                signature: pair("//New").sign(&message).into(),
            },
        };
        let message = |genesis, organisation, expires| {
            payload::sponsor_consent(genesis, organisation, &account("//New"), expires)
        };
        let expires = now + 100;
        let here = genesis_hash();
        let cases = [
            (sponsor(message(other_chain(), 0, expires), expires), Error::BadConsent),
            (sponsor(message(here, 1, expires), expires), Error::BadConsent),
            (sponsor(message(here, 0, expires), expires + 1), Error::BadConsent),
            (sponsor(message(here, 0, now), now), Error::ConsentExpired),
            (sponsor(message(here, 0, u32::MAX), u32::MAX), Error::ConsentTooLong),
        ];
        for (call, error) in cases {
            assert_eq!(failure(chain, signed("//Org0", call)), error.into());
        }
        let good = sponsor(message(here, 0, expires), expires);
        chain.run(vec![signed("//Org0", good.clone())]);
        assert_eq!(
            failure(chain, signed("//Org0", good.clone())),
            Error::AlreadySponsored.into()
        );
        let contributor = account("//New");
        chain.run(vec![signed(
            "//Org0",
            pallet_consortium::Call::unsponsor { contributor },
        )]);
        assert_eq!(failure(chain, signed("//Org0", good)), Error::ConsentUsed.into());
    });
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

/// As deep as the executive lets calls be nested.
const DEPTH: u32 = 256;
/// Beyond what stands in the bytes themselves, a decoded call holds at most so much.
const HEAP: usize = 1 << 20;

fn named() -> Named {
    Named {
        root: Hash::repeat_byte(1),
        possession: Hash::repeat_byte(2),
    }
}

fn artifact() -> pallet_artifacts::Call<Runtime> {
    pallet_artifacts::Call::register {
        kind: ArtifactKind::DataSet,
        root: named().root,
        possession: named().possession,
        len: 4_096,
        licence: b"CC0-1.0".to_vec().try_into().expect("a short one"),
        access: Access::Organisations,
    }
}

fn evaluation() -> pallet_evaluation::Call<Runtime> {
    pallet_evaluation::Call::request {
        model: 0,
        version: 0,
        program: 0,
        data: 1,
        operations: 7,
        max_fee: u128::MAX,
    }
}

fn shard() -> pallet_evaluation::Call<Runtime> {
    pallet_evaluation::Call::reveal_shard {
        round: 0,
        named: named(),
        len: 1 << 20,
        salt: [3; 32],
    }
}

fn request_for_an_answer() -> pallet_inference::Call<Runtime> {
    let choice = Choice::Drawn {
        temperature: 1f32.to_bits(),
        top: 40,
    };
    pallet_inference::Call::request {
        model: 0,
        version: Some(0),
        program: 0,
        input: named(),
        len: 100,
        task: Task::Generate(Generation {
            max_tokens: 8,
            choice,
            stop: Some(2),
        }),
        operations: 7,
        memory: 1,
        max_fee: u128::MAX,
    }
}

fn page_of_answers() -> UncheckedExtrinsic {
    let row = AnswerRow {
        request: 0,
        status: AnswerStatus::Answered,
        answer: BlobRef {
            root: Hash::repeat_byte(4),
            len: 40,
        },
        trace: Hash::repeat_byte(5),
        tokens: 2,
        operations: 3,
    };
    let rows = vec![row; 3];
    let pages = answer_page_hashes(&rows);
    Runtime::build_answers(0, 0, AnswerPage::truncate_from(rows), pages)
}

/// Transactions of all kinds, to be spoilt.
fn samples(chain: &mut Chain) -> Vec<Vec<u8>> {
    let model = prepare(chain);
    let (round, job) = seal(chain, model);
    let member = the_job(Alice).member;
    let commit = commitment(job, round);
    let nested = (0..4).fold(RuntimeCall::from(pallet_incentives::Call::claim {}), |call, _| {
        pallet_utility::Call::batch { calls: vec![call] }.into()
    });
    let transactions = [
        Runtime::build_commit(
            job,
            member,
            commit,
            commit_signed(Alice, (genesis_hash(), job, member), commit),
        ),
        submit(round, 0),
        signed("//Org0", register("again", policy())),
        signed("//Org0", sponsor("//New", 0)),
        signed("//Org0", nested),
        signed("//Org0", artifact()),
        signed("//Org0", evaluation()),
        signed("//Org0", shard()),
        signed("//Org0", request_for_an_answer()),
        page_of_answers(),
        declaration(Alice, 100),
        signed("//Org0", pallet_inference::Call::call_all { batch: 0 }),
    ];
    transactions.iter().map(Encode::encode).collect()
}

#[test]
fn any_bytes_should_decode_to_a_bounded_call_or_be_refused() {
    let given = std::env::var("QUORATE_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(|| std::time::UNIX_EPOCH.elapsed().map_or(0, |time| time.as_nanos() as u64));
    println!("QUORATE_SEED={seed}");
    let mut random = Random(seed);
    on_local_chain(|chain| {
        let samples = samples(chain);
        let (mut calls, mut transactions) = (0, 0);
        for _ in 0..200_000 {
            let mut bytes = match random.below(4) {
                0 => (0..random.below(200)).map(|_| random.next() as u8).collect(),
                _ => samples[random.below(samples.len())].clone(),
            };
            for _ in 0..random.below(4) {
                let at = random.below(bytes.len());
                match random.below(4) {
                    // The largest lengths that a compact number can claim.
                    0 if at < bytes.len() => drop(bytes.splice(at..at, [0xfe, 0xff, 0xff, 0xff])),
                    1 if at < bytes.len() => bytes[at] = random.next() as u8,
                    2 => bytes.truncate(at),
                    _ => bytes.insert(at, random.next() as u8),
                }
            }
            if let Ok(transaction) = UncheckedExtrinsic::decode(&mut &bytes[..]) {
                transactions += 1;
                // What is no transaction of anybody's is refused, or fails; it never brings the block down.
                if transactions % 64 == 0 {
                    let _ = chain.pool(transaction);
                }
            }
            let call = RuntimeCall::decode_with_depth_limit(DEPTH, &mut &bytes[..]);
            if call.is_ok() {
                calls += 1;
                let bounded = RuntimeCall::decode_with_mem_limit(&mut &bytes[..], HEAP);
                assert!(
                    bounded.is_ok(),
                    "{} bytes take more than a MiB: {bytes:02x?}",
                    bytes.len()
                );
            }
        }
        println!("{calls} calls and {transactions} transactions of 200000");
        assert!(calls > 0 && transactions > 1_000);
    });
}

#[test]
fn calls_nested_too_deep_should_be_refused_before_they_fill_the_stack() {
    // A batch of one batch of one batch …
    let batch = pallet_utility::Call::<Runtime>::batch { calls: vec![] };
    let head = RuntimeCall::from(batch).encode();
    let nested = |depth: usize| {
        let mut bytes = Vec::new();
        for _ in 0..depth {
            bytes.extend(&head[..2]);
            bytes.push(1 << 2);
        }
        bytes.extend(&head);
        bytes
    };
    let decode = |depth| RuntimeCall::decode_with_depth_limit(DEPTH, &mut &nested(depth)[..]);
    assert!(decode(10).is_ok());
    assert!(decode(100_000).is_err());
}
