use crate::{mock::*, Contributors, Event, RankedCount};
use quorate_primitives::traits::Reputation as _;

/// Let a contributor have the best score `times` times.
fn excel(number: u8, organisation: u32, times: usize) {
    (0..times).for_each(|_| score(number, organisation, 900_000, 300_000));
}

#[test]
fn a_rank_changes_only_when_a_threshold_is_crossed() {
    run(|| {
        excel(1, 0, 1);
        assert_eq!(reputation(1), 550_000);
        assert_eq!(ranks(), [(account(1), 1)]);
        System::assert_last_event(
            Event::RankChanged {
                contributor: account(1),
                from: 0,
                to: 1,
            }
            .into(),
        );
        excel(1, 0, 1);
        assert!(ranks().is_empty());
        excel(1, 0, 3);
        assert_eq!(ranks(), [(account(1), 2)]);
        excel(1, 0, 10);
        assert!(ranks().is_empty());
    });
}

#[test]
fn a_fall_takes_the_rank() {
    run(|| {
        excel(1, 0, 5);
        ranks();
        Reputation::invalid(&account(1), 0, 3);
        assert_eq!(ranks(), [(account(1), 0)]);
        assert_eq!(RankedCount::<Test>::get(0), 0);
    });
}

#[test]
fn an_organisation_has_at_most_its_places() {
    run(|| {
        for number in 1..=3 {
            excel(number, 0, 1);
        }
        excel(4, 1, 1);
        assert_eq!(ranks(), [(account(1), 1), (account(2), 1), (account(4), 1)]);
        assert_eq!(Contributors::<Test>::get(account(3)).unwrap().rank, 0);
    });
}

#[test]
fn a_free_place_goes_to_the_next_who_moves() {
    run(|| {
        for number in 1..=3 {
            excel(number, 0, 2);
        }
        Reputation::invalid(&account(1), 0, 3);
        ranks();
        excel(3, 0, 1);
        assert_eq!(ranks(), [(account(3), 1)]);
    });
}

#[test]
fn a_rank_moves_with_its_contributor_to_another_organisation() {
    run(|| {
        excel(1, 0, 1);
        excel(1, 1, 1);
        assert_eq!(ranks(), [(account(1), 1)]);
        assert_eq!((RankedCount::<Test>::get(0), RankedCount::<Test>::get(1)), (0, 1));
    });
}

#[test]
fn a_contributor_that_moves_to_a_full_organisation_loses_its_rank() {
    run(|| {
        excel(1, 1, 1);
        excel(2, 1, 1);
        excel(3, 0, 1);
        ranks();
        excel(3, 1, 1);
        assert_eq!(ranks(), [(account(3), 0)]);
        assert_eq!(RankedCount::<Test>::get(0), 0);
    });
}
