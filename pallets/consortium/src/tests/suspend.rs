use crate::{mock::*, types::Target, Error, Event};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::traits::Consortium as _;

fn contributor() -> Target {
    Target::Contributor(account(CONTRIBUTOR))
}

#[test]
fn a_suspended_validator_is_out_until_reinstated() {
    run(|| {
        let target = Target::Validator(account(1));
        assert_ok!(Consortium::suspend(root(), target.clone()));
        System::assert_last_event(Event::Suspended { target: target.clone() }.into());
        assert!(!Consortium::is_active(&account(1)));
        rotate(2);
        assert_eq!(committee(), accounts(&[2, 3]));
        assert_ok!(Consortium::reinstate(root(), target));
        assert!(Consortium::is_active(&account(1)));
        rotate(2);
        assert_eq!(committee(), accounts(&[1, 2, 3]));
    });
}

#[test]
fn a_suspended_organisation_loses_seat_and_validators_until_reinstated() {
    run(|| {
        assert_ok!(Consortium::suspend(root(), Target::Organisation(1)));
        assert_eq!(Members::get(), accounts(&[ORGANISATION_0]));
        rotate(2);
        assert_eq!(committee(), accounts(&[1, 2]));
        assert_ok!(Consortium::reinstate(root(), Target::Organisation(1)));
        assert_eq!(Members::get(), accounts(&[ORGANISATION_0, ORGANISATION_1]));
        rotate(2);
        assert_eq!(committee(), accounts(&[1, 2, 3]));
    });
}

#[test]
fn an_organisation_suspends_and_reinstates_its_own_contributors_only() {
    run(|| {
        assert_ok!(Consortium::suspend(signed(ORGANISATION_0), contributor()));
        assert_eq!(Consortium::contributor(&account(CONTRIBUTOR)), None);
        assert_noop!(
            Consortium::reinstate(signed(ORGANISATION_1), contributor()),
            Error::<Test>::NotAuthorized
        );
        assert_ok!(Consortium::reinstate(signed(ORGANISATION_0), contributor()));
        assert_eq!(Consortium::contributor(&account(CONTRIBUTOR)), Some(0));
        assert_noop!(
            Consortium::suspend(signed(ORGANISATION_1), contributor()),
            Error::<Test>::NotAuthorized
        );
        let validator = Target::Validator(account(3));
        assert_noop!(
            Consortium::suspend(signed(ORGANISATION_0), validator),
            Error::<Test>::NotAuthorized
        );
    });
}

#[test]
fn an_organisation_cannot_lift_what_the_consortium_imposed() {
    run(|| {
        assert_ok!(Consortium::suspend(signed(ORGANISATION_0), contributor()));
        assert_ok!(Consortium::suspend(root(), contributor()));
        assert_noop!(
            Consortium::reinstate(signed(ORGANISATION_0), contributor()),
            Error::<Test>::NotAuthorized
        );
        assert_ok!(Consortium::reinstate(root(), contributor()));
        assert_eq!(Consortium::contributor(&account(CONTRIBUTOR)), Some(0));
    });
}

#[test]
fn nobody_is_suspended_twice_or_reinstated_without_need() {
    run(|| {
        for target in [Target::Organisation(1), Target::Validator(account(1)), contributor()] {
            assert_noop!(
                Consortium::reinstate(root(), target.clone()),
                Error::<Test>::NotSuspended
            );
            assert_ok!(Consortium::suspend(root(), target.clone()));
            assert_noop!(Consortium::suspend(root(), target), Error::<Test>::AlreadySuspended);
        }
    });
}

#[test]
fn suspension_leaves_a_validator_and_a_seat() {
    run(|| {
        assert_ok!(Consortium::suspend(root(), Target::Organisation(1)));
        assert_noop!(
            Consortium::suspend(root(), Target::Organisation(0)),
            Error::<Test>::LastOrganisation
        );
        assert_ok!(Consortium::suspend(root(), Target::Validator(account(1))));
        let last = Target::Validator(account(2));
        assert_noop!(Consortium::suspend(root(), last), Error::<Test>::LastValidator);
    });
}

#[test]
fn what_does_not_exist_cannot_be_suspended() {
    run(|| {
        assert_noop!(
            Consortium::suspend(root(), Target::Organisation(9)),
            Error::<Test>::OrganisationNotFound
        );
        let validator = Target::Validator(account(9));
        assert_noop!(Consortium::suspend(root(), validator), Error::<Test>::ValidatorNotFound);
        let contributor = Target::Contributor(account(9));
        assert_noop!(
            Consortium::suspend(root(), contributor),
            Error::<Test>::ContributorNotFound
        );
    });
}
