use crate::{mock::*, types::INITIAL, Contributors, Event, Validators};
use quorate_primitives::{
    job::Verdict,
    traits::{Reputation as _, RoundResult},
};

#[test]
fn everyone_should_start_in_the_middle() {
    run(|| {
        assert_eq!(reputation(1), INITIAL);
        assert_eq!(Reputation::validator(&account(1)), INITIAL);
        assert!(Contributors::<Test>::get(account(1)).is_none());
    });
}

#[test]
fn median_score_should_raise_a_newcomer() {
    run(|| {
        score(1, 0, 400_000, 400_000);
        assert_eq!(reputation(1), 530_000);
        System::assert_has_event(
            Event::ContributorMoved {
                contributor: account(1),
                from: INITIAL,
                to: 530_000,
            }
            .into(),
        );
    });
}

#[test]
fn low_score_should_lower_a_reputation() {
    run(|| {
        score(1, 0, 80_000, 400_000);
        assert_eq!(reputation(1), 466_000);
    });
}

#[test]
fn score_among_two_organisations_should_move_nothing() {
    run(|| {
        Reputation::scored(
            &account(1),
            0,
            RoundResult {
                score: 900_000,
                median: 100_000,
                organisations: 2,
            },
        );
        assert_eq!(Contributors::<Test>::get(account(1)), None);
        assert!(System::events().is_empty());
    });
}

#[test]
fn invalid_update_should_halve_a_reputation() {
    run(|| {
        Reputation::invalid(&account(1), 0, 3);
        assert_eq!(reputation(1), 250_000);
    });
}

#[test]
fn invalid_update_among_two_organisations_should_move_nothing() {
    run(|| {
        Reputation::invalid(&account(1), 0, 2);
        assert_eq!(Contributors::<Test>::get(account(1)), None);
        assert!(System::events().is_empty());
    });
}

#[test]
fn withheld_update_should_take_a_fifth_of_a_reputation() {
    run(|| {
        Reputation::withheld(&account(1), 0, 3);
        assert_eq!(reputation(1), 400_000);
        Reputation::withheld(&account(1), 0, 2);
        assert_eq!(reputation(1), 400_000);
    });
}

#[test]
fn verdicts_should_move_validators() {
    run(|| {
        let judge = |verdict| {
            judge(1, verdict);
            Reputation::validator(&account(1))
        };
        assert_eq!(judge(Verdict::Unjudged), 500_000);
        assert!(Validators::<Test>::get(account(1)).is_none());
        assert_eq!(judge(Verdict::Agreed), 510_000);
        assert_eq!(judge(Verdict::Silent), 499_800);
        assert_eq!(judge(Verdict::Wrong), 249_900);
    });
}

#[test]
fn evaluations_should_move_validators_that_were_wrong_alone() {
    run(|| {
        // An asker whose programs only its friends' machines can hold takes nothing of the others, and gives its friends nothing.
        for verdict in [Verdict::Agreed, Verdict::Silent, Verdict::Unjudged] {
            (0..100).for_each(|_| judge_evaluation(1, verdict));
            assert!(Validators::<Test>::get(account(1)).is_none(), "{verdict:?}");
        }
        assert!(System::events().is_empty());
        judge_evaluation(1, Verdict::Wrong);
        assert_eq!(Reputation::validator(&account(1)), 250_000);
        // What a liar lost comes back by rounds alone.
        judge_evaluation(1, Verdict::Agreed);
        assert_eq!(Reputation::validator(&account(1)), 250_000);
        judge(1, Verdict::Agreed);
        assert_eq!(Reputation::validator(&account(1)), 265_000);
    });
}

#[test]
fn contributors_and_validators_should_have_separate_reputations() {
    run(|| {
        judge(1, Verdict::Wrong);
        assert_eq!(reputation(1), INITIAL);
    });
}

#[test]
fn every_account_with_a_reputation_should_be_listed_once_up_to_the_limit() {
    run(|| {
        for number in 1..=3 {
            score(number, 0, 1, 1);
            judge(number + 1, Verdict::Agreed);
        }
        let mut all = Reputation::accounts(64);
        all.sort();
        assert_eq!(all, [1, 2, 3, 4].map(account).to_vec());
        assert_eq!(Reputation::accounts(2).len(), 2);
    });
}
