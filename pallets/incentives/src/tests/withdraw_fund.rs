use crate::{mock::*, Error, Event, Funds};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::traits::Escrow;
use sp_runtime::DispatchResult;

fn withdraw(who: u32, amount: u128) -> DispatchResult {
    Incentives::withdraw_fund(signed(who), model(1), amount)
}

#[test]
fn owner_should_take_what_is_not_set_aside() {
    run(|| {
        assert_ok!(Incentives::fund(signed(3), model(1), 500));
        assert_ok!(Incentives::lock(model(1), round(0), 200));
        assert_noop!(withdraw(1, 301), Error::<Test>::FundTooSmall);
        assert_ok!(withdraw(1, 300));
        System::assert_last_event(
            Event::FundWithdrawn {
                purpose: model(1),
                organisation: 1,
                to: account(1),
                amount: 300,
            }
            .into(),
        );
        assert_eq!(free(1), RICH + 300);
        assert!(!Funds::<Test>::contains_key(model(1)));
    });
}

#[test]
fn others_should_take_nothing() {
    run(|| {
        assert_ok!(Incentives::fund(signed(3), model(1), 500));
        assert_noop!(withdraw(3, 1), Error::<Test>::NotOwner);
        assert_noop!(withdraw(OUTSIDER, 1), Error::<Test>::NotAnOrganisation);
        assert_noop!(
            Incentives::withdraw_fund(signed(1), model(MODELS), 1),
            Error::<Test>::PurposeNotFound
        );
    });
}

#[test]
fn replaced_account_should_take_nothing_and_its_successor_all() {
    run(|| {
        assert_ok!(Incentives::fund(signed(3), model(1), 500));
        admit(1, OUTSIDER);
        assert_noop!(withdraw(1, 1), Error::<Test>::NotAnOrganisation);
        assert_ok!(withdraw(OUTSIDER, 500));
        assert_eq!(free(OUTSIDER), RICH + 500);
    });
}

#[test]
fn suspended_owner_should_take_nothing() {
    run(|| {
        assert_ok!(Incentives::fund(signed(3), model(1), 500));
        Suspended::set(vec![1]);
        assert_noop!(withdraw(1, 1), Error::<Test>::NotAnOrganisation);
        assert_eq!(Incentives::fund_of(model(1)), 500);
    });
}

#[test]
fn nothing_should_take_nothing() {
    run(|| {
        assert_ok!(withdraw(1, 0));
        assert_eq!(free(1), RICH);
    });
}

#[test]
fn owner_whose_account_died_should_take_at_least_an_existential_deposit() {
    run(|| {
        assert_ok!(Incentives::fund(signed(3), model(1), 500));
        assert_ok!(Balances::transfer_all(signed(1), account(3), false));
        assert_noop!(withdraw(1, ED - 1), Error::<Test>::BelowExistentialDeposit);
        assert_ok!(withdraw(1, ED));
        assert_eq!(free(1), ED);
    });
}
