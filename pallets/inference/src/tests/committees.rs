//! Who is asked: those that can compute something, while they are a quorum of all validators.

use crate::{mock::*, types::BatchStage, Error};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{
    committee::DRAWN,
    job::{
        CommitteeRule::{self, Named},
        Verdict::Agreed,
    },
    views::inference::{RequestFailure, RequestState},
    AccountId, BatchId,
};

/// The members that a batch asks, and how many have to agree.
fn asked(id: BatchId) -> (Vec<AccountId>, u32) {
    match job(id).1.committee {
        Named { members, quorum } => (members.into_inner(), quorum),
        CommitteeRule::All => panic!("all are asked, whatever they can"),
    }
}

fn numbers(members: impl IntoIterator<Item = u32>) -> Vec<AccountId> {
    members.into_iter().map(account).collect()
}

#[test]
fn request_should_be_refused_where_fewer_than_a_quorum_of_all_can_answer() {
    run(|| {
        have([0, 1], 99);
        assert_noop!(request_with(ASKER, None, OPERATIONS, 100), Error::<Test>::TooFewCapable);
        assert_ok!(request_with(ASKER, None, OPERATIONS, 99));
        // Of those that are left two would be a quorum of themselves, but not of all.
        have([2, 3], 99);
        have([0, 1], 100);
        assert_noop!(request_with(ASKER, None, OPERATIONS, 100), Error::<Test>::TooFewCapable);
        have([2], 100);
        assert_ok!(request_with(ASKER, None, OPERATIONS, 100));
    });
}

#[test]
fn only_those_that_can_compute_all_of_a_batch_should_be_asked() {
    run(|| {
        have([1], 150);
        ask_with_memory(ASKER, 100);
        ask_with_memory(OWNER, 200);
        run_to(3);
        assert_eq!((asked(0), batch(0).memory), ((numbers([0, 2, 3]), 3), 200));
        assert_eq!(batch(0).stage, BatchStage::Computing);
    });
}

#[test]
fn quorum_should_be_one_of_all_validators_however_few_can() {
    run(|| {
        validators(10);
        have([3, 7, 9], 0);
        ask(ASKER);
        run_to(3);
        assert_eq!(asked(0), (numbers([0, 1, 2, 4, 5, 6, 8]), 7));
        // Seven of seven were not drawn: what they agree on is settled at once.
        assert_eq!(batch(0).stage, BatchStage::Computing);
    });
}

#[test]
fn what_too_few_can_compute_any_longer_should_wait_and_keep_nobody_else_waiting() {
    run(|| {
        ask_with_memory(ASKER, 200);
        ask_with_memory(OWNER, 50);
        ask_with_memory(ASKER, 50);
        have([0, 1], 100);
        run_to(3);
        // The first organisation's turn was not lost for it.
        assert_eq!(batch(0).requests.to_vec(), [2, 1]);
        assert_eq!(state(0), RequestState::Waiting);
        answer(0, &rows(0), &[Agreed; 4]);
        have([0], 200);
        next_block();
        assert_eq!(
            (batch(1).requests.to_vec(), asked(1)),
            (vec![0], (numbers([0, 2, 3]), 3))
        );
    });
}

#[test]
fn what_too_few_could_compute_should_expire_for_nothing_also_after_a_turn() {
    run(|| {
        ask_with_memory(ASKER, 200);
        ask_with_memory(ASKER, 50);
        have([0, 1], 100);
        run_to(3);
        answer(0, &rows(0), &[Agreed; 4]);
        run_to(1 + MAX_WAIT + 1);
        assert_eq!(state(0), RequestState::Failed(RequestFailure::Expired));
        assert_eq!(entry(0).cost, 0);
        assert_eq!(fund(ASKER), RICH - entry(1).cost);
    });
}

#[test]
fn seven_should_be_drawn_where_more_can_and_all_of_them_have_to_agree() {
    run(|| {
        validators(20);
        have([0, 1, 2], 0);
        let mut seen = std::collections::BTreeSet::new();
        for id in 0..8 {
            ask(ASKER);
            run_to(System::block_number() + 2);
            let (members, quorum) = asked(id);
            assert_eq!(
                (members.len() as u32, quorum, batch(id).stage),
                (DRAWN, 7, BatchStage::Drawn)
            );
            let able = numbers(3..20);
            assert!(members.iter().all(|member| able.contains(member)));
            seen.extend(members);
            // Others are free for the next one.
            agree(id, &rows(id));
            close(id, &rows(id), &[Agreed; 7]);
            run_to(System::block_number() + PROVISIONAL + 2);
            if batch(id).escalation.is_none() {
                show_all(id, &rows(id));
            } else {
                answer(id, &rows(id), &[Agreed; 17]);
            }
        }
        assert!(seen.len() > 12, "{}", seen.len());
    });
}
