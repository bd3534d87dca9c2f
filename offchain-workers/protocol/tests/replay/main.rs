//! The corpus of the fuzz target for the stream between a node and a worker, replayed and spoilt.

mod checks;
#[path = "../../../../fuzz/replay.rs"]
mod replay;

use codec::{Decode, Encode};
use quorate_primitives::{
    possession::Shown,
    views::{
        tasks::{Against, VoteItem},
        BlobRef, Entry,
    },
    AccountId, Hash,
};
use quorate_protocol::{
    BlockId, CheckResult, Failure, FromWorker, Output, Status, StreamToken, Task, ToWorker, Token, MAX_FRAME,
    PROTOCOL_VERSION,
};

fn block(number: u32) -> BlockId {
    BlockId {
        number,
        hash: Hash::from_low_u64_be(number.into()),
    }
}

fn blob() -> BlobRef {
    BlobRef {
        root: Hash::repeat_byte(7),
        len: 1_024,
    }
}

fn to_worker() -> Vec<ToWorker> {
    let token = Token {
        audience: AccountId::new([2; 32]),
        expires: 1_800_000_000,
        signature: Decode::decode(&mut &[5; 64][..]).unwrap(),
    };
    let check = Task::Check {
        against: Against::Base(blob()),
        items: vec![VoteItem {
            item: 0,
            blob: blob(),
            shown: Shown::Contributor(AccountId::new([6; 32])),
        }],
    };
    let compute = Task::Compute {
        job: Hash::repeat_byte(3),
        kind: 0,
        exact_version: 1,
        work: vec![1, 2, 3],
    };
    let spot_check = Task::SpotCheck {
        job: Hash::repeat_byte(4),
        kind: 3,
        exact_version: 1,
        work: vec![1, 2, 3],
        agreed: vec![4, 5],
    };
    let run = |request, task| ToWorker::Run {
        request,
        timeout_ms: 1_000,
        task,
    };
    vec![
        ToWorker::Hello {
            protocol: PROTOCOL_VERSION,
            genesis: Hash::repeat_byte(1),
            node: Hash::repeat_byte(2),
        },
        ToWorker::Snapshot {
            at: block(5),
            finalized: 3,
            page: 0,
            last: true,
            entries: vec![Entry::new(2, &7u32), Entry::new(0, &blob())],
        },
        ToWorker::Changes {
            from: block(5),
            to: block(6),
            finalized: 4,
            added: vec![Entry::new(2, &8u32)],
            removed: vec![Entry::new(2, &7u32)],
        },
        ToWorker::Tokens {
            me: Some(AccountId::new([1; 32])),
            tokens: vec![token.clone()],
            stream: Some(StreamToken {
                key: [4; 32],
                expires: token.expires,
                signature: token.signature,
            }),
        },
        run(1, check),
        run(2, compute),
        run(3, spot_check),
        ToWorker::Cancel { request: 2 },
        ToWorker::Ping,
        ToWorker::Shutdown,
    ]
}

fn from_worker() -> Vec<FromWorker> {
    let done = |request, result| FromWorker::Done { request, result };
    vec![
        FromWorker::Hello {
            protocol: PROTOCOL_VERSION,
            status: Status::default(),
        },
        FromWorker::Found {
            request: 1,
            item: 0,
            result: CheckResult::Held,
        },
        done(1, Ok(Output::Checked)),
        done(2, Ok(Output::Outcome(vec![9; 40]))),
        done(3, Err(Failure::Missing(Hash::repeat_byte(7)))),
        FromWorker::SnapshotWanted,
        FromWorker::Refused("another node".into()),
    ]
}

/// `cut`: how many bytes arrive first.
fn stream(cut: u8, messages: &[impl Encode]) -> Vec<u8> {
    let mut stream = vec![cut];
    for message in messages {
        let bytes = message.encode();
        stream.extend((bytes.len() as u32).to_le_bytes());
        stream.extend(bytes);
    }
    stream
}

#[test]
fn streams_should_be_read_alike_however_they_are_cut() {
    let seeds = [
        ("node", stream(0, &to_worker())),
        ("node_cut", stream(3, &to_worker())),
        ("worker", stream(0, &from_worker())),
        ("worker_cut", stream(200, &from_worker())),
        (
            "too_long",
            [&[0][..], &(MAX_FRAME as u32 + 1).to_le_bytes(), &[0; 20]].concat(),
        ),
        (
            "promised",
            [&[0][..], &(MAX_FRAME as u32).to_le_bytes(), &[0; 20]].concat(),
        ),
    ];
    replay::run("frames", &seeds, 20_000, checks::frames);
}
