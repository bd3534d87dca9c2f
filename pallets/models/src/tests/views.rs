use crate::mock::*;
use frame_support::assert_ok;
use quorate_primitives::{policy::Policy, traits::Models as _, views::ModelState};

#[test]
fn a_view_shows_the_model_with_what_others_keep_of_it() {
    run(|| {
        let id = active_model();
        let view = Models::view(id, 500, Some(7)).unwrap();
        assert_eq!(
            (view.name.as_str(), view.state, view.latest),
            ("digits", ModelState::Active, Some(0))
        );
        assert_eq!((view.fund, view.open_round), (500, Some(7)));
        assert_eq!(Models::view(9, 0, None), None);
    });
}

#[test]
fn lists_go_on_from_a_number_and_are_capped() {
    run(|| {
        let id = active_model();
        for version in 0..70 {
            assert_ok!(record(id, version, root(100)));
        }
        let versions = |from, limit| {
            Models::versions(id, from, limit)
                .iter()
                .map(|view| view.record.version)
                .collect::<Vec<_>>()
        };
        assert_eq!(versions(0, 3), vec![0, 1, 2]);
        assert_eq!(versions(69, 10), vec![69, 70]);
        assert_eq!(versions(0, 1_000).len(), 64);
        assert_eq!(versions(u32::MAX, 5), Vec::<u32>::new());
        assert_ok!(register(OTHER));
        assert_eq!(Models::ids(0, 10), vec![0, 1]);
        assert_eq!(Models::ids(1, 10), vec![1]);
    });
}

#[test]
fn ancestors_come_nearest_first() {
    run(|| {
        let id = active_model();
        for version in 0..4 {
            assert_ok!(record(id, version, root(10)));
        }
        let ancestors = |limit| {
            Models::ancestors(id, 4, limit)
                .iter()
                .map(|r| r.version)
                .collect::<Vec<_>>()
        };
        assert_eq!(ancestors(10), vec![3, 2, 1, 0]);
        assert_eq!(ancestors(2), vec![3, 2]);
        assert!(Models::ancestors(id, 0, 10).is_empty());
    });
}

#[test]
fn gateways_take_a_pending_version_0_and_show_the_newest_versions() {
    run(|| {
        let id = active_model();
        for version in 0..70 {
            assert_ok!(record(id, version, root(100)));
        }
        assert_ok!(register(OTHER));
        let blobs = Models::gateway_versions();
        assert_eq!(blobs.iter().filter(|blob| !blob.pending).count(), 64);
        assert_eq!(blobs.iter().filter(|blob| blob.pending).count(), 1);
        assert_ok!(Models::set_policy(
            signed(OWNER),
            id,
            Policy {
                access: quorate_primitives::policy::Access::Validators,
                ..policy()
            }
        ));
        assert_eq!(
            Models::gateway_versions()[0].access,
            quorate_primitives::policy::Access::Validators
        );
        assert_ok!(Models::retire(signed(OWNER), id));
        Models::genesis_decided(1, false);
        assert!(Models::gateway_versions().is_empty());
    });
}
