//! Two workers with made-up views: one gets the updates from contributors, the other from its peer, and both come to the
//! same outcome.

use futures::{SinkExt, StreamExt};
use quorate_blobs::{
    name, root_of_file,
    transfer::{Client, Opening, Source, Timeouts, TransferError},
    BlobStore, Room, Root,
};
use quorate_engine::{reference, selftest::sample, Aggregated, Settings, TileEngine};
use quorate_exact::{root, Malformed, Pipeline, PreAggregation, PreAggregator, Rule, ServerOptimiser, EXACT_VERSION};
use quorate_gateway::Limits;
use quorate_primitives::{
    crypto::AttestationPair,
    job::{Outcome, ScoreRow},
    payload::{token_payload, update_commitment},
    policy::Access,
    views::{Against, BlobRef, FileShape, GatewayView, Peer, Upload, VersionBlob, VoteItem},
    AccountId, Hash,
};
use quorate_protocol::{
    framing::{framed, ScaleCodec},
    AggregateTask, Failure, Finding, FromWorker, Output, Task, ToWorker, Token, View, WeightedBlob, PROTOCOL_VERSION,
};
use quorate_worker::{start, Config, Link, Running};
use sp_core::Pair;
use std::{path::PathBuf, sync::Arc, time::Duration};
use tokio::net::{
    unix::{OwnedReadHalf, OwnedWriteHalf},
    UnixStream,
};
use tokio_util::codec::{FramedRead, FramedWrite};

const GENESIS: Hash = Hash::repeat_byte(0x33);
const F_PPM: u32 = 200_000;
/// Everything that a task carries: products of pairs, a seed that is not used, a state.
const PIPELINE: Pipeline = Pipeline {
    pre: PreAggregation::One(PreAggregator::Nnm { f_ppm: F_PPM }),
    rule: Rule::TrimmedMean { trim_ppm: F_PPM },
    server: ServerOptimiser::Momentum {
        eta: 1_000_000,
        beta: 900_000,
    },
};
const SALT: [u8; 32] = [6; 32];

/// A worker and the node's end of its socket.
struct Side {
    dir: tempfile::TempDir,
    running: Running,
    store: BlobStore,
    account: AccountId,
    key: AttestationPair,
    sink: FramedWrite<OwnedWriteHalf, ScaleCodec<ToWorker, FromWorker>>,
    stream: FramedRead<OwnedReadHalf, ScaleCodec<ToWorker, FromWorker>>,
    requests: u64,
}

