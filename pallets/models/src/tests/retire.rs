use crate::{mock::*, types::Actor, Error, Event, LiveModels, ModelCount};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{availability::Finding, traits::Models as _};

#[test]
fn retired_model_should_have_no_more_rounds_and_return_its_deposit() {
    run(|| {
        let id = active_model();
        assert_eq!(ModelCount::<Test>::get(1), 1);
        assert_ok!(Models::retire(signed(OWNER), id));
        let by = Actor::Organisation(1);
        assert_eq!(last_event(), Event::Retired { model: id, by });
        assert_eq!(ModelCount::<Test>::get(1), 0);
        assert!(LiveModels::<Test>::get().is_empty());
        assert_eq!((purse(1), ledger().bonds.len()), (RICH - FEE, 0));
        assert_eq!(Models::round_base(id), None);
        assert!(Models::version(id, 0).is_some());
    });
}

#[test]
fn model_should_retire_once_and_not_while_it_awaits_votes() {
    run(|| {
        assert_ok!(register(OWNER));
        assert_noop!(Models::retire(signed(OWNER), 0), Error::<Test>::AwaitsVotes);
        decide(0, Finding::Split);
        assert_ok!(Models::retire(signed(OWNER), 0));
        assert_noop!(Models::retire(signed(OWNER), 0), Error::<Test>::AlreadyRetired);
    });
}

#[test]
fn only_the_owner_should_retire_a_model() {
    run(|| {
        let id = active_model();
        assert_noop!(Models::retire(signed(OTHER), id), Error::<Test>::NotOwner);
        assert_noop!(Models::retire(RuntimeOrigin::root(), id), Error::<Test>::NotOwner);
        assert_noop!(Models::retire(RuntimeOrigin::root(), 9), Error::<Test>::ModelNotFound);
        assert_noop!(
            Models::retire(RuntimeOrigin::none(), id),
            sp_runtime::DispatchError::BadOrigin
        );
    });
}

#[test]
fn council_should_retire_a_model_whose_owner_has_left() {
    run(|| {
        let id = active_model();
        consortium::remove(OWNER);
        assert_ok!(Models::retire(RuntimeOrigin::root(), id));
        let by = Actor::Council;
        assert_eq!(last_event(), Event::Retired { model: id, by });
    });
}

#[test]
fn model_should_not_be_retired_by_its_owner_while_the_council_s_freeze_stands() {
    run(|| {
        let id = active_model();
        assert_ok!(Models::freeze(RuntimeOrigin::root(), id));
        assert_noop!(Models::retire(signed(OWNER), id), Error::<Test>::FrozenByCouncil);
        assert_ok!(Models::unfreeze(RuntimeOrigin::root(), id));
        assert_ok!(Models::freeze(signed(OWNER), id));
        assert_ok!(Models::retire(signed(OWNER), id));
    });
}

#[test]
fn council_should_retire_a_model_that_it_froze_when_the_owner_has_left() {
    run(|| {
        let id = active_model();
        assert_ok!(Models::freeze(RuntimeOrigin::root(), id));
        consortium::remove(OWNER);
        assert_ok!(Models::retire(RuntimeOrigin::root(), id));
    });
}
