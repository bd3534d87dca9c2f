use crate::{mock::*, Call, Error, Event};
use frame_support::{assert_noop, assert_ok, dispatch::CheckIfFeeless};
use quorate_primitives::update::UpdateStatus;

#[test]
fn withdrawal_should_return_the_bond_and_be_final() {
    run(|| {
        let id = open_round();
        assert_ok!(submit(id, 1_000));
        let call = RuntimeCall::Rounds(Call::withdraw { round: id });
        assert!(call.is_feeless(&signed(1_000)));
        assert_ok!(Rounds::withdraw(signed(1_000), id));
        assert_eq!(
            last_event(),
            Event::Withdrawn {
                round: id,
                position: 0,
                contributor: account(1_000)
            }
        );
        assert_eq!(ledger().free_of(1), START);
        assert_eq!(update(id, 0).status, UpdateStatus::Withdrawn);
        assert_noop!(submit(id, 1_000), Error::<Test>::AlreadySubmitted);
        assert_noop!(Rounds::withdraw(signed(1_000), id), Error::<Test>::NotCommitted);
        assert!(!call.is_feeless(&signed(1_000)));
    });
}

#[test]
fn withdrawal_should_make_room_for_another_contributor() {
    run(|| {
        let id = open_round();
        for who in [1_000, 2_000, 3_000] {
            assert_ok!(submit(id, who));
        }
        assert_ok!(Rounds::withdraw(signed(3_000), id));
        assert_ok!(submit(id, 4_000));
        assert_ok!(submit(id, 5_000));
        assert_noop!(submit(id, 6_000), Error::<Test>::MaxUpdatesReached);
        idle();
        assert_eq!((round(id).submissions, round(id).committed), (5, 4));
    });
}

#[test]
fn nobody_should_withdraw_what_is_not_theirs_or_after_collecting() {
    run(|| {
        let id = open_round();
        assert_ok!(submit(id, 1_000));
        assert_ok!(submit(id, 2_000));
        assert_noop!(Rounds::withdraw(signed(3_000), id), Error::<Test>::NotSubmitted);
        run_to(11);
        assert_noop!(Rounds::withdraw(signed(1_000), id), Error::<Test>::NotCollecting);
    });
}
