use crate::{mock::*, types::ValidatorState, Error, Validators};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::traits::Consortium as _;
use sp_runtime::DispatchError::BadOrigin;

#[test]
fn the_validators_of_a_removed_organisation_leave() {
    run(|| {
        assert_ok!(Consortium::remove(root(), 1));
        assert_eq!(
            Validators::<Test>::get(account(3)).unwrap().state,
            ValidatorState::Leaving
        );
        assert!(!Consortium::is_active(&account(3)));
        assert_eq!(committee(), accounts(&[1, 2, 3]));
        rotate(2);
        assert_eq!(committee(), accounts(&[1, 2]));
        assert_eq!(Validators::<Test>::get(account(3)), None);
    });
}

#[test]
fn a_removed_organisation_loses_its_seat_and_its_contributors_count_no_more() {
    run(|| {
        assert_ok!(Consortium::remove(root(), 0));
        assert_eq!(Members::get(), accounts(&[ORGANISATION_1]));
        assert_eq!(Consortium::organisation_of(&account(ORGANISATION_0)), None);
        assert_eq!(Consortium::organisation_account(0), None);
        assert_eq!(Consortium::contributor(&account(CONTRIBUTOR)), None);
    });
}

#[test]
fn the_last_organisation_and_the_last_validator_stay() {
    run(|| {
        assert_ok!(Consortium::remove_validator(root(), account(3)));
        assert_noop!(Consortium::remove(root(), 0), Error::<Test>::LastValidator);
        assert_ok!(Consortium::remove(root(), 1));
        assert_noop!(Consortium::remove(root(), 0), Error::<Test>::LastOrganisation);
    });
}

#[test]
fn only_governance_removes_and_only_what_is_there() {
    run(|| {
        assert_noop!(Consortium::remove(signed(ORGANISATION_0), 1), BadOrigin);
        assert_noop!(Consortium::remove(root(), 9), Error::<Test>::OrganisationNotFound);
    });
}
