use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{availability::Finding, traits::Models as _};

#[test]
fn owner_of_a_rejected_model_should_name_another_version_0() {
    run(|| {
        assert_ok!(register(OWNER));
        decide(0, Finding::Split);
        run_to(5);
        assert_ok!(Models::retry_genesis(signed(OWNER), 0, root(2), POSSESSION));
        let expected = Event::GenesisRetried {
            model: 0,
            root: root(2),
            until: 25,
        };
        assert_eq!(last_event(), expected);
        assert_eq!(open_vote(0), Some((vec![(0, root(2))], 25)));
        decide(0, Finding::Held);
        assert_eq!(Models::round_base(0).unwrap().base_root, root(2));
    });
}

#[test]
fn only_a_rejected_model_should_be_tried_again() {
    run(|| {
        let retry = || Models::retry_genesis(signed(OWNER), 0, root(2), POSSESSION);
        assert_ok!(register(OWNER));
        assert_noop!(retry(), Error::<Test>::NotRejected);
        decide(0, Finding::Held);
        assert_noop!(retry(), Error::<Test>::NotRejected);
    });
}

#[test]
fn only_the_owner_should_try_again() {
    run(|| {
        assert_ok!(register(OWNER));
        decide(0, Finding::Split);
        assert_noop!(
            Models::retry_genesis(signed(OTHER), 0, root(2), POSSESSION),
            Error::<Test>::NotOwner
        );
    });
}

#[test]
fn retry_should_wait_for_room_among_the_organisation_s_models_that_await_votes() {
    run(|| {
        let retry = || Models::retry_genesis(signed(OWNER), 0, root(2), POSSESSION);
        assert_ok!(register(OWNER));
        decide(0, Finding::Split);
        for _ in 0..3 {
            assert_ok!(register(OWNER));
        }
        assert_noop!(retry(), Error::<Test>::MaxPendingExceeded);
        decide(1, Finding::Held);
        assert_ok!(retry());
    });
}
