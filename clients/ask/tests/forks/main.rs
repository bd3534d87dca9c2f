//! What was asked is found again after a fork, under whatever number, and nobody else's is taken for it.

mod node;

use node::{Block, Chain, Following, Scripted};
use quorate_ask::{
    asked::{Marked, Marks, Same},
    evaluation,
    own::{Own, OwnEvaluation, OwnRequest},
    request::{earlier, Earlier},
    waiting::{self, ended, request, Waiting},
};
use quorate_client::{inputs::Inputs, Account, Client, Error};
use quorate_primitives::{
    job::{
        infer::{AnswerRow, AnswerStatus, Task},
        Evaluate, EvaluateOutcome,
    },
    views::{
        inference::{RequestFailure, RequestState, RequestView},
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

/// What an account keeps of what it asked, and asks.
struct Kept {
    _folder: tempfile::TempDir,
    inputs: Inputs,
    marks: Marks,
    account: Account,
    client: Client,
}

impl Kept {
    async fn new(node: &Scripted) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            inputs: Inputs::open(folder.path()).unwrap(),
            marks: Marks::open(folder.path()).unwrap(),
            _folder: folder,
            account: Account::from_uri("//Alice").unwrap(),
            client: node.node().connect().await.unwrap(),
        }
    }

    fn same(&self, version: Option<u32>, values: &[u8]) -> Same {
        let input = [&[9; 32], values].concat();
        Same::question((&self.client, &self.account), (0, version, 2), &Task::Run, &input)
    }

    async fn earlier(&self, same: Same) -> Earlier {
        let payer = (self.account.id(), OWN);
        earlier(&self.client, payer, (&self.inputs, &self.marks), same)
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn question_of_a_program_that_was_killed_should_be_gone_on_with_and_not_paid_twice() {
    let node = Scripted::start(chain(&[], &[])).await;
    let kept = Kept::new(&node).await;
    let same = kept.same(None, b"values");
    assert!(matches!(kept.earlier(same).await, Earlier::None));
    let bytes = [&[7; 32], &b"values"[..]].concat();
    let root = kept.inputs.keep(&bytes).unwrap();
    drop(kept.marks.begin(same, root).unwrap());
    // In no block: the same input once more, which the chain takes once.
    assert!(matches!(kept.earlier(same).await, Earlier::Unknown(input, _) if input == bytes));
    for other in [kept.same(Some(0), b"values"), kept.same(None, b"value")] {
        assert!(
            matches!(kept.earlier(other).await, Earlier::None),
            "it is another question"
        );
    }
    let mine = RequestView {
        asked_by: kept.account.id(),
        ..pending(7, OWN, root)
    };
    node.head(chain(&[], &[pending(6, OWN, root), mine.clone()]));
    let Earlier::Asked(own, mark) = kept.earlier(same).await else {
        panic!("it is on chain");
    };
    assert_eq!(own.number(), Some(7), "the one of the same account");
    // While this call lives another one asks anew.
    assert!(matches!(kept.earlier(same).await, Earlier::None));
    drop((own, mark));
    let failed = RequestView {
        state: RequestState::Failed(RequestFailure::Expired),
        ..mine
    };
    node.head(chain(&[], &[failed]));
    assert!(matches!(kept.earlier(same).await, Earlier::None), "it came to nothing");
    node.head(chain(&[], &[]));
    assert!(matches!(kept.earlier(same).await, Earlier::None), "for good");
}

#[tokio::test]
async fn evaluation_of_a_program_that_was_killed_should_be_gone_on_with_and_not_paid_twice() {
    let with = |number, evaluations: Vec<EvaluationView>| Chain {
        best: Block {
            number,
            evaluations,
            ..Block::default()
        },
        ..Chain::default()
    };
    let node = Scripted::start(with(9, vec![])).await;
    let kept = Kept::new(&node).await;
    let who = *AsRef::<[u8; 32]>::as_ref(&kept.account.id());
    let find = async || evaluation::earlier(&kept.client, &kept.account.id(), (0, 1), [2, 3]).await;
    let computing = |id, by| EvaluationView {
        state: EvaluationState::Computing,
        ..evaluated(id, by, 10)
    };
    assert_eq!(find().await.unwrap(), None);
    // Another account's, and one that came to nothing.
    node.head(with(9, vec![computing(3, [2; 32]), evaluated(4, who, 10)]));
    assert_eq!(find().await.unwrap(), None);
    node.head(with(9, vec![computing(3, who), computing(5, who)]));
    assert_eq!(find().await.unwrap().unwrap().id, 5, "the newest");

    node.head(with(9, vec![]));
    let same = Same::evaluation((&kept.client, &kept.account), (0, 1), [2, 3]);
    assert_eq!(kept.marks.evaluation(same, 9).unwrap(), Marked::Now);
    let awaited = || evaluation::awaited(&kept.client, (&kept.marks, same, 9), &find);
    let (found, ()) = tokio::join!(timeout(LONGEST, awaited()), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        node.head(with(10, vec![computing(5, who)]));
    });
    assert_eq!(found.unwrap().unwrap().unwrap().id, 5);
    node.head(with(9 + 128, vec![]));
    assert_eq!(
        timeout(LONGEST, awaited()).await.unwrap().unwrap(),
        None,
        "it comes into no block any more"
    );
    node.head(with(10, vec![]));
    kept.marks.end(same).unwrap();
    assert_eq!(
        timeout(LONGEST, awaited()).await.unwrap().unwrap(),
        None,
        "the other call did not send it"
    );
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
    assert_eq!(waiting::evaluation(&place, 4, &|_| ()).await.unwrap(), own());
}
