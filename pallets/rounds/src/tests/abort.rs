use crate::{
    mock::*,
    types::{RefundEnd, RefundReason, Stage},
    ActiveRounds, Error, Event, OpenRound,
};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{traits::Escrow, views::RoundPhase};

#[test]
fn the_owner_aborts_while_collecting_and_everyone_is_refunded() {
    run(|| {
        let id = open_round();
        assert_ok!(submit(id, 1_000));
        assert_ok!(submit(id, 2_000));
        assert_ok!(Rounds::abort(signed(1), id));
        assert_eq!(
            last_event(),
            Event::Aborted {
                round: id,
                reason: RefundReason::Owner
            }
        );
        assert_eq!((World::escrowed(id), world().funds[&MODEL]), (0, 10_000_000));
        assert_eq!(OpenRound::<Test>::get(MODEL), None);
        assert_eq!(round(id).phase(), RoundPhase::Aborted);
        run_for(1);
        assert_eq!(
            round(id).stage,
            Stage::Refunded {
                end: RefundEnd::Aborted
            }
        );
        assert_eq!((world().free_of(1), world().free_of(2)), (100_000, 100_000));
        assert_eq!(last_event(), Event::Refunded { round: id });
        assert!(ActiveRounds::<Test>::get().is_empty());
    });
}

#[test]
fn the_council_aborts_until_the_round_is_sealed() {
    run(|| {
        let id = open_round();
        assert_ok!(submit(id, 1_000));
        assert_ok!(submit(id, 2_000));
        run_for(10);
        assert_ok!(open(id, 1_000));
        hold(id, 0, &[0]);
        assert_noop!(Rounds::abort(signed(1), id), Error::<Test>::TooLateToAbort);
        assert_ok!(Rounds::abort(RuntimeOrigin::root(), id));
        assert_eq!(
            last_event(),
            Event::Aborted {
                round: id,
                reason: RefundReason::Council
            }
        );
        assert_noop!(Rounds::abort(RuntimeOrigin::root(), id), Error::<Test>::TooLateToAbort);

        let sealed = seal(&[1_000, 2_000]);
        assert_noop!(
            Rounds::abort(RuntimeOrigin::root(), sealed),
            Error::<Test>::TooLateToAbort
        );
    });
}

#[test]
fn nobody_else_aborts() {
    run(|| {
        let id = open_round();
        assert_noop!(Rounds::abort(signed(2), id), Error::<Test>::NotOwner);
        assert_noop!(Rounds::abort(signed(1_000), id), Error::<Test>::NotOwner);
        assert_noop!(Rounds::abort(signed(1), 9), Error::<Test>::RoundNotFound);
        assert_noop!(
            Rounds::abort(RuntimeOrigin::none(), id),
            sp_runtime::DispatchError::BadOrigin
        );
    });
}

#[test]
fn the_next_round_opens_while_bonds_of_the_aborted_one_still_return() {
    run(|| {
        let id = open_round();
        assert_ok!(submit(id, 1_000));
        assert_ok!(Rounds::abort(signed(1), id));
        let next = open_round();
        assert_ok!(submit(next, 1_000));
        run_for(1);
        assert_eq!(world().free_of(1), 100_000 - policy().bond);
    });
}
