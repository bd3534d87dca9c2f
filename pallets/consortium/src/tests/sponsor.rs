use crate::{mock::*, types::Target, Call, Error, Event};
use frame_support::{assert_noop, assert_ok, dispatch::CheckIfFeeless};
use quorate_primitives::traits::Consortium as _;

#[test]
fn sponsored_account_that_never_held_a_token_should_sign() {
    run(|| {
        assert_eq!(System::sufficients(&account(10)), 0);
        assert_ok!(sponsor(ORGANISATION_1, 10));
        assert_eq!(Consortium::contributor(&account(10)), Some(1));
        assert_eq!(System::sufficients(&account(10)), 1);
        System::assert_last_event(
            Event::Sponsored {
                contributor: account(10),
                organisation: 1,
            }
            .into(),
        );
    });
}

#[test]
fn contributor_should_have_one_sponsor() {
    run(|| {
        let again = sponsor(ORGANISATION_1, CONTRIBUTOR);
        assert_noop!(again, Error::<Test>::AlreadySponsored);
    });
}

#[test]
fn organisation_should_sponsor_no_more_than_its_quota() {
    run(|| {
        assert_ok!(sponsor(ORGANISATION_1, 10));
        assert_ok!(sponsor(ORGANISATION_1, 11));
        assert_noop!(sponsor(ORGANISATION_1, 12), Error::<Test>::QuotaExceeded);
    });
}

#[test]
fn sponsoring_should_be_free_exactly_when_it_would_succeed() {
    run(|| {
        let call = |number| Call::<Test>::sponsor {
            contributor: account(number),
            consent: next_consent(0, number),
        };
        assert!(call(10).is_feeless(&signed(ORGANISATION_0)));
        assert!(!call(CONTRIBUTOR).is_feeless(&signed(ORGANISATION_0)));
        assert!(!call(10).is_feeless(&signed(CONTRIBUTOR)));
    });
}

#[test]
fn suspended_organisation_should_sponsor_nobody() {
    run(|| {
        assert_ok!(Consortium::suspend(root(), Target::Organisation(0)));
        assert_noop!(sponsor(ORGANISATION_0, 10), Error::<Test>::NotAuthorized);
    });
}

#[test]
fn contributor_of_a_removed_organisation_should_find_another_sponsor() {
    run(|| {
        assert_ok!(enact(remove(0)));
        assert_ok!(sponsor(ORGANISATION_1, CONTRIBUTOR));
        assert_eq!(Consortium::contributor(&account(CONTRIBUTOR)), Some(1));
        assert_eq!(System::sufficients(&account(CONTRIBUTOR)), 1);
        assert_eq!(Departed::get().last(), Some(&account(CONTRIBUTOR)));
    });
}

#[test]
fn suspension_by_the_consortium_should_outlive_the_organisation() {
    run(|| {
        assert_ok!(Consortium::suspend(root(), Target::Contributor(account(CONTRIBUTOR))));
        assert_ok!(enact(remove(0)));
        let taken_over = sponsor(ORGANISATION_1, CONTRIBUTOR);
        assert_noop!(taken_over, Error::<Test>::Suspended);
    });
}
