//! Sealed shards on their way: brought by their suppliers, fetched and checked by validators, everybody's once their round is assessed, and
//! then removed.

use crate::common::{self, data, Random};
use crate::side::*;
use quorate_blobs::{
    name,
    transfer::{Authorization, Client, Permit, Receipt, Source, Timeouts, TransferError},
};
use quorate_data_set::{DataSet, Row};
use quorate_exact::{root, Malformed};
use quorate_primitives::{
    payload::uploader_payload,
    policy::Access,
    possession::Shown,
    views::{
        gateway::{ArtifactBlob, GatewayEntry, Members, ShardBlob},
        tasks::{Against, VoteItem},
    },
    AccountId,
};
use quorate_program::{Input, Program, Sizes, Type, Value};
use quorate_protocol::{CheckResult, Output, Task};
use quorate_worker::{Config, Retention};
use sp_core::Pair;
use std::{sync::Arc, time::Duration};

const ROWS: u32 = 300;
/// Enough to look at everything; a blob that nobody has is awaited until then.
const SHORT: Duration = Duration::from_secs(2);
const SUPPLIER: u32 = 7;

fn program() -> Vec<u8> {
    Program::new(common::program()).unwrap().encode()
}

fn shard(seed: u64) -> Vec<u8> {
    let random = &mut Random(seed);
    let task = common::Task::new(random);
    data(&task.examples(random, ROWS as usize), 0)
}

/// A data set of zeros with these columns.
fn zeros(columns: &[(&str, &[usize], Type)], rows: u32) -> Vec<u8> {
    let values = |&(_, shape, element): &(&str, &[usize], Type)| {
        let elements: usize = shape.iter().product();
        let size = if element == Type::I64 { 8 } else { 4 };
        Value::from_bytes(element, shape, &vec![0; elements * size]).unwrap()
    };
    let row = Row {
        sizes: Sizes::new(),
        values: columns.iter().map(values).collect(),
    };
    let column = |&(name, shape, element): &(&str, &[usize], Type)| Input {
        name: name.into(),
        shape: shape.iter().map(|&size| (size as i64).into()).collect(),
        element,
    };
    let set = DataSet::new(columns.iter().map(column).collect(), vec![], rows.into()).unwrap();
    let row = set.write_row(&row).unwrap();
    set.header().into_iter().chain(row.repeat(rows as usize)).collect()
}

fn artifact(program: &[u8]) -> GatewayEntry {
    GatewayEntry::Artifact(ArtifactBlob {
        artifact: 3,
        organisation: 1,
        blob: blob(program),
        access: Access::Validators,
        readers: vec![],
        pending: false,
    })
}

fn revealed(bytes: &[u8], access: Access, pending: bool) -> GatewayEntry {
    GatewayEntry::Shard(ShardBlob {
        round: 9,
        supplier: SUPPLIER,
        blob: blob(bytes),
        access,
        pending,
    })
}

fn awaited<'a>(program: &[u8], shards: impl IntoIterator<Item = &'a Vec<u8>>) -> Vec<GatewayEntry> {
    let shards = shards
        .into_iter()
        .map(|bytes| revealed(bytes, Access::Validators, true));
    [artifact(program)].into_iter().chain(shards).collect()
}

