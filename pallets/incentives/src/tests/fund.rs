use crate::{mock::*, Error, Event, Funds};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::purpose::Purpose;
use sp_runtime::TokenError;

#[test]
fn anyone_should_be_able_to_add_to_a_fund() {
    run(|| {
        assert_ok!(Incentives::fund(signed(3), model(1), 500));
        System::assert_last_event(
            Event::Funded {
                purpose: model(1),
                by: account(3),
                amount: 500,
            }
            .into(),
        );
        assert_ok!(Incentives::fund(signed(4), model(1), 70));
        assert_eq!(Incentives::fund_of(model(1)), 570);
        assert_eq!(free(3), RICH - 500);
    });
}

#[test]
fn purpose_without_an_owner_should_have_no_fund() {
    run(|| {
        let unowned = [model(MODELS), round(0), Purpose::Evaluation(0), Purpose::Artifact(0)];
        for purpose in unowned {
            assert_noop!(
                Incentives::fund(signed(3), purpose, 500),
                Error::<Test>::PurposeNotFound
            );
        }
    });
}

#[test]
fn nothing_should_add_nothing() {
    run(|| {
        assert_ok!(Incentives::fund(signed(3), model(1), 0));
        assert!(!Funds::<Test>::contains_key(model(1)));
    });
}

#[test]
fn giver_should_keep_its_account_alive() {
    run(|| {
        let give = |amount| Incentives::fund(signed(3), model(1), amount);
        assert_noop!(give(RICH), TokenError::NotExpendable);
        assert_noop!(give(RICH + 1), TokenError::FundsUnavailable);
        assert_ok!(give(RICH - ED));
        assert_eq!(free(3), ED);
    });
}
