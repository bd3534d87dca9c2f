use crate::mock::*;
use frame_support::assert_ok;
use quorate_primitives::{
    availability::{ArtifactKind, Finding},
    policy::Access,
    views::ArtifactState,
};

#[test]
fn view_should_show_the_artifact() {
    run(|| {
        let id = held_artifact();
        assert_ok!(Artifacts::set_access(
            signed(OWNER),
            id,
            Access::Contributors,
            organisations(&[3])
        ));
        let view = Artifacts::artifact(id).unwrap();
        assert_eq!((view.id, view.organisation, view.kind), (id, 1, ArtifactKind::DataSet));
        assert_eq!((view.root, view.len, view.licence.as_str()), (root(1), LEN, "CC0-1.0"));
        assert_eq!((view.access, view.readers), (Access::Contributors, vec![3]));
        assert_eq!((view.state, view.registered_at), (ArtifactState::Held { since: 1 }, 1));
        assert_eq!(Artifacts::artifact(9), None);
    });
}

#[test]
fn list_should_go_on_from_a_number_and_pass_over_what_was_pruned() {
    run(|| {
        for id in 0..6 {
            assert_ok!(register(1 + id % 3));
        }
        decide(2, Finding::Split);
        run_to(1 + RETENTION);
        assert_ok!(Artifacts::prune(signed(OUTSIDER), 2));
        let ids = |from, count| {
            Artifacts::artifacts(from, count)
                .iter()
                .map(|view| view.id)
                .collect::<Vec<_>>()
        };
        assert_eq!(ids(0, 64), [0, 1, 3, 4, 5]);
        assert_eq!(ids(2, 2), [3, 4]);
        assert_eq!(ids(5, u32::MAX), [5]);
        assert!(ids(6, 64).is_empty() && ids(0, 0).is_empty());
    });
}

#[test]
fn gateways_should_know_what_awaits_votes_for_its_owner_s_organisation() {
    run(|| {
        assert_ok!(register(OTHER));
        let shown = Artifacts::gateway_artifact(0).unwrap();
        assert!(shown.pending);
        assert_eq!((shown.organisation, shown.blob.root, shown.blob.len), (2, root(1), LEN));
        decide(0, Finding::Held);
        assert!(!Artifacts::gateway_artifact(0).unwrap().pending);
        assert_eq!(Artifacts::gateway_artifact(1), None);
    });
}
