use crate::{mock::*, Error, Event, Policies};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{policy::Policy, traits::Models as _};

#[test]
fn the_owner_and_the_council_set_the_policy_of_later_rounds() {
    run(|| {
        let id = active_model();
        let second = Policy { reward: 2, ..policy() };
        assert_ok!(Models::set_policy(signed(OWNER), id, second));
        assert_eq!(
            last_event(),
            Event::PolicySet {
                model: id,
                policy_hash: second.hash()
            }
        );
        assert_eq!(Models::round_base(id).unwrap().policy, second);
        let third = Policy { reward: 3, ..policy() };
        assert_ok!(Models::set_policy(RuntimeOrigin::root(), id, third));
        assert_eq!(Models::round_base(id).unwrap().policy, third);
    });
}

#[test]
fn earlier_policies_stay_known_by_their_hash() {
    run(|| {
        let id = active_model();
        assert_ok!(Models::set_policy(signed(OWNER), id, Policy { reward: 2, ..policy() }));
        assert_eq!(Models::policy(policy().hash()), Some(policy()));
        assert_eq!(Policies::<Test>::iter().count(), 2);
    });
}

#[test]
fn nobody_else_sets_a_policy() {
    run(|| {
        let id = active_model();
        assert_noop!(Models::set_policy(signed(OTHER), id, policy()), Error::<Test>::NotOwner);
        assert_noop!(
            Models::set_policy(signed(OUTSIDER), id, policy()),
            Error::<Test>::NotOwner
        );
        assert_noop!(
            Models::set_policy(signed(OWNER), 99, policy()),
            Error::<Test>::ModelNotFound
        );
        assert_noop!(
            Models::set_policy(RuntimeOrigin::root(), 99, policy()),
            Error::<Test>::ModelNotFound
        );
        Suspended::set(vec![u32::from(OWNER)]);
        assert_noop!(
            Models::set_policy(signed(OWNER), id, policy()),
            Error::<Test>::NotAnOrganisation
        );
    });
}

#[test]
fn a_policy_that_cannot_be_run_is_refused() {
    run(|| {
        let id = active_model();
        let policy = Policy {
            min_updates: 0,
            ..policy()
        };
        assert_noop!(
            Models::set_policy(signed(OWNER), id, policy),
            Error::<Test>::PolicyUpdatesInvalid
        );
    });
}

#[test]
fn a_retired_model_takes_no_policy() {
    run(|| {
        let id = active_model();
        assert_ok!(Models::retire(signed(OWNER), id));
        assert_noop!(
            Models::set_policy(signed(OWNER), id, policy()),
            Error::<Test>::AlreadyRetired
        );
    });
}
