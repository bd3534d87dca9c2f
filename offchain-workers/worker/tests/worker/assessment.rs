//! Assessments of rounds: what they read is fetched from another validator, and outcome and score rows are the reference's.

use crate::common::{self, Sent};
use crate::side::*;
use codec::{DecodeAll, Encode};
use quorate_blobs::{name, Room};
use quorate_data_set::DataSet;
use quorate_engine::{Settings, TileEngine};
use quorate_evaluation::assessment::{assess, Assessed, AssessmentDetail, Fewest as FewestOfReference};
use quorate_exact::root;
use quorate_primitives::{
    job::{
        aggregate::{page_hashes, scores_root, ScoreRow},
        assess::{AssessOutcome, Measures, Shard, EXACT_VERSION, KIND},
        Outcome,
    },
    policy::Access,
    views::{
        assessments::{AssessInput, AssessTask, Fewest},
        gateway::{ArtifactBlob, GatewayEntry, ShardBlob},
        tasks::WeightedBlob,
        BlobRef,
    },
    Hash,
};
use quorate_program::{Input, Type};
use quorate_protocol::{Failure, Output, Task};
use quorate_worker::Config;
use std::sync::Arc;

const FEWEST: Fewest = Fewest { rows: 200, shards: 4 };

/// A data set without labels.
fn unlabelled() -> Vec<u8> {
    let x = Input {
        name: "x".into(),
        shape: vec![(common::DIMENSIONS as i64).into()],
        element: Type::F32,
    };
    let set = DataSet::new(vec![x], vec![], 250).unwrap();
    let rows = vec![0; 250 * 4 * common::DIMENSIONS];
    set.header().into_iter().chain(rows).collect()
}

/// A round of six updates: two of organisations that supply a shard, and two of one organisation. The fifth shard is no data set of the
/// program.
fn round() -> common::World {
    let sent = [
        (100, 1, Sent::Honest),
        (7, 2, Sent::Honest),
        (101, 1, Sent::Replay(2)),
        (8, 3, Sent::Noise),
        (9, 1, Sent::Honest),
        (9, 4, Sent::Honest),
    ];
    let mut world = common::world(5, &sent);
    world.shards.push((104, unlabelled()));
    world
}

fn task(world: &common::World, operations: u64) -> AssessTask {
    let shard = |(supplier, bytes): &(u32, Vec<u8>)| Shard {
        supplier: *supplier,
        root: blob(bytes).root,
        len: bytes.len() as u64,
        rows: 250,
    };
    let input = |(update, bytes): &(quorate_evaluation::assessment::Update, Vec<u8>)| AssessInput {
        organisation: update.organisation,
        update: WeightedBlob {
            blob: blob(bytes),
            weight: update.weight,
        },
    };
    AssessTask {
        round: 9,
        model: 0,
        version: 2,
        base_file: blob(&world.base),
        version_file: blob(&world.version),
        frozen_base: None,
        program_file: blob(&world.program),
        benchmark: world.benchmark.as_deref().map(blob),
        shards: world.shards.iter().map(shard).collect(),
        inputs: world.updates.iter().map(input).collect(),
        products: blob(&world.aggregation.encode()).root,
        pipeline: PIPELINE,
        previous: true,
        contribution: Some(FEWEST),
        operations,
    }
}

fn compute(job: u8, task: &AssessTask) -> Task {
    Task::Compute {
        job: Hash::repeat_byte(job),
        kind: KIND,
        exact_version: EXACT_VERSION,
        work: task.encode(),
    }
}

fn files(world: &common::World) -> Vec<Vec<u8>> {
    let others = [&world.base, &world.version, &world.program]
        .into_iter()
        .chain(&world.benchmark);
    let shards = world.shards.iter().map(|(_, bytes)| bytes);
    let updates = world.updates.iter().map(|(_, bytes)| bytes);
    let files = others.chain(shards).chain(updates).cloned();
    files.chain([world.aggregation.encode()]).collect()
}

