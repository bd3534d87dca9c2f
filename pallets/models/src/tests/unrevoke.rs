use crate::{mock::*, Error, Event, Revoked};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{traits::Models as _, version::VersionStatus};
use sp_runtime::DispatchError;

#[test]
fn unrevoked_version_should_be_clean_with_its_descendants() {
    run(|| {
        let id = active_model();
        grow(id, 4);
        revoke(id, 2);
        assert_eq!(head(id), Some(1));
        assert_ok!(Models::unrevoke(RuntimeOrigin::root(), id, 2));
        let expected = Event::VersionRestored {
            model: id,
            version: 2,
            head: Some(4),
        };
        assert_eq!(last_event(), expected);
        assert!(Models::is_clean(id, 4));
        assert_eq!(Models::status(id, 2), Some(VersionStatus::Final));
        assert!(!Revoked::<Test>::contains_key(id));
    });
}

#[test]
fn other_revocations_of_the_same_line_should_stand() {
    run(|| {
        let id = active_model();
        grow(id, 5);
        for version in [4, 2, 3] {
            revoke(id, version);
        }
        assert_eq!(head(id), Some(1));
        unrevoke(id, 2);
        assert_eq!(head(id), Some(2));
        assert!(!Models::is_clean(id, 5));
        unrevoke(id, 3);
        assert_eq!(head(id), Some(3));
        unrevoke(id, 4);
        assert_eq!(head(id), Some(5));
    });
}

#[test]
fn version_of_another_line_should_stay_the_head_when_it_is_newer() {
    run(|| {
        let id = active_model();
        grow(id, 2);
        revoke(id, 1);
        grow(id, 1);
        assert_eq!(head(id), Some(3));
        unrevoke(id, 1);
        assert_eq!(head(id), Some(3));
        assert!(Models::is_clean(id, 2));
        revoke(id, 3);
        assert_eq!(head(id), Some(2));
    });
}

#[test]
fn unrevoked_version_should_be_provisional_until_its_challenge_window_has_passed() {
    run(|| {
        let id = active_model();
        let challenged = quorate_primitives::policy::Policy {
            challenge: 5,
            ..policy()
        };
        assert_ok!(Models::record(id, origin(0, root(2)), &challenged));
        revoke(id, 1);
        unrevoke(id, 1);
        assert_eq!(Models::status(id, 1), Some(VersionStatus::Provisional { until: 6 }));
    });
}

#[test]
fn unrevoke_should_be_refused_to_the_owner_and_for_what_is_not_revoked() {
    run(|| {
        let id = active_model();
        grow(id, 1);
        revoke(id, 0);
        assert_noop!(Models::unrevoke(signed(OWNER), id, 0), DispatchError::BadOrigin);
        let unrevoke = |id, version| Models::unrevoke(RuntimeOrigin::root(), id, version);
        assert_noop!(unrevoke(9, 0), Error::<Test>::ModelNotFound);
        assert_noop!(unrevoke(id, 1), Error::<Test>::NotRevoked);
    });
}
