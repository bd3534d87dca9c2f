use crate::mock::*;
use frame_support::assert_ok;
use quorate_primitives::traits::Escrow;

/// A round of model 1 is paid from the model's fund; the bond of its one update returns.
#[test]
fn round_should_be_paid_from_the_fund_of_its_model() {
    run(|| {
        // Anyone fills the fund; when a round is opened, its reward is set aside.
        assert_ok!(Incentives::fund(signed(3), model(1), 1_000));
        assert_ok!(Incentives::lock(model(1), round(7), 600));
        // The contributor needs no tokens: its organisation puts up the bond.
        let contributor = account(POOR);
        assert_ok!(Incentives::hold_bond(ORGANISATION, round(7), &contributor, 50));
        // The round is settled: pay, bond, and the rest to the treasury.
        assert_ok!(Incentives::pay(round(7), &contributor, 500));
        Incentives::release_bond(round(7), &contributor);
        Incentives::close(round(7));
        // The contributor pulls its pay, free of charge; the owner takes what is left of the fund.
        assert_ok!(Incentives::claim(signed(POOR)));
        assert_ok!(Incentives::withdraw_fund(signed(1), model(1), 400));
        assert_eq!((free(POOR), free(TREASURY), free(ORGANISATION)), (500, 100, RICH));
    });
}
