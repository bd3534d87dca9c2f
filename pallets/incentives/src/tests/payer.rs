//! Whatever account speaks for an organisation, the pot and the treasury pay for none.

use crate::{mock::*, Error};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{traits::Escrow, AccountId};

/// Let this account speak for the organisation, as far as this pallet knows.
fn speak(account: AccountId) {
    Organisations::mutate(|organisations| organisations.insert(ORGANISATION, account));
}

#[test]
fn pot_and_treasury_should_pay_no_bond_and_no_charge() {
    run(|| {
        assert_ok!(Incentives::fund(signed(0), model(0), 5_000));
        assert_ok!(Balances::transfer_keep_alive(signed(1), account(TREASURY), 5_000));
        for reserved in [Incentives::pot(), account(TREASURY)] {
            speak(reserved.clone());
            assert!(!Incentives::can_bond(ORGANISATION, 100));
            assert_noop!(
                Incentives::hold_bond(ORGANISATION, round(0), &account(POOR), 100),
                Error::<Test>::ReservedAccount
            );
            assert_noop!(Incentives::charge(ORGANISATION, 100), Error::<Test>::ReservedAccount);
            assert_eq!(Incentives::surplus(), Some(0));
        }
    });
}

#[test]
fn tokens_of_pot_and_treasury_should_not_return_as_somebody_elses_bond() {
    run(|| {
        assert_ok!(Incentives::fund(signed(0), model(0), 5_000));
        assert_ok!(Balances::transfer_keep_alive(signed(1), account(TREASURY), 5_000));
        for reserved in [Incentives::pot(), account(TREASURY)] {
            speak(reserved);
            let _ = Incentives::hold_bond(ORGANISATION, round(0), &account(POOR), 4_000);
            speak(account(ORGANISATION));
            Incentives::release_bond(round(0), &account(POOR));
            assert_eq!((free(ORGANISATION), free(TREASURY)), (RICH, 5_000));
            assert_eq!(Incentives::fund_of(model(0)), 5_000);
        }
    });
}
