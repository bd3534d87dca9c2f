//! Whom batches pay for which seven were drawn: a seventh for each, and others from what was lost and from the reserve.

use crate::{mock::*, types::BatchStage, Event};
use frame_support::assert_ok;
use quorate_primitives::{
    job::Verdict::{self, Agreed, Silent, Wrong},
    Balance,
};

/// So many validators, a batch of one request for which seven are drawn, and a draw that lets what they agree on stand.
fn drawn(of: u32) {
    validators(of);
    ask(ASKER);
    run_to(3);
    assert_eq!(batch(0).stage, BatchStage::Drawn);
}

/// The seven did not agree, and all do: these are the verdicts on the seven and on all.
fn dissent(seven: &[Verdict], all: &[Verdict]) {
    let first = job(0).0;
    disagree(0);
    VerdictsOf::mutate(|of| of.insert(first, seven.to_vec()));
    answer(0, &rows(0), all);
}

/// The seven agreed, all are to compute it again, and agree on the same: these are the verdicts on all.
fn again(all: &[Verdict]) {
    let rows = rows(0);
    agree(0, &rows);
    close(0, &rows, &[Agreed; 7]);
    draw_again(0, true);
    next_block();
    assert_eq!(batch(0).stage, BatchStage::Computing);
    answer(0, &rows, all);
}

/// The first is wrong, the others of so many agree.
fn one_wrong(of: usize) -> Vec<Verdict> {
    let mut verdicts = vec![Agreed; of];
    verdicts[0] = Wrong;
    verdicts
}

fn paid(members: u32) -> Vec<Balance> {
    (0..members).map(earned).collect()
}

fn others_paid(members: u32, each: Balance, from_reserve: Balance) {
    let expected = Event::OthersPaid {
        batch: 0,
        members,
        each,
        from_reserve,
    };
    System::assert_has_event(expected.into());
}

#[test]
fn those_of_seven_that_were_right_should_keep_their_shares_however_many_compute_again() {
    run(|| {
        drawn(20);
        fill_reserve(500);
        again(&one_wrong(20));
        // The one that is wrong among all has lost its share, also what it said among the seven.
        assert_eq!(paid(20), [[0].as_slice(), &[SHARE; 19]].concat());
        // Its share, and what could not be divided by seven, pay first.
        let lost = COST - PART - 6 * SHARE;
        others_paid(13, SHARE, 13 * SHARE - lost);
        assert_eq!(reserve(), 500 + PART - (13 * SHARE - lost));
        assert_eq!(ledger().treasury, 0);
    });
}

#[test]
fn shares_of_those_that_were_silent_should_pay_the_others_before_the_reserve() {
    run(|| {
        drawn(10);
        fill_reserve(500);
        let seven = [Silent, Silent, Silent, Wrong, Agreed, Agreed, Agreed];
        dissent(&seven, &[Agreed; 10]);
        assert_eq!(paid(10), [[0; 4].as_slice(), &[SHARE; 6]].concat());
        others_paid(3, SHARE, 0);
        assert_eq!(reserve(), 500 + PART);
        // Nobody has more than a share: the rest is the treasury's.
        assert_eq!(ledger().treasury, COST - PART - 6 * SHARE);
    });
}

/// Nothing is made: what is not there is not paid.
#[test]
fn others_should_be_paid_less_when_the_reserve_is_empty() {
    run(|| {
        drawn(12);
        again(&one_wrong(12));
        let lost = COST - PART - 6 * SHARE;
        let each = (lost + PART) / 5;
        assert!((1..SHARE).contains(&each));
        assert_eq!(paid(12), [[0].as_slice(), &[SHARE; 6], &[each; 5]].concat());
        others_paid(5, each, 5 * each - lost);
        assert_eq!(reserve(), PART + lost - 5 * each);
    });
}

/// A third of 32 validators that has a batch of its own computed again gets less of it than it paid.
#[test]
fn reserve_should_pay_no_more_than_seventeen_shares_of_a_batch() {
    for part in [FIFTH, 0] {
        run(|| {
            ReservePart::set(part);
            drawn(32);
            fill_reserve(MAX_RESERVE);
            again(&one_wrong(32));
            let share = COST / 7;
            let lost = COST - 6 * share;
            let each = (lost + 17 * share) / 25;
            assert!((1..share).contains(&each), "{each} of {share}");
            others_paid(25, each, 25 * each - lost);
            assert_eq!(reserve(), MAX_RESERVE + lost - 25 * each);
        });
    }
}

/// Members that are silent or dissent on purpose bring their allies nothing from it.
#[test]
fn reserve_should_pay_nothing_where_the_seven_did_not_agree() {
    for seven in [
        [Silent, Silent, Silent, Agreed, Agreed, Agreed, Agreed],
        [Wrong, Agreed, Agreed, Agreed, Agreed, Agreed, Agreed],
    ] {
        run(|| {
            drawn(20);
            fill_reserve(500);
            dissent(&seven, &[Agreed; 20]);
            assert_eq!(reserve(), 500 + PART);
            let kept = seven.iter().filter(|verdict| **verdict == Agreed).count() as Balance;
            let each = ((COST - PART - kept * SHARE) / 13).min(SHARE);
            assert_eq!(paid(20)[7..], [each; 13]);
        });
    }
}

#[test]
fn reserve_should_be_bounded_and_its_part_be_the_members_when_it_is_full() {
    run(|| {
        drawn(10);
        fill_reserve(MAX_RESERVE - 2);
        let rows = rows(0);
        agree(0, &rows);
        close(0, &rows, &[Agreed; 7]);
        draw_again(0, false);
        run_to(4 + PROVISIONAL);
        assert_ok!(show(0, 0, &rows));
        assert_eq!(reserve(), MAX_RESERVE);
        assert_eq!(paid(7), [(COST - 2) / 7; 7]);
    });
}

/// However large a part is set, whoever computes earns the larger one.
#[test]
fn no_more_than_a_half_should_go_into_the_reserve() {
    run(|| {
        ReservePart::set(u32::MAX);
        drawn(10);
        dissent(&[Agreed; 7], &[Agreed; 10]);
        assert_eq!(Inference::reserve().part, 500_000);
        assert_eq!(paid(7), [COST / 2 / 7; 7]);
    });
}

#[test]
fn others_below_the_floor_of_reputation_should_take_nothing_from_the_reserve_nor_give_to_others() {
    run(|| {
        drawn(20);
        set_reputation(account(FIRST_VALIDATOR + 10), FLOOR - 1);
        set_reputation(account(FIRST_VALIDATOR + 2), FLOOR - 1);
        fill_reserve(500);
        again(&one_wrong(20));
        let mut expected = [[0].as_slice(), &[SHARE; 19]].concat();
        expected[10] = 0;
        expected[2] = 0;
        assert_eq!(paid(20), expected);
        let lost = COST - PART - 6 * SHARE;
        others_paid(12, SHARE, 12 * SHARE - lost);
        // The share of the one that was drawn is the treasury's.
        assert_eq!(ledger().treasury, SHARE);
    });
}

#[test]
fn batch_of_a_committee_of_all_should_put_nothing_into_the_reserve() {
    run(|| {
        ask(ASKER);
        run_to(3);
        answer(0, &rows(0), &[Agreed; 4]);
        assert_eq!((reserve(), paid(4)), (0, vec![COST / 4; 4]));
    });
}
