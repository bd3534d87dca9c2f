use crate::{
    mock::*,
    types::{RootUse, Stage},
    Call, Error, Event, Tallies,
};
use frame_support::{assert_noop, assert_ok, dispatch::CheckIfFeeless};
use quorate_primitives::update::UpdateStatus;

/// A round in Opening, with the contributors' own roots committed.
fn opening(who: &[u32]) -> u32 {
    let id = open_round();
    for contributor in who {
        assert_ok!(submit(id, *contributor));
    }
    run_for(10);
    id
}

#[test]
fn a_root_that_fits_its_commitment_is_taken() {
    run(|| {
        let id = opening(&[1_000, 2_000]);
        assert_ok!(open(id, 1_000));
        let root = own_root(id, 1_000);
        assert_eq!(
            last_event(),
            Event::Opened {
                round: id,
                position: 0,
                contributor: account(1_000),
                root
            }
        );
        assert_eq!(
            (update(id, 0).status, update(id, 0).root),
            (UpdateStatus::Opened, Some(root))
        );
        assert_noop!(open(id, 1_000), Error::<Test>::NotCommitted);
    });
}

#[test]
fn another_root_salt_or_weight_is_refused() {
    run(|| {
        let id = open_round();
        assert_ok!(submit(id, 1_000));
        let heavy = commitment(id, 2_000, own_root(id, 2_000), 11);
        assert_ok!(Rounds::submit(signed(2_000), id, heavy, 10));
        run_for(10);
        assert_noop!(open_as(id, 1_000, root(5)), Error::<Test>::CommitmentMismatch);
        let other_salt = Rounds::open(signed(1_000), id, own_root(id, 1_000), [9; 32]);
        assert_noop!(other_salt, Error::<Test>::CommitmentMismatch);
        assert_noop!(open(id, 2_000), Error::<Test>::CommitmentMismatch);
    });
}

#[test]
fn a_copied_commitment_opens_for_nobody_else_and_in_no_other_round() {
    run(|| {
        let id = open_round();
        let stolen = commitment(id, 1_000, own_root(id, 1_000), 10);
        assert_ok!(submit(id, 1_000));
        assert_ok!(Rounds::submit(signed(2_000), id, stolen, 10));
        run_for(10);
        let refused = Rounds::open(signed(2_000), id, own_root(id, 1_000), salt(1_000));
        assert_noop!(refused, Error::<Test>::CommitmentMismatch);
    });
}

#[test]
fn roots_are_taken_only_while_opening_and_before_the_deadline() {
    run(|| {
        let id = open_round();
        assert_ok!(submit(id, 1_000));
        assert_ok!(submit(id, 2_000));
        assert_noop!(open(id, 1_000), Error::<Test>::NotOpening);
        run_to(11);
        assert_noop!(open(id, 3_000), Error::<Test>::NotSubmitted);
        run_to(15);
        assert_ok!(open(id, 1_000));
        run_to(16);
        assert_noop!(open(id, 2_000), Error::<Test>::NotOpening);
    });
}

#[test]
fn a_contributor_who_lost_the_sponsor_opens_nothing_and_expires() {
    run(|| {
        let id = opening(&[1_000, 2_000, 3_000]);
        change(|world| world.unsponsor(1_000));
        assert_noop!(open(id, 1_000), Error::<Test>::NotSponsored);
        assert_ok!(open(id, 2_000));
        assert_ok!(open(id, 3_000));
        hold_all(id, &[1, 2]);
        run_to(16);
        assert_eq!(update(id, 0).status, UpdateStatus::Expired);
        assert_eq!(round(id).stage, Stage::Computing);
    });
}

#[test]
fn a_withdrawn_submission_is_not_opened() {
    run(|| {
        let id = open_round();
        for who in [1_000, 2_000, 3_000] {
            assert_ok!(submit(id, who));
        }
        assert_ok!(Rounds::withdraw(signed(1_000), id));
        run_to(11);
        assert_noop!(open(id, 1_000), Error::<Test>::NotCommitted);
    });
}

#[test]
fn of_equal_roots_the_earliest_commitment_counts_when_it_is_opened_first() {
    run(|| {
        let id = open_round();
        assert_ok!(submit_root(id, 1_000, root(5)));
        assert_ok!(submit_root(id, 2_000, root(5)));
        assert_ok!(submit(id, 3_000));
        run_to(11);
        assert_ok!(open_as(id, 1_000, root(5)));
        assert_ok!(open_as(id, 2_000, root(5)));
        let earlier = RootUse { round: id, position: 0 };
        let contributor = account(2_000);
        let expected = Event::Duplicate {
            round: id,
            position: 1,
            contributor,
            root: root(5),
            earlier,
        };
        assert_eq!(last_event(), expected);
        assert_eq!(update(id, 1).status, UpdateStatus::Duplicate);
        assert_eq!(world().free_of(2), 100_000);
        assert_eq!(update(id, 0).status, UpdateStatus::Opened);
    });
}

