//! What reading version, frozen base and program costs, and how long it takes.

use crate::mock::*;
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{
    availability::{ArtifactKind, Finding},
    job::{infer::AnswerStatus, Verdict::Agreed},
    policy::Access,
    traits::HeldArtifact,
    views::BlobRef,
    Balance, Root,
};

/// A model with a frozen base of 40 MiB: a 41st is begun by version and program.
fn with_base() {
    let base = BlobRef {
        root: Root::repeat_byte(44),
        len: 40 << 20,
    };
    models::change(0, |model| model.frozen_base = Some(base.clone()));
    let weights = HeldArtifact {
        kind: ArtifactKind::Weights,
        root: base.root,
        len: base.len,
        organisation: OWNER,
        access: Access::Public,
    };
    artifacts::hold(9, weights);
}

/// The price of reading all of it.
const WHOLE: Balance = 41 * READING;

#[test]
fn request_should_reserve_the_whole_price_of_reading_and_pay_its_share() {
    run(|| {
        with_base();
        let quote = Inference::quote(0, None, PROGRAM, LEN, OPERATIONS).unwrap();
        assert_eq!((quote.fee, quote.reading), (KEPT + WHOLE + 10, WHOLE));
        for by in [ASKER, OWNER, 3] {
            ask(by);
        }
        assert_eq!((fund(ASKER), entry(0).reading), (RICH - quote.fee, WHOLE));
        run_to(3);
        // What is unfit and what faults was read for as well.
        let rows = [
            row(0, AnswerStatus::Answered, 5),
            row(1, AnswerStatus::Unfit, 0),
            row(2, AnswerStatus::Fault, 5),
        ];
        answer(0, &rows, &[Agreed]);
        // 328 by three, rounded up.
        let share = 110;
        let costs = [KEPT + share + 10, KEPT + share + 2, KEPT + share + 10];
        assert_eq!([0, 1, 2].map(|id| entry(id).cost), costs);
        let funds = [ASKER, OWNER, 3].map(fund);
        assert_eq!(funds, costs.map(|cost| RICH - cost));
        assert_eq!(earned(0), costs.iter().sum());
    });
}

#[test]
fn request_in_a_batch_by_itself_should_pay_for_all_that_is_read() {
    run(|| {
        with_base();
        ask(ASKER);
        run_to(3);
        // The bond of a call covers what the batch may cost.
        assert_eq!(batch(0).fees, KEPT + WHOLE + 10);
        answer(0, &[row(0, AnswerStatus::Answered, 5)], &[Agreed]);
        assert_eq!(fund(ASKER), RICH - KEPT - WHOLE - 10);
    });
}

#[test]
fn most_that_a_batch_may_cost_should_count_what_is_read_once() {
    run(|| {
        with_base();
        for _ in 0..4 {
            ask(ASKER);
        }
        run_to(3);
        assert_eq!(batch(0).fees, 4 * (KEPT + 10) + WHOLE);
    });
}

#[test]
fn what_was_read_in_vain_should_be_paid_for_and_what_was_not_read_go_back() {
    run(|| {
        with_base();
        ask(ASKER);
        ask(ASKER);
        run_to(3);
        disagree(0);
        disagree(0);
        next_block();
        let cost = KEPT + WHOLE / 2 + 2;
        assert_eq!(
            (entry(0).cost, fund(ASKER), ledger().treasury),
            (cost, RICH - 2 * cost, 2 * cost)
        );
        // Nobody read anything for these.
        assert_ok!(request(OWNER));
        find(2, Finding::Split);
        assert_ok!(request(OWNER));
        assert_ok!(Inference::cancel(signed(OWNER), 3));
        assert_eq!((entry(2).cost, fund(OWNER)), (KEPT, RICH - 2 * KEPT));
    });
}

#[test]
fn fund_should_cover_the_whole_price_of_reading() {
    run(|| {
        with_base();
        set_fund(ASKER, FEE);
        assert_noop!(request(ASKER), crate::Error::<Test>::FundTooSmall);
        set_fund(ASKER, RICH);
    });
}

/// A quorum holds what is read, and whoever does not is to have the time to fetch it: else it is silent, and barred for it.
#[test]
fn time_to_commit_should_count_what_is_held_at_the_rate_of_a_network_and_time_to_call_at_a_disks() {
    run(|| {
        with_base();
        // Ten blocks, one for the operations, 41 for 41 MiB with the input at one in a block's time.
        let quote = Inference::quote(0, None, PROGRAM, LEN, OPERATIONS).unwrap();
        assert_eq!(quote.commit, 10 + 1 + 41);
        ask(ASKER);
        run_to(3);
        // Six for 41 MiB at eight in a block's time, one for the input.
        let held = batch(0);
        assert_eq!(
            (job(0).1.commit, held.blocks, held.blocks_of_holder),
            (52, 42, 1 + 6 + 1)
        );
    });
}

/// Whoever takes a request back whose batch came to nothing pays for what was read in it.
#[test]
fn taking_back_what_was_read_in_vain_should_cost_its_share_of_reading() {
    run(|| {
        with_base();
        ask(ASKER);
        ask(OWNER);
        run_to(3);
        disagree(0);
        assert!(batch(0).closed, "it is broken up");
        assert_ok!(Inference::cancel(signed(ASKER), 0));
        let cost = KEPT + WHOLE / 2 + 2;
        assert_eq!((entry(0).cost, fund(ASKER)), (cost, RICH - cost));
    });
}
