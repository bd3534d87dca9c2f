use crate::{mock::*, Error, Event, Funds};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::traits::Escrow;

#[test]
fn the_owner_takes_what_is_not_set_aside() {
    run(|| {
        assert_ok!(Incentives::fund(signed(3), 1, 500));
        assert_ok!(Incentives::lock(1, 0, 200));
        assert_noop!(
            Incentives::withdraw_fund(signed(1), 1, 301),
            Error::<Test>::FundTooSmall
        );
        assert_ok!(Incentives::withdraw_fund(signed(1), 1, 300));
        System::assert_last_event(
            Event::FundWithdrawn {
                model: 1,
                to: account(1),
                amount: 300,
            }
            .into(),
        );
        assert_eq!(free(1), RICH + 300);
        assert!(!Funds::<Test>::contains_key(1));
    });
}

#[test]
fn nobody_else_takes_from_a_fund() {
    run(|| {
        assert_ok!(Incentives::fund(signed(3), 1, 500));
        assert_noop!(Incentives::withdraw_fund(signed(3), 1, 1), Error::<Test>::NotAuthorized);
        assert_noop!(
            Incentives::withdraw_fund(signed(1), MODELS, 1),
            Error::<Test>::ModelNotFound
        );
    });
}

#[test]
fn nothing_takes_nothing() {
    run(|| {
        assert_ok!(Incentives::withdraw_fund(signed(1), 1, 0));
        assert_eq!(free(1), RICH);
    });
}

#[test]
fn an_owner_that_does_not_exist_any_more_takes_at_least_an_existential_deposit() {
    run(|| {
        assert_ok!(Incentives::fund(signed(3), 1, 500));
        assert_ok!(Balances::transfer_all(signed(1), account(3), false));
        assert_noop!(
            Incentives::withdraw_fund(signed(1), 1, ED - 1),
            Error::<Test>::BelowExistentialDeposit
        );
        assert_ok!(Incentives::withdraw_fund(signed(1), 1, ED));
        assert_eq!(free(1), ED);
    });
}
