//! A bit that a disk changes in what a worker holds, in each kind of blob and wherever it is used next: either the blob is fetched again
//! and everything is right, or the worker has nothing to say. It is never a statement on anybody else.

use crate::side::*;
use quorate_blobs::name;
use quorate_engine::reference;
use quorate_exact::root;
use quorate_primitives::{
    views::{
        gateway::GatewayEntry,
        tasks::{Against, FileShape, VoteItem},
        BlobRef,
    },
    Hash,
};
use quorate_protocol::{CheckResult, Failure, Output, Task};
use std::{path::PathBuf, time::Duration};

const LIMIT: Duration = Duration::from_secs(60);
/// Enough to look at everything; a blob that nobody has is awaited until then.
const SHORT: Duration = Duration::from_secs(2);

/// A worker whose disk is bad, and a peer that holds the same, or nothing.
struct Both {
    bad: Side,
    good: Side,
    world: World,
}

impl Both {
    async fn new(peer_holds: bool) -> Self {
        let world = larger_world(&PIPELINE);
        let (mut bad, mut good) = (Side::new(1).await, Side::new(2).await);
        provide_all(&bad, &world.files).await;
        if peer_holds {
            provide_all(&good, &world.files).await;
        }
        introduce(&mut bad, &mut good, &[&world.versions, &world.updates]).await;
        // The good one's view is there once it has answered.
        let check = Task::Check {
            against: Against::Registered(shape(&world)),
            items: vec![],
        };
        assert_eq!(good.run(check, LIMIT).await.1, Ok(Output::Checked));
        Self { bad, good, world }
    }

    fn path(&self, folder: &str, root: Hash) -> PathBuf {
        self.bad.dir.path().join("store").join(folder).join(name(&root.0))
    }

    /// Flips a bit of what is stored.
    fn flip(&self, folder: &str, root: Hash, at: usize) {
        let path = self.path(folder, root);
        let mut bytes = std::fs::read(&path).unwrap();
        let at = at.min(bytes.len() - 1);
        bytes[at] ^= 0x40;
        std::fs::write(&path, bytes).unwrap();
    }

    /// What is stored has its root.
    fn is_whole(&self, root_of: Hash) -> bool {
        std::fs::read(self.path("blobs", root_of)).is_ok_and(|bytes| root(&bytes) == root_of.0)
    }

    fn check(&self) -> Task {
        let items = self.world.task.inputs.iter().enumerate();
        let items = items.map(|(number, input)| VoteItem {
            item: number as u32,
            blob: input.blob.clone(),
            shown: updates(number),
        });
        Task::Check {
            against: Against::Base(self.world.task.base.clone()),
            items: items.collect(),
        }
    }

    async fn stop(self) {
        self.bad.running.stop().await;
        self.good.running.stop().await;
    }
}

fn shape(world: &World) -> FileShape {
    let header = world.files.header.encode();
    FileShape {
        model: 0,
        header_hash: root(&header).into(),
        header_len: header.len() as u32,
        update_len: world.task.inputs[0].blob.len,
    }
}

fn held(items: u32) -> Vec<(u32, CheckResult)> {
    (0..items).map(|item| (item, CheckResult::Held)).collect()
}

/// Where bits are flipped: the length of the header, its text, a value's exponent, the last byte.
fn places(world: &World) -> [usize; 4] {
    [3, 70, world.files.header.header_len() as usize + 3, usize::MAX]
}

