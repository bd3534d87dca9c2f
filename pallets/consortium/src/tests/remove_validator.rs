use crate::{mock::*, types::ValidatorState, Error, Event, Validators};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::traits::Consortium as _;

#[test]
fn removed_validator_should_lose_its_say_at_once_and_its_place_two_rotations_later() {
    run(|| {
        assert_ok!(enact(removal(1)));
        assert!(!Consortium::is_active(&account(1)));
        assert_eq!(committee(), accounts(&[2, 3]));
        rotate(1);
        assert_eq!(Session::validators(), accounts(&[1, 2, 3]));
        assert_eq!(
            Validators::<Test>::get(account(1)).unwrap().state,
            ValidatorState::Leaving
        );
        rotate(1);
        assert_eq!(Session::validators(), accounts(&[2, 3]));
        assert_eq!(Validators::<Test>::get(account(1)), None);
        System::assert_has_event(Event::ValidatorLeft { validator: account(1) }.into());
        assert_eq!(Departed::get(), [account(1)]);
    });
}

#[test]
fn validator_that_no_session_holds_should_be_gone_at_once() {
    run(|| {
        assert_ok!(enact(registration(4, 1)));
        assert_ok!(enact(removal(4)));
        assert_eq!(Validators::<Test>::get(account(4)), None);
        assert_eq!(Departed::get(), [account(4)]);
    });
}

#[test]
fn leaving_validator_should_not_set_keys() {
    run(|| {
        assert_ok!(enact(removal(1)));
        assert_noop!(set_keys(1), pallet_session::Error::<Test>::NoAssociatedValidatorId);
    });
}

#[test]
fn validator_that_is_registered_again_should_bring_new_keys() {
    run(|| {
        assert_ok!(enact(removal(1)));
        assert_noop!(propose(registration(1, 1)), Error::<Test>::ValidatorAlreadyExists);
        rotate(2);
        let consumers = System::consumers(&account(1));
        assert_eq!(pallet_session::NextKeys::<Test>::get(account(1)), None);
        assert_ok!(enact(registration(1, 1)));
        rotate(3);
        // Whoever holds the old keys signs nothing.
        assert_eq!(committee(), accounts(&[2, 3]));
        assert_ok!(set_keys(1));
        assert_eq!(System::consumers(&account(1)), consumers + 1);
        rotate(2);
        assert_eq!(committee(), accounts(&[1, 2, 3]));
    });
}

#[test]
fn keys_of_a_validator_that_was_in_no_session_should_go_with_it() {
    run(|| {
        assert_ok!(enact(registration(4, 1)));
        assert_ok!(set_keys(4));
        assert_eq!(System::consumers(&account(4)), 1);
        assert_ok!(enact(removal(4)));
        assert_eq!(pallet_session::NextKeys::<Test>::get(account(4)), None);
        assert_eq!(System::consumers(&account(4)), 0);
        assert_ok!(enact(registration(4, 1)));
        rotate(3);
        assert_eq!(committee(), accounts(&[1, 2, 3]));
    });
}

#[test]
fn last_validator_should_not_be_removed() {
    run(|| {
        assert_ok!(enact(registration(4, 1)));
        assert_ok!(enact(removal(1)));
        assert_ok!(enact(removal(2)));
        // The fourth has no keys: it cannot stand in.
        assert_noop!(propose(removal(3)), Error::<Test>::LastValidator);
        assert_ok!(propose(removal(4)));
    });
}

#[test]
fn validator_should_be_removed_once() {
    run(|| {
        assert_noop!(propose(removal(9)), Error::<Test>::ValidatorNotFound);
        assert_ok!(enact(removal(1)));
        assert_noop!(propose(removal(1)), Error::<Test>::ValidatorNotFound);
    });
}
