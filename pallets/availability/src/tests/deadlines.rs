use crate::{mock::*, Error, Event, Open};
use frame_support::{assert_noop, assert_ok, traits::Hooks};
use quorate_primitives::{availability::Subject, traits::Availability as _};
use sp_runtime::transaction_validity::InvalidTransaction;

fn until(subject: Subject) -> Option<u32> {
    Availability::deadline(subject)
}

#[test]
fn vote_should_count_in_the_last_block_before_the_deadline_and_not_in_it() {
    with_validators(4, || {
        open_round(2);
        go_to(UNTIL - 1);
        assert_ok!(hold(0, &[0]));
        System::set_block_number(UNTIL);
        assert_eq!(hold(1, &[0]), Err(InvalidTransaction::Stale.into()));
        assert_noop!(run(signed(statement(ROUND, 1, &[0], &[]))), Error::<Test>::NotOpen);
    });
}

#[test]
fn subject_should_be_forgotten_at_its_deadline_and_the_handler_told() {
    with_validators(4, || {
        open_round(40);
        assert_ok!(hold(0, &[0, 39]));
        go_to(UNTIL - 1);
        assert_eq!(told(), []);
        go_to(UNTIL);
        assert_eq!(told(), [Told::Ended(ROUND)]);
        System::assert_last_event(Event::Ended { subject: ROUND }.into());
        assert_eq!(until(ROUND), None);
        assert_eq!(crate::Items::<Test>::iter().count(), 0);
    });
}

#[test]
fn handler_should_still_learn_what_an_honest_voter_holds_when_a_subject_ends() {
    with_validators(4, || {
        open_round(3);
        for voter in 0..2 {
            assert_ok!(hold(voter, &[0]));
        }
        assert_ok!(hold(2, &[1]));
        assert_eq!(Availability::deadline(ROUND), Some(UNTIL));
        go_to(UNTIL);
        assert_eq!(HeldAtEnd::get(), [0]);
        assert_eq!(Availability::deadline(ROUND), None);
    });
}

#[test]
fn more_subjects_than_fit_into_a_block_should_end_in_the_next_ones() {
    with_validators(1, || {
        let subjects: Vec<Subject> = (0..4).map(Subject::Artifact).collect();
        for subject in &subjects {
            open(*subject, 5);
            Availability::put_item(*subject, 0, claim(0));
        }
        go_to(5);
        assert_eq!(told(), [Told::Ended(subjects[0]), Told::Ended(subjects[1])]);
        let late = send(statement(subjects[3], 0, &[0], &[]));
        assert_eq!(
            late,
            Err(InvalidTransaction::Stale.into()),
            "its deadline has passed all the same"
        );
        go_to(6);
        assert_eq!(told(), [Told::Ended(subjects[2]), Told::Ended(subjects[3])]);
    });
}

#[test]
fn deadlines_should_shift_by_blocks_without_transactions() {
    with_validators(4, || {
        open_round(1);
        open(GENESIS, 30);
        go_to(UNTIL - 1);
        NoTransactions::set(true);
        go_to(UNTIL + 9);
        assert_eq!((until(ROUND), until(GENESIS)), (Some(UNTIL + 10), Some(40)));
        let shifted = Event::DeadlineShifted {
            subject: ROUND,
            until: UNTIL + 1,
        };
        System::assert_has_event(shifted.into());
        NoTransactions::set(false);
        assert_ok!(hold(0, &[0]));
        assert_eq!(told(), []);
        go_to(UNTIL + 10);
        assert_eq!(told(), [Told::Ended(ROUND)]);
    });
}

#[test]
fn handler_should_be_free_to_open_the_subject_anew() {
    with_validators(4, || {
        open(GENESIS, 5);
        let first = ballot(GENESIS);
        Reopens::set(true);
        go_to(5);
        assert_eq!(until(GENESIS), Some(10));
        assert!(ballot(GENESIS) > first);
    });
}

#[test]
fn hook_should_weigh_what_the_handler_did() {
    with_validators(4, || {
        (0..3).for_each(|n| open(Subject::Artifact(n), 5));
        System::set_block_number(5);
        assert_eq!(Availability::on_initialize(5), ENDED * 2);
        assert_eq!(Availability::on_initialize(5), ENDED);
        assert_eq!(Availability::on_initialize(5), Default::default());
        assert_eq!(Open::<Test>::get().len(), 0);
    });
}
