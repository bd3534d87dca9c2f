//! A worker with a made-up view, and the node's end of its socket. Each test program uses a part of it.
#![allow(dead_code)]

use codec::{DecodeAll, Encode};
use futures::{SinkExt, StreamExt};
use quorate_blobs::BlobStore;
use quorate_engine::{
    reference,
    selftest::{self, header, sample, sample_of},
    Aggregated, Settings, TileEngine,
};
use quorate_exact::{root, Pipeline, PreAggregation, PreAggregator, Rule, ServerOptimiser};
use quorate_primitives::{
    crypto::AttestationPair,
    job::{
        aggregate::{AggregateOutcome, ScoreRow, EXACT_VERSION, KIND},
        Outcome,
    },
    payload::token_payload,
    policy::Access,
    possession::Shown,
    views::{
        gateway::{GatewayEntry, Peer, VersionBlob},
        tasks::{AggregateTask, WeightedBlob},
        BlobRef, Entry,
    },
    AccountId, Hash, JobId,
};
use quorate_protocol::{
    framing::{framed, ScaleCodec},
    BlockId, CheckResult, Failure, FromWorker, Output, Task, ToWorker, Token, PROTOCOL_VERSION,
};
use quorate_worker::{start, Config, Link, Running};
use sp_core::Pair;
use std::{sync::Arc, time::Duration};

/// How long anything may take that must come.
pub const PATIENCE: Duration = Duration::from_secs(60);
use tokio::net::{
    unix::{OwnedReadHalf, OwnedWriteHalf},
    UnixStream,
};
use tokio_util::codec::{FramedRead, FramedWrite};

pub const GENESIS: Hash = Hash::repeat_byte(0x33);
pub const F_PPM: u32 = 200_000;
/// Everything that a task carries: products of pairs, a seed that is not used, a state.
pub const PIPELINE: Pipeline = Pipeline {
    pre: PreAggregation::One(PreAggregator::Nnm { f_ppm: F_PPM }),
    rule: Rule::TrimmedMean { trim_ppm: F_PPM },
    server: ServerOptimiser::Momentum {
        eta: 1_000_000,
        beta: 900_000,
    },
};
pub const JOB: JobId = Hash::repeat_byte(0x55);
pub const SALT: [u8; 32] = [6; 32];

/// What an organisation that has the bytes of a version shows.
pub fn possessed(bytes: &[u8]) -> Shown {
    let key = Hash::repeat_byte(0x43);
    let possession = quorate_exact::hash::possession(&key.0, bytes).into();
    Shown::Possession { key, possession }
}

/// That an update is to be the one of a sample with this number.
pub fn updates(number: usize) -> Shown {
    Shown::Contributor(AccountId::new(selftest::contributor(number).0))
}

pub fn contributor(index: usize) -> sp_core::sr25519::Pair {
    sp_core::sr25519::Pair::from_seed(&[100 + index as u8; 32])
}

/// Unix time of a token's end.
pub fn expires() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.unwrap().as_secs() + 600
}

/// A worker and the node's end of its socket.
pub struct Side {
    pub dir: tempfile::TempDir,
    pub running: Running,
    pub store: BlobStore,
    pub account: AccountId,
    pub key: AttestationPair,
    pub sink: FramedWrite<OwnedWriteHalf, ScaleCodec<ToWorker, FromWorker>>,
    pub stream: FramedRead<OwnedReadHalf, ScaleCodec<ToWorker, FromWorker>>,
    pub requests: u64,
    pub blocks: u32,
    /// By which the worker signs streams.
    pub stream_key: [u8; 32],
}

impl Side {
    pub async fn new(number: u8) -> Self {
        Self::with(number, |config| config).await
    }

