use crate::{mock::*, Error, Event, Funds};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::TokenError;

#[test]
fn anyone_adds_to_a_models_fund() {
    run(|| {
        assert_ok!(Incentives::fund(signed(3), 1, 500));
        System::assert_last_event(
            Event::Funded {
                model: 1,
                by: account(3),
                amount: 500,
            }
            .into(),
        );
        assert_ok!(Incentives::fund(signed(4), 1, 70));
        assert_eq!(Incentives::fund_of(1), 570);
        assert_eq!(free(3), RICH - 500);
    });
}

#[test]
fn a_model_that_does_not_exist_has_no_fund() {
    run(|| {
        assert_noop!(Incentives::fund(signed(3), MODELS, 500), Error::<Test>::ModelNotFound);
    });
}

#[test]
fn nothing_adds_nothing() {
    run(|| {
        assert_ok!(Incentives::fund(signed(3), 1, 0));
        assert!(!Funds::<Test>::contains_key(1));
    });
}

#[test]
fn a_giver_keeps_its_account_alive() {
    run(|| {
        assert_noop!(Incentives::fund(signed(3), 1, RICH), TokenError::NotExpendable);
        assert_noop!(Incentives::fund(signed(3), 1, RICH + 1), TokenError::FundsUnavailable);
        assert_ok!(Incentives::fund(signed(3), 1, RICH - ED));
        assert_eq!(free(3), ED);
    });
}