fn view(world: &common::World) -> Vec<GatewayEntry> {
    let shared = |bytes: &[u8]| GatewayEntry::Shared(blob(bytes));
    let artifact = |bytes: &Vec<u8>| {
        GatewayEntry::Artifact(ArtifactBlob {
            artifact: 3,
            organisation: 1,
            blob: blob(bytes),
            access: Access::Validators,
            readers: vec![],
            pending: false,
        })
    };
    let shard = |(supplier, bytes): &(u32, Vec<u8>)| {
        GatewayEntry::Shard(ShardBlob {
            round: 9,
            supplier: *supplier,
            blob: blob(bytes),
            access: Access::Validators,
            pending: false,
        })
    };
    let versions = [&world.base, &world.version].map(|bytes| version(&blob(bytes), None));
    let artifacts = [&world.program].into_iter().chain(&world.benchmark).map(artifact);
    let detail = GatewayEntry::Shared(BlobRef {
        len: 0,
        ..blob(&world.aggregation.encode())
    });
    let updates = world.updates.iter().map(|(_, bytes)| shared(bytes));
    let shards = world.shards.iter().map(shard);
    versions
        .into_iter()
        .chain(artifacts)
        .chain(shards)
        .chain(updates)
        .chain([detail])
        .collect()
}

/// What the reference says of the round, and what a worker is to make of that.
fn expected(world: &common::World) -> (AssessOutcome, AssessmentDetail, Vec<ScoreRow>) {
    let round = quorate_evaluation::assessment::AssessedRound {
        contribution: Some(FewestOfReference {
            rows: FEWEST.rows,
            shards: FEWEST.shards,
        }),
        ..world.round()
    };
    let Assessed::Done(measures, detail) = assess(&round).unwrap() else {
        panic!("it is unfit");
    };
    let claimed: Vec<u32> = world.updates.iter().map(|(update, _)| update.weight).collect();
    let rows = ScoreRow::of_job(&detail.scores, &detail.selection, &claimed);
    let bytes = detail.encode();
    let outcome = AssessOutcome::Done {
        measures: Measures {
            sets: measures.sets,
            loss_before: measures.loss_before,
            loss: measures.loss,
            increase: measures.increase,
            correct_before: measures.correct_before,
            correct: measures.correct,
        },
        counted: detail.counted(),
        detail: root(&bytes).into(),
        detail_len: bytes.len() as u64,
        scores: (!detail.scores.is_empty()).then(|| scores_root(&page_hashes(&rows))),
    };
    (outcome, detail, rows)
}

