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
fn phases_should_last_as_long_as_all_updates_of_the_model_need() {
    run(|| {
        // Of 10 updates of 4 MiB, one moves in four blocks.
        let len = 4 * BYTES_PER_BLOCK;
        let register = |policy| {
            let (group, file) = (len - u64::from(HEADER_LEN), len);
            let (owner, hash) = (signed(OWNER), Default::default());
            Models::register(
                owner,
                name("wide"),
                hash,
                HEADER_LEN,
                group,
                file,
                root(1),
                POSSESSION,
                policy,
                None,
                None,
            )
        };
        let lasting = |reveal_updates, vote| {
            let mut policy = policy();
            policy.max_updates = 10;
            (policy.deadlines.reveal_updates, policy.deadlines.vote) = (reveal_updates, vote);
            policy
        };
        let refused = || Error::<Test>::PolicyTransferTooShort;
        assert_noop!(register(lasting(49, 50)), refused());
        assert_noop!(register(lasting(50, 49)), refused());
        assert_ok!(register(lasting(50, 50)));
        assert_noop!(Models::set_policy(signed(OWNER), 0, lasting(50, 49)), refused());
        assert_noop!(Models::set_policy(RuntimeOrigin::root(), 0, lasting(49, 50)), refused());
        let mut fewer = lasting(46, 46);
        fewer.max_updates = 9;
        assert_ok!(Models::set_policy(signed(OWNER), 0, fewer));
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
