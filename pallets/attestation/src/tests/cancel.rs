use crate::{mock::*, ActiveJobs, Error, Event};
use frame_support::{assert_err, assert_ok};
use quorate_primitives::{job::JobPhase, traits::Jobs as _};

#[test]
fn cancelled_job_should_be_closed_without_verdicts() {
    with_committee(4, || {
        let (committing, revealing) = (create(1), create(2));
        commit_all(committing, &[outcome(0); 2]);
        commit_all(revealing, &[outcome(0); 4]);
        reveal_all(revealing, &[outcome(0); 3]);
        SumCalls::take();
        for id in [committing, revealing] {
            cancel(id);
            System::assert_last_event(Event::Cancelled { job: id }.into());
            assert_eq!(job(id).phase, JobPhase::Closed { at: 1 });
            assert!(verdicts(id).is_empty());
        }
        assert!(ActiveJobs::<Test>::get().is_empty());
        assert_err!(send(commit_call(committing, 3, &outcome(0))), invalid(Error::PhaseOver));
        assert_err!(send(reveal_call(revealing, 3, &outcome(0))), invalid(Error::PhaseOver));
        go_to(2 * (COMMIT + REVEAL));
        assert_eq!((SumCalls::get(), Judged::get()), (vec![], vec![]));
    });
}

#[test]
fn cancel_should_do_nothing_to_a_closed_or_unknown_job() {
    with_committee(4, || {
        let id = create(1);
        commit_all(id, &[outcome(0); 4]);
        reveal_all(id, &[outcome(0); 4]);
        let before = job(id);
        System::reset_events();
        cancel(id);
        cancel(id_of(&spec(2)));
        assert_eq!(job(id), before);
        assert!(System::events().is_empty());
    });
}

#[test]
fn job_should_stay_cancelled_when_its_handler_cancels_it_at_the_agreement() {
    with_committee(1, || {
        Cancels::set(true);
        let id = create(1);
        commit_all(id, &[outcome(0)]);
        reveal_all(id, &[outcome(0)]);
        assert_eq!(SumCalls::get(), vec![HandlerCall::Agreed(id, outcome(0))]);
        assert!(verdicts(id).is_empty());
        assert!(ActiveJobs::<Test>::get().is_empty());
    });
}

#[test]
fn cancelled_job_should_make_room_for_another() {
    with_committee(4, || {
        let ids: Vec<_> = (1..=4).map(create).collect();
        assert_err!(Attestation::create(spec(5)), Error::<Test>::TooManyJobs);
        cancel(ids[1]);
        assert_ok!(Attestation::create(spec(5)));
    });
}
