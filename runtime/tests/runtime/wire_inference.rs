//! What nodes, workers and clients get of requests and batches, as bytes: a node of another version goes on with what it knows.

use codec::Encode;
use quorate_primitives::{
    availability::Subject,
    capability::{Capability, Declaration},
    job::{
        infer::{AnswerRow, AnswerStatus, Choice, Generation, Request, Task, ROW_BYTES},
        CommitteeRule, Infer, InferOutcome, JobSpec, Outcome, Requester, Work,
    },
    payload,
    views::{
        gateway::{GatewayEntry, RequestBlob},
        inference::{
            AnswerPageTask, BatchState, BatchView, Escalation, InferTask, RequestFailure, RequestQuote, RequestState,
            RequestView, Reserve,
        },
        tasks::{Against, Duty, VoteTask},
        BlobRef, CapabilityView, CapableCount, Entry,
    },
    AccountId, Hash,
};

fn hash(byte: u8) -> Hash {
    Hash::repeat_byte(byte)
}

fn blob(byte: u8) -> BlobRef {
    BlobRef {
        root: hash(byte),
        len: 0x0102_0304,
    }
}

/// Bytes as hexadecimal text in which a run of 32 equal bytes is written `[xx*32]`.
fn text(value: &impl Encode) -> String {
    let bytes = value.encode();
    let (mut text, mut rest) = (String::new(), &bytes[..]);
    while let Some(first) = rest.first() {
        let run = rest.iter().take_while(|byte| *byte == first).count();
        let long = run >= 32;
        text.push_str(&if long {
            format!("[{first:02x}*32]")
        } else {
            format!("{first:02x}")
        });
        rest = &rest[if long { 32 } else { 1 }..];
    }
    text
}

fn task() -> Task {
    Task::Generate(Generation {
        max_tokens: 16,
        choice: Choice::Drawn {
            temperature: 0x3f80_0000,
            top: 5,
        },
        stop: Some(7),
    })
}

const TASK: &str = "0110000000010000803f050000000107000000";

fn outcome() -> InferOutcome {
    InferOutcome {
        answers: hash(1),
        detail: hash(2),
    }
}

#[test]
fn duties_of_requests_should_keep_their_kinds_and_bytes() {
    let vote = VoteTask {
        subject: Subject::Request(7),
        ballot: 9,
        voter: 2,
        against: Against::Input {
            program: blob(1),
            task: task(),
        },
        items: vec![],
        until: 100,
    };
    let entry = Entry::from(&Duty::Vote(vote));
    assert_eq!(
        text(&entry),
        format!("004901040700000000000000090000000200000004[01*32]0403020100000000{TASK}0064000000")
    );
    let page = AnswerPageTask {
        batch: 3,
        outcome: outcome(),
        requests: 70,
        page: 1,
    };
    let entry = Entry::from(&Duty::AnswerPage(page));
    assert_eq!(text(&entry), "03310103000000[01*32][02*32]4600000001000000");
}

#[test]
fn what_gateways_get_of_a_request_should_keep_its_kind_and_bytes() {
    let request = RequestBlob {
        request: 7,
        organisation: 2,
        input: blob(3),
        answer: Some(blob(4)),
        pending: false,
    };
    let entry = Entry::from(&GatewayEntry::Request(request));
    assert_eq!(
        text(&entry),
        "077901070000000000000002000000[03*32]040302010000000001[04*32]040302010000000000"
    );
}

#[test]
fn the_work_of_a_batch_and_what_it_yields_should_keep_their_bytes() {
    let request = Request {
        id: 7,
        input: blob(3),
        task: Task::Run,
        operations: 9,
        memory: 10,
    };
    let requested = "0700000000000000[03*32]04030201000000000009000000000000000a000000";
    assert_eq!(text(&request), requested);
    let task = InferTask {
        batch: 1,
        model: 2,
        version: 3,
        file: blob(4),
        frozen_base: Some(blob(8)),
        program_file: blob(5),
        requests: vec![request],
        seed: hash(6),
    };
    assert_eq!(
        text(&task),
        format!("010000000200000003000000[04*32]040302010000000001[08*32]0403020100000000[05*32]040302010000000004{requested}[06*32]")
    );
    let work = Infer {
        batch: 1,
        model: 2,
        version: 3,
        version_root: hash(4),
        version_len: 5,
        frozen_base: Some(blob(14)),
        program: 6,
        program_root: hash(7),
        program_len: 8,
        requests_root: hash(9),
        requests: 10,
        seed: hash(11),
    };
    let spec = JobSpec {
        requester: Requester::Batch(1),
        attempt: 1,
        exact_version: 1,
        commit: 2,
        reveal: 3,
        committee: CommitteeRule::Named {
            members: vec![AccountId::new([12; 32])].try_into().expect("one"),
            quorum: 13,
        },
        work: Work::from(work),
    };
    let body = "010000000200000003000000[04*32]050000000000000001[0e*32]040302010000000006000000[07*32]0800000000000000[09*32]0a000000[0b*32]";
    assert_eq!(
        text(&spec),
        format!("0301000000010100000002000000030000000104[0c*32]0d00000003{body}")
    );
    assert_eq!(text(&Outcome::from(outcome())), "03[01*32][02*32]");
}