async fn outcome(side: &mut Side, task: Task) -> Result<AssessOutcome, Failure> {
    match side.run(task, PATIENCE).await.1? {
        Output::Outcome(bytes) => match Outcome::decode_all(&mut &bytes[..]).unwrap() {
            Outcome::Assess(outcome) => Ok(outcome),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn assessment_of_fetched_files_should_be_the_references_and_its_rows_be_shown() {
    let mut world = round();
    let (done, detail, rows) = expected(&world);
    assert_eq!(detail.counted(), 0b1111, "the fifth shard does not count");
    assert!(
        detail.scores.contains(&1_000_000) && detail.scores[2] == 0,
        "{:?}",
        detail.scores
    );
    let (mut holds, mut fetches) = (Side::new(1).await, Side::new(2).await);
    provide(&holds, &files(&world)).await;
    introduce(&mut holds, &mut fetches, &[&view(&world)]).await;
    let all = task(&world, 1_000);
    // Also a job that this process has computed already.
    for job in [1, 1, 2] {
        assert_eq!(outcome(&mut fetches, compute(job, &all)).await.unwrap(), done);
        assert_eq!(outcome(&mut holds, compute(job, &all)).await.unwrap(), done);
    }
    let bytes = detail.encode();
    assert_eq!(fetches.store.get_small(&root(&bytes), 1 << 20).await.unwrap(), bytes);
    let claimed: Vec<u32> = world.updates.iter().map(|(update, _)| update.weight).collect();
    assert_eq!(fetches.rows(root(&bytes).into(), claimed).await, rows);

    // More operations than the policy allows.
    let unfit = outcome(&mut fetches, compute(3, &task(&world, 0))).await;
    assert_eq!(unfit, Ok(AssessOutcome::Unfit));
    // Too few shards count: measures, and no scores.
    world.shards.remove(1);
    let (few, detail, _) = expected(&world);
    assert!(matches!(few, AssessOutcome::Done { scores: None, .. }) && detail.counted() == 0b111);
    assert_eq!(outcome(&mut fetches, compute(4, &task(&world, 1_000))).await, Ok(few));
    holds.running.stop().await;
    fetches.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn file_that_the_disk_changed_should_be_fetched_again_before_an_outcome() {
    let world = round();
    let (done, ..) = expected(&world);
    let kinds: [(&str, &[u8]); 5] = [
        ("a shard", &world.shards[2].1),
        ("one that does not fit", &world.shards[4].1),
        ("the benchmark", world.benchmark.as_ref().unwrap()),
        ("an update", &world.updates[5].1),
        ("the version", &world.version),
    ];
    for peer in [true, false] {
        let cases = kinds.map(|(kind, bytes)| {
            let (world, done) = (&world, &done);
            async move {
                let (mut bad, mut good) = (Side::new(1).await, Side::new(2).await);
                provide(&bad, &files(world)).await;
                if peer {
                    provide(&good, &files(world)).await;
                }
                introduce(&mut bad, &mut good, &[&view(world)]).await;
                let path = bad.dir.path().join("store/blobs").join(name(&root(bytes)));
                let mut changed = bytes.to_vec();
                // Of the one that does not fit the first group is read.
                let at = changed.len().min(16 << 10) - 1;
                changed[at] ^= 0x10;
                std::fs::write(&path, changed).unwrap();
                let got = outcome(&mut bad, compute(1, &task(world, 1_000))).await;
                match peer {
                    true => {
                        assert_eq!(got.as_ref(), Ok(done), "{kind}");
                        assert!(std::fs::read(&path).unwrap() == bytes, "{kind}");
                    }
                    false => assert_eq!(got, Err(Failure::Missing(root(bytes).into())), "{kind}"),
                }
                bad.running.stop().await;
                good.running.stop().await;
            }
        });
        futures::future::join_all(cases).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn worker_without_memory_or_room_should_abstain_before_it_begins_and_say_why() {
    let world = round();
    let settings = Settings {
        evaluation: Some(1 << 20),
        ..Settings::default()
    };
    let mut small = Side::with(1, |config| Config {
        engine: Arc::new(TileEngine::new(settings)),
        ..config
    })
    .await;
    provide(&small, &files(&world)).await;
    small.show(&view(&world), vec![]).await;
    let failure = outcome(&mut small, compute(1, &task(&world, 1_000)))
        .await
        .unwrap_err()
        .to_string();
    assert!(
        failure.contains("round 9") && failure.contains("--evaluation-memory"),
        "{failure}"
    );
    small.running.stop().await;

    // There is room for all files, and for less than the rows of five organisations.
    let all: usize = files(&world).iter().map(Vec::len).sum();
    let mut full = Side::with(2, |config| Config {
        room: Room {
            max: Some(all as u64 + 403 * (4 * 5 + 8) - 1),
            keep_free: 0,
        },
        ..config
    })
    .await;
    provide(&full, &files(&world)).await;
    full.show(&view(&world), vec![]).await;
    let failure = outcome(&mut full, compute(1, &task(&world, 1_000)))
        .await
        .unwrap_err()
        .to_string();
    assert!(failure.contains("do not fit"), "{failure}");
    full.running.stop().await;
}
