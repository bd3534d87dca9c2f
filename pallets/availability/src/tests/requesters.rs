use crate::{mock::*, Error, Event, Items};
use frame_support::{assert_noop, assert_ok, traits::Hooks};
use quorate_primitives::{availability::Subject, traits::Availability as _};
use sp_runtime::transaction_validity::InvalidTransaction;
use std::collections::BTreeSet;

#[test]
fn open_should_take_a_snapshot_and_a_new_number() {
    with_validators(4, || {
        open(ROUND, UNTIL);
        let opened = Event::Opened {
            subject: ROUND,
            ballot: 0,
            voters: 4,
            until: UNTIL,
        };
        System::assert_last_event(opened.into());
        open(GENESIS, UNTIL);
        assert_eq!((ballot(ROUND), ballot(GENESIS)), (0, 1));
    });
}

#[test]
fn open_should_be_refused_when_it_cannot_be_voted_on() {
    with_validators(4, || {
        assert_noop!(Availability::open(ROUND, 1), Error::<Test>::DeadlinePassed);
        open(ROUND, UNTIL);
        assert_noop!(Availability::open(ROUND, UNTIL + 1), Error::<Test>::AlreadyOpen);
        (0..3).for_each(|n| open(Subject::Artifact(n), UNTIL));
        assert_noop!(Availability::open(GENESIS, UNTIL), Error::<Test>::TooManyOpen);
        Availability::close(ROUND);
        assert_ok!(Availability::open(GENESIS, UNTIL));
    });
    with_validators(0, || {
        assert_noop!(Availability::open(ROUND, UNTIL), Error::<Test>::NoVoters);
    });
}

#[test]
fn item_should_be_put_once_and_only_into_an_open_subject() {
    with_validators(4, || {
        Availability::put_item(ROUND, 0, claim(0));
        assert_eq!(Items::<Test>::iter().count(), 0);
        open_round(1);
        assert_ok!(hold(0, &[0]));
        Availability::put_item(ROUND, 0, claim(9));
        assert_eq!(
            hold(0, &[0]),
            Err(InvalidTransaction::Custom(4).into()),
            "root and votes stay"
        );
        Availability::put_item(ROUND, 1_024, claim(0));
        assert_eq!(waiting(1), [0]);
    });
}

#[test]
fn close_should_forget_everything_of_the_subject_and_nothing_else() {
    with_validators(4, || {
        open_round(1_024);
        open(GENESIS, UNTIL);
        Availability::put_item(GENESIS, 0, claim(0));
        assert_ok!(hold(0, &[0, 500]));
        Availability::close(ROUND);
        System::assert_last_event(Event::Closed { subject: ROUND }.into());
        Availability::close(ROUND);
        assert_eq!(Items::<Test>::iter().count(), 1);
        assert_eq!(hold(1, &[0]), Err(InvalidTransaction::Stale.into()));
        assert_ok!(send(statement(GENESIS, 0, &[0], &[])));
        go_to(UNTIL);
        assert_eq!(
            told(),
            [Told::Ended(GENESIS)],
            "nobody is told of the end of what was closed"
        );
    });
}

#[test]
fn held_by_an_honest_voter_should_be_what_more_voters_hold_than_may_be_wrong() {
    with_validators(4, || {
        open_round(40);
        assert_eq!(Availability::held_by_an_honest_voter(ROUND), BTreeSet::new());
        // Of four voters one may be wrong: what one holds proves nothing, and a fault is no word for the bytes.
        assert_ok!(send(statement(ROUND, 0, &[0, 1, 39], &[(2, FAULT)])));
        assert_ok!(send(statement(ROUND, 1, &[0, 39], &[(1, FAULT), (2, FAULT)])));
        assert_ok!(hold(2, &[39]));
        assert_eq!(Availability::held_by_an_honest_voter(ROUND), BTreeSet::from([0, 39]));
        assert_eq!(Availability::held_by_an_honest_voter(GENESIS), BTreeSet::new());
        Availability::close(ROUND);
        assert_eq!(Availability::held_by_an_honest_voter(ROUND), BTreeSet::new());
    });
}

#[test]
fn configuration_should_be_consistent() {
    with_validators(1, <Availability as Hooks<u32>>::integrity_test);
}
