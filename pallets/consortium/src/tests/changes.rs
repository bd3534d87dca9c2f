//! Changes of who votes and who validates: proposed, waiting, cancelled, enacted, dropped.

use crate::{
    mock::*,
    types::{Change, PendingChange, Target, MAX_PENDING_CHANGES},
    Enactments, Error, Event, PendingChanges,
};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::traits::Consortium as _;
use sp_runtime::DispatchError::BadOrigin;

#[test]
fn change_should_wait_where_everybody_can_read_it() {
    run(|| {
        assert_ok!(propose(admit(9)));
        let pending = PendingChange {
            change: admit(9),
            ayes: 2,
            proposed_at: 1,
            enact_at: 1 + DELAY,
        };
        assert_eq!(PendingChanges::<Test>::get(0), Some(pending));
        System::assert_last_event(
            Event::ChangeProposed {
                id: 0,
                change: admit(9),
                ayes: 2,
                enact_at: 1 + DELAY,
            }
            .into(),
        );
        wait(DELAY - 1);
        assert_eq!(Consortium::admitted(), 2);
        wait(1);
        assert_eq!(Consortium::admitted(), 3);
        let enacted = Event::ChangeEnacted {
            id: 0,
            change: admit(9),
        };
        System::assert_has_event(enacted.into());
        assert_eq!(PendingChanges::<Test>::count(), 0);
    });
}

#[test]
fn change_should_need_two_thirds_of_all_admitted() {
    run_with(genesis_of(6), || {
        assert_noop!(Consortium::propose_change(council(3), admit(9)), BadOrigin);
        assert_ok!(Consortium::propose_change(council(4), admit(9)));
    });
}

#[test]
fn majority_should_cancel_a_change() {
    run_with(genesis_of(6), || {
        assert_ok!(Consortium::propose_change(council(6), admit(9)));
        assert_noop!(Consortium::cancel_change(council(3), 0), BadOrigin);
        assert_ok!(Consortium::cancel_change(council(4), 0));
        let cancelled = Event::ChangeCancelled {
            id: 0,
            change: admit(9),
        };
        System::assert_last_event(cancelled.into());
        assert_noop!(Consortium::cancel_change(council(4), 0), Error::<Test>::ChangeNotFound);
        assert_eq!(Enactments::<Test>::iter().count(), 0);
        wait(DELAY);
        assert_eq!(Consortium::admitted(), 6);
    });
}

#[test]
fn ayes_should_be_counted_again_at_enactment() {
    run_with(genesis_of(6), || {
        assert_ok!(Consortium::propose_change(council(6), admit(9)));
        wait(1);
        assert_ok!(Consortium::propose_change(council(4), remove(0)));
        wait(DELAY);
        // Four of six were two thirds; four of seven are not.
        assert_eq!(Consortium::admitted(), 7);
        let dropped = Event::ChangeDropped {
            id: 1,
            change: remove(0),
            reason: Error::<Test>::TooFewAyes.into(),
        };
        System::assert_has_event(dropped.into());
    });
}

#[test]
fn aye_of_a_removed_organisation_should_not_count() {
    run_with(genesis_of(3), || {
        assert_ok!(propose(remove(2)));
        wait(1);
        // Organisations 1 and 2 vote for it: two of three. When 2 is gone, 1 of 2 is left.
        assert_ok!(Consortium::propose_change(council(2), quota(1, 1_024)));
        assert_ok!(propose(quota(0, 1)));
        wait(DELAY - 1);
        assert_eq!(PendingChanges::<Test>::get(1).unwrap().ayes, 1);
        wait(1);
        let dropped = Event::ChangeDropped {
            id: 1,
            change: quota(1, 1_024),
            reason: Error::<Test>::TooFewAyes.into(),
        };
        System::assert_has_event(dropped.into());
        wait(1);
        // What all wanted is still what all want.
        let enacted = Event::ChangeEnacted {
            id: 2,
            change: quota(0, 1),
        };
        System::assert_has_event(enacted.into());
    });
}

#[test]
fn proposed_removal_should_take_no_ayes_before_it_is_enacted() {
    run_with(genesis_of(3), || {
        assert_ok!(propose(quota(0, 1)));
        assert_ok!(propose(remove(2)));
        assert_eq!(PendingChanges::<Test>::get(0).unwrap().ayes, 3);
    });
}

