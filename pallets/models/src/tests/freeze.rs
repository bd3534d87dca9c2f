use crate::{mock::*, types::Actor, Error, Event};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{
    policy::Policy,
    traits::Models as _,
    views::{Freezer, ModelState},
};

const OWNER_ACTOR: Actor = Actor::Organisation(OWNER);

#[test]
fn frozen_model_should_be_no_base_until_it_is_unfrozen() {
    run(|| {
        let id = active_model();
        assert_ok!(Models::freeze(signed(OWNER), id));
        assert_eq!(
            last_event(),
            Event::Frozen {
                model: id,
                by: OWNER_ACTOR
            }
        );
        assert_eq!(entry(id).state, ModelState::Frozen(Freezer::Owner));
        assert_eq!(Models::round_base(id), None);
        assert_ok!(Models::unfreeze(signed(OWNER), id));
        assert_eq!(
            last_event(),
            Event::Unfrozen {
                model: id,
                by: OWNER_ACTOR
            }
        );
        assert!(Models::round_base(id).is_some());
    });
}

#[test]
fn council_s_freeze_should_be_lifted_by_the_council_alone() {
    run(|| {
        let id = active_model();
        assert_ok!(Models::freeze(RuntimeOrigin::root(), id));
        assert_eq!(
            last_event(),
            Event::Frozen {
                model: id,
                by: Actor::Council
            }
        );
        assert_noop!(Models::unfreeze(signed(OWNER), id), Error::<Test>::FrozenByCouncil);
        assert_noop!(Models::freeze(signed(OWNER), id), Error::<Test>::NotActive);
        assert_noop!(Models::freeze(RuntimeOrigin::root(), id), Error::<Test>::NotActive);
        assert_ok!(Models::unfreeze(RuntimeOrigin::root(), id));
        assert!(Models::round_base(id).is_some());
    });
}

#[test]
fn council_should_take_over_the_owner_s_freeze() {
    run(|| {
        let id = active_model();
        assert_ok!(Models::freeze(signed(OWNER), id));
        assert_ok!(Models::freeze(RuntimeOrigin::root(), id));
        assert_noop!(Models::unfreeze(signed(OWNER), id), Error::<Test>::FrozenByCouncil);
    });
}

#[test]
fn council_should_lift_the_owner_s_freeze() {
    run(|| {
        let id = active_model();
        assert_ok!(Models::freeze(signed(OWNER), id));
        assert_ok!(Models::unfreeze(RuntimeOrigin::root(), id));
        assert_eq!(entry(id).state, ModelState::Active);
    });
}

#[test]
fn council_s_policy_should_stand_while_its_freeze_does() {
    run(|| {
        let id = active_model();
        let of_council = Policy { reward: 2, ..policy() };
        assert_ok!(Models::freeze(RuntimeOrigin::root(), id));
        assert_ok!(Models::set_policy(RuntimeOrigin::root(), id, of_council));
        assert_noop!(
            Models::set_policy(signed(OWNER), id, policy()),
            Error::<Test>::FrozenByCouncil
        );
        assert_noop!(
            Models::admit_readers(signed(OWNER), id, organisations(&[2])),
            Error::<Test>::FrozenByCouncil
        );
        assert_ok!(Models::unfreeze(RuntimeOrigin::root(), id));
        assert_eq!(Models::round_base(id).unwrap().policy, of_council);
        assert_ok!(Models::set_policy(signed(OWNER), id, policy()));
    });
}

#[test]
fn only_an_active_model_should_be_frozen_and_only_a_frozen_one_unfrozen() {
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
fn strangers_should_neither_freeze_nor_unfreeze() {
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
fn round_that_runs_on_a_frozen_model_should_still_record_its_version() {
    run(|| {
        let id = active_model();
        assert_ok!(Models::freeze(signed(OWNER), id));
        assert_eq!(record(id, 0, root(2)), Ok(1));
    });
}
