use crate::{mock::*, Event, OpenTotals, WaitingList};
use frame_support::assert_ok;
use quorate_primitives::{
    availability::{Finding, Subject},
    traits::AvailabilityHandler,
    views::{
        inference::{RequestFailure, RequestState},
        BlobRef,
    },
    Root,
};

fn failed(id: u64, reason: RequestFailure) {
    assert_eq!(last_event(), Event::Failed { request: id, reason });
    assert_eq!((state(id), entry(id).cost), (RequestState::Failed(reason), KEPT));
}

#[test]
fn request_should_wait_when_a_quorum_holds_its_input() {
    run(|| {
        assert_ok!(request(ASKER));
        let program = BlobRef {
            root: Root::repeat_byte(3),
            len: 100,
        };
        assert_eq!(Inference::vote_context(0), Some((program, GENERATE, LEN)));
        run_to(4);
        find(0, Finding::Held);
        assert_eq!(last_event(), Event::InputHeld { request: 0 });
        assert_eq!(state(0), RequestState::Waiting);
        assert_eq!(WaitingList::<Test>::get()[0].since, 4);
        assert!(!availability::Ballots::get().contains_key(&Subject::Request(0)));
        let totals = OpenTotals::<Test>::get();
        assert_eq!((totals.open, totals.pending), (1, 0));
        // What is said later changes nothing.
        find(0, MALFORMED);
        assert_eq!(state(0), RequestState::Waiting);
    });
}

#[test]
fn whoever_brings_no_input_or_brings_it_to_few_should_pay_the_base_fee() {
    run(|| {
        assert_ok!(request(ASKER));
        Inference::ended(Subject::Request(0));
        failed(0, RequestFailure::NotHeld);
        assert_ok!(request(ASKER));
        find(1, Finding::Split);
        failed(1, RequestFailure::NotHeld);
        assert_ok!(request(ASKER));
        find(2, MALFORMED);
        failed(2, RequestFailure::Malformed);
        assert_eq!((fund(ASKER), ledger().treasury), (RICH - 3 * KEPT, 3 * KEPT));
        assert_eq!(OpenTotals::<Test>::get(), Default::default());
    });
}

#[test]
fn votes_on_other_things_should_change_nothing() {
    run(|| {
        assert_ok!(request(ASKER));
        for subject in [Subject::Request(1), Subject::Artifact(0), Subject::Round(0)] {
            Inference::found(subject, 0, Finding::Held);
            Inference::ended(subject);
        }
        assert_eq!(state(0), RequestState::Pending { until: 1 + VOTING });
    });
}
