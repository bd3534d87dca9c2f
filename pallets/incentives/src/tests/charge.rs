use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::traits::Escrow;

#[test]
fn charge_should_go_to_the_treasury_for_good() {
    run(|| {
        assert_ok!(Incentives::charge(1, 100));
        System::assert_last_event(
            Event::Charged {
                organisation: 1,
                amount: 100,
            }
            .into(),
        );
        assert_eq!((free(1), free(TREASURY)), (RICH - 100, 100));
    });
}

#[test]
fn charge_should_wait_as_earnings_when_the_treasury_cannot_take_it() {
    run(|| {
        assert_ok!(Incentives::charge(1, 3));
        assert_eq!((free(TREASURY), Incentives::claimable(&account(TREASURY))), (0, 3));
    });
}

#[test]
fn charge_should_be_refused_when_the_account_would_not_stay_alive() {
    run(|| {
        assert_noop!(Incentives::charge(1, RICH), Error::<Test>::BondNotCovered);
        assert_noop!(Incentives::charge(ORGANISATIONS, 1), Error::<Test>::NotAnOrganisation);
        assert_ok!(Incentives::charge(1, 0));
        assert!(System::events().is_empty());
    });
}
