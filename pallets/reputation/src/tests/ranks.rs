use crate::{mock::*, Contributors, Error, Event, RankedCount};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{traits::Reputation as _, AccountId};
use sp_runtime::DispatchError;

#[test]
fn rank_should_change_only_when_a_threshold_is_crossed() {
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
fn fall_should_take_the_rank() {
    run(|| {
        excel(1, 0, 5);
        ranks();
        Reputation::invalid(&account(1), 0, 3);
        assert_eq!(ranks(), [(account(1), 0)]);
        assert_eq!(RankedCount::<Test>::get(0), 0);
    });
}

#[test]
fn organisation_should_have_at_most_its_places() {
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
fn free_place_should_go_to_the_next_that_moves() {
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
fn rank_should_move_with_its_contributor_to_another_organisation() {
    run(|| {
        excel(1, 0, 1);
        excel(1, 1, 1);
        assert_eq!(ranks(), [(account(1), 1)]);
        assert_eq!((RankedCount::<Test>::get(0), RankedCount::<Test>::get(1)), (0, 1));
    });
}

#[test]
fn rank_should_be_lost_by_moving_to_a_full_organisation() {
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

/// The refusals of this block: contributor, rank and reason.
fn refusals() -> Vec<(AccountId, u16, DispatchError)> {
    let refused = |record: frame_system::EventRecord<RuntimeEvent, _>| match record.event {
        RuntimeEvent::Reputation(Event::RankRefused {
            contributor,
            rank,
            error,
        }) => Some((contributor, rank, error)),
        _ => None,
    };
    System::events().into_iter().filter_map(refused).collect()
}

#[test]
fn rank_without_a_place_should_be_refused_visibly() {
    run(|| {
        for number in 1..=3 {
            excel(number, 0, 1);
        }
        assert_eq!(refusals(), [(account(3), 1, Error::<Test>::NoPlace.into())]);
    });
}

#[test]
fn refused_rank_should_be_rolled_back_and_asked_for_again() {
    run(|| {
        RefuseRanks::set(true);
        excel(1, 0, 1);
        assert_eq!(refusals(), [(account(1), 1, REFUSAL)]);
        assert_eq!(ranks(), [], "half of a change is no change");
        let record = Contributors::<Test>::get(account(1)).unwrap();
        assert_eq!((record.reputation, record.rank), (550_000, 0));
        assert_eq!(RankedCount::<Test>::get(0), 0);

        RefuseRanks::set(false);
        excel(1, 0, 1);
        assert_eq!(ranks(), [(account(1), 1)]);
        assert_eq!(RankedCount::<Test>::get(0), 1);
    });
}

#[test]
fn rank_should_stay_where_its_end_is_refused() {
    run(|| {
        excel(1, 0, 5);
        RefuseRanks::set(true);
        Reputation::invalid(&account(1), 0, 3);
        assert_eq!(refusals(), [(account(1), 0, REFUSAL)]);
        assert_eq!(Contributors::<Test>::get(account(1)).unwrap().rank, 2);
        assert_noop!(Reputation::reset(RuntimeOrigin::root(), account(1)), REFUSAL);
        RefuseRanks::set(false);
        assert_ok!(Reputation::reset(RuntimeOrigin::root(), account(1)));
        assert_eq!(RankedCount::<Test>::get(0), 0);
    });
}

#[test]
fn place_should_stay_with_the_former_organisation_when_a_move_is_refused() {
    run(|| {
        excel(1, 1, 1);
        excel(2, 1, 1);
        excel(3, 0, 1);
        RefuseRanks::set(true);
        // Organisation 1 has no place, and the collective does not end the rank.
        excel(3, 1, 1);
        let record = Contributors::<Test>::get(account(3)).unwrap();
        assert_eq!((record.rank, record.organisation), (1, 0));
        assert_eq!(
            refusals(),
            [(account(3), 1, Error::<Test>::NoPlace.into()), (account(3), 0, REFUSAL)]
        );
    });
}