/// A check of these items, of a round whose suppliers committed to these rows.
fn check(program: &[u8], rows: &[(u32, u32)], items: Vec<(u32, &[u8], Shown)>) -> Task {
    let item = |(item, bytes, shown): (u32, &[u8], Shown)| VoteItem {
        item,
        blob: blob(bytes),
        shown,
    };
    Task::Check {
        against: Against::Shards {
            program: blob(program),
            rows: rows.to_vec(),
        },
        items: items.into_iter().map(item).collect(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn shards_should_be_data_sets_of_the_program_with_the_rows_that_were_committed_to() {
    let program = program();
    let sound = shard(1);
    let mut short = sound.clone();
    short.pop();
    let longer = [&sound[..], &[0]].concat();
    let mut nan = sound.clone();
    let end = nan.len() - 4;
    nan[end..].copy_from_slice(&f32::NAN.to_le_bytes());
    let x: (&str, &[usize], Type) = ("x", &[common::DIMENSIONS], Type::F32);
    let y: (&str, &[usize], Type) = ("y", &[], Type::F32);
    // It says that it has a row more than it has.
    let more = zeros(&[x, y], ROWS + 1);
    let fewer = more[..more.len() - 1_604].to_vec();
    let plain = zeros(&[x, y], ROWS);
    let unlabelled = zeros(&[x], ROWS);
    let renamed = zeros(&[x, ("z", &[], Type::F32)], ROWS);
    let integers = zeros(&[x, ("y", &[], Type::I64)], ROWS);
    let axes = zeros(&[("x", &[20, 20], Type::F32), y], ROWS);

    let malformed = CheckResult::Malformed;
    let rows = |expected: u32, got: u64| malformed(Malformed::Rows { expected, got });
    let (format, columns) = (malformed(Malformed::Artifact), malformed(Malformed::Columns));
    let held = CheckResult::Held;
    let cases: Vec<(&Vec<u8>, u32, CheckResult)> = vec![
        (&sound, ROWS, held),
        (&plain, ROWS, held),
        (&sound, ROWS + 1, rows(ROWS + 1, 300)),
        (&sound, ROWS - 1, rows(ROWS - 1, 300)),
        (&more, ROWS, rows(ROWS, 301)),
        (&fewer, ROWS, format),
        (&fewer, ROWS + 1, format),
        (&short, ROWS, format),
        (&longer, ROWS, format),
        (&nan, ROWS, format),
        (&program, ROWS, format),
        (&unlabelled, ROWS, columns),
        (&renamed, ROWS, columns),
        (&integers, ROWS, columns),
        (&axes, ROWS, columns),
        // The first of two faults, the same on every machine.
        (&axes, ROWS + 1, rows(ROWS + 1, 300)),
    ];
    let (mut holds, mut fetches) = (Side::new(1).await, Side::new(2).await);
    provide(&holds, cases.iter().map(|(bytes, ..)| *bytes)).await;
    let view = awaited(&program, cases.iter().map(|(bytes, ..)| *bytes));
    introduce(&mut holds, &mut fetches, &[&view]).await;

    let numbered = || (0u32..).zip(&cases);
    let committed: Vec<(u32, u32)> = numbered().map(|(item, (_, rows, _))| (item, *rows)).collect();
    let items = |from: u32, shown: fn(&[u8]) -> Shown| {
        let items = numbered().filter(move |(item, _)| *item >= from);
        items
            .map(|(item, (bytes, ..))| (item, &bytes[..], shown(bytes)))
            .collect::<Vec<_>>()
    };
    let expected: Vec<(u32, CheckResult)> = numbered().map(|(item, (.., result))| (item, *result)).collect();
    let all = check(&program, &committed, items(0, possessed));
    assert_eq!(
        fetches.run(all, PATIENCE).await,
        (expected.clone(), Ok(Output::Checked))
    );
    // A node asks for those that have no result yet, and each has its own rows all the same.
    let some = check(&program, &committed, items(5, possessed));
    assert_eq!(
        holds.run(some, PATIENCE).await,
        (expected[5..].to_vec(), Ok(Output::Checked))
    );
    // Whoever does not have it is told nothing about it.
    let foreign = check(&program, &committed, items(0, |_| possessed(b"other bytes")));
    let (found, result) = fetches.run(foreign, PATIENCE).await;
    assert!(result == Ok(Output::Checked) && found.len() == cases.len());
    assert!(found
        .iter()
        .all(|(_, found)| *found == malformed(Malformed::NotPossessed)));
    // What fits one program need not fit another.
    let mut graph = common::program();
    graph.inputs[1].name = "z".into();
    let other = Program::new(graph).unwrap().encode();
    provide(&fetches, [&other]).await;
    let (found, _) = fetches
        .run(check(&other, &committed, items(0, possessed)), PATIENCE)
        .await;
    assert_eq!((found[0], found[12]), ((0, columns), (12, held)));
    for bytes in [&program, &sound] {
        let mark = fetches.store.mark(quorate_gateway::UPDATE_MARK, &root(bytes)).await;
        assert!(mark.unwrap().is_some(), "it goes some day");
    }
    holds.running.stop().await;
    fetches.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_can_have_or_the_node_does_not_say_should_be_no_finding() {
    let (program, sound, other) = (program(), shard(1), shard(2));
    let mut side = Side::new(1).await;
    provide(&side, [&program, &sound, &other]).await;
    side.show(&awaited(&program, [&sound, &other]), vec![]).await;
    // No file has this root and another length.
    let mut task = check(
        &program,
        &[(0, ROWS), (1, ROWS)],
        vec![(0, &sound, possessed(&sound)), (1, &other, possessed(&other))],
    );
    if let Task::Check { items, .. } = &mut task {
        items[0].blob.len += 1;
    }
    let (found, result) = side.run(task, SHORT).await;
    assert_eq!(found, [(1, CheckResult::Held)]);
    assert!(result.is_err(), "{result:?}");
    // A shard whose rows are not said, and an update's proof: others are checked all the same.
    let contributor = Shown::Contributor(AccountId::new([1; 32]));
    for (rows, shown) in [
        (&[(1, ROWS)][..], possessed(&sound)),
        (&[(0, ROWS), (1, ROWS)][..], contributor),
    ] {
        let items = vec![(0, &sound[..], shown), (1, &other[..], possessed(&other))];
        let (found, result) = side.run(check(&program, rows, items), PATIENCE).await;
        assert_eq!(found, [(1, CheckResult::Held)]);
        assert!(result.is_err(), "{result:?}");
    }
    // A program that nobody has.
    let missing = [&program[..program.len() - 4], &3f32.to_le_bytes()].concat();
    let task = check(&missing, &[(0, ROWS)], vec![(0, &sound, possessed(&sound))]);
    assert_eq!(
        side.run(task, SHORT).await,
        (vec![], Ok(Output::Checked)),
        "it abstains"
    );
    side.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn shard_or_program_that_the_disk_changed_should_be_fetched_again_before_a_vote() {
    let (program, sound) = (program(), shard(1));
    for (of_program, at, peer) in [
        (false, 100, true),
        (false, sound.len() - 1, true),
        (true, program.len() - 1, true),
        (false, 100, false),
        (true, 100, false),
    ] {
        let (mut bad, mut good) = (Side::new(1).await, Side::new(2).await);
        provide(&bad, [&program, &sound]).await;
        if peer {
            provide(&good, [&program, &sound]).await;
        }
        introduce(&mut bad, &mut good, &[&awaited(&program, [&sound])]).await;
        // The good one's view is there once it has answered.
        assert_eq!(
            good.run(check(&program, &[], vec![]), PATIENCE).await.1,
            Ok(Output::Checked)
        );
        let bytes = if of_program { &program } else { &sound };
        let path = bad.dir.path().join("store/blobs").join(name(&root(bytes)));
        let mut changed = bytes.clone();
        changed[at] ^= 0x40;
        std::fs::write(&path, changed).unwrap();

        let task = check(&program, &[(0, ROWS)], vec![(0, &sound, possessed(&sound))]);
        let (found, result) = bad.run(task, if peer { PATIENCE } else { SHORT }).await;
        let expected = if peer { vec![(0, CheckResult::Held)] } else { vec![] };
        let case = format!("{of_program} {at} {peer}");
        assert_eq!((found, result), (expected, Ok(Output::Checked)), "{case}");
        assert_eq!(std::fs::read(&path).is_ok_and(|read| read == *bytes), peer, "{case}");
        bad.running.stop().await;
        good.running.stop().await;
    }
}

/// Brings a blob to this worker's gateway, as soon as that has a view.
async fn bring(side: &Side, bytes: &[u8], who: &sp_core::sr25519::Pair) -> Result<Receipt, TransferError> {
    let path = side.dir.path().join("shard");
    std::fs::write(&path, bytes).unwrap();
    let (root, bearer, expires) = (root(bytes), AccountId::from(who.public().0), expires());
    let payload = uploader_payload(GENESIS, &bearer, &side.account, root.into(), expires);
    let permit = Permit {
        authorization: Authorization::uploader_sr25519(who.public().0, expires, &who.sign(&payload).0),
        opening: None,
    };
    let client = Client::new(Timeouts::default()).unwrap();
    let gateway = side.running.gateway();
    let uploaded = async {
        loop {
            match client
                .upload(&gateway.into(), root, &path, &permit, Arc::new(|_, _| ()))
                .await
            {
                Err(TransferError::Refused { status: 503, .. }) => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                result => return result,
            }
        }
    };
    let uploaded = tokio::time::timeout(PATIENCE, uploaded).await;
    uploaded.expect("the view does not come")
}

async fn can_anyone_read(side: &Side, bytes: &[u8]) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let client = Client::new(Timeouts::default()).unwrap();
    let (sources, path) = ([Source::public(side.running.gateway())], folder.path().join("file"));
    let read = client.fetch_to_file(&path, &sources, root(bytes), bytes.len() as u64, &|_, _| ());
    read.await.is_ok()
}

/// Shows both a view, and waits until their collectors have met it: both gateways have it then.
async fn both(a: &mut Side, b: &mut Side, view: &[GatewayEntry], finalized: u32) {
    let peers = [a.peer(), b.peer()].map(GatewayEntry::Peer);
    let view = [&peers[..], view].concat();
    for (side, token) in [(&mut *a, 1), (&mut *b, 2)] {
        // The minute in which nothing new is removed is over.
        side.store.forget_promises().await;
        let audience = AccountId::new([3 - token; 32]);
        let tokens = vec![side.token(&audience)];
        side.show_final(&view, tokens, finalized).await;
        side.met().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn revealed_shard_should_go_from_its_supplier_to_validators_then_to_everybody_and_then_away() {
    let collecting = |config| Config {
        retention: Retention {
            updates: 3,
            results: 6,
            versions: None,
        },
        collect_every: Duration::from_millis(20),
        ..config
    };
    let (mut a, mut b) = (Side::with(1, collecting).await, Side::with(2, collecting).await);
    let (program, sound) = (program(), shard(1));
    provide(&a, [&program]).await;
    let (supplier, stranger) = (contributor(0), contributor(1));
    let of = |organisation, account: &sp_core::sr25519::Pair| {
        GatewayEntry::Members(Members {
            organisation,
            account: AccountId::new([organisation as u8; 32]),
            contributors: vec![AccountId::from(account.public().0)],
        })
    };
    let members = [of(SUPPLIER, &supplier), of(8, &stranger)];
    let view = |shard: Option<GatewayEntry>| {
        [vec![artifact(&program)], members.to_vec(), shard.into_iter().collect()].concat()
    };
    let refused = |result: Result<Receipt, TransferError>| match result {
        Err(TransferError::Refused { status, .. }) => status,
        other => panic!("{other:?}"),
    };

    // Sealed: nobody knows its root.
    both(&mut a, &mut b, &view(None), 10).await;
    assert_eq!(refused(bring(&a, &sound, &supplier).await), 403);
    // Revealed: its supplier brings it to one gateway, and the other validator fetches it from there.
    both(
        &mut a,
        &mut b,
        &view(Some(revealed(&sound, Access::Validators, true))),
        11,
    )
    .await;
    assert_eq!(refused(bring(&a, &sound, &stranger).await), 403);
    assert_eq!(bring(&a, &sound, &supplier).await.unwrap(), Receipt::Stored);
    let task = check(&program, &[(0, ROWS)], vec![(0, &sound, possessed(&sound))]);
    for side in [&mut b, &mut a] {
        let (found, result) = side.run(task.clone(), PATIENCE).await;
        assert_eq!((found, result), (vec![(0, CheckResult::Held)], Ok(Output::Checked)));
        assert!(!can_anyone_read(side, &sound).await);
    }
    // Held, until the round is assessed.
    both(
        &mut a,
        &mut b,
        &view(Some(revealed(&sound, Access::Validators, false))),
        40,
    )
    .await;
    assert_eq!(refused(bring(&a, &sound, &supplier).await), 403);
    for side in [&a, &b] {
        assert!(!can_anyone_read(side, &sound).await && side.store.len(&root(&sound)).await.unwrap().is_some());
    }
    both(&mut a, &mut b, &view(Some(revealed(&sound, Access::Public, false))), 70).await;
    assert!(can_anyone_read(&a, &sound).await && can_anyone_read(&b, &sound).await);
    // Pruned.
    both(&mut a, &mut b, &view(None), 80).await;
    assert!(!can_anyone_read(&a, &sound).await);
    both(&mut a, &mut b, &view(None), 100).await;
    for side in [&a, &b] {
        let gone = async {
            while side.store.len(&root(&sound)).await.unwrap().is_some() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, gone).await.expect("it stays");
        assert!(
            side.store.len(&root(&program)).await.unwrap().is_some(),
            "the chain names it"
        );
    }
    a.running.stop().await;
    b.running.stop().await;
}
