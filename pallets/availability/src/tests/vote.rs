use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{
    availability::{Finding, Malformed, MAX_NAMED},
    traits::Availability as _,
};
use sp_runtime::transaction_validity::{InvalidTransaction, UnknownTransaction};

#[test]
fn item_should_be_held_when_a_quorum_holds_it() {
    with_validators(4, || {
        open_round(2);
        assert_ok!(hold(0, &[0, 1]));
        assert_ok!(hold(3, &[0]));
        assert_eq!(told(), [], "two of four are no quorum");
        assert_ok!(hold(1, &[0, 1]));
        assert_eq!(told(), [Told::Found(ROUND, 0, Finding::Held), Told::Voted(ROUND)]);
        System::assert_has_event(
            Event::Decided {
                subject: ROUND,
                item: 0,
                finding: Finding::Held,
            }
            .into(),
        );
        System::assert_has_event(
            Event::Voted {
                subject: ROUND,
                ballot: 0,
                validator: account(1),
                held: 2,
                malformed: 0,
            }
            .into(),
        );
    });
}

#[test]
fn item_should_be_malformed_when_a_quorum_finds_the_same_fault() {
    with_validators(4, || {
        open_round(1);
        let other = Malformed::NonFinite { tensor: 1, index: 2 };
        assert_ok!(send(statement(ROUND, 0, &[], &[(0, FAULT)])));
        assert_ok!(send(statement(ROUND, 1, &[], &[(0, other)])));
        assert_ok!(send(statement(ROUND, 2, &[], &[(0, FAULT)])));
        assert_eq!(told(), []);
        assert_ok!(send(statement(ROUND, 3, &[], &[(0, FAULT)])));
        assert_eq!(
            told(),
            [Told::Found(ROUND, 0, Finding::Malformed(FAULT)), Told::Voted(ROUND)]
        );
    });
}

#[test]
fn item_should_be_split_as_soon_as_no_quorum_can_come_about() {
    with_validators(4, || {
        open_round(1);
        assert_ok!(hold(0, &[0]));
        assert_ok!(hold(1, &[0]));
        assert_ok!(send(statement(ROUND, 2, &[], &[(0, FAULT)])));
        assert_eq!(told(), [], "the last voter may make it three");
        assert_ok!(send(statement(ROUND, 3, &[], &[(0, FAULT)])));
        assert_eq!(told(), [Told::Found(ROUND, 0, Finding::Split), Told::Voted(ROUND)]);
    });
}

#[test]
fn one_vote_should_tell_each_item_that_it_decides_once() {
    with_validators(1, || {
        open_round(300);
        let held: Vec<u32> = (0..200).collect();
        assert_ok!(send(statement(ROUND, 0, &held, &[(299, FAULT), (250, FAULT)])));
        let told = told();
        assert_eq!(told.len(), 203);
        assert_eq!(told[7], Told::Found(ROUND, 7, Finding::Held));
        assert_eq!(told[201], Told::Found(ROUND, 299, Finding::Malformed(FAULT)));
        assert_eq!(told[202], Told::Voted(ROUND));
    });
}

#[test]
fn vote_should_be_refused_when_the_voter_has_voted_on_an_item() {
    with_validators(4, || {
        open_round(3);
        assert_ok!(hold(0, &[0, 1]));
        for again in [hold(0, &[1, 2]), send(statement(ROUND, 0, &[2], &[(1, FAULT)]))] {
            assert_eq!(again, Err(InvalidTransaction::Custom(4).into()));
        }
        let again = signed(statement(ROUND, 0, &[1], &[]));
        assert_noop!(run(again), Error::<Test>::ItemsInvalid);
        assert_ok!(hold(0, &[2]));
    });
}

#[test]
fn batch_should_count_when_some_of_its_items_were_decided_meanwhile() {
    with_validators(4, || {
        open_round(2);
        for voter in 0..3 {
            assert_ok!(hold(voter, &[0]));
        }
        told();
        assert_ok!(hold(3, &[0, 1]));
        assert_eq!(told(), [], "item 0 is told once");
        assert_ok!(hold(0, &[1]));
        assert_ok!(hold(1, &[1]));
        assert_eq!(told(), [Told::Found(ROUND, 1, Finding::Held), Told::Voted(ROUND)]);
    });
}

