use crate::{mock::*, types::MAX_REVOKED, Error, Event, Versions};
use frame_support::{assert_noop, assert_ok, dispatch::GetDispatchInfo};
use quorate_primitives::{
    policy::Policy,
    traits::{Models as _, RevocationSink},
    version::VersionStatus,
};

#[test]
fn next_round_should_stand_on_the_newest_version_with_a_clean_ancestry() {
    run(|| {
        let id = active_model();
        for version in 0..3 {
            assert_ok!(record(id, version, root(10 + version as u8)));
        }
        // Version 3 was made from version 2.
        assert_ok!(Models::revoke(RuntimeOrigin::root(), id, 2));
        let expected = Event::VersionRevoked {
            model: id,
            version: 2,
            head: Some(1),
        };
        assert_eq!(last_event(), expected);
        let base = Models::round_base(id).unwrap();
        assert_eq!((base.base, base.previous_root), (1, Some(root(1))));
        assert!(!Models::is_clean(id, 2) && !Models::is_clean(id, 3) && Models::is_clean(id, 1));
        assert_eq!(Models::status(id, 2), Some(VersionStatus::Revoked));
        assert_eq!(Models::status(id, 3), Some(VersionStatus::Final));
    });
}

#[test]
fn child_of_a_version_that_is_revoked_while_its_round_runs_should_not_become_head() {
    run(|| {
        let id = active_model();
        grow(id, 3);
        revoke(id, 3);
        assert_noop!(record(id, 3, root(9)), Error::<Test>::BaseRevoked);
        assert_eq!(head(id), Some(2));
        assert_eq!(record(id, 2, root(10)), Ok(4));
        assert_eq!(head(id), Some(4));
    });
}

#[test]
fn revocation_of_an_ancestor_should_reach_every_branch_that_descends_from_it() {
    run(|| {
        let id = active_model();
        grow(id, 3);
        revoke(id, 3);
        grow(id, 2); // 4 and 5, from 2
        revoke(id, 5);
        grow(id, 1); // 6, from 4
        assert_eq!(head(id), Some(6));
        revoke(id, 1);
        assert_eq!(head(id), Some(0));
        for version in 1..=6 {
            assert!(!Models::is_clean(id, version), "{version}");
        }
        grow(id, 1); // 7, from 0
        assert_eq!(head(id), Some(7));
        revoke(id, 2);
        assert_eq!(head(id), Some(7), "an earlier branch changes nothing");
    });
}

#[test]
fn rounds_should_be_notified_of_every_revocation() {
    run(|| {
        let id = active_model();
        grow(id, 1);
        revoke(id, 0);
        revoke(id, 1);
        assert_eq!(Revoked::get(), [(id, 0), (id, 1)]);
        let call = crate::Call::<Test>::revoke { model: id, version: 0 };
        let own = <<Test as crate::Config>::WeightInfo as crate::WeightInfo>::revoke();
        assert_eq!(
            call.get_dispatch_info().call_weight,
            own + Models::searches_weight() + MockRevocations::revoked_weight()
        );
    });
}

#[test]
fn records_of_revoked_versions_should_stay_and_numbers_never_be_used_again() {
    run(|| {
        let id = active_model();
        assert_ok!(record(id, 0, root(2)));
        let before = Versions::<Test>::get(id, 1).unwrap();
        revoke(id, 1);
        assert_eq!(Versions::<Test>::get(id, 1), Some(before));
        assert_eq!(record(id, 0, root(3)), Ok(2));
        assert_eq!(head(id), Some(2));
        let ancestors = Models::ancestors(id, 2, 10);
        assert_eq!(ancestors.iter().map(|r| r.version).collect::<Vec<_>>(), vec![0]);
    });
}

#[test]
fn model_without_a_clean_version_should_have_no_base() {
    run(|| {
        let id = active_model();
        grow(id, 2);
        revoke(id, 0);
        assert_eq!((head(id), Models::round_base(id)), (None, None));
    });
}

#[test]
fn provisional_version_should_stay_revoked_after_its_challenge_window() {
    run(|| {
        let id = active_model();
        let challenged = Policy {
            challenge: 5,
            ..policy()
        };
        assert_ok!(Models::record(id, origin(0, root(2)), &challenged));
        revoke(id, 1);
        run_to(10);
        assert_eq!(Models::status(id, 1), Some(VersionStatus::Revoked));
    });
}

#[test]
fn revoked_versions_of_a_model_should_be_bounded() {
    run(|| {
        let id = active_model();
        grow(id, MAX_REVOKED + 1);
        for version in 1..=MAX_REVOKED {
            revoke(id, version);
        }
        let one_more = || Models::revoke(RuntimeOrigin::root(), id, 0);
        assert_noop!(one_more(), Error::<Test>::MaxRevocationsExceeded);
        unrevoke(id, 7);
        assert_ok!(one_more());
    });
}

#[test]
fn revoke_should_be_refused_to_the_owner_and_for_what_does_not_exist_or_is_revoked() {
    run(|| {
        let id = active_model();
        let revoke = |id, version| Models::revoke(RuntimeOrigin::root(), id, version);
        assert_noop!(
            Models::revoke(signed(OWNER), id, 0),
            sp_runtime::DispatchError::BadOrigin
        );
        assert_noop!(revoke(9, 0), Error::<Test>::ModelNotFound);
        assert_noop!(revoke(id, 1), Error::<Test>::VersionNotFound);
        assert_ok!(revoke(id, 0));
        assert_noop!(revoke(id, 0), Error::<Test>::AlreadyRevoked);
        assert_ok!(register(OTHER));
        assert_noop!(revoke(id + 1, 0), Error::<Test>::VersionNotFound);
    });
}
