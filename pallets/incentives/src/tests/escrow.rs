use crate::{mock::*, Error, Escrows, Event};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::traits::Escrow;

#[test]
fn an_escrow_is_taken_from_the_models_fund() {
    run(|| {
        assert_ok!(Incentives::fund(signed(3), 1, 500));
        assert_noop!(Incentives::lock(1, 7, 501), Error::<Test>::FundTooSmall);
        assert_noop!(Incentives::lock(0, 7, 1), Error::<Test>::FundTooSmall);
        assert_ok!(Incentives::lock(1, 7, 500));
        System::assert_last_event(
            Event::Locked {
                model: 1,
                round: 7,
                amount: 500,
            }
            .into(),
        );
        assert_eq!((Incentives::fund_of(1), Incentives::escrowed(7)), (0, 500));
    });
}

#[test]
fn pay_is_bounded_by_the_escrow() {
    run(|| {
        escrow(0, 100);
        assert_ok!(Incentives::pay(0, &account(POOR), 60));
        System::assert_last_event(
            Event::Earned {
                round: 0,
                account: account(POOR),
                amount: 60,
            }
            .into(),
        );
        assert_noop!(Incentives::pay(0, &account(POOR), 41), Error::<Test>::EscrowTooSmall);
        assert_noop!(Incentives::pay(1, &account(POOR), 1), Error::<Test>::EscrowTooSmall);
        assert_ok!(Incentives::pay(0, &account(POOR), 40));
        assert!(!Escrows::<Test>::contains_key(0));
    });
}

#[test]
fn the_rest_of_a_closed_round_goes_to_the_treasury() {
    run(|| {
        escrow(0, 100);
        assert_ok!(Incentives::pay(0, &account(POOR), 60));
        Incentives::close(0);
        System::assert_last_event(Event::EscrowClosed { round: 0, rest: 40 }.into());
        assert_eq!((free(TREASURY), Incentives::escrowed(0)), (40, 0));
    });
}

#[test]
fn dust_waits_until_the_treasury_can_take_it() {
    run(|| {
        escrow(0, 3);
        Incentives::close(0);
        assert_eq!((free(TREASURY), Incentives::claimable(&account(TREASURY))), (0, 3));
        escrow(1, ED - 3);
        Incentives::close(1);
        assert_eq!((free(TREASURY), Incentives::claimable(&account(TREASURY))), (ED, 0));
        escrow(2, 1);
        Incentives::close(2);
        assert_eq!(free(TREASURY), ED + 1);
    });
}

#[test]
fn a_refund_goes_back_to_the_fund() {
    run(|| {
        escrow(0, 100);
        assert_ok!(Incentives::pay(0, &account(POOR), 30));
        Incentives::refund(0, 0);
        System::assert_last_event(
            Event::Refunded {
                model: 0,
                round: 0,
                amount: 70,
            }
            .into(),
        );
        assert_eq!((Incentives::fund_of(0), Incentives::escrowed(0)), (70, 0));
    });
}

#[test]
fn what_is_empty_moves_nothing_and_says_nothing() {
    run(|| {
        assert_ok!(Incentives::lock(0, 0, 0));
        assert_ok!(Incentives::pay(0, &account(POOR), 0));
        Incentives::close(0);
        Incentives::refund(0, 0);
        assert!(System::events().is_empty());
        assert_eq!(Incentives::liabilities(), Some(0));
    });
}
