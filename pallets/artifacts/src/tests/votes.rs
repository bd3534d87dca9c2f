use crate::{mock::*, Event, PendingCount};
use frame_support::assert_ok;
use quorate_primitives::{
    availability::{ArtifactKind, Finding, Malformed, Subject},
    policy::Access,
    traits::{Artifacts as _, AvailabilityHandler, HeldArtifact},
    views::ArtifactState,
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