#[test]
fn change_that_no_longer_fits_should_be_dropped_without_a_trace() {
    run(|| {
        // Each fits alone; together they would leave no validator.
        for number in [1, 2, 3] {
            assert_ok!(propose(removal(number)));
        }
        // One in each block.
        wait(DELAY + 2);
        let dropped = Event::ChangeDropped {
            id: 2,
            change: removal(3),
            reason: Error::<Test>::LastValidator.into(),
        };
        System::assert_last_event(dropped.into());
        assert!(Consortium::is_active(&account(3)));
        assert_eq!(PendingChanges::<Test>::count(), 0);
    });
}

#[test]
fn change_that_does_not_fit_now_should_not_be_proposed() {
    run(|| {
        assert_noop!(propose(remove(9)), Error::<Test>::OrganisationNotFound);
    });
}

#[test]
fn change_should_wait_once_only() {
    run(|| {
        assert_ok!(propose(admit(9)));
        assert_noop!(propose(admit(9)), Error::<Test>::AlreadyPending);
    });
}

#[test]
fn pending_changes_should_be_bounded() {
    run(|| {
        for proposed in 0..MAX_PENDING_CHANGES as u8 {
            assert_ok!(propose(admit(proposed + 1)));
        }
        assert_noop!(propose(admit(90)), Error::<Test>::TooManyPendingChanges);
        assert_ok!(Consortium::cancel_change(council(2), 3));
        assert_ok!(propose(admit(90)));
    });
}

#[test]
fn changes_of_one_block_should_be_enacted_in_blocks_of_their_own() {
    run(|| {
        for proposed in 0..3 {
            assert_ok!(propose(admit(proposed + 1)));
        }
        let due = |id| PendingChanges::<Test>::get(id).unwrap().enact_at;
        let first = due(0);
        assert_eq!((due(1), due(2)), (first + 1, first + 2));
        assert_ok!(Consortium::cancel_change(council(2), 1));
        assert_ok!(propose(admit(90)));
        assert_eq!(due(3), first + 1, "a block that became free is taken");
        wait(first - 2);
        for waiting in [2, 1, 0] {
            wait(1);
            assert_eq!(PendingChanges::<Test>::count(), waiting);
        }
    });
}

#[test]
fn change_should_wait_for_the_next_block_when_organisations_get_their_seats_back_in_its_own() {
    run(|| {
        let target = Target::Organisation(1);
        assert_ok!(Consortium::suspend(root(), target));
        wait(FAST - DELAY);
        assert_ok!(propose(admit(90)));
        let due = PendingChanges::<Test>::get(0).unwrap().enact_at;
        wait(DELAY);
        assert_eq!(u64::from(due), System::block_number());
        let postponed = Event::ChangePostponed {
            id: 0,
            enact_at: due + 1,
        };
        System::assert_last_event(postponed.into());
        assert_eq!(PendingChanges::<Test>::get(0).unwrap().enact_at, due + 1);
        assert_eq!((Council::get().len(), Consortium::admitted()), (2, 2));
        assert_ok!(Consortium::do_try_state());
        wait(1);
        assert_eq!(Consortium::admitted(), 3);
    });
}

#[test]
fn admission_should_not_be_spoilt_by_taking_its_account_first() {
    run(|| {
        assert_ok!(propose(admit(9)));
        assert_ok!(Consortium::rotate_account(signed(ORGANISATION_0), account(9)));
        assert_noop!(accept(9, 0), Error::<Test>::AccountInUse);
        wait(DELAY);
        assert_eq!(Consortium::organisation_of(&account(9)), Some(2));
    });
}

#[test]
fn registration_should_not_be_spoilt_by_taking_its_peer_id_first() {
    run(|| {
        assert_ok!(propose(registration(4, 1)));
        let taken = Consortium::update_endpoint(signed(1), endpoint(4));
        assert_noop!(taken, Error::<Test>::PeerIdInUse);
        wait(DELAY);
        assert!(Consortium::is_active(&account(4)));
    });
}

#[test]
fn change_should_be_named_by_its_number_for_ever() {
    run(|| {
        assert_ok!(enact(quota(0, 1)));
        assert_ok!(propose(quota(0, 2)));
        assert_eq!(PendingChanges::<Test>::get(1).unwrap().change, quota(0, 2));
        let repeated = Change::SetQuota {
            organisation: 0,
            quota: 2,
        };
        assert_noop!(propose(repeated), Error::<Test>::AlreadyPending);
    });
}
