use crate::{mock::*, Error, Event, Jobs};
use frame_support::assert_err;
use quorate_primitives::merkle;

#[test]
fn prune_should_forget_a_closed_job() {
    with_committee(4, || {
        let id = create(1);
        commit_all(id, &[outcome(0); 4]);
        reveal_all(id, &[outcome(0); 4]);
        prune(id);
        System::assert_last_event(Event::Pruned { job: id }.into());
        assert!(!Jobs::<Test>::contains_key(id));
        assert!(verdicts(id).is_empty());
        assert_eq!(Attestation::statements_root(None, id), merkle::root([]));
        assert_err!(send(reveal_call(id, 0, &outcome(0))), unknown(Error::UnknownJob));
    });
}

#[test]
fn prune_should_forget_a_cancelled_job() {
    with_committee(4, || {
        let id = create(1);
        cancel(id);
        prune(id);
        assert!(!Jobs::<Test>::contains_key(id));
    });
}

#[test]
fn prune_should_leave_an_open_job_alone() {
    with_committee(4, || {
        let id = create(1);
        prune(id);
        commit_all(id, &[outcome(0); 4]);
        prune(id);
        prune(id_of(&spec(2)));
        assert!(Jobs::<Test>::contains_key(id));
    });
}