#[test]
fn of_equal_roots_the_earliest_commitment_counts_when_it_is_opened_last() {
    run(|| {
        let id = open_round();
        assert_ok!(submit_root(id, 1_000, root(5)));
        assert_ok!(submit_root(id, 2_000, root(5)));
        assert_ok!(submit(id, 3_000));
        run_to(11);
        assert_ok!(open_as(id, 2_000, root(5)));
        hold(id, 0, &[1]);
        assert_ok!(open_as(id, 1_000, root(5)));
        assert_eq!(update(id, 0).status, UpdateStatus::Opened);
        assert_eq!(update(id, 1).status, UpdateStatus::Duplicate);
        assert_eq!(world().free_of(2), 100_000);
        assert!(!Tallies::<Test>::contains_key(id, 1));
        assert_eq!(round(id).opened, 1);
    });
}

#[test]
fn an_available_update_gives_way_to_an_earlier_commitment_to_its_root() {
    run(|| {
        let id = open_round();
        assert_ok!(submit_root(id, 1_000, root(5)));
        assert_ok!(submit_root(id, 2_000, root(5)));
        assert_ok!(submit(id, 3_000));
        run_to(11);
        assert_ok!(open_as(id, 2_000, root(5)));
        hold_all(id, &[1]);
        assert_eq!(round(id).available, 1);
        assert_ok!(open_as(id, 1_000, root(5)));
        assert_eq!(update(id, 1).status, UpdateStatus::Duplicate);
        assert_eq!((round(id).available, round(id).opened), (0, 1));
    });
}

#[test]
fn an_invalid_update_stays_invalid_when_its_root_is_opened_again() {
    run(|| {
        let id = open_round();
        assert_ok!(submit_root(id, 1_000, root(5)));
        assert_ok!(submit_root(id, 2_000, root(5)));
        assert_ok!(submit(id, 3_000));
        run_to(11);
        assert_ok!(open_as(id, 2_000, root(5)));
        find_fault(id, 1);
        assert_ok!(open_as(id, 1_000, root(5)));
        assert!(matches!(update(id, 1).status, UpdateStatus::Invalid(_)));
        assert_eq!(update(id, 0).status, UpdateStatus::Opened);
    });
}

#[test]
fn a_root_that_went_into_a_version_is_a_duplicate_later() {
    run(|| {
        let first = whole_round(&[1_000, 2_000]);
        let id = open_round();
        assert_ok!(submit_root(id, 3_000, own_root(first, 1_000)));
        assert_ok!(submit(id, 4_000));
        run_for(10);
        assert_ok!(open_as(id, 3_000, own_root(first, 1_000)));
        assert_eq!(update(id, 0).status, UpdateStatus::Duplicate);
        assert_eq!(world().free_of(3), 100_000);
    });
}

#[test]
fn a_root_of_a_refunded_round_may_come_again() {
    run(|| {
        let first = opening(&[1_000, 2_000]);
        assert_ok!(open(first, 1_000));
        hold_all(first, &[0]);
        assert_ok!(Rounds::abort(RuntimeOrigin::root(), first));
        let id = open_round();
        assert_ok!(submit_root(id, 1_000, own_root(first, 1_000)));
        assert_ok!(submit(id, 2_000));
        run_for(10);
        assert_ok!(open_as(id, 1_000, own_root(first, 1_000)));
        assert_eq!(update(id, 0).status, UpdateStatus::Opened);
    });
}

#[test]
fn a_root_that_expired_may_come_again() {
    run(|| {
        let first = opening(&[1_000, 2_000, 3_000]);
        for who in [1_000, 2_000, 3_000] {
            assert_ok!(open(first, who));
        }
        hold_all(first, &[1, 2]);
        run_for(10);
        assert_eq!(update(first, 0).status, UpdateStatus::Expired);
        agree(first);
        let id = open_round();
        assert_ok!(submit_root(id, 1_000, own_root(first, 1_000)));
        assert_ok!(submit(id, 2_000));
        run_for(10);
        assert_ok!(open_as(id, 1_000, own_root(first, 1_000)));
        assert_eq!(update(id, 0).status, UpdateStatus::Opened);
    });
}

#[test]
fn an_opening_after_which_all_is_decided_seals_the_round() {
    run(|| {
        let id = open_round();
        assert_ok!(submit_root(id, 1_000, root(5)));
        assert_ok!(submit_root(id, 2_000, root(6)));
        assert_ok!(submit_root(id, 3_000, root(5)));
        run_to(11);
        assert_ok!(open_as(id, 1_000, root(5)));
        assert_ok!(open_as(id, 2_000, root(6)));
        hold_all(id, &[0, 1]);
        let done = Rounds::open(signed(3_000), id, root(5), salt(3_000)).unwrap();
        assert_eq!(round(id).stage, Stage::Computing);
        assert_eq!(round(id).available, 2);
        let sealing = <<Test as crate::Config>::WeightInfo as crate::WeightInfo>::seal(3);
        assert!(done.actual_weight.unwrap().all_gte(sealing));
    });
}

#[test]
fn opening_is_free_while_it_would_succeed() {
    run(|| {
        let id = opening(&[1_000, 2_000]);
        let call = |root| {
            RuntimeCall::Rounds(Call::open {
                round: id,
                root,
                salt: salt(1_000),
            })
        };
        assert!(call(own_root(id, 1_000)).is_feeless(&signed(1_000)));
        assert!(!call(root(5)).is_feeless(&signed(1_000)));
        assert!(!call(own_root(id, 1_000)).is_feeless(&signed(3_000)));
    });
}
