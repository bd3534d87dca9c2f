//! The entries that a validator's node gets from the runtime's API, as bytes. A node of another version skips a kind that it does
//! not know; one that it knows must stay what it is. And what clients get of rounds.

use crate::common::model::policy;
use codec::Encode;
use quorate_exact::Rule;
use quorate_primitives::{
    availability::{ArtifactKind, AvailabilityVote, Fault, Malformed, Subject},
    job::{AggregateOutcome, Evaluate, EvaluateOutcome, JobSpec, Outcome, Requester, Work},
    policy::Access,
    possession::Shown,
    update::{Encoding, Update, UpdateStatus},
    views::{
        evaluations::EvaluateTask,
        gateway::{
            ArtifactBlob, GatewayCursor, GatewayEntry, GatewayPage, Members, Peer, Readers, RoundShare, SharePage,
            Upload, VersionBlob,
        },
        tasks::{
            Against, AggregateTask, Duty, FileShape, JobStage, JobTask, PageTask, Scores, VoteItem, VoteTask,
            WeightedBlob,
        },
        BlobRef, Entry, EvaluationFailure, EvaluationState, EvaluationView, RoundPhase, RoundView,
    },
    AccountId, Hash,
};

fn hash(byte: u8) -> Hash {
    Hash::repeat_byte(byte)
}

fn account(byte: u8) -> AccountId {
    AccountId::new([byte; 32])
}

fn blob(byte: u8) -> BlobRef {
    BlobRef {
        root: hash(byte),
        len: 0x0102_0304,
    }
}

fn outcome() -> AggregateOutcome {
    AggregateOutcome {
        output: hash(1),
        output_len: 5,
        optimiser: Some(hash(2)),
        detail: hash(3),
        scores: hash(4),
    }
}

/// Bytes as hexadecimal text in which a run of 32 equal bytes is written `[xx*32]`.
fn text(bytes: &[u8]) -> String {
    let mut text = String::new();
    let mut rest = bytes;
    while let Some(first) = rest.first() {
        let run = rest.iter().take_while(|byte| *byte == first).count();
        if run >= 32 {
            text.push_str(&format!("[{first:02x}*32]"));
            rest = &rest[32..];
        } else {
            text.push_str(&format!("{first:02x}"));
            rest = &rest[1..];
        }
    }
    text
}

fn check(entry: Entry, kind: u8, body: &str) {
    assert_eq!(entry.kind, kind);
    assert_eq!(text(&entry.body), body);
}

#[test]
fn duties_should_keep_their_kinds_and_bytes() {
    let vote = VoteTask {
        subject: Subject::Round(7),
        ballot: 9,
        voter: 2,
        against: Against::Base(blob(1)),
        items: vec![VoteItem {
            item: 3,
            blob: blob(2),
            shown: Shown::Contributor(account(3)),
        }],
        until: 100,
    };
    check(
        Entry::from(&Duty::Vote(vote.clone())),
        0,
        "0107000000090000000200000000[01*32]04030201000000000403000000[02*32]040302010000000000[03*32]64000000",
    );
    let shape = FileShape {
        model: 1,
        header_hash: hash(9),
        header_len: 1_024,
        update_len: 4_096,
    };
    let genesis = VoteTask {
        subject: Subject::Genesis(1),
        against: Against::Registered(shape),
        items: vec![VoteItem {
            item: 0,
            blob: blob(2),
            shown: Shown::Possession {
                key: hash(3),
                possession: hash(4),
            },
        }],
        ..vote
    };
    check(
        Entry::from(&Duty::Vote(genesis.clone())),
        0,
        "000100000009000000020000000101000000[09*32]0004000000100000000000000400000000[02*32]040302010000000001[03*32][04*32]64000000",
    );
    let weights = VoteTask {
        subject: Subject::Artifact(1),
        against: Against::Artifact(ArtifactKind::Weights),
        items: vec![],
        ..genesis.clone()
    };
    check(
        Entry::from(&Duty::Vote(weights)),
        0,
        "0201000000090000000200000002020064000000",
    );
    let artifact = VoteTask {
        subject: Subject::Artifact(1),
        against: Against::Artifact(ArtifactKind::Program),
        items: vec![],
        ..genesis
    };
    check(
        Entry::from(&Duty::Vote(artifact.clone())),
        0,
        "0201000000090000000200000002010064000000",
    );
    let shards = VoteTask {
        subject: Subject::Shards(7),
        against: Against::Shards {
            program: blob(1),
            rows: vec![(1, 1_000)],
        },
        ..artifact
    };
    check(
        Entry::from(&Duty::Vote(shards)),
        0,
        "0307000000090000000200000003[01*32]04030201000000000401000000e80300000064000000",
    );

    let job = |stage| JobTask {
        id: hash(1),
        member: 2,
        kind: 0,
        exact_version: 2,
        stage,
        until: 100,
        work: vec![1, 2, 3],
    };
    check(
        Entry::from(&Duty::Job(job(JobStage::Commit))),
        1,
        "[01*32]02000000000200000000640000000c010203",
    );
    let reveal = JobStage::Reveal {
        since: 90,
        commit: hash(5),
    };
    check(
        Entry::from(&Duty::Job(job(reveal))),
        1,
        "[01*32]020000000002000000015a000000[05*32]640000000c010203",
    );

    let page = PageTask {
        round: 7,
        scores: Scores::Aggregation(outcome()),
        page: 1,
        weights: vec![10, 20],
    };
    check(
        Entry::from(&Duty::ScorePage(page)),
        2,
        "0700000000[01*32]050000000000000001[02*32][03*32][04*32]01000000080a00000014000000",
    );
}

