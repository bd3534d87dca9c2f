use crate::{mock::*, Error, Event, ModelCount};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::traits::Models as _;

#[test]
fn a_retired_model_has_no_more_rounds_and_makes_room_for_another() {
    run(|| {
        let id = active_model();
        assert_eq!(ModelCount::<Test>::get(1), 1);
        assert_ok!(Models::retire(signed(OWNER), id));
        assert_eq!(last_event(), Event::Retired { model: id });
        assert_eq!(ModelCount::<Test>::get(1), 0);
        assert_eq!(Models::round_base(id), None);
        assert!(Models::version(id, 0).is_some());
    });
}

#[test]
fn a_model_retires_once_and_not_while_it_awaits_votes() {
    run(|| {
        assert_ok!(register(OWNER));
        assert_noop!(Models::retire(signed(OWNER), 0), Error::<Test>::AwaitsVotes);
        Models::genesis_decided(0, false);
        assert_ok!(Models::retire(signed(OWNER), 0));
        assert_noop!(Models::retire(signed(OWNER), 0), Error::<Test>::AlreadyRetired);
    });
}

#[test]
fn only_the_owner_retires() {
    run(|| {
        let id = active_model();
        assert_noop!(Models::retire(signed(OTHER), id), Error::<Test>::NotOwner);
        assert_noop!(
            Models::retire(RuntimeOrigin::root(), id),
            sp_runtime::DispatchError::BadOrigin
        );
    });
}
