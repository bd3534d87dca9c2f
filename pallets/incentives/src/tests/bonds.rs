use crate::{mock::*, Bonds, Error, Event};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::traits::Escrow;
use sp_runtime::DispatchResult;

fn bond(round: u32, contributor: u8, amount: u128) -> DispatchResult {
    Incentives::hold_bond(&account(ORGANISATION), round, &account(contributor), amount)
}

#[test]
fn a_bond_is_held_on_the_organisations_account_and_returns() {
    run(|| {
        assert_ok!(bond(0, POOR, 100));
        assert_ok!(bond(0, POOR + 1, 20));
        assert_eq!((free(ORGANISATION), held(ORGANISATION)), (RICH - 120, 120));
        Incentives::release_bond(0, &account(POOR));
        System::assert_last_event(
            Event::BondReleased {
                round: 0,
                contributor: account(POOR),
                amount: 100,
            }
            .into(),
        );
        assert_eq!((free(ORGANISATION), held(ORGANISATION)), (RICH - 20, 20));
        assert!(!Bonds::<Test>::contains_key(0, account(POOR)));
    });
}

#[test]
fn a_taken_bond_goes_to_the_treasury() {
    run(|| {
        assert_ok!(bond(0, POOR, 100));
        Incentives::slash_bond(0, &account(POOR));
        System::assert_last_event(
            Event::BondSlashed {
                round: 0,
                contributor: account(POOR),
                amount: 100,
            }
            .into(),
        );
        assert_eq!(
            (free(ORGANISATION), held(ORGANISATION), free(TREASURY)),
            (RICH - 100, 0, 100)
        );
    });
}

#[test]
fn a_small_bond_is_taken_also_before_the_treasury_exists() {
    run(|| {
        assert_ok!(bond(0, POOR, 3));
        Incentives::slash_bond(0, &account(POOR));
        assert_eq!((free(TREASURY), Incentives::claimable(&account(TREASURY))), (0, 3));
        endow_treasury();
        assert_ok!(Incentives::claim_for(signed(3), account(TREASURY)));
        assert_eq!(free(TREASURY), ED + 3);
    });
}

#[test]
fn an_organisation_must_cover_its_bonds_and_stay_alive() {
    run(|| {
        assert_noop!(bond(0, POOR, RICH), Error::<Test>::BondNotCovered);
        assert_ok!(bond(0, POOR, RICH - ED));
        assert_noop!(bond(0, POOR + 1, 1), Error::<Test>::BondNotCovered);
    });
}

#[test]
fn there_is_one_bond_for_a_contributor_and_round() {
    run(|| {
        assert_ok!(bond(0, POOR, 100));
        assert_noop!(bond(0, POOR, 100), Error::<Test>::AlreadyBonded);
        assert_ok!(bond(1, POOR, 100));
    });
}

#[test]
fn nothing_is_released_or_taken_twice() {
    run(|| {
        assert_ok!(bond(0, POOR, 100));
        Incentives::release_bond(0, &account(POOR));
        Incentives::slash_bond(0, &account(POOR));
        Incentives::release_bond(0, &account(POOR));
        assert_eq!((free(ORGANISATION), free(TREASURY)), (RICH, 0));
    });
}

#[test]
fn a_bond_of_nothing_is_no_bond() {
    run(|| {
        assert_ok!(bond(0, POOR, 0));
        assert!(!Bonds::<Test>::contains_key(0, account(POOR)));
        Incentives::slash_bond(0, &account(POOR));
        assert!(System::events().is_empty());
    });
}
