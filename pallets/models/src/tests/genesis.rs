use crate::{mock::*, AwaitingGenesis, Event, Models as Registry, Versions};
use frame_support::{assert_ok, traits::Hooks};
use quorate_primitives::{
    merkle::Mountains,
    traits::Models as _,
    version::{Origin, VersionStatus},
    views::ModelState,
};

#[test]
fn a_model_becomes_active_with_version_0_once_a_quorum_holds_it() {
    run(|| {
        assert_ok!(register(OWNER));
        run_to(4);
        Models::genesis_decided(0, true);
        assert_eq!(
            last_event(),
            Event::Activated {
                model: 0,
                root: root(1)
            }
        );
        let record = Versions::<Test>::get(0, 0).unwrap();
        assert_eq!((record.root, record.len, record.block), (root(1), FILE_LEN, 4));
        assert_eq!(record.origin, Origin::Genesis);
        assert_eq!(record.history_root, Mountains::default().root());
        assert_eq!(Models::status(0, 0), Some(VersionStatus::Final));
        assert!(AwaitingGenesis::<Test>::get().is_empty());
        assert_eq!(Models::genesis_blob(0), None);
        let base = Models::round_base(0).unwrap();
        assert_eq!((base.base, base.base_root, base.previous_root), (0, root(1), None));
        assert_eq!(
            (base.update_len, base.file_len),
            (u64::from(HEADER_LEN) + GROUP_LEN, FILE_LEN)
        );
    });
}

#[test]
fn a_model_is_rejected_when_no_quorum_holds_version_0() {
    run(|| {
        assert_ok!(register(OWNER));
        Models::genesis_decided(0, false);
        assert_eq!(
            last_event(),
            Event::Rejected {
                model: 0,
                root: root(1)
            }
        );
        assert_eq!(Registry::<Test>::get(0).unwrap().state, ModelState::Rejected);
        assert_eq!(Models::round_base(0), None);
        assert_eq!(Models::status(0, 0), None);
    });
}

#[test]
fn a_decision_counts_once() {
    run(|| {
        let id = active_model();
        let events = System::events().len();
        Models::genesis_decided(id, false);
        Models::genesis_decided(99, true);
        assert_eq!(Registry::<Test>::get(id).unwrap().state, ModelState::Active);
        assert_eq!(System::events().len(), events);
    });
}

#[test]
fn the_time_for_votes_moves_on_while_a_migration_runs() {
    run(|| {
        assert_ok!(register(OWNER));
        Migrating::set(true);
        run_to(4);
        Migrating::set(false);
        run_to(6);
        assert_eq!(Models::genesis_blob(0).unwrap().until, 24);
        assert_eq!(Models::on_initialize(7), Default::default());
    });
}
