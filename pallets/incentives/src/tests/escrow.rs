use crate::{mock::*, Error, Escrows, Event};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{purpose::Purpose, traits::Escrow};

#[test]
fn lock_should_take_from_the_fund_that_it_names() {
    run(|| {
        assert_ok!(Incentives::fund(signed(3), model(1), 500));
        assert!(!Incentives::can_lock(model(1), 501));
        assert_noop!(Incentives::lock(model(1), round(7), 501), Error::<Test>::FundTooSmall);
        assert_noop!(Incentives::lock(model(0), round(7), 1), Error::<Test>::FundTooSmall);
        assert!(Incentives::can_lock(model(1), 500));
        assert_ok!(Incentives::lock(model(1), round(7), 500));
        System::assert_last_event(
            Event::Locked {
                fund: model(1),
                purpose: round(7),
                amount: 500,
            }
            .into(),
        );
        assert_eq!(
            (Incentives::fund_of(model(1)), Incentives::escrowed(round(7))),
            (0, 500)
        );
    });
}

#[test]
fn escrow_of_any_purpose_should_be_paid_from() {
    run(|| {
        let evaluation = Purpose::Evaluation(1);
        assert_ok!(Incentives::fund(signed(3), model(1), 500));
        assert_ok!(Incentives::lock(model(1), evaluation, 500));
        assert_ok!(Incentives::pay(evaluation, &account(POOR), 200));
        Incentives::refund(evaluation);
        assert_eq!(Incentives::fund_of(model(1)), 300);
    });
}

#[test]
fn escrow_should_not_be_filled_from_two_funds() {
    run(|| {
        assert_ok!(Incentives::fund(signed(3), model(0), 500));
        assert_ok!(Incentives::fund(signed(3), model(1), 500));
        assert_ok!(Incentives::lock(model(0), round(7), 100));
        assert_noop!(
            Incentives::lock(model(1), round(7), 100),
            Error::<Test>::EscrowOfAnotherFund
        );
        assert_ok!(Incentives::lock(model(0), round(7), 100));
        assert_eq!(Incentives::escrowed(round(7)), 200);
    });
}

#[test]
fn escrow_should_go_into_another_as_a_whole_and_back_to_that_one_s_fund() {
    run(|| {
        assert_ok!(Incentives::fund(signed(3), model(0), 500));
        assert_ok!(Incentives::fund(signed(3), model(1), 500));
        assert_ok!(Incentives::lock(model(0), round(7), 100));
        assert_ok!(Incentives::lock(model(1), round(8), 50));
        Incentives::transfer(round(7), round(8));
        System::assert_last_event(
            Event::Transferred {
                from: round(7),
                into: round(8),
                amount: 100,
            }
            .into(),
        );
        assert_eq!(
            (Incentives::escrowed(round(7)), Incentives::escrowed(round(8))),
            (0, 150)
        );
        // What is not there goes nowhere.
        Incentives::transfer(round(7), round(8));
        Incentives::refund(round(8));
        assert_eq!(
            (Incentives::fund_of(model(0)), Incentives::fund_of(model(1))),
            (400, 600)
        );
        // Where there is no other it is moved with its fund.
        assert_ok!(Incentives::lock(model(0), round(7), 100));
        Incentives::transfer(round(7), round(8));
        Incentives::refund(round(8));
        assert_eq!(Incentives::fund_of(model(0)), 400);
    });
}

#[test]
fn part_of_an_escrow_should_go_into_another_and_no_more_than_there_is() {
    run(|| {
        assert_ok!(Incentives::fund(signed(3), model(0), 500));
        assert_ok!(Incentives::lock(model(0), round(7), 100));
        Incentives::transfer_part(round(7), Purpose::Reserve, 30);
        System::assert_last_event(
            Event::Transferred {
                from: round(7),
                into: Purpose::Reserve,
                amount: 30,
            }
            .into(),
        );
        let amounts = || (Incentives::escrowed(round(7)), Incentives::escrowed(Purpose::Reserve));
        assert_eq!(amounts(), (70, 30));
        // Nothing goes nowhere, and an escrow into itself stays what it is.
        let events = System::events().len();
        Incentives::transfer_part(round(8), Purpose::Reserve, 30);
        Incentives::transfer_part(round(7), Purpose::Reserve, 0);
        Incentives::transfer_part(round(7), round(7), 30);
        assert_eq!((amounts(), System::events().len()), ((70, 30), events));
        Incentives::transfer_part(round(7), Purpose::Reserve, 71);
        assert_eq!(amounts(), (0, 100));
        assert!(!Escrows::<Test>::contains_key(round(7)));
        assert_ok!(Incentives::pay(Purpose::Reserve, &account(POOR), 100));
        assert!(!Escrows::<Test>::contains_key(Purpose::Reserve));
    });
}

