use super::{
    super::disputed::tests::{called, found, open, outcome},
    *,
};
use crate::commands::scripted::{Block, Chain, Scripted};
use quorate_primitives::{
    views::inference::{BatchState, Escalation, RequestFailure},
    BlockNumber, Hash,
};

/// What `batch watch` may set aside.
const MOST: Balance = 100;

fn me() -> AccountId {
    AccountId::new([1; 32])
}

fn other() -> AccountId {
    AccountId::new([2; 32])
}

fn job(id: BatchId) -> JobId {
    JobId::from_low_u64_be(id.into())
}

/// Another batch with this number, to which this account called all.
fn called_to(id: BatchId, by: &AccountId, bond: Balance) -> BatchView {
    BatchView {
        id,
        first_job: Some(job(id)),
        ..called(by, bond)
    }
}

fn settling(batch: BatchView, n: u8) -> BatchView {
    BatchView {
        state: BatchState::Settling { until: 99 },
        outcome: Some(outcome(n)),
        ..batch
    }
}

fn ended(batch: BatchView) -> BatchView {
    const AT: BlockNumber = 99;
    BatchView {
        state: BatchState::Ended { at: AT },
        ended_at: Some(AT),
        ..batch
    }
}

async fn start(best: impl IntoIterator<Item = BatchView>) -> Scripted {
    let chain = Chain {
        best: Block::with_batches(best),
        ..Chain::default()
    };
    Scripted::start(chain).await
}

/// What is left of 100 when it is looked at for the first time.
async fn left_of(best: impl IntoIterator<Item = BatchView>) -> Balance {
    let (node, mut bonds) = (start(best).await, Bonds::of(me()));
    assert_eq!(bonds.look(&node.client().await).await.unwrap(), None);
    bonds.left(MOST)
}

#[tokio::test]
async fn bonds_that_are_not_decided_should_count_from_the_first_look_on() {
    let dissent = BatchView {
        escalation: Some(Escalation::Dissent),
        ..called_to(4, &me(), 50)
    };
    let right = settling(called_to(5, &me(), 60), 9);
    let left = left_of([
        called_to(1, &me(), 30),
        called_to(2, &other(), 1_000),
        called_to(3, &me(), 25),
        dissent,
        right,
        open(),
    ]);
    assert_eq!(left.await, 45);
    assert_eq!(left_of([called_to(1, &me(), 101)]).await, 0);
    assert_eq!(left_of([]).await, MOST);
}

#[tokio::test]
async fn bond_should_count_until_it_is_decided() {
    let batch = called_to(1, &me(), 30);
    let failing = BatchView {
        state: BatchState::Failing(RequestFailure::NoQuorum),
        ..batch.clone()
    };
    for (then, is_lost) in [
        (settling(batch.clone(), 9), None),
        (ended(settling(batch.clone(), 9)), None),
        (settling(batch.clone(), 2), Some("selftest")),
        (ended(settling(batch.clone(), 2)), Some("selftest")),
        (failing, Some("no agreement")),
        (ended(batch.clone()), Some("no agreement")),
    ] {
        let (node, mut bonds) = (start([batch.clone()]).await, Bonds::of(me()));
        let client = node.client().await;
        for _ in 0..2 {
            assert_eq!(bonds.look(&client).await.unwrap(), None);
            assert_eq!(bonds.left(MOST), 70);
        }
        let shown = format!("{then:?}");
        node.best(Block::with_batches([then]));
        let lost = bonds.look(&client).await.unwrap();
        assert_eq!(lost.is_some(), is_lost.is_some(), "{shown}");
        assert!(
            lost.unwrap_or_default().contains(is_lost.unwrap_or_default()),
            "{shown}"
        );
        assert_eq!(bonds.left(MOST), MOST, "{shown}");
    }
}

#[tokio::test]
async fn bond_of_another_account_should_end_nothing() {
    let batch = called_to(1, &other(), 30);
    let (node, mut bonds) = (start([batch.clone()]).await, Bonds::of(me()));
    let client = node.client().await;
    assert_eq!(bonds.look(&client).await.unwrap(), None);
    for then in [settling(batch.clone(), 2), ended(batch)] {
        node.best(Block::with_batches([then]));
        assert_eq!(bonds.look(&client).await.unwrap(), None);
    }
}

#[tokio::test]
async fn call_that_is_in_no_block_should_count_and_allow_no_other_what_it_takes() {
    let (node, mut bonds) = (start([open()]).await, Bonds::of(me()));
    let client = node.client().await;
    assert_eq!(bonds.look(&client).await.unwrap(), None);
    assert!(bonds.allow(found().job, 80, MOST));
    bonds.sent(found().job, 6, 80);
    // In no block yet, in one, and after a fork in none any more.
    for best in [open(), called(&me(), 80), open()] {
        node.best(Block::with_batches([best]));
        assert_eq!(bonds.look(&client).await.unwrap(), None);
        assert_eq!(bonds.left(MOST), 20);
        // It may go out again, another one may not.
        assert!(bonds.allow(found().job, 80, MOST));
        assert!(!bonds.allow(job(7), 21, MOST) && bonds.allow(job(7), 20, MOST));
    }
    // Somebody else was first, nobody was in time, or a fork has another batch of this number.
    let over = BatchView {
        call_bond: None,
        ..open()
    };
    let foreign = BatchView {
        job: Hash::repeat_byte(0x55),
        ..open()
    };
    for best in [called(&other(), 80), over, foreign] {
        bonds.sent(found().job, 6, 80);
        node.best(Block::with_batches([best]));
        assert_eq!(bonds.look(&client).await.unwrap(), None);
        assert_eq!(bonds.left(MOST), MOST);
    }
}
