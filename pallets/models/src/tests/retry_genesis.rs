use crate::{mock::*, AwaitingGenesis, Error, Event};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::traits::Models as _;

#[test]
fn the_owner_of_a_rejected_model_names_another_version_0() {
    run(|| {
        assert_ok!(register(OWNER));
        Models::genesis_decided(0, false);
        run_to(5);
        assert_ok!(Models::retry_genesis(signed(OWNER), 0, root(2)));
        assert_eq!(
            last_event(),
            Event::GenesisRetried {
                model: 0,
                root: root(2),
                until: 25
            }
        );
        assert_eq!(Models::genesis_blob(0).unwrap().root, root(2));
        assert_eq!(AwaitingGenesis::<Test>::get().into_inner(), vec![0]);
        Models::genesis_decided(0, true);
        assert_eq!(Models::round_base(0).unwrap().base_root, root(2));
    });
}

#[test]
fn only_a_rejected_model_is_tried_again() {
    run(|| {
        assert_ok!(register(OWNER));
        assert_noop!(
            Models::retry_genesis(signed(OWNER), 0, root(2)),
            Error::<Test>::NotRejected
        );
        Models::genesis_decided(0, true);
        assert_noop!(
            Models::retry_genesis(signed(OWNER), 0, root(2)),
            Error::<Test>::NotRejected
        );
    });
}

#[test]
fn only_the_owner_tries_again() {
    run(|| {
        assert_ok!(register(OWNER));
        Models::genesis_decided(0, false);
        assert_noop!(
            Models::retry_genesis(signed(OTHER), 0, root(2)),
            Error::<Test>::NotOwner
        );
    });
}

#[test]
fn a_retry_waits_for_room_among_those_that_await_votes() {
    run(|| {
        assert_ok!(register(OWNER));
        Models::genesis_decided(0, false);
        for _ in 0..32 {
            assert_ok!(register(OWNER));
        }
        assert_noop!(
            Models::retry_genesis(signed(OWNER), 0, root(2)),
            Error::<Test>::MaxAwaitingExceeded
        );
        Models::genesis_decided(1, true);
        assert_ok!(Models::retry_genesis(signed(OWNER), 0, root(2)));
    });
}
