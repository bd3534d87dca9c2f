//! Artifacts: fetched from another validator, checked by the rules of their kind, and removed when the chain no longer names them.

use crate::side::*;
use quorate_blobs::Room;
use quorate_data_set::{DataSet, Row};
use quorate_exact::{infer::Tensor, root, Dtype, Kind, Malformed, ModelHeader, Role, TensorSpec};
use quorate_gateway::UPDATE_MARK;
use quorate_primitives::{
    availability::ArtifactKind,
    policy::Access,
    possession::Shown,
    views::{
        gateway::{ArtifactBlob, GatewayEntry, VersionBlob},
        tasks::{Against, VoteItem},
        BlobRef,
    },
    AccountId, Hash,
};
use quorate_program::{op::Unary, Graph, Input, Node, Op, Program, Type, Value};
use quorate_protocol::{CheckResult, Output, Task};
use quorate_worker::Config;
use std::time::Duration;

fn column(name: &str) -> Input {
    Input {
        name: name.into(),
        shape: vec![2.into()],
        element: Type::F32,
    }
}

fn program() -> Vec<u8> {
    let graph = Graph {
        inputs: vec![column("x")],
        nodes: vec![Node {
            operands: vec![0],
            op: Op::Unary(Unary::Abs),
        }],
        outputs: vec![quorate_program::Output {
            name: "y".into(),
            value: 1,
        }],
        ..Graph::default()
    };
    Program::new(graph).unwrap().encode()
}

/// A data set that takes some time on the way.
fn data_set() -> Vec<u8> {
    let rows = 40_000;
    let set = DataSet::new(vec![column("x")], vec![], rows).unwrap();
    let row = |number: u64| {
        set.write_row(&Row {
            sizes: Default::default(),
            values: vec![Value::F32(Tensor::new(vec![2], vec![0.5, number as f32]).unwrap())],
        })
    };
    let rows = (0..rows).flat_map(|number| row(number).unwrap());
    set.header().into_iter().chain(rows).collect()
}

/// A canonical file of one tensor.
fn weights() -> Vec<u8> {
    let spec = TensorSpec {
        name: "embed".into(),
        dtype: Dtype::F32,
        shape: vec![64],
        role: Role::Train,
        scale: 0,
        original_dtype: Dtype::F32,
        aliases: vec![],
    };
    let header = ModelHeader::build(Kind::Model, vec![spec]).unwrap();
    let values = (0..64).flat_map(|number| (number as f32).to_le_bytes());
    header.encode().into_iter().chain(values).collect()
}

fn blob(bytes: &[u8]) -> BlobRef {
    BlobRef {
        root: root(bytes).into(),
        len: bytes.len() as u64,
    }
}

fn shown_by_others(bytes: &[u8]) -> Shown {
    match possessed(bytes) {
        Shown::Possession { possession, .. } => Shown::Possession {
            key: Hash::repeat_byte(0x44),
            possession,
        },
        Shown::Contributor(_) => unreachable!("it is of an artifact"),
    }
}

fn pending(files: &[Vec<u8>]) -> Vec<GatewayEntry> {
    named(files, true)
}

fn named(files: &[Vec<u8>], pending: bool) -> Vec<GatewayEntry> {
    let artifact = |(number, bytes): (u32, &Vec<u8>)| {
        GatewayEntry::Artifact(ArtifactBlob {
            artifact: number,
            organisation: 3,
            blob: blob(bytes),
            access: Access::Public,
            readers: vec![],
            pending,
        })
    };
    (0..).zip(files).map(artifact).collect()
}

