use crate::{mock::*, Event, PendingCount, Versions};
use frame_support::assert_ok;
use quorate_primitives::{
    availability::{Finding, Malformed, Subject},
    merkle::Mountains,
    traits::{AvailabilityHandler, Models as _},
    version::{Origin, VersionStatus},
    views::ModelState,
};

#[test]
fn model_should_become_active_with_version_0_when_a_quorum_holds_it() {
    run(|| {
        assert_ok!(register(OWNER));
        run_to(4);
        decide(0, Finding::Held);
        assert_eq!(
            last_event(),
            Event::Activated {
                model: 0,
                version: 0,
                root: root(1)
            }
        );
        let record = Versions::<Test>::get(0, 0).unwrap();
        assert_eq!((record.root, record.len, record.block), (root(1), FILE_LEN, 4));
        assert_eq!(record.origin, Origin::Genesis);
        assert_eq!(record.history_root, Mountains::default().root());
        assert_eq!(Models::status(0, 0), Some(VersionStatus::Final));
        assert_eq!(Models::policy(record.policy_hash), Some(policy()));
        assert!(Ballots::get().is_empty());
        assert_eq!(PendingCount::<Test>::get(1), 0);
        let base = Models::round_base(0).unwrap();
        assert_eq!((base.base, base.base_root, base.previous_root), (0, root(1), None));
        assert_eq!(
            (base.update_len, base.file_len),
            (u64::from(HEADER_LEN) + GROUP_LEN, FILE_LEN)
        );
    });
}

#[test]
fn model_should_be_rejected_when_no_quorum_holds_version_0() {
    run(|| {
        for (id, finding) in [Finding::Malformed(Malformed::Header), Finding::Split]
            .into_iter()
            .enumerate()
        {
            let id = id as u32;
            assert_ok!(register(OWNER));
            decide(id, finding);
            let expected = Event::Rejected {
                model: id,
                root: root(1),
                finding: Some(finding),
            };
            assert_eq!(last_event(), expected);
            assert_eq!(entry(id).state, ModelState::Rejected);
            assert_eq!(Models::round_base(id), None);
            assert_eq!(Models::status(id, 0), None);
        }
    });
}

#[test]
fn model_should_be_rejected_when_the_time_for_votes_has_passed() {
    run(|| {
        assert_ok!(register(OWNER));
        time_passes(0);
        let expected = Event::Rejected {
            model: 0,
            root: root(1),
            finding: None,
        };
        assert_eq!(last_event(), expected);
        assert_eq!(entry(0).state, ModelState::Rejected);
        assert_eq!(PendingCount::<Test>::get(1), 0);
    });
}

#[test]
fn finding_should_count_once_and_for_its_own_subject() {
    run(|| {
        let id = active_model();
        let events = System::events().len();
        decide(id, Finding::Split);
        decide(99, Finding::Held);
        let subject = Subject::Round(id);
        let weight = <Models as AvailabilityHandler>::found(subject, 0, Finding::Split);
        assert_eq!(weight, Default::default());
        assert_eq!(<Models as AvailabilityHandler>::ended(subject), Default::default());
        assert_eq!(entry(id).state, ModelState::Active);
        assert_eq!(System::events().len(), events);
    });
}