impl Side {
    async fn new(number: u8) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = BlobStore::local(dir.path().join("store")).unwrap();
        let config = Config {
            link: Link::Socket(dir.path().join("socket")),
            store: store.clone(),
            gateway: "127.0.0.1:0".parse().unwrap(),
            room: Room::default(),
            tls: None,
            allow_plaintext: false,
            limits: Limits::default(),
            keep_unnamed: 64,
            collect_every: Duration::from_secs(3600),
            engine: Arc::new(TileEngine::new(Settings {
                threads: usize::from(number),
                ..Default::default()
            })),
        };
        let running = start(config).await.unwrap();
        let stream = UnixStream::connect(dir.path().join("socket")).await.unwrap();
        let (read, write) = stream.into_split();
        let (sink, stream) = framed(read, write);
        let (account, key) = (AccountId::new([number; 32]), AttestationPair::from_seed(&[number; 32]));
        let mut side = Self {
            dir,
            running,
            store,
            account,
            key,
            sink,
            stream,
            requests: 0,
        };
        side.sink
            .send(ToWorker::Hello {
                protocol: PROTOCOL_VERSION,
                genesis: GENESIS,
            })
            .await
            .unwrap();
        match side.next().await {
            FromWorker::Hello { protocol, status } => {
                assert_eq!(
                    (protocol, status.gateway.as_str()),
                    (PROTOCOL_VERSION, side.running.gateway())
                );
            }
            other => panic!("{other:?}"),
        }
        side
    }

    async fn next(&mut self) -> FromWorker {
        let next = tokio::time::timeout(Duration::from_secs(60), self.stream.next());
        next.await
            .expect("the worker is silent")
            .expect("the worker closed the stream")
            .unwrap()
    }

    fn peer(&self) -> Peer {
        Peer {
            validator: self.account.clone(),
            key: Some(self.key.public()),
            gateway: self.running.gateway().into(),
            tls_key_hash: None,
        }
    }

    fn token(&self, audience: &AccountId) -> Token {
        let expires = 4_000_000_000;
        let signature = self.key.sign(&token_payload(GENESIS, &self.account, audience, expires));
        Token {
            audience: audience.clone(),
            expires,
            signature,
        }
    }

    async fn show(&mut self, gateway: GatewayView, tokens: Vec<Token>) {
        let view = View {
            me: Some(self.account.clone()),
            gateway,
            tokens,
        };
        self.sink.send(ToWorker::View(Box::new(view))).await.unwrap();
    }

    /// Runs a task; returns the findings on the way and the result.
    async fn run(&mut self, task: Task, limit: Duration) -> (Vec<(u32, Finding)>, Result<Output, Failure>) {
        self.requests += 1;
        let run = ToWorker::Run {
            request: self.requests,
            timeout_ms: limit.as_millis() as u64,
            task,
        };
        self.sink.send(run).await.unwrap();
        let mut found = Vec::new();
        loop {
            match self.next().await {
                FromWorker::Done { request, result } => {
                    assert_eq!(request, self.requests);
                    found.sort_by_key(|(item, _)| *item);
                    return (found, result);
                }
                FromWorker::Found { item, finding, .. } => found.push((item, finding)),
                FromWorker::Progress { .. } | FromWorker::Status(_) => (),
                FromWorker::Hello { .. } => panic!("a second greeting"),
            }
        }
    }

    async fn outcome(&mut self, task: AggregateTask) -> Outcome {
        match self.run(Task::Aggregate(task.into()), Duration::from_secs(60)).await.1 {
            Ok(Output::Outcome(outcome)) => outcome,
            other => panic!("{other:?}"),
        }
    }

    async fn rows(&mut self, detail: Hash) -> Vec<ScoreRow> {
        match self.run(Task::Rows { detail }, Duration::from_secs(10)).await.1 {
            Ok(Output::Rows(rows)) => rows,
            other => panic!("{other:?}"),
        }
    }
}

fn blob(bytes: &[u8]) -> BlobRef {
    BlobRef {
        root: root(bytes).into(),
        len: bytes.len() as u64,
    }
}

struct World {
    files: reference::Files,
    view: GatewayView,
    task: AggregateTask,
}

fn world() -> World {
    let files = sample(&PIPELINE, 42, 6, true);
    let (base, previous) = (blob(&files.base), blob(files.previous.as_ref().unwrap()));
    let state = blob(files.optimiser.as_ref().unwrap()).root;
    let inputs: Vec<_> = files
        .inputs
        .iter()
        .map(|(bytes, weight)| WeightedBlob {
            blob: blob(bytes),
            weight: *weight,
        })
        .collect();
    let version = |blob: &BlobRef, optimiser| VersionBlob {
        blob: blob.clone(),
        access: Access::Public,
        pending: false,
        optimiser,
    };
    let view = GatewayView {
        peers: vec![],
        uploads: vec![],
        updates: inputs.iter().map(|input| input.blob.clone()).collect(),
        versions: vec![version(&base, Some(state)), version(&previous, None)],
    };
    let job = Hash::repeat_byte(0x55);
    let task = AggregateTask {
        job,
        exact_version: EXACT_VERSION,
        pipeline: PIPELINE,
        seed: files.seed.into(),
        base,
        previous: Some(previous),
        optimiser: Some(state),
        inputs,
    };
    World { files, view, task }
}