fn check(kind: ArtifactKind, bytes: &[u8], shown: Shown) -> Task {
    Task::Check {
        against: Against::Artifact(kind),
        items: vec![VoteItem {
            item: 0,
            blob: blob(bytes),
            shown,
        }],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn artifact_should_be_fetched_and_checked_by_the_rules_of_its_kind() {
    use ArtifactKind::{DataSet, Program, Weights};
    let (program, data_set) = (program(), data_set());
    let mut short = data_set.clone();
    short.pop();
    let mut nan = data_set.clone();
    let end = nan.len() - 4;
    nan[end..].copy_from_slice(&f32::NAN.to_le_bytes());
    let mut longer = program.clone();
    longer.push(0);
    let noise = vec![0xA5; 10_000];
    let weights = weights();
    let mut cut = weights.clone();
    cut.pop();
    let files = [program, data_set, short, nan, longer, noise, weights, cut];
    let [program, data_set, short, nan, longer, noise, weights, cut] = &files;

    let (mut holds, mut fetches) = (Side::new(1).await, Side::new(2).await);
    provide(&holds, &files).await;
    introduce(&mut holds, &mut fetches, &[&pending(&files)]).await;
    let (held, wrong) = (CheckResult::Held, CheckResult::Malformed(Malformed::Artifact));
    let foreign = CheckResult::Malformed(Malformed::NotPossessed);
    let no_header = CheckResult::Malformed(Malformed::Header);
    let too_short = CheckResult::Malformed(Malformed::Length {
        expected: weights.len() as u64,
        got: cut.len() as u64,
    });
    let cases = [
        (Program, program, possessed(program), held),
        (Weights, weights, possessed(weights), held),
        (Weights, cut, possessed(cut), too_short),
        (Weights, noise, possessed(noise), no_header),
        (Weights, program, possessed(program), no_header),
        (Program, weights, possessed(weights), wrong),
        (Weights, weights, shown_by_others(weights), foreign),
        (DataSet, data_set, possessed(data_set), held),
        // What has been found of one kind or organisation is not taken for another.
        (Program, data_set, possessed(data_set), wrong),
        (DataSet, program, possessed(program), wrong),
        (Program, program, shown_by_others(program), foreign),
        (DataSet, data_set, possessed(b"other bytes"), foreign),
        (DataSet, short, possessed(short), wrong),
        (DataSet, nan, possessed(nan), wrong),
        (Program, longer, possessed(longer), wrong),
        (Program, noise, possessed(noise), wrong),
        (DataSet, noise, possessed(noise), wrong),
        // Whoever does not have it is told nothing about it.
        (Program, noise, shown_by_others(noise), foreign),
        (Program, program, possessed(program), held),
    ];
    for (number, (kind, bytes, shown, expected)) in cases.into_iter().enumerate() {
        let (found, result) = fetches.run(check(kind, bytes, shown), PATIENCE).await;
        assert_eq!(
            (found, result),
            (vec![(0, expected)], Ok(Output::Checked)),
            "case {number}"
        );
    }
    // An update's proof says nothing of an artifact.
    let contributor = Shown::Contributor(AccountId::new([1; 32]));
    let (found, result) = fetches.run(check(Program, program, contributor), PATIENCE).await;
    assert!(found.is_empty() && result.is_err(), "{result:?}");
    for bytes in &files {
        let root = root(bytes);
        assert!(
            fetches.store.mark(UPDATE_MARK, &root).await.unwrap().is_some(),
            "it goes some day"
        );
    }
    holds.running.stop().await;
    fetches.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_artifact_should_be_no_finding() {
    let files = [program()];
    let mut side = Side::new(1).await;
    side.show(&pending(&files), vec![]).await;
    let task = check(ArtifactKind::Program, &files[0], possessed(&files[0]));
    let (found, result) = side.run(task, Duration::from_millis(300)).await;
    assert_eq!((found, result), (vec![], Ok(Output::Checked)), "it abstains");
    side.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_chain_names_for_long_should_be_fetched_before_a_task_needs_it() {
    let soon = |config| Config {
        look_every: Duration::from_millis(20),
        ..config
    };
    let (mut holds, mut fetches) = (Side::new(1).await, Side::with(2, soon).await);
    let version = |number: u32, bytes: &[u8]| {
        GatewayEntry::Version(VersionBlob {
            model: 0,
            version: number,
            blob: blob(bytes),
            access: Access::Validators,
            pending: false,
            optimiser: None,
        })
    };
    let files: Vec<Vec<u8>> = (0..5u8).map(|seed| vec![seed; 10_000]).collect();
    let [held, awaited, old, newest, lost] = &files[..] else {
        unreachable!()
    };
    provide(&holds, &files[..4]).await;
    // One that nobody has holds up none.
    let all = [lost, held, awaited].map(Clone::clone);
    let mut view = named(&all, false);
    if let Some(GatewayEntry::Artifact(artifact)) = view.last_mut() {
        artifact.pending = true;
    }
    view.extend([version(1, newest), version(0, old)]);
    introduce(&mut holds, &mut fetches, &[&view]).await;
    let has = async |bytes: &Vec<u8>| fetches.store.len(&root(bytes)).await.unwrap().is_some();
    let both = async {
        while !(has(held).await && has(newest).await) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, both).await.expect("it is not fetched");
    assert!(!has(old).await && !has(awaited).await && !has(lost).await);
    let mark = async |kind, bytes: &Vec<u8>| fetches.store.mark(kind, &root(bytes)).await.unwrap().is_some();
    assert!(
        mark(UPDATE_MARK, held).await && mark("results", newest).await,
        "they go some day"
    );
    holds.running.stop().await;
    fetches.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_fetched_ahead_of_tasks_should_leave_half_of_the_room() {
    let file = vec![7; 100_000];
    let with_room = |max| {
        move |config| Config {
            look_every: Duration::from_millis(20),
            room: Room {
                max: Some(max),
                keep_free: 0,
            },
            ..config
        }
    };
    let mut holds = Side::new(1).await;
    let (mut little, mut enough) = (
        Side::with(2, with_room(190_000)).await,
        Side::with(3, with_room(215_000)).await,
    );
    // The second one fits: when it is there, the first was looked for.
    let small = vec![8; 1_000];
    provide(&holds, [&file, &small]).await;
    let view = named(&[file.clone(), small.clone()], false);
    let peers = [&holds, &little, &enough].map(|side| GatewayEntry::Peer(side.peer()));
    let view = [&peers[..], &view].concat();
    holds.show(&view, vec![]).await;
    for side in [&mut little, &mut enough] {
        let token = side.token(&holds.account);
        side.show(&view, vec![token]).await;
    }
    let fetched = async {
        while enough.store.len(&root(&file)).await.unwrap().is_none()
            || little.store.len(&root(&small)).await.unwrap().is_none()
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, fetched)
        .await
        .expect("it is not fetched");
    assert_eq!(little.store.len(&root(&file)).await.unwrap(), None);
    // A task is another matter.
    let check = check(ArtifactKind::Program, &file, possessed(&file));
    little.run(check, PATIENCE).await.1.unwrap();
    assert!(little.store.len(&root(&file)).await.unwrap().is_some());
    for side in [holds, little, enough] {
        side.running.stop().await;
    }
}
