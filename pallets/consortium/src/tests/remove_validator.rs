use crate::{mock::*, types::ValidatorState, Error, Event, Validators};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::traits::Consortium as _;
use sp_runtime::DispatchError::BadOrigin;

#[test]
fn a_removed_validator_is_not_heard_at_once_and_out_of_the_set_two_rotations_later() {
    run(|| {
        assert_ok!(Consortium::remove_validator(root(), account(1)));
        assert!(!Consortium::is_active(&account(1)));
        rotate(1);
        assert_eq!(committee(), accounts(&[1, 2, 3]));
        assert_eq!(
            Validators::<Test>::get(account(1)).unwrap().state,
            ValidatorState::Leaving
        );
        rotate(1);
        assert_eq!(committee(), accounts(&[2, 3]));
        assert_eq!(Validators::<Test>::get(account(1)), None);
        System::assert_has_event(Event::ValidatorLeft { validator: account(1) }.into());
    });
}

#[test]
fn a_validator_that_no_session_holds_is_gone_at_once() {
    run(|| {
        assert_ok!(register(4, 1));
        assert_ok!(Consortium::remove_validator(root(), account(4)));
        assert_eq!(Validators::<Test>::get(account(4)), None);
    });
}

#[test]
fn a_leaving_validator_cannot_set_keys() {
    run(|| {
        assert_ok!(Consortium::remove_validator(root(), account(1)));
        assert_noop!(set_keys(1), pallet_session::Error::<Test>::NoAssociatedValidatorId);
    });
}

#[test]
fn a_validator_that_left_can_be_registered_again() {
    run(|| {
        assert_ok!(Consortium::remove_validator(root(), account(1)));
        assert_noop!(register(1, 1), Error::<Test>::ValidatorAlreadyExists);
        rotate(2);
        assert_ok!(register(1, 1));
        rotate(2);
        assert_eq!(committee(), accounts(&[1, 2, 3]));
    });
}

#[test]
fn the_last_validator_cannot_be_removed() {
    run(|| {
        assert_ok!(register(4, 1));
        assert_ok!(Consortium::remove_validator(root(), account(1)));
        assert_ok!(Consortium::remove_validator(root(), account(2)));
        // The fourth has no keys: it cannot stand in.
        assert_noop!(
            Consortium::remove_validator(root(), account(3)),
            Error::<Test>::LastValidator
        );
        assert_ok!(Consortium::remove_validator(root(), account(4)));
    });
}

#[test]
fn only_governance_removes_a_validator_and_only_once() {
    run(|| {
        assert_noop!(
            Consortium::remove_validator(signed(ORGANISATION_0), account(1)),
            BadOrigin
        );
        assert_noop!(
            Consortium::remove_validator(root(), account(9)),
            Error::<Test>::ValidatorNotFound
        );
        assert_ok!(Consortium::remove_validator(root(), account(1)));
        assert_noop!(
            Consortium::remove_validator(root(), account(1)),
            Error::<Test>::ValidatorNotFound
        );
    });
}
