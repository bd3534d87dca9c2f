use crate::mock::*;
use frame_support::assert_ok;
use quorate_primitives::{availability::Finding, traits::Availability as _};

#[test]
fn duties_should_list_what_is_undecided_and_not_voted_on() {
    with_validators(4, || {
        open_round(70);
        assert_eq!(waiting(0), (0..70).collect::<Vec<_>>(), "ascending");
        assert_ok!(hold(0, &[0, 64]));
        for voter in 1..4 {
            assert_ok!(hold(voter, &[1]));
        }
        let rest: Vec<u32> = (0..70).filter(|item| ![0, 1, 64].contains(item)).collect();
        assert_eq!(waiting(0), rest);
        let [duty] = &duties(0)[..] else {
            panic!("one subject is open")
        };
        assert_eq!(
            (duty.subject, duty.ballot, duty.voter, duty.until),
            (ROUND, 0, 0, UNTIL)
        );
        assert_eq!(duty.items[0], (2, claim(2)));
    });
}

#[test]
fn duties_should_be_empty_when_nothing_is_left_to_vote_on() {
    with_validators(4, || {
        open(ROUND, UNTIL);
        assert_eq!(duties(0), [], "no items");
        Availability::put_item(ROUND, 0, claim(0));
        assert_eq!(duties(9), [], "not a voter");
        assert_ok!(hold(0, &[0]));
        assert_eq!(duties(0), []);
        assert_eq!(waiting(1), [0]);
        Inactive::set(vec![account(1)]);
        assert_eq!(duties(1), []);
    });
}

#[test]
fn duties_should_end_when_a_vote_could_not_be_in_a_block_before_the_deadline() {
    with_validators(4, || {
        open_round(1);
        go_to(UNTIL - 2);
        assert_eq!(waiting(0), [0]);
        go_to(UNTIL - 1);
        assert_eq!(duties(0), [], "the next block is the deadline");
    });
}

#[test]
fn duties_should_come_in_the_order_of_opening() {
    with_validators(4, || {
        for subject in [ROUND, GENESIS] {
            open(subject, UNTIL);
            Availability::put_item(subject, 0, claim(0));
        }
        let subjects: Vec<_> = duties(2).into_iter().map(|duty| duty.subject).collect();
        assert_eq!(subjects, [ROUND, GENESIS]);
    });
}

#[test]
fn status_should_show_the_votes_on_a_page_of_items() {
    with_validators(4, || {
        assert_eq!(Availability::subject_status(ROUND, 0), None);
        open_round(40);
        assert_ok!(send(statement(ROUND, 0, &[0, 1], &[])));
        for voter in 1..4 {
            assert_ok!(send(statement(ROUND, voter, &[0], &[(1, FAULT)])));
        }
        let first = Availability::subject_status(ROUND, 0).expect("it is open");
        assert_eq!(
            (first.ballot, first.opened_at, first.until, first.voters, first.quorum),
            (0, 1, UNTIL, 4, 3)
        );
        let votes = |item: usize| {
            let item = &first.items[item];
            (item.held, item.malformed.clone(), item.finding)
        };
        assert_eq!(votes(0), (4, vec![], Some(Finding::Held)));
        assert_eq!(votes(1), (1, vec![(FAULT, 3)], Some(Finding::Malformed(FAULT))));
        assert_eq!(votes(2), (0, vec![], None));
        let numbers = |page| -> Vec<u32> {
            let page = Availability::subject_status(ROUND, page).expect("it is open");
            page.items.iter().map(|item| item.item).collect()
        };
        assert_eq!(numbers(0), (0..32).collect::<Vec<_>>());
        assert_eq!(numbers(1), (32..40).collect::<Vec<_>>());
        assert!(numbers(2).is_empty() && numbers(u32::MAX).is_empty());
        Availability::close(ROUND);
        assert_eq!(Availability::subject_status(ROUND, 0), None);
    });
}
