use crate::{
    mock::*,
    types::{Target, ValidatorState},
    Endings, Error, Event, Validators,
};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::traits::Consortium as _;

#[test]
fn validators_of_a_removed_organisation_should_leave() {
    run(|| {
        assert_ok!(enact(remove(1)));
        assert_eq!(
            Validators::<Test>::get(account(3)).unwrap().state,
            ValidatorState::Leaving
        );
        assert!(!Consortium::is_active(&account(3)));
        assert_eq!(Session::validators(), accounts(&[1, 2, 3]));
        rotate(2);
        assert_eq!(Session::validators(), accounts(&[1, 2]));
        assert_eq!(Validators::<Test>::get(account(3)), None);
    });
}

#[test]
fn removed_organisation_should_lose_its_seat_and_the_say_of_its_contributors() {
    run(|| {
        assert_ok!(enact(remove(0)));
        System::assert_has_event(Event::OrganisationRemoved { organisation: 0 }.into());
        assert_eq!(Council::get(), accounts(&[ORGANISATION_1]));
        assert_eq!(Consortium::organisation_of(&account(ORGANISATION_0)), None);
        assert_eq!(Consortium::organisation_account(0), None);
        assert_eq!(Consortium::contributor(&account(CONTRIBUTOR)), None);
    });
}

#[test]
fn last_organisation_and_last_validator_should_stay() {
    run(|| {
        assert_ok!(enact(removal(3)));
        assert_noop!(propose(remove(0)), Error::<Test>::LastValidator);
        assert_ok!(enact(remove(1)));
        assert_noop!(propose(remove(0)), Error::<Test>::LastOrganisation);
    });
}

#[test]
fn only_an_organisation_that_is_there_should_be_removed() {
    run(|| {
        assert_noop!(propose(remove(9)), Error::<Test>::OrganisationNotFound);
    });
}

#[test]
fn removal_of_suspended_members_should_leave_no_ending_behind() {
    run(|| {
        assert_ok!(propose(remove(1)));
        assert_ok!(Consortium::suspend(root(), Target::Validator(account(3))));
        assert_ok!(Consortium::suspend(root(), Target::Organisation(1)));
        wait(DELAY);
        assert_eq!(Consortium::organisation_account(1), None);
        assert_eq!(Endings::<Test>::iter().count(), 0);
    });
}