    /// A worker whose configuration is changed before it starts.
    pub async fn with(number: u8, change: impl FnOnce(Config) -> Config) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = BlobStore::local(dir.path().join("store")).unwrap();
        Self::of(number, dir, store, change).await
    }

    /// A worker with this store.
    pub async fn of(
        number: u8,
        dir: tempfile::TempDir,
        store: BlobStore,
        change: impl FnOnce(Config) -> Config,
    ) -> Self {
        let engine = Arc::new(TileEngine::new(Settings {
            threads: usize::from(number),
            ..Default::default()
        }));
        let link = Link::Socket(dir.path().join("socket"));
        let config = Config {
            collect_every: Duration::from_secs(3600),
            ..Config::new(link, store.clone(), "127.0.0.1:0".parse().unwrap(), engine)
        };
        let running = start(change(config)).await.unwrap();
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
            blocks: 0,
            stream_key: [0; 32],
        };
        side.sink
            .send(ToWorker::Hello {
                protocol: PROTOCOL_VERSION,
                genesis: GENESIS,
                node: quorate_protocol::this_process(),
            })
            .await
            .unwrap();
        match side.next().await {
            FromWorker::Hello { protocol, status } => {
                assert_eq!(
                    (protocol, status.gateway.as_str()),
                    (PROTOCOL_VERSION, side.running.gateway())
                );
                side.stream_key = status.stream_key.expect("it signs streams");
            }
            other => panic!("{other:?}"),
        }
        side
    }

    pub async fn next(&mut self) -> FromWorker {
        let next = tokio::time::timeout(PATIENCE, self.stream.next());
        next.await
            .expect("the worker is silent")
            .expect("the worker closed the stream")
            .unwrap()
    }

    pub fn peer(&self) -> Peer {
        Peer {
            validator: self.account.clone(),
            organisation: 0,
            key: Some(self.key.public()),
            gateway: self.running.gateway().into(),
            tls_key_hash: None,
        }
    }

    pub fn token(&self, audience: &AccountId) -> Token {
        let expires = expires();
        let signature = self.key.sign(&token_payload(GENESIS, &self.account, audience, expires));
        Token {
            audience: audience.clone(),
            expires,
            signature,
        }
    }

    /// Shows the whole view of the next block.
    pub async fn show(&mut self, view: &[GatewayEntry], tokens: Vec<Token>) {
        self.show_final(view, tokens, 0).await;
    }

    /// The same with the last final block.
    /// Waits until the garbage collector has met the view that was shown last.
    pub async fn met(&self) {
        let block = self.blocks.to_le_bytes();
        let wait = async {
            while self
                .store
                .mark("chains", &GENESIS.0)
                .await
                .unwrap()
                .is_none_or(|note| note != block[..])
            {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.expect("the view is not met");
    }

    pub async fn show_final(&mut self, view: &[GatewayEntry], tokens: Vec<Token>, finalized: u32) {
        self.blocks = self.blocks.max(finalized);
        let me = Some(self.account.clone());
        let tokens = ToWorker::Tokens {
            me,
            tokens,
            stream: None,
        };
        self.sink.send(tokens).await.unwrap();
        self.blocks += 1;
        let snapshot = ToWorker::Snapshot {
            at: BlockId {
                number: self.blocks,
                hash: Hash::zero(),
            },
            finalized,
            page: 0,
            last: true,
            entries: view.iter().map(Entry::from).collect(),
        };
        self.sink.send(snapshot).await.unwrap();
    }

    /// Runs a task; returns the findings on the way and the result.
    pub async fn run(&mut self, task: Task, limit: Duration) -> (Vec<(u32, CheckResult)>, Result<Output, Failure>) {
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
                FromWorker::Found { item, result, .. } => found.push((item, result)),
                FromWorker::Progress { .. } | FromWorker::Status(_) | FromWorker::SnapshotWanted => (),
                FromWorker::Hello { .. } | FromWorker::Refused(_) => panic!("a second greeting"),
            }
        }
    }

    pub async fn outcome(&mut self, task: &AggregateTask) -> AggregateOutcome {
        match self.run(aggregation(task), Duration::from_secs(60)).await.1 {
            Ok(Output::Outcome(outcome)) => match Outcome::decode_all(&mut &outcome[..]).unwrap() {
                Outcome::Aggregate(outcome) => outcome,
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }

    pub async fn rows(&mut self, detail: Hash, weights: Vec<u32>) -> Vec<ScoreRow> {
        match self
            .run(Task::ScoreRows { detail, weights }, Duration::from_secs(10))
            .await
            .1
        {
            Ok(Output::Rows(rows)) => rows,
            other => panic!("{other:?}"),
        }
    }
}

pub fn aggregation(task: &AggregateTask) -> Task {
    Task::Compute {
        job: JOB,
        kind: KIND,
        exact_version: EXACT_VERSION,
        work: task.encode(),
    }
}

pub fn blob(bytes: &[u8]) -> BlobRef {
    BlobRef {
        root: root(bytes).into(),
        len: bytes.len() as u64,
    }
}

pub struct World {
    pub files: reference::Files,
    /// The versions, and the updates.
    pub versions: Vec<GatewayEntry>,
    pub updates: Vec<GatewayEntry>,
    pub task: AggregateTask,
}

pub fn world(pipeline: &Pipeline) -> World {
    world_of(pipeline, sample(pipeline, 42, 6, true))
}

/// One whose files have several groups of 16 KiB each.
pub fn larger_world(pipeline: &Pipeline) -> World {
    world_of(pipeline, sample_of(pipeline, &header(&[300, 53]), 42, 6, true))
}

fn world_of(pipeline: &Pipeline, files: reference::Files) -> World {
    let (base, previous) = (blob(&files.base), blob(files.previous.as_ref().unwrap()));
    let state = files.optimiser.as_ref().map(|state| blob(state).root);
    let inputs: Vec<_> = files
        .inputs
        .iter()
        .map(|(bytes, weight)| WeightedBlob {
            blob: blob(bytes),
            weight: *weight,
        })
        .collect();
    let versions = vec![version(&base, state), version(&previous, None)];
    let updates = inputs.iter().map(|input| GatewayEntry::Shared(input.blob.clone()));
    let task = AggregateTask {
        model: 0,
        round: 9,
        pipeline: *pipeline,
        seed: files.seed.into(),
        base,
        previous: Some(previous),
        optimiser: state,
        inputs: inputs.clone(),
    };
    World {
        versions,
        updates: updates.collect(),
        task,
        files,
    }
}

pub fn version(blob: &BlobRef, optimiser: Option<Hash>) -> GatewayEntry {
    GatewayEntry::Version(VersionBlob {
        model: 0,
        version: 0,
        blob: blob.clone(),
        access: Access::Public,
        pending: false,
        optimiser,
    })
}

/// What the chain would record of a computation.
pub fn outcome_of(
    files: &reference::Files,
    computed: &reference::Computed,
) -> (Aggregated, AggregateOutcome, Vec<ScoreRow>) {
    let made = computed.aggregated.clone();
    let claimed: Vec<u32> = files.inputs.iter().map(|(_, weight)| *weight).collect();
    let rows = ScoreRow::of_job(&made.scores, &made.selection, &claimed);
    let outcome = AggregateOutcome::new(
        (made.output.root.into(), made.output.len),
        made.optimiser.as_ref().map(|state| state.root.into()),
        made.detail_root.into(),
        &rows,
    );
    (made, outcome, rows)
}

/// Puts blobs into a worker's store.
pub async fn provide(side: &Side, blobs: impl IntoIterator<Item = &Vec<u8>>) {
    for bytes in blobs {
        side.store.put_bytes(bytes.clone().into()).await.unwrap();
    }
}

/// Puts all that an aggregation reads into a worker's store.
pub async fn provide_all(side: &Side, files: &reference::Files) {
    let (previous, state) = (files.previous.as_ref().unwrap(), files.optimiser.as_ref().unwrap());
    let updates = files.inputs.iter().map(|(bytes, _)| bytes);
    provide(side, [&files.base, previous, state].into_iter().chain(updates)).await;
}

/// Shows two workers each other, with tokens, and the rest of a view.
pub async fn introduce(a: &mut Side, b: &mut Side, rest: &[&[GatewayEntry]]) {
    let peers = [a.peer(), b.peer()].map(GatewayEntry::Peer);
    let view = [&[&peers[..]], rest].concat().concat();
    let (of_a, of_b) = (a.token(&b.account), b.token(&a.account));
    a.show(&view, vec![of_a]).await;
    b.show(&view, vec![of_b]).await;
}
