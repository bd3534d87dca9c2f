use crate::{mock::*, Error, Event, Readers};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::{DispatchError, DispatchResult};

fn admit(who: u32, id: u32, ids: &[u32]) -> DispatchResult {
    Models::admit_readers(signed(who), id, organisations(ids))
}

#[test]
fn owner_should_admit_the_organisations_that_may_read() {
    run(|| {
        let id = active_model();
        assert!(Models::readers(id).is_empty());
        assert_ok!(admit(OWNER, id, &[5, 2, 5]));
        let expected = Event::ReadersAdmitted {
            model: id,
            organisations: organisations(&[2, 5]),
        };
        assert_eq!(last_event(), expected);
        assert_eq!(Models::readers(id), [2, 5]);
        assert_ok!(admit(OWNER, id, &[3]));
        assert_eq!(Models::readers(id), [3]);
        assert_ok!(admit(OWNER, id, &[]));
        assert!(!Readers::<Test>::contains_key(id));
    });
}

#[test]
fn readers_should_be_forgotten_when_the_model_is_retired() {
    run(|| {
        let id = active_model();
        assert_ok!(admit(OWNER, id, &[2]));
        assert_ok!(Models::retire(signed(OWNER), id));
        assert!(Models::readers(id).is_empty());
        assert_noop!(admit(OWNER, id, &[2]), Error::<Test>::AlreadyRetired);
    });
}

#[test]
fn readers_should_be_refused_from_strangers_and_for_unknown_organisations() {
    run(|| {
        let id = active_model();
        assert_noop!(admit(OTHER, id, &[2]), Error::<Test>::NotOwner);
        assert_noop!(admit(OWNER, 9, &[2]), Error::<Test>::ModelNotFound);
        assert_noop!(
            Models::admit_readers(RuntimeOrigin::root(), id, organisations(&[2])),
            DispatchError::BadOrigin
        );
        assert_noop!(admit(OWNER, id, &[2, 10]), Error::<Test>::OrganisationNotFound);
        Suspended::set(vec![2]);
        assert_ok!(admit(OWNER, id, &[2]));
    });
}
