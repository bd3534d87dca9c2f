use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::traits::Models as _;

#[test]
fn no_round_stands_on_a_frozen_model_until_it_is_unfrozen() {
    run(|| {
        let id = active_model();
        assert_ok!(Models::freeze(RuntimeOrigin::root(), id));
        assert_eq!(last_event(), Event::Frozen { model: id });
        assert_eq!(Models::round_base(id), None);
        assert_ok!(Models::unfreeze(signed(OWNER), id));
        assert_eq!(last_event(), Event::Unfrozen { model: id });
        assert!(Models::round_base(id).is_some());
    });
}

#[test]
fn only_an_active_model_is_frozen_and_only_a_frozen_one_unfrozen() {
    run(|| {
        let id = active_model();
        assert_noop!(Models::unfreeze(signed(OWNER), id), Error::<Test>::NotFrozen);
        assert_ok!(Models::freeze(signed(OWNER), id));
        assert_noop!(Models::freeze(signed(OWNER), id), Error::<Test>::NotActive);
        assert_ok!(register(OWNER));
        assert_noop!(Models::freeze(signed(OWNER), id + 1), Error::<Test>::NotActive);
    });
}

#[test]
fn strangers_neither_freeze_nor_unfreeze() {
    run(|| {
        let id = active_model();
        assert_noop!(Models::freeze(signed(OTHER), id), Error::<Test>::NotOwner);
        assert_ok!(Models::freeze(signed(OWNER), id));
        assert_noop!(Models::unfreeze(signed(OTHER), id), Error::<Test>::NotOwner);
        assert_noop!(
            Models::unfreeze(RuntimeOrigin::none(), id),
            sp_runtime::DispatchError::BadOrigin
        );
    });
}

#[test]
fn a_round_that_runs_on_a_frozen_model_still_records_its_version() {
    run(|| {
        let id = active_model();
        assert_ok!(Models::freeze(signed(OWNER), id));
        assert_eq!(record(id, 0, root(2)), Ok(1));
    });
}
