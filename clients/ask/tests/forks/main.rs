//! What was asked is found again after a fork, under whatever number, and nobody else's is taken for it.

mod node;

use node::{Block, Chain, Following, Scripted};
use quorate_ask::{
    own::{Own, OwnEvaluation, OwnRequest},
    waiting::{ended, evaluation, request, Waiting},
};
use quorate_client::Error;
use quorate_primitives::{
    job::{
        infer::{AnswerRow, AnswerStatus, Task},
        Evaluate, EvaluateOutcome,
    },
    views::{
        inference::{RequestState, RequestView},
        BlobRef, EvaluationState, EvaluationView,
    },
    AccountId, EvaluationId, Hash, OrganisationId, RequestId, Root,
};
use std::time::Duration;
use tokio::time::timeout;

const OWN: OrganisationId = 3;
/// Of the own input.
const ROOT: Root = Root::repeat_byte(7);
/// No wait of these tests takes a second.
const LONGEST: Duration = Duration::from_secs(30);

fn me() -> AccountId {
    AccountId::new([1; 32])
}

/// A request with an input of this root that awaits votes.
fn pending(id: RequestId, organisation: OrganisationId, root: Root) -> RequestView {
    RequestView {
        id,
        asked_by: me(),
        organisation,
        model: 0,
        version: 1,
        program: 2,
        input: BlobRef { root, len: 40 },
        task: Task::Run,
        operations: 1,
        memory: 1,
        fee: 7,
        reading: 0,
        cost: 5,
        clean: true,
        state: RequestState::Pending { until: 99 },
        requested_at: 5,
        ended_at: None,
    }
}

fn own(id: RequestId) -> RequestView {
    pending(id, OWN, ROOT)
}

/// The same with an answer.
fn answered(known: RequestView) -> RequestView {
    let row = AnswerRow {
        request: known.id,
        status: AnswerStatus::Answered,
        answer: BlobRef {
            root: Root::zero(),
            len: 1,
        },
        trace: Default::default(),
        tokens: 0,
        operations: 1,
    };
    RequestView {
        state: RequestState::Answered { batch: 4, row },
        ended_at: Some(9),
        ..known
    }
}

/// Others' that are answered already: another organisation's, and of the same account.
fn others(id: RequestId) -> [RequestView; 2] {
    let foreign = Root::repeat_byte(8);
    [pending(id, OWN + 1, foreign), pending(id, OWN, foreign)].map(answered)
}

/// Blocks that know these requests: the final one, and the best one.
fn chain(last: &[RequestView], best: &[RequestView]) -> Chain {
    let block = |number, requests: &[RequestView]| Block {
        number,
        requests: requests.to_vec(),
        ..Block::default()
    };
    Chain {
        last: block(3, last),
        best: block(9, best),
    }
}

async fn next(node: &Scripted) -> OwnRequest {
    let client = node.node().connect().await.unwrap();
    OwnRequest::next(&client, me(), OWN, ROOT).await.unwrap()
}

#[tokio::test]
async fn request_should_be_found_again_when_a_fork_gives_its_number_to_another_one() {
    for other in others(7) {
        let node = Scripted::start(chain(&[pending(6, OWN, Root::zero())], &[])).await;
        let own_request = next(&node).await;
        let script = [
            ("waiting for its block", chain(&[], &[own(7)])),
            ("request 7 is in block 5", chain(&[], &[own(7)])),
            ("validators fetch", chain(&[], std::slice::from_ref(&other))),
            ("a fork took its block back", chain(&[], &[other.clone(), own(8)])),
            ("request 7 is request 8", chain(&[], &[other.clone(), answered(own(8))])),
        ];
        let (following, place) = (Following::new(&node, script), node.node());
        let end = timeout(LONGEST, ended(&place, &own_request, &following)).await;
        let end = end.unwrap_or_else(|_| panic!("it waits for ever: {:?}", following.heard()));
        assert_eq!(end.unwrap(), answered(own(8)), "{:?}", following.heard());
        assert!(following.is_over(), "{:?}", following.heard());
    }
}

#[tokio::test]
async fn number_should_be_final_when_a_final_block_has_the_request_and_no_other_under_it() {
    let other = || answered(pending(7, OWN + 1, Root::repeat_byte(8)));
    let node = Scripted::start(chain(&[], &[answered(own(7))])).await;
    let own_request = next(&node).await;
    let script = [
        // The best block has it all the time; a final one has another one's under its number.
        ("request 7 is in block 5", chain(&[other()], &[answered(own(7))])),
        (
            "answered",
            chain(&[other(), answered(own(8))], &[other(), answered(own(8))]),
        ),
    ];
    let (following, place) = (Following::new(&node, script), node.node());
    let waiting = Waiting::new(&place, &own_request, &following);
    let both = async {
        let best = waiting.until(OwnRequest::is_over).await.unwrap();
        (best.id, waiting.finally(OwnRequest::is_over).await.unwrap().id)
    };
    assert_eq!(timeout(LONGEST, both).await.unwrap(), (7, 8));
    let after = "after a fork request 7 is request 8";
    assert!(
        following.heard().iter().any(|heard| heard == after),
        "{:?}",
        following.heard()
    );
}