#[test]
fn rows_and_records_should_keep_their_bytes() {
    let row = AnswerRow {
        request: 7,
        status: AnswerStatus::Unfit,
        answer: blob(3),
        trace: hash(4),
        tokens: 5,
        operations: 6,
    };
    assert_eq!(row.encoded_size() as u64, ROW_BYTES);
    let row_bytes = "070000000000000002[03*32]0403020100000000[04*32]050000000600000000000000";
    assert_eq!(text(&row), row_bytes);
    assert_eq!(text(&RequestState::Pending { until: 9 }), "0009000000");
    assert_eq!(text(&RequestState::Waiting), "01");
    assert_eq!(text(&RequestState::Computing { batch: 9 }), "0209000000");
    let failures = [
        RequestFailure::NotHeld,
        RequestFailure::Malformed,
        RequestFailure::Expired,
        RequestFailure::NoQuorum,
        RequestFailure::NoJob,
        RequestFailure::Cancelled,
    ];
    let provisional = RequestState::Provisional { batch: 9, until: 10 };
    assert_eq!(text(&provisional), "05090000000a000000");
    let states = [
        (BatchState::Computing, "00"),
        (BatchState::Provisional { until: 9 }, "0109000000"),
        (BatchState::Settling { until: 9 }, "0209000000"),
        (BatchState::Failing(RequestFailure::NoJob), "0304"),
        (BatchState::Ended { at: 9 }, "0409000000"),
    ];
    for (state, expected) in states {
        assert_eq!(text(&state), expected);
    }
    for (index, failure) in failures.into_iter().enumerate() {
        assert_eq!(text(&RequestState::Failed(failure)), format!("040{index}"));
    }
    let view = RequestView {
        id: 7,
        asked_by: AccountId::new([1; 32]),
        organisation: 2,
        model: 3,
        version: 4,
        program: 5,
        input: blob(6),
        task: task(),
        operations: 8,
        memory: 14,
        fee: 9,
        reading: 15,
        cost: 10,
        clean: true,
        state: RequestState::Answered { batch: 11, row },
        requested_at: 12,
        ended_at: Some(13),
    };
    let balance = |value: u8| format!("{value:02x}{}", "00".repeat(15));
    let expected = [
        "0700000000000000[01*32]02000000030000000400000005000000[06*32]0403020100000000",
        TASK,
        "0800000000000000",
        "0e000000",
        &balance(9),
        &balance(15),
        &balance(10),
        "01030b000000",
        row_bytes,
        "0c000000010d000000",
    ];
    assert_eq!(text(&view), expected.concat());
    let quote = RequestQuote {
        fee: 1,
        reading: 2,
        commit: 3,
    };
    assert_eq!(text(&quote), [balance(1), balance(2), "03000000".into()].concat());
    let reserve = Reserve {
        held: 1,
        most: 2,
        part: 3,
    };
    assert_eq!(text(&reserve), [balance(1), balance(2), "03000000".into()].concat());
    let batch = BatchView {
        id: 1,
        model: 2,
        version: 3,
        file: blob(4),
        frozen_base: None,
        program: 5,
        program_file: blob(6),
        requests: vec![7],
        requests_root: hash(8),
        seed: hash(9),
        job: hash(10),
        first_job: None,
        state: BatchState::Computing,
        members: vec![AccountId::new([13; 32])],
        quorum: 14,
        escalation: Some(Escalation::Called {
            organisation: 15,
            by: AccountId::new([16; 32]),
            bond: 17,
        }),
        call_bond: Some(18),
        provisional: None,
        outcome: Some(outcome()),
        statements_root: Some(hash(11)),
        created_at: 12,
        ended_at: None,
    };
    let expected = [
        "010000000200000003000000[04*32]04030201000000000005000000[06*32]0403020100000000040700000000000000[08*32][09*32][0a*32]00",
        "0004[0d*32]0e000000",
        "01020f000000[10*32]",
        &balance(17),
        "01",
        &balance(18),
        "00",
        // Some of an outcome whose first root is of ones.
        "[01*32]01[02*32]01[0b*32]0c00000000",
    ];
    assert_eq!(text(&batch), expected.concat());
}

#[test]
fn declarations_should_keep_what_is_signed_and_shown() {
    let capability = Capability {
        memory: 1,
        speed: 2,
        exact_version: 3,
    };
    const CAPABILITY: &str = "01000000020000000000000003000000";
    let declaration = Declaration {
        validator: AccountId::new([4; 32]),
        capability,
        at: 5,
    };
    let declared = format!("[04*32]{CAPABILITY}05000000");
    assert_eq!(text(&declaration), declared);
    // Tag and version, the genesis, and the declaration.
    let signed = payload::declaration_payload(hash(6), &declaration);
    let tag = [[20 << 2].as_slice(), b"quorate/capability/1".as_slice()].concat();
    assert_eq!(signed, [tag, [6; 32].to_vec(), declaration.encode()].concat());
    let view = CapabilityView {
        validator: AccountId::new([4; 32]),
        organisation: 5,
        capability: Some(capability),
        declared_at: Some(6),
        next_from: 7,
        again_from: 8,
        barred_until: None,
        asked: true,
    };
    assert_eq!(
        text(&view),
        format!("[04*32]0500000001{CAPABILITY}010600000007000000080000000001")
    );
    let count = CapableCount {
        capable: 1,
        needed: 2,
        validators: 3,
    };
    assert_eq!(text(&count), "010000000200000003000000");
}
