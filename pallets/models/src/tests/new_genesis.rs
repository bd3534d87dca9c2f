use crate::{mock::*, Error, Event, PendingCount, Versions};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{
    availability::Finding,
    merkle::Mountains,
    traits::Models as _,
    version::{Origin, VersionStatus},
    views::{Freezer, ModelState},
};
use sp_runtime::{DispatchError, DispatchResult};

fn begin_anew(id: u32, byte: u8) -> DispatchResult {
    Models::new_genesis(RuntimeOrigin::root(), id, root(byte), POSSESSION)
}

/// A model with versions 0 to 2 of which none is clean.
fn dead_model() -> u32 {
    let id = active_model();
    grow(id, 2);
    revoke(id, 0);
    id
}

#[test]
fn new_genesis_should_be_recorded_under_the_next_index_when_a_quorum_holds_it() {
    run(|| {
        let id = dead_model();
        let first = Versions::<Test>::get(id, 0).unwrap();
        assert_ok!(begin_anew(id, 9));
        let expected = Event::NewGenesis {
            model: id,
            root: root(9),
            until: 21,
        };
        assert_eq!(last_event(), expected);
        assert_eq!(Models::round_base(id), None);
        decide(id, Finding::Held);
        let expected = Event::Activated {
            model: id,
            version: 3,
            root: root(9),
        };
        assert_eq!(last_event(), expected);

        assert_eq!(Versions::<Test>::get(id, 0), Some(first));
        let record = Versions::<Test>::get(id, 3).unwrap();
        assert_eq!((record.origin, record.root), (Origin::Genesis, root(9)));
        let mut history = Mountains::default();
        for version in 0..3 {
            history.push(Versions::<Test>::get(id, version).unwrap().hash());
        }
        assert_eq!(record.history_root, history.root());
        let base = Models::round_base(id).unwrap();
        assert_eq!((base.base, base.previous_root), (3, None));
        assert_eq!(record_on(id, 3), 4);
        assert!(Models::ancestors(id, 3, 10).is_empty());
        assert_eq!(Models::status(id, 0), Some(VersionStatus::Revoked));
    });
}

fn record_on(id: u32, parent: u32) -> u32 {
    record(id, parent, root(50)).unwrap()
}

#[test]
fn rejected_new_genesis_should_leave_the_model_as_it_was() {
    run(|| {
        let id = dead_model();
        assert_ok!(Models::freeze(RuntimeOrigin::root(), id));
        assert_ok!(begin_anew(id, 9));
        assert_eq!(PendingCount::<Test>::get(1), 0, "two thirds decided, not the owner");
        decide(id, Finding::Split);
        assert_eq!(entry(id).state, ModelState::Frozen(Freezer::Council));
        assert_eq!((entry(id).latest, head(id)), (Some(2), None));
        assert_ok!(begin_anew(id, 10));
        decide(id, Finding::Held);
        assert_eq!(entry(id).state, ModelState::Frozen(Freezer::Council));
        assert_eq!(head(id), Some(3));
    });
}

#[test]
fn new_genesis_should_be_refused_while_a_clean_version_is_left() {
    run(|| {
        let id = active_model();
        grow(id, 1);
        revoke(id, 1);
        assert_noop!(begin_anew(id, 9), Error::<Test>::CleanVersionLeft);
    });
}

#[test]
fn new_genesis_should_be_refused_to_the_owner_and_for_models_without_versions() {
    run(|| {
        let id = dead_model();
        assert_noop!(
            Models::new_genesis(signed(OWNER), id, root(9), POSSESSION),
            DispatchError::BadOrigin
        );
        assert_noop!(begin_anew(77, 9), Error::<Test>::ModelNotFound);
        assert_ok!(begin_anew(id, 9));
        assert_noop!(begin_anew(id, 9), Error::<Test>::AwaitsVotes);
        assert_noop!(Models::retire(signed(OWNER), id), Error::<Test>::AwaitsVotes);
        assert_ok!(register(OWNER));
        assert_noop!(begin_anew(id + 1, 9), Error::<Test>::NotActive);
    });
}

#[test]
fn new_genesis_should_not_depend_on_the_room_that_its_owner_has_left() {
    run(|| {
        let id = dead_model();
        for _ in 0..3 {
            assert_ok!(register(OWNER));
        }
        assert_ok!(begin_anew(id, 9));
        assert_eq!(PendingCount::<Test>::get(1), 3);
        decide(id, Finding::Held);
        assert_eq!(PendingCount::<Test>::get(1), 3);
    });
}

#[test]
fn new_genesis_should_be_dropped_when_a_revocation_is_undone_meanwhile() {
    run(|| {
        let id = dead_model();
        assert_ok!(begin_anew(id, 9));
        unrevoke(id, 0);
        assert_eq!(record_on(id, 2), 3);
        decide(id, Finding::Held);
        let expected = Event::Rejected {
            model: id,
            root: root(9),
            finding: Some(Finding::Held),
        };
        assert_eq!(last_event(), expected);
        assert_eq!((head(id), entry(id).latest), (Some(3), Some(3)));
        assert_eq!(entry(id).state, ModelState::Active);
        assert_eq!(entry(id).candidate, None);
    });
}
