//! What is kept of an account ends when it leaves the consortium.

use crate::{mock::*, types::INITIAL, Contributors, Event, RankedCount, Validators};
use quorate_primitives::{
    job::Verdict,
    traits::{DepartureSink as _, Reputation as _},
};

#[test]
fn end_of_a_sponsorship_should_end_reputation_and_rank() {
    run(|| {
        excel(1, 0, 1);
        ranks();
        leave(1);
        Reputation::contributor_left(&account(1));
        System::assert_last_event(
            Event::ContributorForgotten {
                contributor: account(1),
            }
            .into(),
        );
        assert_eq!(ranks(), [(account(1), 0)]);
        assert_eq!((reputation(1), RankedCount::<Test>::get(0)), (INITIAL, 0));
        assert_eq!(Contributors::<Test>::get(account(1)), None);
    });
}

#[test]
fn records_should_not_grow_with_accounts_that_come_and_go() {
    run(|| {
        for number in 1..=50 {
            excel(number, 0, 1);
            leave(number);
            Reputation::contributor_left(&account(number));
            // The round of another update is settled after the account has left.
            excel(number, 0, 1);
            Reputation::invalid(&account(number), 0, 3);
            Reputation::withheld(&account(number), 0, 3);
        }
        assert_eq!(Contributors::<Test>::iter().count(), 0);
        assert_eq!(RankedCount::<Test>::iter().count(), 0);
    });
}

#[test]
fn suspended_contributor_should_keep_its_record_and_answer_for_its_updates() {
    run(|| {
        excel(1, 0, 1);
        // While it is suspended it is nobody's contributor, and it has not left.
        leave(1);
        Reputation::invalid(&account(1), 0, 3);
        assert_eq!(reputation(1), 275_000);
    });
}

#[test]
fn departure_of_a_validator_should_end_its_reputation() {
    run(|| {
        judge(1, Verdict::Wrong);
        leave(1);
        Reputation::validator_left(&account(1));
        System::assert_last_event(Event::ValidatorForgotten { validator: account(1) }.into());
        // Its last job is closed afterwards.
        judge(1, Verdict::Silent);
        assert_eq!(Reputation::validator(&account(1)), INITIAL);
        assert_eq!(Validators::<Test>::iter().count(), 0);
    });
}

#[test]
fn suspended_validator_should_answer_for_its_statements() {
    run(|| {
        judge(1, Verdict::Agreed);
        leave(1);
        judge(1, Verdict::Wrong);
        assert_eq!(Reputation::validator(&account(1)), 255_000);
    });
}

#[test]
fn departure_should_be_silent_for_an_account_without_a_record() {
    run(|| {
        Reputation::contributor_left(&account(1));
        Reputation::validator_left(&account(1));
        assert!(System::events().is_empty());
    });
}

#[test]
fn record_should_stay_for_a_reset_when_the_end_of_the_rank_is_refused() {
    run(|| {
        excel(1, 0, 1);
        RefuseRanks::set(true);
        Reputation::contributor_left(&account(1));
        System::assert_last_event(
            Event::RankRefused {
                contributor: account(1),
                rank: 0,
                error: REFUSAL,
            }
            .into(),
        );
        assert!(Contributors::<Test>::contains_key(account(1)));
    });
}
