use crate::{mock::*, Event, PendingCount};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{
    availability::{ArtifactKind, Finding, Malformed, Subject},
    policy::Access,
    traits::{Artifacts as _, AvailabilityHandler, HeldArtifact},
    views::{ArtifactState, BlobRef},
};

#[test]
fn artifact_should_be_held_when_a_quorum_holds_it() {
    run(|| {
        assert_ok!(register(OWNER));
        run_to(4);
        decide(0, Finding::Held);
        let expected = Event::Held {
            artifact: 0,
            root: root(1),
        };
        assert_eq!(last_event(), expected);
        assert_eq!(state(0), ArtifactState::Held { since: 4 });
        assert!(Ballots::get().is_empty());
        assert_eq!(PendingCount::<Test>::get(1), 0);
        let held = HeldArtifact {
            kind: ArtifactKind::DataSet,
            root: root(1),
            len: LEN,
            organisation: OWNER,
            access: Access::Public,
        };
        assert_eq!(Artifacts::held(0), Some(held));
        assert_eq!(Artifacts::held(1), None);
    });
}

#[test]
fn artifact_should_be_rejected_when_no_quorum_holds_it() {
    run(|| {
        let findings = [
            Finding::Malformed(Malformed::Artifact),
            Finding::Malformed(Malformed::NotPossessed),
            Finding::Split,
        ];
        for (id, finding) in (0..).zip(findings) {
            assert_ok!(register(OWNER));
            decide(id, finding);
            let expected = Event::Rejected {
                artifact: id,
                root: root(1),
                finding: Some(finding),
            };
            assert_eq!(last_event(), expected);
            assert_eq!(state(id), ArtifactState::Rejected { at: 1 });
            assert_eq!((Artifacts::held(id), Artifacts::gateway_artifact(id)), (None, None));
            assert_eq!(deposit(id), Some((1, DEPOSIT)), "a rejection takes nothing of it");
        }
    });
}

#[test]
fn artifact_should_be_rejected_when_the_time_for_votes_has_passed() {
    run(|| {
        assert_ok!(register(OWNER));
        time_passes(0);
        let expected = Event::Rejected {
            artifact: 0,
            root: root(1),
            finding: None,
        };
        assert_eq!(last_event(), expected);
        assert_eq!(PendingCount::<Test>::get(1), 0);
    });
}

#[test]
fn finding_should_count_once_and_for_its_own_subject() {
    run(|| {
        let id = held_artifact();
        let events = System::events().len();
        decide(id, Finding::Split);
        decide(99, Finding::Held);
        for subject in [Subject::Genesis(id), Subject::Round(id)] {
            let weight = <Artifacts as AvailabilityHandler>::found(subject, 0, Finding::Split);
            assert_eq!(weight, Default::default());
            assert_eq!(<Artifacts as AvailabilityHandler>::ended(subject), Default::default());
        }
        assert_eq!(state(id), ArtifactState::Held { since: 1 });
        assert_eq!(System::events().len(), events);
    });
}

fn may_read_weights(number: u8, len: u64, organisation: u32) -> bool {
    let root = root(number);
    Artifacts::may_read_weights(&BlobRef { root, len }, organisation)
}

fn held_weights(owner: u32, access: Access) -> u32 {
    let id = crate::NextArtifact::<Test>::get();
    let licence = licence("CC0-1.0");
    let kind = ArtifactKind::Weights;
    assert_ok!(Artifacts::register(
        signed(owner),
        kind,
        root(1),
        POSSESSION,
        LEN,
        licence,
        access
    ));
    assert!(!may_read_weights(2, LEN, owner));
    decide(id, Finding::Held);
    id
}

#[test]
fn weights_should_be_found_by_their_root_while_a_quorum_holds_them() {
    run(|| {
        assert!(!may_read_weights(1, LEN, OTHER));
        assert_ok!(register(OWNER));
        decide(0, Finding::Held);
        assert!(!may_read_weights(1, LEN, OTHER), "a data set is none");
        let id = held_weights(OWNER, Access::Public);
        assert!(may_read_weights(1, LEN, OTHER));
        assert!(!may_read_weights(1, LEN + 1, OTHER), "a root has one length");
        assert_ok!(Artifacts::retire(signed(OWNER), id));
        assert!(!may_read_weights(1, LEN, OTHER));
        assert_eq!(crate::Weights::<Test>::iter().count(), 0);
    });
}

#[test]
fn weights_should_be_of_use_to_those_that_may_read_one_artifact_of_them() {
    run(|| {
        held_weights(OWNER, Access::Organisations);
        let may = |organisation| may_read_weights(1, LEN, organisation);
        assert!(may(OWNER) && !may(OTHER) && !may(3));
        let id = held_weights(OTHER, Access::Organisations);
        assert!(may(OWNER) && may(OTHER) && !may(3), "neither hides the other's");
        let readers = organisations(&[3]);
        assert_ok!(Artifacts::set_access(signed(OTHER), id, Access::Organisations, readers));
        assert!(may(3));
        assert_ok!(Artifacts::retire(signed(OTHER), id));
        assert!(may(OWNER) && !may(OTHER) && !may(3));
    });
}

/// A second artifact would hide the first, and none be found when it is retired.
#[test]
fn organisation_should_have_one_artifact_of_a_root_of_weights() {
    run(|| {
        let register = |owner| register_as(owner, ArtifactKind::Weights, LEN, b"MIT");
        let taken = || {
            assert_noop!(register(OWNER), crate::Error::<Test>::AlreadyRegistered);
        };
        assert_ok!(register(OWNER));
        taken();
        assert!(!may_read_weights(1, LEN, OWNER), "nobody holds it yet");
        // Others may have their own, and other kinds have no such index.
        assert_ok!(register(OTHER));
        assert_ok!(register_as(OWNER, ArtifactKind::DataSet, LEN, b"MIT"));
        decide(0, Finding::Held);
        taken();
        assert!(may_read_weights(1, LEN, OTHER));
        assert_ok!(Artifacts::retire(signed(OWNER), 0));
        assert!(!may_read_weights(1, LEN, OTHER));
        assert_ok!(register(OWNER));
        // What was rejected makes room, and takes it again when it is tried once more.
        decide(3, Finding::Split);
        assert_ok!(register(OWNER));
        let retry = || Artifacts::retry(signed(OWNER), 3, root(1), POSSESSION, LEN);
        assert_noop!(retry(), crate::Error::<Test>::AlreadyRegistered);
        decide(4, Finding::Held);
        assert_ok!(Artifacts::retire(signed(OWNER), 4));
        assert_ok!(retry());
        taken();
        decide(3, Finding::Held);
        assert!(may_read_weights(1, LEN, OTHER));
    });
}

#[test]
fn votes_should_last_as_long_as_the_file_takes() {
    run(|| {
        assert_ok!(register_as(OWNER, ArtifactKind::Weights, MAX_WEIGHTS, b"MIT"));
        // 96 MiB to one validator and from there to others, at 64 MiB in a block's time.
        assert_eq!(state(0), ArtifactState::Pending { until: 1 + 20 + 3 });
        assert_ok!(register_as(OTHER, ArtifactKind::Weights, LEN, b"MIT"));
        assert_eq!(state(1), ArtifactState::Pending { until: 1 + 20 });
    });
}