#[test]
fn the_work_of_an_aggregation_should_keep_its_bytes() {
    let task = AggregateTask {
        model: 1,
        round: 7,
        pipeline: Rule::Median.into(),
        seed: hash(1),
        base: blob(2),
        previous: Some(blob(3)),
        optimiser: Some(hash(4)),
        inputs: vec![WeightedBlob {
            blob: blob(5),
            weight: 100,
        }],
    };
    assert_eq!(text(&task.encode()), "0100000007000000000100[01*32][02*32]040302010000000001[03*32]040302010000000001[04*32]04[05*32]040302010000000064000000");
}

fn evaluate() -> Evaluate {
    Evaluate {
        model: 1,
        version: 2,
        version_root: hash(3),
        version_len: 4,
        frozen_base: Some(blob(13)),
        program: 5,
        program_root: hash(6),
        program_len: 7,
        data: 8,
        data_root: hash(9),
        data_len: 10,
        operations: 12,
    }
}

const EVALUATE: &str = "0100000002000000[03*32]040000000000000001[0d*32]040302010000000005000000[06*32]070000000000000008000000[09*32]0a000000000000000c00000000000000";

#[test]
fn the_work_of_an_evaluation_and_what_it_yields_should_keep_their_bytes() {
    // A task starts with the number of its evaluation; the version of its arithmetic is in the job's task.
    let task = EvaluateTask::new(11, &evaluate());
    assert_eq!(text(&task.encode()), format!("0b000000{EVALUATE}"));
    let work = Work::from(evaluate());
    assert_eq!(text(&work.encode()), format!("01{EVALUATE}"));
    let spec = JobSpec {
        requester: Requester::Evaluation(11),
        attempt: 1,
        exact_version: 1,
        commit: 2,
        reveal: 3,
        committee: quorate_primitives::job::CommitteeRule::All,
        work,
    };
    assert_eq!(
        text(&spec.encode()),
        format!("010b000000010100000002000000030000000001{EVALUATE}")
    );
    let done = EvaluateOutcome::Done {
        rows: 1,
        loss: -2,
        correct: 3,
        faults: 4,
        detail: hash(5),
    };
    let done_bytes = "010100000000000000feffffffffffffff03000000000000000400000000000000[05*32]";
    assert_eq!(text(&Outcome::from(done).encode()), format!("01{done_bytes}"));
    assert_eq!(text(&Outcome::from(EvaluateOutcome::Unfit).encode()), "0100");
    let state = |state: EvaluationState| text(&state.encode());
    assert_eq!(state(EvaluationState::Computing), "00");
    assert_eq!(state(EvaluationState::Done(done)), format!("01{done_bytes}"));
    assert_eq!(state(EvaluationState::Failed(EvaluationFailure::NoQuorum)), "0200");
    assert_eq!(state(EvaluationState::Failed(EvaluationFailure::NoJob)), "0201");
    let view = EvaluationView {
        id: 1,
        asked_by: account(2),
        organisation: 3,
        work: evaluate(),
        clean: true,
        fee: 4,
        state: EvaluationState::Computing,
        job: hash(5),
        first_job: Some(hash(6)),
        statements_root: None,
        requested_at: 7,
        ended_at: Some(8),
    };
    assert_eq!(
        text(&view.encode()),
        format!(
            "01000000[02*32]03000000{EVALUATE}010400000000000000000000000000000000[05*32]01[06*32]00070000000108000000"
        )
    );
}

