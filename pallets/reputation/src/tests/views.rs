use crate::{
    mock::*,
    types::{ReputationStatus, INITIAL},
};
use quorate_primitives::job::Verdict;

#[test]
fn status_should_show_both_reputations_and_the_rank() {
    run(|| {
        let begins = ReputationStatus {
            contributor: INITIAL,
            rank: 0,
            earned_rank: 0,
            validator: INITIAL,
        };
        assert_eq!(Reputation::reputation_status(account(1)), begins);
        excel(1, 0, 2);
        judge(1, Verdict::Wrong);
        let status = Reputation::reputation_status(account(1));
        assert_eq!((status.rank, status.earned_rank), (1, 1));
        assert_eq!((status.contributor, status.validator), (reputation(1), INITIAL / 2));
    });
}

#[test]
fn status_should_tell_a_rank_that_was_refused_from_one_that_was_not_earned() {
    run(|| {
        // The organisation has two places.
        (1..=3).for_each(|number| excel(number, 0, 2));
        let ranks = |number| {
            let status = Reputation::reputation_status(account(number));
            (status.rank, status.earned_rank)
        };
        assert_eq!([ranks(1), ranks(2), ranks(3)], [(1, 1), (1, 1), (0, 1)]);
    });
}
