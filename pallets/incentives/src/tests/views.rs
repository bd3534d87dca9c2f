use crate::{
    mock::*,
    types::{EarningsStatus, EscrowEntry, PurposeStatus},
};
use frame_support::assert_ok;
use quorate_primitives::traits::Escrow;

#[test]
fn purpose_should_show_fund_owner_and_escrow() {
    run(|| {
        assert_ok!(Incentives::fund(signed(3), model(1), 1_000));
        assert_ok!(Incentives::lock(model(1), round(7), 600));
        let fund = PurposeStatus {
            owner: Some(1),
            fund: 400,
            escrow: None,
        };
        assert_eq!(Incentives::purpose_status(model(1)), fund);
        let set_aside = PurposeStatus {
            owner: None,
            fund: 0,
            escrow: Some(EscrowEntry {
                fund: model(1),
                amount: 600,
            }),
        };
        assert_eq!(Incentives::purpose_status(round(7)), set_aside);
    });
}

#[test]
fn earnings_should_be_shown_with_whether_they_can_be_claimed() {
    run(|| {
        let earned = |amount, payable| EarningsStatus { amount, payable };
        assert_eq!(Incentives::earnings_status(account(POOR)), earned(0, false));
        escrow(7, 100);
        assert_ok!(Incentives::pay(round(7), &account(POOR), ED - 1));
        assert_eq!(Incentives::earnings_status(account(POOR)), earned(ED - 1, false));
        assert_ok!(Incentives::pay(round(7), &account(POOR), 1));
        assert_eq!(Incentives::earnings_status(account(POOR)), earned(ED, true));
        assert_ok!(Incentives::claim(signed(POOR)));
        assert_eq!(Incentives::earnings_status(account(POOR)), earned(0, false));
    });
}

#[test]
fn stake_of_an_organisation_should_be_the_sum_of_its_bonds() {
    run(|| {
        for (key, amount) in [(POOR, 30), (POOR + 1, 12)] {
            assert_ok!(Incentives::hold_bond(ORGANISATION, round(0), &account(key), amount));
        }
        assert_ok!(Incentives::hold_bond(0, round(0), &account(POOR + 2), 100));
        assert_ok!(Incentives::hold_bond(ORGANISATION, round(1), &account(POOR), 1_000));
        assert_eq!(Incentives::bonded(round(0), ORGANISATION), 42);
        Incentives::release_bond(round(0), &account(POOR));
        assert_eq!(Incentives::bonded(round(0), ORGANISATION), 12);
        assert_eq!(Incentives::bonded(round(2), ORGANISATION), 0);
    });
}