#[test]
fn vote_should_be_refused_when_it_would_change_nothing() {
    with_validators(4, || {
        open_round(2);
        for voter in 0..3 {
            assert_ok!(hold(voter, &[0, 1]));
        }
        assert_eq!(hold(3, &[0, 1]), Err(InvalidTransaction::Custom(7).into()));
        let late = signed(statement(ROUND, 3, &[0], &[]));
        assert_noop!(run(late), Error::<Test>::ItemsInvalid);
    });
}

#[test]
fn vote_should_name_items_that_were_put_each_once() {
    with_validators(4, || {
        open_round(2);
        assert_eq!(hold(0, &[]), Err(InvalidTransaction::Custom(1).into()));
        let twice = statement(ROUND, 0, &[0], &[(0, FAULT)]);
        assert_eq!(send(twice), Err(InvalidTransaction::Custom(2).into()));
        let twice = statement(ROUND, 0, &[], &[(0, FAULT), (0, FAULT)]);
        assert_eq!(send(twice), Err(InvalidTransaction::Custom(2).into()));
        for unknown in [2, 31, 32, 1_023] {
            // One of the next blocks may put it.
            assert_eq!(hold(0, &[unknown]), Err(UnknownTransaction::Custom(3).into()));
        }
        let unknown = signed(statement(ROUND, 0, &[2], &[]));
        assert_noop!(run(unknown), Error::<Test>::ItemsInvalid);
        for item in [1_024, u32::MAX] {
            let never = statement(ROUND, 0, &[0], &[(5, FAULT), (item, FAULT)]);
            assert_eq!(send(never), Err(InvalidTransaction::Custom(3).into()));
        }
    });
}

#[test]
fn vote_should_be_refused_when_it_names_too_many_items() {
    with_validators(4, || {
        open_round(1_024);
        let most: Vec<u32> = (0..MAX_NAMED).collect();
        assert_ok!(hold(0, &most));
        let more: Vec<u32> = (0..=MAX_NAMED).collect();
        assert_eq!(hold(1, &more), Err(InvalidTransaction::Custom(6).into()));
        let mixed = statement(ROUND, 1, &most, &[(1_000, FAULT)]);
        assert_eq!(send(mixed), Err(InvalidTransaction::Custom(6).into()));
    });
}

#[test]
fn vote_about_other_bytes_should_be_refused() {
    with_validators(4, || {
        open_round(2);
        let mut other = statement(ROUND, 0, &[0], &[]);
        other.claims = statement(ROUND, 0, &[1], &[]).claims;
        assert_eq!(send(other), Err(UnknownTransaction::Custom(5).into()));
    });
}

#[test]
fn vote_should_weigh_what_it_decided() {
    with_validators(4, || {
        open_round(10);
        let all: Vec<u32> = (0..10).collect();
        let (declared, actual) = weigh(signed(statement(ROUND, 0, &all, &[])));
        assert_eq!(declared, FOUND * 10 + VOTED, "the worst case: all are decided");
        assert_eq!(actual, Default::default(), "nothing was");
        assert_ok!(hold(1, &all));
        let (_, actual) = weigh(signed(statement(ROUND, 2, &[3, 4], &[])));
        assert_eq!(actual, FOUND * 2 + VOTED);
    });
}

#[test]
fn handler_should_be_told_nothing_more_of_a_subject_that_it_closed() {
    with_validators(1, || {
        open_round(3);
        Closes::set(true);
        assert_ok!(hold(0, &[0, 1, 2]));
        assert_eq!(told(), [Told::Found(ROUND, 0, Finding::Held)]);
        assert_eq!(hold(0, &[1]), Err(InvalidTransaction::Stale.into()));
    });
}

#[test]
fn vote_should_not_count_in_a_later_ballot_of_the_same_subject() {
    with_validators(4, || {
        open(GENESIS, UNTIL);
        Availability::put_item(GENESIS, 0, claim(0));
        let earlier = statement(GENESIS, 0, &[0], &[]);
        Availability::close(GENESIS);
        open(GENESIS, UNTIL);
        Availability::put_item(GENESIS, 0, claim(0));
        assert_eq!(
            send(earlier.clone()),
            Err(InvalidTransaction::Stale.into()),
            "the same root, signed before"
        );
        assert_noop!(run(signed(earlier)), Error::<Test>::OtherBallot);
        assert_ok!(send(statement(GENESIS, 0, &[0], &[])));
    });
}