#[test]
fn gateway_entries_should_keep_their_kinds_and_bytes() {
    let peer = Peer {
        validator: account(1),
        organisation: 2,
        key: None,
        gateway: "http://a:1".into(),
        tls_key_hash: Some(hash(3)),
    };
    check(
        Entry::from(&GatewayEntry::Peer(peer)),
        0,
        "[01*32]020000000028687474703a2f2f613a3101[03*32]",
    );
    let upload = Upload {
        round: 7,
        model: 1,
        contributor: account(2),
        organisation: 3,
        commitment: hash(4),
        weight: 100,
        len: 4_096,
        root: Some(hash(5)),
    };
    check(
        Entry::from(&GatewayEntry::Upload(upload)),
        1,
        "0700000001000000[02*32]03000000[04*32]64000000001000000000000001[05*32]",
    );
    check(
        Entry::from(&GatewayEntry::Shared(blob(1))),
        2,
        "[01*32]0403020100000000",
    );
    let version = VersionBlob {
        model: 1,
        version: 2,
        blob: blob(3),
        access: Access::Contributors,
        pending: true,
        optimiser: Some(hash(4)),
    };
    check(
        Entry::from(&GatewayEntry::Version(version)),
        3,
        "0100000002000000[03*32]0403020100000000020101[04*32]",
    );
    let readers = Readers {
        model: 1,
        organisations: vec![2, 3],
    };
    check(
        Entry::from(&GatewayEntry::Readers(readers)),
        4,
        "01000000080200000003000000",
    );
    let members = Members {
        organisation: 1,
        account: account(2),
        contributors: vec![account(3)],
    };
    check(
        Entry::from(&GatewayEntry::Members(members)),
        5,
        "01000000[02*32]04[03*32]",
    );
    let artifact = ArtifactBlob {
        artifact: 1,
        organisation: 2,
        blob: blob(3),
        access: Access::Organisations,
        readers: vec![4],
        pending: true,
    };
    check(
        Entry::from(&GatewayEntry::Artifact(artifact)),
        6,
        "0100000002000000[03*32]040302010000000003040400000001",
    );

    let page = GatewayPage {
        entries: vec![Entry {
            kind: 9,
            body: vec![1, 2],
        }],
        next: Some(GatewayCursor {
            part: 1,
            id: 2,
            position: 3,
        }),
    };
    assert_eq!(text(&page.encode()), "040908010201010200000003000000");
}

#[test]
fn what_rounds_share_should_keep_its_bytes() {
    let share = |round, until, entries| RoundShare { round, until, entries };
    let page = SharePage {
        rounds: vec![
            share(7, Some(100), vec![Entry::from(&GatewayEntry::Shared(blob(1)))]),
            share(8, None, vec![]),
        ],
        next: 9,
        ended: true,
    };
    assert_eq!(
        text(&page.encode()),
        "080700000001640000000402a0[01*32]04030201000000000800000000000900000001"
    );
}

#[test]
fn a_vote_should_keep_its_bytes() {
    let vote = AvailabilityVote {
        subject: Subject::Round(7),
        ballot: 9,
        voter: 2,
        claims: hash(1),
        held: vec![0b101].try_into().unwrap(),
        malformed: vec![Fault {
            item: 1,
            reason: Malformed::Header,
        }]
        .try_into()
        .unwrap(),
    };
    assert_eq!(
        text(&vote.encode()),
        "01070000000900000002000000[01*32]0405040100000000"
    );
}

#[test]
fn an_unknown_kind_should_be_skipped() {
    let entry = Entry {
        kind: 200,
        body: vec![],
    };
    assert!(Duty::try_from(&entry).is_err());
    assert!(GatewayEntry::try_from(&entry).is_err());
}

#[test]
fn rounds_should_be_shown_in_the_same_bytes() {
    let update = Update {
        contributor: account(1),
        organisation: 2,
        commitment: hash(3),
        weight: 4,
        encoding: Encoding::DenseF32,
        submitted_at: 5,
        status: UpdateStatus::Available,
        root: Some(hash(6)),
        index: Some(7),
        score: Some(8),
    };
    let view = RoundView {
        id: 1,
        model: 2,
        base: 3,
        policy: policy(),
        phase: RoundPhase::Revealing {
            reveal_until: 4,
            vote_until: 5,
        },
        opened_at: 6,
        sealed_at: Some(7),
        recorded_at: Some(8),
        version: Some(9),
        job: Some(hash(10)),
        refund: None,
        escrow: 11,
        updates: vec![update.clone()],
        assessment: None,
    };
    let shown = text(&view.encode());
    let shown = shown.replace(&text(&policy().encode()), "|policy|");
    assert_eq!(shown.replace(&text(&update.encode()), "|update|"), "010000000200000003000000|policy|0104000000050000000600000001070000000108000000010900000001[0a*32]000b00000000000000000000000000000004|update|00");
    assert_eq!(
        text(&update.encode()),
        "[01*32]02000000[03*32]0400000000050000000201[06*32]01070000000108000000"
    );
}