/// What the chain would record of a computation.
fn outcome_of(files: &reference::Files, computed: &reference::Computed) -> (Aggregated, Outcome, Vec<ScoreRow>) {
    let made = computed.aggregated.clone();
    let claimed: Vec<u32> = files.inputs.iter().map(|(_, weight)| *weight).collect();
    let rows = ScoreRow::of_job(&made.scores, &made.selection, &claimed);
    let outcome = Outcome::new(
        (made.output.root.into(), made.output.len),
        made.optimiser.as_ref().map(|state| state.root.into()),
        made.detail_root.into(),
        &rows,
    );
    (made, outcome, rows)
}

/// Puts blobs into a worker's store.
async fn provide(side: &Side, blobs: impl IntoIterator<Item = &Vec<u8>>) {
    for bytes in blobs {
        side.store.put_bytes(bytes.clone().into()).await.unwrap();
    }
}

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
    let World { files, mut view, task } = world();
    let (mut a, mut b) = (Side::new(1).await, Side::new(2).await);
    view.peers = vec![a.peer(), b.peer()];
    let state = files.optimiser.as_ref().unwrap();
    provide(&a, [&files.base, files.previous.as_ref().unwrap(), state]).await;

    // Contributors upload to the first worker only.
    let mut collecting = view.clone();
    collecting.updates.clear();
    for (index, (bytes, weight)) in files.inputs.iter().enumerate() {
        let contributor = AccountId::new([100 + index as u8; 32]);
        let commitment = update_commitment(GENESIS, 9, &contributor, root(bytes).into(), *weight, SALT);
        let len = bytes.len() as u64;
        let (round, weight) = (9, *weight);
        collecting.uploads.push(Upload {
            round,
            model: 0,
            contributor,
            commitment,
            weight,
            len,
            root: None,
        });
    }
    a.show(collecting.clone(), vec![]).await;
    let client = Client::new(Timeouts::default()).unwrap();
    for (index, (bytes, weight)) in files.inputs.iter().enumerate() {
        let path: PathBuf = a.dir.path().join("update");
        std::fs::write(&path, bytes).unwrap();
        let opening = Opening {
            round: 9,
            contributor: [100 + index as u8; 32],
            weight: *weight,
            salt: SALT,
        };
        let (root, _) = root_of_file(&path).await.unwrap();
        let gateway = a.running.gateway().to_string();
        loop {
            match client
                .upload(
                    &gateway.as_str().into(),
                    root,
                    &path,
                    Some(opening),
                    Arc::new(|_, _| ()),
                )
                .await
            {
                // The view is on its way.
                Err(TransferError::Refused { status: 503, .. }) => tokio::time::sleep(Duration::from_millis(20)).await,
                result => {
                    result.unwrap();
                    break;
                }
            }
        }
    }

    // Opening: both check every update; the second fetches them with its token.
    let tokens = (a.token(&b.account), b.token(&a.account));
    a.show(view.clone(), vec![tokens.0]).await;
    b.show(view.clone(), vec![tokens.1]).await;
    let items: Vec<VoteItem> = (0..)
        .zip(&task.inputs)
        .map(|(item, input)| VoteItem {
            item,
            blob: input.blob.clone(),
        })
        .collect();
    let check = Task::Check {
        against: Against::Base(task.base.clone()),
        items,
    };
    for side in [&mut a, &mut b] {
        let (found, result) = side.run(check.clone(), Duration::from_secs(60)).await;
        assert_eq!(result, Ok(Output::Checked));
        assert_eq!(found, (0..6).map(|item| (item, Finding::Held)).collect::<Vec<_>>());
    }

    // Both compute the same, which is what the reference computes.
    let computed = reference::aggregate(&PIPELINE, &files).unwrap();
    let (expected, outcome, rows) = outcome_of(&files, &computed);
    assert_eq!(a.outcome(task.clone()).await, outcome);
    // The second one's disk changes a bit of an update, and loses what the base's groups hash to.
    let input = &task.inputs[3].blob.root.0;
    let in_store = |folder: &str, root: &Root| b.dir.path().join("store").join(folder).join(name(root));
    let (damaged, outboard) = (in_store("blobs", input), in_store("outboards", &task.base.root.0));
    let whole = std::fs::read(&damaged).unwrap();
    let mut bytes = whole.clone();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&damaged, bytes).unwrap();
    std::fs::write(&outboard, b"lost").unwrap();
    assert_eq!(b.outcome(task.clone()).await, outcome);
    assert!(
        std::fs::read(&damaged).unwrap() == whole,
        "the update was fetched again"
    );
    assert_eq!(b.outcome(task.clone()).await, outcome, "again, from memory");
    assert_eq!(b.rows(outcome.detail).await, rows);
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
    view.versions.push(VersionBlob {
        blob,
        access: Access::Public,
        pending: false,
        optimiser: Some(state),
    });
    b.show(view, vec![]).await;
    let mut tries = 0;
    while fetch(b.running.gateway(), expected.output.root, len).await.is_err() {
        tries += 1;
        assert!(tries < 50, "the recorded version is not shown");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    fetch(b.running.gateway(), state.0, made.len() as u64).await.unwrap();
    a.running.stop().await;
    b.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_and_missing_updates_should_be_told_apart() {
    let World { files, mut view, task } = world();
    let mut side = Side::new(1).await;
    let mut wrong = files.inputs[0].0.clone();
    let end = wrong.len();
    wrong[end - 4..].copy_from_slice(&f32::INFINITY.to_le_bytes());
    provide(&side, [&files.base, &files.inputs[1].0, &wrong]).await;
    view.peers = vec![side.peer()];
    side.show(view, vec![]).await;
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
    let items = first.chain(there).map(|(item, blob)| VoteItem { item, blob }).collect();
    let check = Task::Check {
        against: Against::Base(task.base.clone()),
        items,
    };
    let (mut found, result) = side.run(check, Duration::from_secs(3)).await;
    found.sort_by_key(|(item, _)| *item);
    assert_eq!(result, Ok(Output::Checked), "time ran out for the rest");
    let fault = Finding::Malformed(Malformed::NonFinite { tensor: 3, index: 52 });
    assert_eq!(found, [(0, fault), (1, Finding::Held)]);

    let (_, late) = side
        .run(Task::Aggregate(task.clone().into()), Duration::from_millis(300))
        .await;
    assert_eq!(late, Err(Failure::Deadline));
    let unknown = AggregateTask {
        exact_version: 99,
        ..task
    };
    assert_eq!(
        side.run(Task::Aggregate(unknown.into()), Duration::from_secs(3))
            .await
            .1,
        Err(Failure::UnknownExactVersion(99))
    );
    let rows = Task::Rows { detail: missing.root };
    assert_eq!(
        side.run(rows, Duration::from_secs(3)).await.1,
        Err(Failure::Missing(missing.root))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_0_should_be_what_its_model_was_registered_with() {
    let World { files, mut view, task } = world();
    let mut side = Side::new(1).await;
    provide(&side, [&files.base]).await;
    view.peers = vec![side.peer()];
    side.show(view, vec![]).await;
    let len = u64::from_le_bytes(files.base[..8].try_into().unwrap()) as usize + 8;
    let right = FileShape {
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
    let cases = [
        (right, Finding::Held),
        (other_hash, Finding::Malformed(Malformed::Header)),
        (other_header_len, Finding::Malformed(Malformed::Header)),
        (other_update_len, Finding::Malformed(length)),
        (right, Finding::Held),
    ];
    for (shape, expected) in cases {
        let genesis = Task::Check {
            against: Against::Registered(shape),
            items: vec![VoteItem {
                item: 0,
                blob: task.base.clone(),
            }],
        };
        let (found, result) = side.run(genesis, Duration::from_secs(30)).await;
        assert_eq!((found, result), (vec![(0, expected)], Ok(Output::Checked)), "{shape:?}");
    }
    side.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancel_shutdown_and_other_versions_should_be_answered() {
    let World { view, task, .. } = world();
    let mut side = Side::new(1).await;
    side.show(view, vec![]).await;
    let run = ToWorker::Run {
        request: 7,
        timeout_ms: 60_000,
        task: Task::Aggregate(task.into()),
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
