use crate::{mock::*, Bonds, Error, Event};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::traits::Escrow;
use sp_runtime::DispatchResult;

fn bond(number: u32, key: u32, amount: u128) -> DispatchResult {
    Incentives::hold_bond(ORGANISATION, round(number), &account(key), amount)
}

#[test]
fn bond_should_return_to_the_organisation() {
    run(|| {
        assert_ok!(bond(0, POOR, 100));
        System::assert_last_event(
            Event::BondHeld {
                purpose: round(0),
                key: account(POOR),
                organisation: ORGANISATION,
                amount: 100,
            }
            .into(),
        );
        assert_ok!(bond(0, POOR + 1, 20));
        assert_eq!(free(ORGANISATION), RICH - 120);
        Incentives::release_bond(round(0), &account(POOR));
        System::assert_last_event(
            Event::BondReleased {
                purpose: round(0),
                key: account(POOR),
                organisation: ORGANISATION,
                to: account(ORGANISATION),
                amount: 100,
            }
            .into(),
        );
        assert_eq!(free(ORGANISATION), RICH - 20);
        assert!(!Bonds::<Test>::contains_key(round(0), account(POOR)));
    });
}

#[test]
fn bond_should_return_to_the_account_that_the_organisation_has_by_then() {
    run(|| {
        assert_ok!(bond(0, POOR, 100));
        admit(ORGANISATION, OUTSIDER);
        Incentives::release_bond(round(0), &account(POOR));
        assert_eq!((free(ORGANISATION), free(OUTSIDER)), (RICH - 100, RICH + 100));
    });
}

#[test]
fn bond_should_return_to_the_account_that_paid_it_when_the_organisation_has_left() {
    run(|| {
        assert_ok!(bond(0, POOR, 100));
        remove(ORGANISATION);
        Incentives::release_bond(round(0), &account(POOR));
        assert_eq!(free(ORGANISATION), RICH);
    });
}

#[test]
fn bond_should_return_to_a_suspended_organisation() {
    run(|| {
        assert_ok!(bond(0, POOR, 100));
        Suspended::set(vec![ORGANISATION]);
        Incentives::release_bond(round(0), &account(POOR));
        assert_eq!(free(ORGANISATION), RICH);
    });
}

#[test]
fn bond_should_become_earnings_when_the_account_cannot_take_it() {
    run(|| {
        assert_ok!(bond(0, POOR, ED - 1));
        admit(ORGANISATION, POOR);
        Incentives::release_bond(round(0), &account(POOR));
        assert_eq!((free(POOR), Incentives::claimable(&account(POOR))), (0, ED - 1));
    });
}

#[test]
fn slashed_bond_should_go_to_the_treasury() {
    run(|| {
        assert_ok!(bond(0, POOR, 100));
        Incentives::slash_bond(round(0), &account(POOR));
        System::assert_last_event(
            Event::BondSlashed {
                purpose: round(0),
                key: account(POOR),
                organisation: ORGANISATION,
                amount: 100,
            }
            .into(),
        );
        assert_eq!((free(ORGANISATION), free(TREASURY)), (RICH - 100, 100));
    });
}

#[test]
fn small_bond_should_be_slashed_also_before_the_treasury_exists() {
    run(|| {
        assert_ok!(bond(0, POOR, 3));
        Incentives::slash_bond(round(0), &account(POOR));
        assert_eq!((free(TREASURY), Incentives::claimable(&account(TREASURY))), (0, 3));
        endow_treasury();
        assert_ok!(Incentives::claim_for(signed(3), account(TREASURY)));
        assert_eq!(free(TREASURY), ED + 3);
    });
}

#[test]
fn bond_should_be_refused_when_the_account_would_not_stay_alive() {
    run(|| {
        let can = |amount| Incentives::can_bond(ORGANISATION, amount);
        assert!(!can(RICH));
        assert_noop!(bond(0, POOR, RICH), Error::<Test>::BondNotCovered);
        assert!(can(RICH - ED));
        assert_ok!(bond(0, POOR, RICH - ED));
        assert!(!can(1));
        assert_noop!(bond(0, POOR + 1, 1), Error::<Test>::BondNotCovered);
    });
}

#[test]
fn bond_should_be_refused_when_there_is_no_such_organisation() {
    run(|| {
        assert!(!Incentives::can_bond(ORGANISATIONS, 1));
        assert_noop!(
            Incentives::hold_bond(ORGANISATIONS, round(0), &account(POOR), 1),
            Error::<Test>::NotAnOrganisation
        );
    });
}

#[test]
fn second_bond_of_the_same_purpose_and_key_should_be_refused() {
    run(|| {
        assert_ok!(bond(0, POOR, 100));
        assert_noop!(bond(0, POOR, 100), Error::<Test>::AlreadyBonded);
        assert_ok!(bond(1, POOR, 100));
        let (organisation, key) = (ORGANISATION, account(POOR));
        assert_ok!(Incentives::hold_bond(organisation, model(0), &key, 100));
    });
}

#[test]
fn bond_should_be_released_or_slashed_once() {
    run(|| {
        assert_ok!(bond(0, POOR, 100));
        Incentives::release_bond(round(0), &account(POOR));
        Incentives::slash_bond(round(0), &account(POOR));
        Incentives::release_bond(round(0), &account(POOR));
        assert_eq!((free(ORGANISATION), free(TREASURY)), (RICH, 0));
    });
}

#[test]
fn bond_of_nothing_should_leave_no_entry() {
    run(|| {
        assert_ok!(bond(0, POOR, 0));
        assert!(!Bonds::<Test>::contains_key(round(0), account(POOR)));
        Incentives::slash_bond(round(0), &account(POOR));
        assert!(System::events().is_empty());
    });
}

#[test]
fn forfeited_bond_should_go_into_the_escrow_of_those_whom_it_was_put_up_for() {
    run(|| {
        escrow(7, 10);
        assert_ok!(bond(0, POOR, 100));
        assert_eq!(Incentives::forfeit_bond(round(0), &account(POOR), round(7)), 100);
        System::assert_last_event(
            Event::BondForfeited {
                purpose: round(0),
                key: account(POOR),
                organisation: ORGANISATION,
                amount: 100,
                into: round(7),
            }
            .into(),
        );
        assert_eq!((Incentives::escrowed(round(7)), free(TREASURY)), (110, 0));
        // Once.
        assert_eq!(Incentives::forfeit_bond(round(0), &account(POOR), round(7)), 0);
        // What is left of it goes where the escrow's goes.
        Incentives::close(round(7));
        assert_eq!(free(TREASURY), 110);
    });
}

#[test]
fn forfeited_bond_should_go_to_the_treasury_where_nobody_is_paid_any_more() {
    run(|| {
        assert_ok!(bond(0, POOR, 100));
        assert_eq!(Incentives::forfeit_bond(round(0), &account(POOR), round(7)), 0);
        assert_eq!((Incentives::escrowed(round(7)), free(TREASURY)), (0, 100));
    });
}
