use crate::{mock::*, Error, Event, WaitingList};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{
    availability::Subject,
    views::inference::{RequestFailure, RequestState},
};

#[test]
fn request_should_be_taken_back_while_it_is_in_no_batch_for_the_base_fee() {
    run(|| {
        assert_ok!(request(ASKER));
        assert_ok!(Inference::cancel(signed(ASKER), 0));
        assert!(!availability::Ballots::get().contains_key(&Subject::Request(0)));
        let reason = RequestFailure::Cancelled;
        assert_eq!(last_event(), Event::Failed { request: 0, reason });
        assert_eq!((state(0), entry(0).cost), (RequestState::Failed(reason), KEPT));
        ask(ASKER);
        assert_ok!(Inference::cancel(signed(ASKER), 1));
        assert!(WaitingList::<Test>::get().is_empty());
        // No loop of requests and cancellations is free.
        assert_eq!((fund(ASKER), ledger().treasury), (RICH - 2 * KEPT, 2 * KEPT));
        assert_noop!(Inference::cancel(signed(ASKER), 1), Error::<Test>::TooLateToCancel);
        assert_noop!(Inference::cancel(signed(ASKER), 2), Error::<Test>::RequestNotFound);
    });
}

#[test]
fn only_whoever_asked_and_its_organisation_should_take_a_request_back() {
    run(|| {
        ask(CONTRIBUTOR);
        ask(CONTRIBUTOR);
        ask(ASKER);
        for by in [OWNER, OUTSIDER] {
            assert_noop!(Inference::cancel(signed(by), 0), Error::<Test>::NotTheAsker);
        }
        assert_ok!(Inference::cancel(signed(CONTRIBUTOR), 0));
        assert_ok!(Inference::cancel(signed(ASKER), 1));
        assert_noop!(Inference::cancel(signed(CONTRIBUTOR), 2), Error::<Test>::NotTheAsker);
        ask(CONTRIBUTOR);
        Contributors::remove(account(CONTRIBUTOR));
        assert_noop!(Inference::cancel(signed(CONTRIBUTOR), 3), Error::<Test>::NotTheAsker);
    });
}

#[test]
fn what_is_computed_should_not_be_taken_back() {
    run(|| {
        ask(ASKER);
        run_to(3);
        assert_noop!(Inference::cancel(signed(ASKER), 0), Error::<Test>::TooLateToCancel);
    });
}
