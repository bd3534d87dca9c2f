use crate::{mock::*, Call, Earnings, Error, Event};
use frame_support::{assert_noop, assert_ok, dispatch::CheckIfFeeless};
use quorate_primitives::traits::Escrow;

fn earn(number: u32, amount: u128) {
    escrow(0, amount);
    assert_ok!(Incentives::pay(round(0), &account(number), amount));
}

#[test]
fn claim_should_pay_all_earnings_of_all_purposes() {
    run(|| {
        earn(3, 100);
        escrow(1, 50);
        assert_ok!(Incentives::pay(round(1), &account(3), 20));
        assert_eq!(Incentives::claimable(&account(3)), 120);
        assert_ok!(Incentives::claim(signed(3)));
        System::assert_last_event(
            Event::Claimed {
                account: account(3),
                amount: 120,
            }
            .into(),
        );
        assert_eq!(free(3), RICH + 120);
        assert!(!Earnings::<Test>::contains_key(account(3)));
    });
}

#[test]
fn second_claim_should_find_nothing() {
    run(|| {
        earn(3, 100);
        assert_ok!(Incentives::claim(signed(3)));
        assert_noop!(Incentives::claim(signed(3)), Error::<Test>::NothingToClaim);
    });
}

#[test]
fn account_without_tokens_should_be_paid_from_the_existential_deposit_on() {
    run(|| {
        System::inc_sufficients(&account(POOR));
        earn(POOR, ED - 1);
        assert_noop!(Incentives::claim(signed(POOR)), Error::<Test>::BelowExistentialDeposit);
        assert_eq!(Incentives::claimable(&account(POOR)), ED - 1);
        earn(POOR, 1);
        assert_ok!(Incentives::claim(signed(POOR)));
        assert_eq!(free(POOR), ED);
    });
}

#[test]
fn small_pay_should_go_to_an_account_that_exists() {
    run(|| {
        earn(3, 1);
        assert_ok!(Incentives::claim(signed(3)));
        assert_eq!(free(3), RICH + 1);
    });
}

#[test]
fn claim_should_be_free_exactly_when_it_would_succeed() {
    run(|| {
        let call = Call::<Test>::claim {};
        assert!(!call.is_feeless(&signed(POOR)));
        earn(POOR, ED - 1);
        assert!(!call.is_feeless(&signed(POOR)));
        earn(POOR, 1);
        assert!(call.is_feeless(&signed(POOR)));
        assert!(!call.is_feeless(&RuntimeOrigin::root()));
        assert_ok!(Incentives::claim(signed(POOR)));
        assert!(!call.is_feeless(&signed(POOR)));
    });
}

#[test]
fn anyone_should_be_able_to_have_another_account_paid() {
    run(|| {
        earn(POOR, 100);
        assert_ok!(Incentives::claim_for(signed(3), account(POOR)));
        assert_eq!((free(POOR), free(3)), (100, RICH));
        assert_noop!(
            Incentives::claim_for(signed(3), account(POOR)),
            Error::<Test>::NothingToClaim
        );
    });
}