#[tokio::test]
async fn request_that_is_known_by_its_number_should_be_followed_to_a_smaller_one() {
    let other = || answered(pending(7, OWN + 1, Root::repeat_byte(8)));
    let node = Scripted::start(chain(&[], &[own(7)])).await;
    let heard = std::cell::RefCell::new(Vec::new());
    let say = |text: &str| {
        heard.borrow_mut().push(text.to_string());
        if text.contains("validators fetch") {
            node.head(chain(&[], &[answered(own(6)), other()]));
        }
    };
    let place = node.node();
    let end = timeout(LONGEST, request(&place, 7, &say)).await.unwrap().unwrap();
    assert_eq!(end.id, 6, "{:?}", heard.borrow());
}

#[tokio::test]
async fn request_should_be_found_by_the_input_of_a_program_that_was_killed() {
    let node = Scripted::start(chain(&[], &[others(5)[1].clone(), own(9)])).await;
    let client = node.node().connect().await.unwrap();
    let found = |organisation, root| {
        let (own, client) = (OwnRequest::with_input(organisation, root), client.clone());
        async move { own.find(&client, None).await.unwrap().map(|known| known.id) }
    };
    assert_eq!(found(OWN, ROOT).await, Some(9));
    assert_eq!(found(OWN + 1, ROOT).await, None, "it is another organisation's");
    assert_eq!(found(OWN, Root::zero()).await, None);
}

#[tokio::test]
async fn request_that_comes_into_no_block_any_more_should_be_given_up() {
    let node = Scripted::start(chain(&[], &[own(7)])).await;
    let own_request = next(&node).await;
    let mut late = chain(&[], &[]);
    late.best.number += 1_000;
    let script = [
        ("validators fetch", chain(&[], &[])),
        ("a fork took its block back", late),
    ];
    let (following, place) = (Following::new(&node, script), node.node());
    let end = timeout(LONGEST, ended(&place, &own_request, &following)).await.unwrap();
    assert!(matches!(end, Err(Error::NotFound(_))), "{end:?}");
}

fn evaluated(id: EvaluationId, by: [u8; 32], operations: u64) -> EvaluationView {
    let outcome = EvaluateOutcome::Unfit;
    EvaluationView {
        id,
        asked_by: AccountId::new(by),
        organisation: OWN,
        work: Evaluate {
            model: 0,
            version: 1,
            version_root: Root::zero(),
            version_len: 1,
            frozen_base: None,
            program: 2,
            program_root: Root::zero(),
            program_len: 1,
            data: 3,
            data_root: Root::zero(),
            data_len: 1,
            operations,
        },
        clean: true,
        fee: 5,
        state: EvaluationState::Done(outcome),
        job: Hash::zero(),
        first_job: None,
        statements_root: None,
        requested_at: 5,
        ended_at: Some(8),
    }
}

#[tokio::test]
async fn evaluation_should_be_found_again_when_a_fork_gives_its_number_to_another_one() {
    let computing = |known: EvaluationView| EvaluationView {
        state: EvaluationState::Computing,
        ..known
    };
    let with = |evaluations: Vec<EvaluationView>| Chain {
        best: Block {
            number: 9,
            evaluations,
            ..Block::default()
        },
        ..Chain::default()
    };
    let own = || evaluated(4, [1; 32], 10);
    for other in [evaluated(4, [2; 32], 10), evaluated(4, [1; 32], 11)] {
        let node = Scripted::start(with(vec![computing(own())])).await;
        let own_evaluation = OwnEvaluation::of(&own());
        let mut moved = own();
        moved.id = 5;
        let script = [
            ("evaluation 4 is in block 5", with(vec![other.clone()])),
            ("a fork took its block back", with(vec![other.clone(), moved])),
        ];
        let (following, place) = (Following::new(&node, script), node.node());
        let end = timeout(LONGEST, ended(&place, &own_evaluation, &following))
            .await
            .unwrap();
        assert_eq!(end.unwrap().id, 5, "{:?}", following.heard());
    }
    let node = Scripted::start(with(vec![own()])).await;
    let place = node.node();
    assert_eq!(evaluation(&place, 4, &|_| ()).await.unwrap(), own());
}
