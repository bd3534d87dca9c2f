use crate::mock::*;
use frame_support::assert_ok;
use quorate_primitives::{
    availability::Finding,
    policy::{Access, Policy},
    views::ModelState,
};

#[test]
fn view_should_show_the_model_with_what_others_keep_of_it() {
    run(|| {
        let id = active_model();
        let view = Models::view(id, 500, Some(7)).unwrap();
        assert_eq!(
            (view.name.as_str(), view.state, view.latest),
            ("digits", ModelState::Active, Some(0))
        );
        assert_eq!((view.fund, view.open_round, view.head), (500, Some(7), Some(0)));
        assert_eq!((view.owner, view.organisation), (Some(account(OWNER)), 1));
        assert_eq!(Models::view(9, 0, None), None);
    });
}

#[test]
fn lists_should_go_on_from_a_number_and_be_capped() {
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
fn ancestors_should_come_nearest_first() {
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
fn gateways_should_show_the_newest_versions_and_what_awaits_votes() {
    run(|| {
        let id = active_model();
        for _ in 0..70 {
            assert_ok!(record(id, 0, root(100)));
        }
        let blobs = Models::gateway_versions(id);
        assert_eq!(blobs.len(), 64);
        assert_eq!((blobs[0].version, blobs[63].version), (7, 70));
        assert!(blobs.iter().all(|blob| !blob.pending && blob.model == id));
        assert_ok!(register(OTHER));
        let blobs = Models::gateway_versions(id + 1);
        assert_eq!((blobs.len(), blobs[0].version, blobs[0].pending), (1, 0, true));
        assert_eq!((blobs[0].blob.root, blobs[0].blob.len), (root(1), FILE_LEN));
        let access = Access::Organisations;
        assert_ok!(Models::set_policy(signed(OWNER), id, Policy { access, ..policy() }));
        assert_eq!(Models::gateway_versions(id)[0].access, access);
        assert_ok!(Models::retire(signed(OWNER), id));
        assert!(Models::gateway_versions(id).is_empty());
    });
}

#[test]
fn gateways_should_walk_over_the_models_that_are_not_retired() {
    run(|| {
        for _ in 0..4 {
            active_model();
        }
        assert_ok!(Models::retire(signed(OWNER), 0));
        assert_ok!(Models::retire(signed(OWNER), 2));
        let walk: Vec<_> = (0..5).map(Models::gateway_models).collect();
        assert_eq!(walk, [Some(1), Some(1), Some(3), Some(3), None]);
    });
}

#[test]
fn new_genesis_should_be_shown_under_the_index_that_it_will_have() {
    run(|| {
        let id = active_model();
        grow(id, 2);
        revoke(id, 0);
        assert_ok!(Models::new_genesis(RuntimeOrigin::root(), id, root(9), POSSESSION));
        let pending = Models::gateway_versions(id).pop().unwrap();
        assert_eq!(
            (pending.version, pending.pending, pending.blob.root),
            (3, true, root(9))
        );
        decide(id, Finding::Held);
        assert!(Models::gateway_versions(id).iter().all(|blob| !blob.pending));
    });
}
