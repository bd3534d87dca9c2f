use crate::mock::*;
use frame_support::{assert_ok, traits::fungible::Inspect};
use quorate_primitives::traits::Escrow;

#[test]
fn pot_should_have_an_existential_deposit_since_genesis() {
    run(|| {
        assert_eq!(Balances::balance(&Incentives::pot()), ED);
        assert_eq!(Balances::total_issuance(), u128::from(RICH_ACCOUNTS) * RICH + ED);
    });
}

#[test]
fn pot_should_outlive_every_payment() {
    run(|| {
        escrow(0, 100);
        assert_ok!(Incentives::pay(round(0), &account(POOR), 100));
        assert_ok!(Incentives::claim(signed(POOR)));
        assert_eq!(Balances::balance(&Incentives::pot()), ED);
        escrow(1, 1);
        assert_eq!(Incentives::escrowed(round(1)), 1);
        Incentives::refund(round(1));
    });
}

#[test]
fn tokens_sent_to_the_pot_should_be_on_no_ledger_and_disturb_nothing() {
    run(|| {
        assert_ok!(Balances::transfer_allow_death(signed(3), Incentives::pot(), 5));
        assert_eq!(Incentives::surplus(), Some(5));
        assert_ok!(Incentives::do_try_state());
        assert_ok!(Balances::transfer_allow_death(
            RuntimeOrigin::signed(Incentives::pot()),
            account(3),
            5
        ));
    });
}
