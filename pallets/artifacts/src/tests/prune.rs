use crate::{mock::*, ArtifactCount, Error, Event, Kept};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::availability::Finding;

#[test]
fn anyone_should_prune_a_retired_artifact_when_its_retention_has_ended_and_its_deposit_return_then() {
    run(|| {
        let id = held_artifact();
        assert_ok!(Artifacts::retire(signed(OWNER), id));
        run_to(RETENTION);
        assert_noop!(Artifacts::prune(signed(OWNER), id), Error::<Test>::StillRetained);
        assert_eq!(purse(1), RICH - FEE - DEPOSIT);
        run_to(1 + RETENTION);
        assert_ok!(Artifacts::prune(signed(OUTSIDER), id));
        assert_eq!(last_event(), Event::Pruned { artifact: id });
        assert_eq!((ArtifactCount::<Test>::get(1), Kept::<Test>::get().len()), (0, 0));
        assert_eq!(purse(1), RICH - FEE, "the deposit returned once");
        assert_noop!(Artifacts::prune(signed(OUTSIDER), id), Error::<Test>::ArtifactNotFound);
    });
}

#[test]
fn deposit_of_a_rejected_artifact_should_return_in_full_when_it_is_pruned() {
    run(|| {
        assert_ok!(register(OWNER));
        run_to(3);
        decide(0, Finding::Split);
        run_to(2 + RETENTION);
        assert_noop!(Artifacts::prune(signed(OTHER), 0), Error::<Test>::StillRetained);
        run_to(3 + RETENTION);
        assert_ok!(Artifacts::prune(signed(OTHER), 0));
        assert_eq!((purse(1), ledger().bonds.len()), (RICH - FEE, 0));
    });
}

#[test]
fn artifact_that_has_not_ended_should_not_be_pruned() {
    run(|| {
        assert_ok!(register(OWNER));
        run_to(10 * RETENTION);
        assert_noop!(Artifacts::prune(signed(OUTSIDER), 0), Error::<Test>::NotEnded);
        decide(0, Finding::Held);
        run_to(20 * RETENTION);
        assert_noop!(Artifacts::prune(signed(OUTSIDER), 0), Error::<Test>::NotEnded);
        assert_noop!(
            Artifacts::prune(RuntimeOrigin::none(), 0),
            sp_runtime::DispatchError::BadOrigin
        );
    });
}
