use crate::{mock::*, types::Actor, Error, Event, Policies};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{policy::Policy, traits::Models as _};

#[test]
fn owner_and_council_should_set_the_policy_of_later_rounds() {
    run(|| {
        let id = active_model();
        let second = Policy { reward: 2, ..policy() };
        assert_ok!(Models::set_policy(signed(OWNER), id, second));
        assert_eq!(
            last_event(),
            Event::PolicySet {
                model: id,
                policy_hash: second.hash(),
                by: Actor::Organisation(1)
            }
        );
        assert_eq!(Models::round_base(id).unwrap().policy, second);
        let third = Policy { reward: 3, ..policy() };
        assert_ok!(Models::set_policy(RuntimeOrigin::root(), id, third));
        assert_eq!(Models::round_base(id).unwrap().policy, third);
        let expected = Event::PolicySet {
            model: id,
            policy_hash: third.hash(),
            by: Actor::Council,
        };
        assert_eq!(last_event(), expected);
    });
}

#[test]
fn policies_under_which_nothing_was_recorded_should_leave_nothing_behind() {
    run(|| {
        let id = active_model();
        for reward in 0..100 {
            assert_ok!(Models::set_policy(signed(OWNER), id, Policy { reward, ..policy() }));
        }
        assert_eq!(Policies::<Test>::iter().count(), 1, "that of version 0");
        assert_eq!(Models::policy(policy().hash()), Some(policy()));
    });
}

#[test]
fn model_should_belong_to_the_organisation_whatever_account_it_has() {
    run(|| {
        let id = active_model();
        consortium::admit(OWNER, OUTSIDER);
        assert_noop!(
            Models::set_policy(signed(OWNER), id, policy()),
            Error::<Test>::NotAnOrganisation
        );
        assert_ok!(Models::set_policy(signed(OUTSIDER), id, policy()));
        assert_eq!(Models::view(id, 0, None).unwrap().owner, Some(account(OUTSIDER)));
    });
}

#[test]
fn nobody_else_should_set_a_policy() {
    run(|| {
        let id = active_model();
        assert_noop!(Models::set_policy(signed(OTHER), id, policy()), Error::<Test>::NotOwner);
        assert_noop!(
            Models::set_policy(signed(OUTSIDER), id, policy()),
            Error::<Test>::NotAnOrganisation
        );
        assert_noop!(
            Models::set_policy(signed(OWNER), 99, policy()),
            Error::<Test>::ModelNotFound
        );
        assert_noop!(
            Models::set_policy(RuntimeOrigin::root(), 99, policy()),
            Error::<Test>::ModelNotFound
        );
        Suspended::set(vec![OWNER]);
        assert_noop!(
            Models::set_policy(signed(OWNER), id, policy()),
            Error::<Test>::NotAnOrganisation
        );
    });
}

#[test]
fn policy_that_cannot_be_run_should_be_refused() {
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
fn retired_model_should_take_no_policy() {
    run(|| {
        let id = active_model();
        assert_ok!(Models::retire(signed(OWNER), id));
        assert_noop!(
            Models::set_policy(signed(OWNER), id, policy()),
            Error::<Test>::AlreadyRetired
        );
    });
}
