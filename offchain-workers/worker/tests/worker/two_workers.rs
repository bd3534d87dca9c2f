//! Two workers with made-up views: one gets the updates from contributors, the other from its peer, and both come to the
//! same outcome.

use crate::side::{self, *};
use codec::Encode;
use futures::{SinkExt, StreamExt};
use quorate_blobs::{
    name, root_of_file,
    transfer::{Authorization, Client, Opening, Permit, Source, Timeouts, TransferError},
    Root,
};
use quorate_engine::{reference, selftest::sample};
use quorate_exact::{root, Malformed, Rule};
use quorate_primitives::{
    job::aggregate::{EXACT_VERSION, KIND},
    payload::{update_commitment, uploader_payload},
    possession::Shown,
    views::{
        gateway::{GatewayEntry, Upload},
        tasks::{Against, FileShape, VoteItem},
        BlobRef,
    },
    AccountId, Hash,
};
use quorate_protocol::{framing::framed, CheckResult, Failure, FromWorker, Output, Task, ToWorker, PROTOCOL_VERSION};
use sp_core::Pair;
use std::{path::PathBuf, sync::Arc, time::Duration};
use tokio::net::UnixStream;

async fn fetch(gateway: &str, root: Root, len: u64) -> Result<(), TransferError> {
    let folder = tempfile::tempdir().unwrap();
    let client = Client::new(Timeouts::default()).unwrap();
    let sources = [Source::public(gateway)];
    client
        .fetch_to_file(&folder.path().join("file"), &sources, root, len, &|_, _| ())
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_should_exchange_blobs_and_agree() {
    let World {
        files,
        versions,
        updates,
        task,
    } = world(&PIPELINE);
    let (mut a, mut b) = (Side::new(1).await, Side::new(2).await);
    let peers = [a.peer(), b.peer()].map(GatewayEntry::Peer);
    let named = [&peers[..], &versions].concat();
    let state = files.optimiser.as_ref().unwrap();
    provide(&a, [&files.base, files.previous.as_ref().unwrap(), state]).await;

    // Contributors upload to the first worker only.
    let mut collecting = named.clone();
    for (index, (bytes, weight)) in files.inputs.iter().enumerate() {
        let contributor = AccountId::from(contributor(index).public().0);
        let commitment = update_commitment(GENESIS, 9, &contributor, root(bytes).into(), *weight, SALT);
        let len = bytes.len() as u64;
        let (round, weight) = (9, *weight);
        collecting.push(GatewayEntry::Upload(Upload {
            round,
            model: 0,
            contributor,
            organisation: 0,
            commitment,
            weight,
            len,
            root: None,
        }));
    }
    a.show(&collecting, vec![]).await;
    let client = Client::new(Timeouts::default()).unwrap();
    for (index, (bytes, weight)) in files.inputs.iter().enumerate() {
        let path: PathBuf = a.dir.path().join("update");
        std::fs::write(&path, bytes).unwrap();
        let opening = Opening {
            round: 9,
            contributor: contributor(index).public().0,
            weight: *weight,
            salt: SALT,
        };
        let (root, _) = root_of_file(&path).await.unwrap();
        let gateway = a.running.gateway().to_string();
        let (bearer, expires) = (AccountId::from(opening.contributor), expires());
        let payload = uploader_payload(GENESIS, &bearer, &a.account, root.into(), expires);
        let signature = contributor(index).sign(&payload);
        let permit = Permit {
            authorization: Authorization::uploader_sr25519(opening.contributor, expires, &signature.0),
            opening: Some(opening),
        };
        let uploaded = async {
            loop {
                let gateway = gateway.as_str().into();
                match client.upload(&gateway, root, &path, &permit, Arc::new(|_, _| ())).await {
                    // The view is on its way.
                    Err(TransferError::Refused { status: 503, .. }) => {
                        tokio::time::sleep(Duration::from_millis(20)).await
                    }
                    result => return result,
                }
            }
        };
        let uploaded = tokio::time::timeout(PATIENCE, uploaded).await;
        uploaded.expect("the view does not come").unwrap();
    }

    // The roots are revealed: both check every update; the second fetches them with its token.
    let tokens = (a.token(&b.account), b.token(&a.account));
    let mut named = [named, updates].concat();
    a.show(&named, vec![tokens.0]).await;
    b.show(&named, vec![tokens.1]).await;
    let items: Vec<VoteItem> = task
        .inputs
        .iter()
        .enumerate()
        .map(|(number, input)| VoteItem {
            item: number as u32,
            blob: input.blob.clone(),
            shown: side::updates(number),
        })
        .collect();
    let check = Task::Check {
        against: Against::Base(task.base.clone()),
        items,
    };
    for side in [&mut a, &mut b] {
        let (found, result) = side.run(check.clone(), Duration::from_secs(60)).await;
        assert_eq!(result, Ok(Output::Checked));
        assert_eq!(found, (0..6).map(|item| (item, CheckResult::Held)).collect::<Vec<_>>());
    }

    // Both compute the same, which is what the reference computes.
    let computed = reference::aggregate(&PIPELINE, &files).unwrap();
    let (expected, outcome, rows) = outcome_of(&files, &computed);
    assert_eq!(a.outcome(&task).await, outcome);
    // The second one's disk changes a bit of an update, and loses what the base's groups hash to.
    let input = &task.inputs[3].blob.root.0;
    let in_store = |folder: &str, root: &Root| b.dir.path().join("store").join(folder).join(name(root));
    let (damaged, outboard) = (in_store("blobs", input), in_store("outboards", &task.base.root.0));
    let whole = std::fs::read(&damaged).unwrap();
    let mut bytes = whole.clone();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&damaged, bytes).unwrap();
    std::fs::write(&outboard, b"lost").unwrap();
    assert_eq!(b.outcome(&task).await, outcome);
    assert!(
        std::fs::read(&damaged).unwrap() == whole,
        "the update was fetched again"
    );
    assert_eq!(b.outcome(&task).await, outcome, "again, from memory");
    let weights = files.inputs.iter().map(|(_, weight)| *weight).collect();
    assert_eq!(b.rows(outcome.detail, weights).await, rows);
    let (state, made) = (outcome.optimiser.unwrap(), computed.state.as_ref().unwrap());
    assert!(
        b.store.get_small(&state.0, 1 << 20).await.unwrap() == made[..],
        "the state is kept"
    );

    // Nobody sees the version before the chain names it.
    let len = computed.version.len() as u64;
    assert!(fetch(b.running.gateway(), expected.output.root, len).await.is_err());
    let blob = BlobRef {
        root: expected.output.root.into(),
        len,
    };
    named.push(version(&blob, Some(state)));
    b.show(&named, vec![]).await;
    let shown = async {
        while fetch(b.running.gateway(), expected.output.root, len).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let shown = tokio::time::timeout(PATIENCE, shown).await;
    shown.expect("the recorded version is not shown");
    fetch(b.running.gateway(), state.0, made.len() as u64).await.unwrap();
    a.running.stop().await;
    b.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_and_missing_updates_should_be_told_apart() {
    let World {
        files,
        versions,
        updates,
        task,
    } = world(&PIPELINE);
    let mut side = Side::new(1).await;
    let mut wrong = files.inputs[0].0.clone();
    let end = wrong.len();
    wrong[end - 4..].copy_from_slice(&f32::INFINITY.to_le_bytes());
    provide(&side, [&files.base, &files.inputs[1].0, &wrong]).await;
    let peer = GatewayEntry::Peer(side.peer());
    side.show(&[vec![peer], versions, updates].concat(), vec![]).await;
    let missing = task.inputs[2].blob.clone();
    // Ten that are withheld and one whose root is that of a longer blob come first: they hold nothing up.
    let withheld = (2..12u8).map(|item| BlobRef {
        root: Hash::repeat_byte(item),
        len: missing.len,
    });
    let longer = BlobRef {
        root: task.base.root,
        len: missing.len,
    };
    let first = (2..).zip(withheld.chain([longer]));
    let there = (0..).zip([blob(&wrong), task.inputs[1].blob.clone()]);
    let items = first.chain(there).map(|(item, blob)| VoteItem {
        item,
        blob,
        shown: side::updates(item as usize),
    });
    let items = items.collect();
    let check = Task::Check {
        against: Against::Base(task.base.clone()),
        items,
    };
    let (mut found, result) = side.run(check, Duration::from_secs(3)).await;
    found.sort_by_key(|(item, _)| *item);
    assert_eq!(result, Ok(Output::Checked), "time ran out for the rest");
    let fault = CheckResult::Malformed(Malformed::NonFinite { tensor: 3, index: 52 });
    assert_eq!(found, [(0, fault), (1, CheckResult::Held)]);

    let (_, late) = side.run(aggregation(&task), Duration::from_millis(300)).await;
    assert_eq!(late, Err(Failure::Deadline));
    for (kind, exact_version) in [(KIND, 99), (KIND + 1, EXACT_VERSION)] {
        let unknown = Task::Compute {
            job: JOB,
            kind,
            exact_version,
            work: task.encode(),
        };
        let (_, result) = side.run(unknown, Duration::from_secs(3)).await;
        assert_eq!(result, Err(Failure::UnknownWork { kind, exact_version }));
    }
    let unreadable = Task::Compute {
        job: JOB,
        kind: KIND,
        exact_version: EXACT_VERSION,
        work: vec![1, 2, 3],
    };
    let (_, result) = side.run(unreadable, Duration::from_secs(3)).await;
    assert!(matches!(result, Err(Failure::Local(_))), "{result:?}");
    let rows = Task::ScoreRows {
        detail: missing.root,
        weights: vec![],
    };
    assert_eq!(
        side.run(rows, Duration::from_secs(30)).await.1,
        Err(Failure::Missing(missing.root))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn update_should_be_held_for_the_contributor_that_it_names_alone() {
    let World {
        files,
        versions,
        updates,
        task,
    } = world(&PIPELINE);
    let mut side = Side::new(1).await;
    provide_all(&side, &files).await;
    let peer = GatewayEntry::Peer(side.peer());
    side.show(&[vec![peer], versions, updates].concat(), vec![]).await;
    let refused = CheckResult::Malformed(Malformed::OtherContributor);
    // In either order: what was found for one account says nothing of another.
    for (number, expected) in [(0, CheckResult::Held), (1, refused), (0, CheckResult::Held)] {
        let item = |shown| VoteItem {
            item: 0,
            blob: task.inputs[0].blob.clone(),
            shown,
        };
        let check = |shown| Task::Check {
            against: Against::Base(task.base.clone()),
            items: vec![item(shown)],
        };
        let (found, result) = side.run(check(side::updates(number)), Duration::from_secs(30)).await;
        assert_eq!((found, result), (vec![(0, expected)], Ok(Output::Checked)), "{number}");
        // What does not go together is no statement on the file.
        let (found, result) = side
            .run(check(possessed(&files.inputs[0].0)), Duration::from_secs(30))
            .await;
        assert!(
            found.is_empty() && matches!(result, Err(Failure::Local(_))),
            "{result:?}"
        );
    }
    side.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_version_should_be_what_its_model_was_registered_with() {
    let World {
        files,
        versions,
        updates,
        task,
    } = world(&PIPELINE);
    let mut side = Side::new(1).await;
    provide(&side, [&files.base]).await;
    let peer = GatewayEntry::Peer(side.peer());
    side.show(&[vec![peer], versions, updates].concat(), vec![]).await;
    let len = u64::from_le_bytes(files.base[..8].try_into().unwrap()) as usize + 8;
    let right = FileShape {
        model: 0,
        header_hash: Hash::from(root(&files.base[..len])),
        header_len: len as u32,
        update_len: task.inputs[0].blob.len,
    };
    let other_hash = FileShape {
        header_hash: Hash::repeat_byte(1),
        ..right
    };
    let other_header_len = FileShape {
        header_len: right.header_len + 1_024,
        ..right
    };
    let other_update_len = FileShape {
        update_len: right.update_len + 4,
        ..right
    };
    let length = Malformed::Length {
        expected: right.update_len + 4,
        got: right.update_len,
    };
    let (own, others) = (possessed(&files.base), possessed(b"of other bytes"));
    // Somebody else's, which is public.
    let copied = match own {
        Shown::Possession { possession, .. } => Shown::Possession {
            key: Hash::repeat_byte(0x44),
            possession,
        },
        Shown::Contributor(_) => unreachable!("it is of a version"),
    };
    let refused = CheckResult::Malformed(Malformed::NotPossessed);
    let cases = [
        (right, &own, CheckResult::Held),
        (right, &copied, refused),
        (right, &others, refused),
        (other_hash, &others, refused),
        (other_hash, &own, CheckResult::Malformed(Malformed::Header)),
        (other_header_len, &own, CheckResult::Malformed(Malformed::Header)),
        (other_update_len, &own, CheckResult::Malformed(length)),
        (right, &own, CheckResult::Held),
    ];
    for (shape, shown, expected) in cases {
        let genesis = Task::Check {
            against: Against::Registered(shape),
            items: vec![VoteItem {
                item: 0,
                blob: task.base.clone(),
                shown: shown.clone(),
            }],
        };
        let (found, result) = side.run(genesis, Duration::from_secs(30)).await;
        assert_eq!(
            (found, result),
            (vec![(0, expected)], Ok(Output::Checked)),
            "{shape:?} {shown:?}"
        );
    }
    side.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancel_shutdown_and_other_versions_should_be_answered() {
    let World { versions, task, .. } = world(&PIPELINE);
    let mut side = Side::new(1).await;
    side.show(&versions, vec![]).await;
    let run = ToWorker::Run {
        request: 7,
        timeout_ms: 60_000,
        task: aggregation(&task),
    };
    side.sink.send(run).await.unwrap();
    side.sink.send(ToWorker::Cancel { request: 7 }).await.unwrap();
    loop {
        match side.next().await {
            FromWorker::Done { request, result } => {
                assert_eq!((request, result), (7, Err(Failure::Cancelled)));
                break;
            }
            FromWorker::Status(_) => (),
            other => panic!("{other:?}"),
        }
    }

    // A stray connection of another version learns ours and is closed.
    let stream = UnixStream::connect(side.dir.path().join("socket")).await.unwrap();
    let (read, write) = stream.into_split();
    let (mut sink, mut stray) = framed::<ToWorker, FromWorker, _, _>(read, write);
    sink.send(ToWorker::Hello {
        protocol: 999,
        genesis: GENESIS,
        node: quorate_protocol::this_process(),
    })
    .await
    .unwrap();
    assert!(matches!(
        stray.next().await,
        Some(Ok(FromWorker::Hello {
            protocol: PROTOCOL_VERSION,
            ..
        }))
    ));
    assert!(stray.next().await.is_none());

    side.sink.send(ToWorker::Shutdown).await.unwrap();
    let stopped = side.running.stopped();
    tokio::time::timeout(Duration::from_secs(5), stopped)
        .await
        .expect("the worker does not stop");
    let closed = async { while side.stream.next().await.is_some() {} };
    tokio::time::timeout(Duration::from_secs(5), closed)
        .await
        .expect("the stream is not closed");
    side.running.stop().await;
    assert!(!side.dir.path().join("socket").exists());
}

/// Neither its own store nor its memory has anything of the job: the detail comes from a peer that computed it.
#[tokio::test(flavor = "multi_thread")]
async fn validator_that_did_not_compute_should_show_the_score_rows_too() {
    let pipelines = [
        PIPELINE,
        Rule::WeightedMean.into(),
        Rule::MultiKrum { f_ppm: F_PPM }.into(),
    ];
    let (mut a, mut b) = (Side::new(1).await, Side::new(2).await);
    let tokens = (a.token(&b.account), b.token(&a.account));
    for pipeline in pipelines {
        let files = sample(&pipeline, 7, 6, true);
        let computed = reference::aggregate(&pipeline, &files).unwrap();
        let (made, outcome, rows) = outcome_of(&files, &computed);
        a.store.put_bytes(made.detail.clone().into()).await.unwrap();
        let weights: Vec<u32> = files.inputs.iter().map(|(_, weight)| *weight).collect();
        let peers = [a.peer(), b.peer()].map(GatewayEntry::Peer);
        // The chain does not know its length.
        let detail = GatewayEntry::Shared(BlobRef {
            root: outcome.detail,
            len: 0,
        });
        let named = [&peers[..], &[detail]].concat();
        a.show(&named, vec![tokens.0.clone()]).await;
        b.show(&named, vec![tokens.1.clone()]).await;
        for side in [&mut b, &mut a] {
            assert_eq!(side.rows(outcome.detail, weights.clone()).await, rows, "{pipeline:?}");
        }
    }
}