#[test]
fn pay_should_be_bounded_by_the_escrow() {
    run(|| {
        escrow(0, 100);
        assert_ok!(Incentives::pay(round(0), &account(POOR), 60));
        System::assert_last_event(
            Event::Earned {
                purpose: round(0),
                account: account(POOR),
                amount: 60,
            }
            .into(),
        );
        let pay = |number, amount| Incentives::pay(round(number), &account(POOR), amount);
        assert_noop!(pay(0, 41), Error::<Test>::EscrowTooSmall);
        assert_noop!(pay(1, 1), Error::<Test>::EscrowTooSmall);
        assert_ok!(pay(0, 40));
        assert!(!Escrows::<Test>::contains_key(round(0)));
    });
}

#[test]
fn rest_of_a_closed_escrow_should_go_to_the_treasury() {
    run(|| {
        escrow(0, 100);
        assert_ok!(Incentives::pay(round(0), &account(POOR), 60));
        Incentives::close(round(0));
        System::assert_last_event(
            Event::EscrowClosed {
                purpose: round(0),
                rest: 40,
            }
            .into(),
        );
        assert_eq!((free(TREASURY), Incentives::escrowed(round(0))), (40, 0));
    });
}

#[test]
fn dust_should_wait_until_the_treasury_can_take_it() {
    run(|| {
        escrow(0, 3);
        Incentives::close(round(0));
        assert_eq!((free(TREASURY), Incentives::claimable(&account(TREASURY))), (0, 3));
        escrow(1, ED - 3);
        Incentives::close(round(1));
        assert_eq!((free(TREASURY), Incentives::claimable(&account(TREASURY))), (ED, 0));
        escrow(2, 1);
        Incentives::close(round(2));
        assert_eq!(free(TREASURY), ED + 1);
    });
}

#[test]
fn refund_should_go_back_to_the_fund_that_the_escrow_came_from() {
    run(|| {
        assert_ok!(Incentives::fund(signed(3), model(2), 100));
        assert_ok!(Incentives::lock(model(2), round(0), 100));
        assert_ok!(Incentives::pay(round(0), &account(POOR), 30));
        Incentives::refund(round(0));
        System::assert_last_event(
            Event::Refunded {
                fund: model(2),
                purpose: round(0),
                amount: 70,
            }
            .into(),
        );
        assert_eq!((Incentives::fund_of(model(2)), Incentives::escrowed(round(0))), (70, 0));
    });
}

#[test]
fn part_of_an_escrow_should_go_back_to_its_fund() {
    run(|| {
        escrow(0, 100);
        Incentives::give_back(round(0), 30);
        let refunded = |amount| Event::Refunded {
            fund: model(0),
            purpose: round(0),
            amount,
        };
        System::assert_last_event(refunded(30).into());
        assert_eq!(
            (Incentives::fund_of(model(0)), Incentives::escrowed(round(0))),
            (30, 70)
        );
        Incentives::give_back(round(0), 1_000);
        System::assert_last_event(refunded(70).into());
        assert!(!Escrows::<Test>::contains_key(round(0)));
        assert_eq!(Incentives::fund_of(model(0)), 100);
    });
}

#[test]
fn nothing_should_move_nothing_without_an_event() {
    run(|| {
        assert_ok!(Incentives::lock(model(0), round(0), 0));
        assert_ok!(Incentives::pay(round(0), &account(POOR), 0));
        Incentives::give_back(round(0), 5);
        Incentives::close(round(0));
        Incentives::refund(round(0));
        assert!(System::events().is_empty());
        assert_eq!(Incentives::liabilities(), Some(0));
    });
}