#[tokio::test(flavor = "multi_thread")]
async fn update_or_base_that_changed_should_be_fetched_again_before_a_vote() {
    let places = places(&larger_world(&PIPELINE));
    for (of_base, at) in [false, true].into_iter().flat_map(|base| places.map(|at| (base, at))) {
        let mut both = Both::new(true).await;
        let blob = match of_base {
            true => both.world.task.base.root,
            false => both.world.task.inputs[2].blob.root,
        };
        both.flip("blobs", blob, at);
        let (found, result) = both.bad.run(both.check(), LIMIT).await;
        assert_eq!((found, result), (held(6), Ok(Output::Checked)), "{of_base} {at}");
        // Of the base only the header is read here.
        assert!(both.is_whole(blob) || of_base && at > 200, "{of_base} {at}");
        both.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn update_that_changed_and_nobody_else_has_should_get_no_vote() {
    for at in places(&larger_world(&PIPELINE)) {
        let mut both = Both::new(false).await;
        let blob = both.world.task.inputs[2].blob.root;
        both.flip("blobs", blob, at);
        let (found, result) = both.bad.run(both.check(), SHORT).await;
        let others = held(6).into_iter().filter(|(item, _)| *item != 2).collect::<Vec<_>>();
        assert_eq!((found, result), (others, Ok(Output::Checked)), "{at}");
        both.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn given_version_that_changed_should_be_fetched_again_before_a_vote() {
    for (peer, at) in [true, false]
        .into_iter()
        .flat_map(|peer| places(&larger_world(&PIPELINE)).map(|at| (peer, at)))
    {
        let mut both = Both::new(peer).await;
        let blob = both.world.task.base.clone();
        both.flip("blobs", blob.root, at);
        let check = Task::Check {
            against: Against::Registered(shape(&both.world)),
            items: vec![VoteItem {
                item: 0,
                blob,
                shown: possessed(&both.world.files.base),
            }],
        };
        let limit = if peer { LIMIT } else { SHORT };
        let (found, result) = both.bad.run(check, limit).await;
        assert_eq!(
            (found, result),
            (held(u32::from(peer)), Ok(Output::Checked)),
            "{peer} {at}"
        );
        both.stop().await;
    }
}

/// Every input of a job, and what is known of its groups.
#[tokio::test(flavor = "multi_thread")]
async fn input_that_changed_should_be_fetched_again_before_an_outcome() {
    let kinds = ["base", "previous", "state", "update"];
    let places = [("blobs", 3), ("blobs", 70), ("blobs", usize::MAX), ("outboards", 5)];
    for (folder, at) in places {
        for kind in kinds {
            input_case(kind, folder, at, true).await;
        }
    }
    // Where nobody else has it, the worker gives up after some seconds: all at the same time.
    futures::future::join_all(kinds.map(|kind| input_case(kind, "blobs", 70, false))).await;
}

async fn input_case(kind: &str, folder: &str, at: usize, peer: bool) {
    let mut both = Both::new(peer).await;
    let task = both.world.task.clone();
    let header = &both.world.files.header;
    // Of the previous version nothing is read behind the tensors that updates have.
    let (blob, last) = match kind {
        "base" => (task.base.root, usize::MAX),
        "previous" => (
            task.previous.as_ref().unwrap().root,
            (header.header_len() + header.group_len()) as usize - 1,
        ),
        "state" => (task.optimiser.unwrap(), usize::MAX),
        _ => (task.inputs[3].blob.root, usize::MAX),
    };
    both.flip(folder, blob, at.min(last));
    let case = format!("{kind}, {folder}, {at}, {peer}");
    if peer {
        let outcome = both.bad.outcome(&task).await;
        let computed = reference::aggregate(&PIPELINE, &both.world.files).unwrap().aggregated;
        assert_eq!(outcome.output.0, computed.output.root, "{case}");
        assert_eq!(outcome.detail.0, computed.detail_root, "{case}");
        let state = computed.optimiser.map(|state| state.root);
        assert_eq!(outcome.optimiser.map(|state| state.0), state, "{case}");
        assert!(both.is_whole(blob), "{case}");
    } else {
        let (_, result) = both.bad.run(aggregation(&task), LIMIT).await;
        assert_eq!(result, Err(Failure::Missing(blob)), "{case}");
    }
    both.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn detail_that_changed_should_be_fetched_again_before_its_rows_are_shown() {
    let mut both = Both::new(true).await;
    let task = both.world.task.clone();
    let outcome = both.bad.outcome(&task).await;
    let weights: Vec<u32> = task.inputs.iter().map(|input| input.weight).collect();
    let rows = both.bad.rows(outcome.detail, weights.clone()).await;
    both.flip("blobs", outcome.detail, 40);
    // Nobody has it yet.
    let ask = Task::ScoreRows {
        detail: outcome.detail,
        weights: weights.clone(),
    };
    let (_, result) = both.bad.run(ask, LIMIT).await;
    assert_eq!(result, Err(Failure::Missing(outcome.detail)));

    assert_eq!(both.good.outcome(&task).await, outcome);
    let detail = GatewayEntry::Shared(BlobRef {
        root: outcome.detail,
        len: 0,
    });
    let rest: [&[GatewayEntry]; 3] = [&both.world.versions, &both.world.updates, &[detail]];
    introduce(&mut both.bad, &mut both.good, &rest).await;
    assert_eq!(both.bad.rows(outcome.detail, weights).await, rows);
    both.stop().await;
}
