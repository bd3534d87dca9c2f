use crate::{mock::*, Error, Event, Models as Registry, Versions};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{traits::Models as _, version::VersionStatus};

#[test]
fn the_next_round_stands_on_the_nearest_version_that_is_not_revoked() {
    run(|| {
        let id = active_model();
        for version in 0..3 {
            assert_ok!(record(id, version, root(10 + version as u8)));
        }
        assert_ok!(Models::revoke(RuntimeOrigin::root(), id, 2));
        assert_eq!(Models::round_base(id).unwrap().base, 3);
        assert_ok!(Models::revoke(RuntimeOrigin::root(), id, 3));
        assert_eq!(
            last_event(),
            Event::VersionRevoked {
                model: id,
                version: 3,
                head: Some(1)
            }
        );
        let base = Models::round_base(id).unwrap();
        assert_eq!((base.base, base.previous_root), (1, Some(root(1))));
        assert_eq!(Models::status(id, 3), Some(VersionStatus::Revoked));
    });
}

#[test]
fn records_of_revoked_versions_stay_and_numbers_are_never_used_again() {
    run(|| {
        let id = active_model();
        assert_ok!(record(id, 0, root(2)));
        let before = Versions::<Test>::get(id, 1).unwrap();
        assert_ok!(Models::revoke(RuntimeOrigin::root(), id, 1));
        assert_eq!(Versions::<Test>::get(id, 1), Some(before));
        assert_eq!(record(id, 0, root(3)), Ok(2));
        assert_eq!(Registry::<Test>::get(id).unwrap().head, Some(2));
        assert_eq!(
            Models::ancestors(id, 2, 10)
                .iter()
                .map(|r| r.version)
                .collect::<Vec<_>>(),
            vec![0]
        );
    });
}

#[test]
fn a_model_without_a_standing_version_has_no_base() {
    run(|| {
        let id = active_model();
        assert_ok!(Models::revoke(RuntimeOrigin::root(), id, 0));
        assert_eq!(Models::round_base(id), None);
    });
}

#[test]
fn a_provisional_version_can_be_revoked_and_stays_so() {
    run(|| {
        let id = active_model();
        assert_ok!(Models::record(id, origin(0, root(2)), policy().hash(), 5));
        assert_ok!(Models::revoke(RuntimeOrigin::root(), id, 1));
        run_to(10);
        assert_eq!(Models::status(id, 1), Some(VersionStatus::Revoked));
    });
}

#[test]
fn only_the_council_revokes_and_only_what_exists_and_once() {
    run(|| {
        let id = active_model();
        assert_noop!(
            Models::revoke(signed(OWNER), id, 0),
            sp_runtime::DispatchError::BadOrigin
        );
        assert_noop!(
            Models::revoke(RuntimeOrigin::root(), 9, 0),
            Error::<Test>::ModelNotFound
        );
        assert_noop!(
            Models::revoke(RuntimeOrigin::root(), id, 1),
            Error::<Test>::VersionNotFound
        );
        assert_ok!(Models::revoke(RuntimeOrigin::root(), id, 0));
        assert_noop!(
            Models::revoke(RuntimeOrigin::root(), id, 0),
            Error::<Test>::AlreadyRevoked
        );
    });
}
