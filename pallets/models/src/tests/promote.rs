use crate::{mock::*, types::MAX_PROMOTED, Error, Event, Promoted};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{
    policy::{Access, Policy, Promotion},
    traits::Models as _,
    version::PromotionRecord,
};
use sp_runtime::{DispatchError, DispatchResult};

fn promote(id: u32, version: u32) -> DispatchResult {
    Models::promote(RuntimeOrigin::root(), id, version)
}

fn set(id: u32, promotion: Promotion) {
    let policy = Policy { promotion, ..policy() };
    assert_ok!(Models::set_policy(signed(OWNER), id, policy));
}

const BASES: Promotion = Promotion {
    bases: true,
    served: false,
};

fn base(id: u32) -> Option<u32> {
    Models::round_base(id).map(|base| base.base)
}

#[test]
fn promotion_should_be_kept_beside_the_record_with_the_body_that_voted() {
    run(|| {
        let id = active_model();
        grow(id, 1);
        run_to(8);
        assert_ok!(promote(id, 1));
        let promotion = PromotionRecord { by: PROMOTER, block: 8 };
        let expected = Event::VersionPromoted {
            model: id,
            version: 1,
            promotion,
        };
        assert_eq!(last_event(), expected);
        assert_eq!(Models::version(id, 1).unwrap().promotion, Some(promotion));
        assert_eq!(Models::version(id, 0).unwrap().promotion, None);
    });
}

#[test]
fn round_should_stand_on_the_newest_promoted_version_when_the_policy_asks_for_that() {
    run(|| {
        let id = active_model();
        grow(id, 3);
        assert_eq!(base(id), Some(3));
        set(id, BASES);
        // The validators' vote on version 0 counts.
        assert_eq!(base(id), Some(0));
        assert_ok!(promote(id, 2));
        assert_eq!(base(id), Some(2));
        assert_ok!(promote(id, 1));
        assert_eq!(base(id), Some(2));
        set(id, Promotion::default());
        assert_eq!(base(id), Some(3));
    });
}

#[test]
fn revoked_promoted_version_should_give_way_to_an_earlier_one() {
    run(|| {
        let id = active_model();
        grow(id, 3);
        set(id, BASES);
        assert_ok!(promote(id, 1));
        assert_ok!(promote(id, 3));
        revoke(id, 2);
        assert_eq!(base(id), Some(1));
        unrevoke(id, 2);
        assert_eq!(base(id), Some(3));
        revoke(id, 0);
        assert_eq!(base(id), None);
    });
}

#[test]
fn many_versions_on_one_promoted_base_should_be_told_apart() {
    run(|| {
        let id = active_model();
        for _ in 0..20 {
            assert_ok!(record(id, 0, root(3)));
        }
        assert_ok!(record(id, 7, root(3)));
        revoke(id, 7);
        assert!(!Models::is_clean(id, 21));
        assert_eq!(head(id), Some(20));
    });
}

#[test]
fn gateways_should_show_only_promoted_versions_to_others_when_the_policy_asks_for_that() {
    run(|| {
        let id = active_model();
        grow(id, 2);
        set(
            id,
            Promotion {
                bases: false,
                served: true,
            },
        );
        assert_ok!(promote(id, 2));
        let access: Vec<_> = Models::gateway_versions(id).iter().map(|blob| blob.access).collect();
        assert_eq!(access, [Access::Public, Access::Validators, Access::Public]);
    });
}

#[test]
fn promotion_should_be_refused_without_a_vote_or_a_clean_version() {
    run(|| {
        let id = active_model();
        grow(id, 2);
        assert_noop!(Models::promote(signed(OWNER), id, 1), DispatchError::BadOrigin);
        assert_noop!(promote(9, 1), Error::<Test>::ModelNotFound);
        assert_noop!(promote(id, 3), Error::<Test>::VersionNotFound);
        assert_noop!(promote(id, 0), Error::<Test>::AlreadyPromoted);
        assert_ok!(promote(id, 1));
        assert_noop!(promote(id, 1), Error::<Test>::AlreadyPromoted);
        revoke(id, 1);
        assert_noop!(promote(id, 2), Error::<Test>::VersionNotClean);
        assert_ok!(Models::retire(signed(OWNER), id));
        assert_noop!(promote(id, 2), Error::<Test>::AlreadyRetired);
    });
}

#[test]
fn list_of_promoted_versions_should_keep_the_newest() {
    run(|| {
        let id = active_model();
        grow(id, MAX_PROMOTED + 2);
        for version in 3..=MAX_PROMOTED + 2 {
            assert_ok!(promote(id, version));
        }
        let listed = Promoted::<Test>::get(id);
        assert_eq!((listed.len() as u32, listed[0]), (MAX_PROMOTED, 3));
        assert_ok!(promote(id, 2));
        let listed = Promoted::<Test>::get(id);
        assert_eq!((listed.len() as u32, listed[0], listed[1]), (MAX_PROMOTED, 2, 4));
    });
}
