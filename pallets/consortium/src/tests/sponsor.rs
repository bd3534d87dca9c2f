use crate::{mock::*, types::Target, Call, Error, Event};
use frame_support::{assert_noop, assert_ok, dispatch::CheckIfFeeless};
use quorate_primitives::traits::Consortium as _;

#[test]
fn a_sponsored_account_that_never_held_a_token_may_sign() {
    run(|| {
        assert_eq!(System::sufficients(&account(10)), 0);
        assert_ok!(Consortium::sponsor(signed(ORGANISATION_1), account(10)));
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
fn a_contributor_has_one_sponsor() {
    run(|| {
        let again = Consortium::sponsor(signed(ORGANISATION_1), account(CONTRIBUTOR));
        assert_noop!(again, Error::<Test>::AlreadySponsored);
    });
}

#[test]
fn an_organisation_sponsors_no_more_than_its_quota() {
    run(|| {
        assert_ok!(Consortium::sponsor(signed(ORGANISATION_1), account(10)));
        assert_ok!(Consortium::sponsor(signed(ORGANISATION_1), account(11)));
        assert_noop!(
            Consortium::sponsor(signed(ORGANISATION_1), account(12)),
            Error::<Test>::QuotaExceeded
        );
    });
}

#[test]
fn sponsoring_is_free_exactly_when_it_would_succeed() {
    run(|| {
        let call = |number| Call::<Test>::sponsor {
            contributor: account(number),
        };
        assert!(call(10).is_feeless(&signed(ORGANISATION_0)));
        assert!(!call(CONTRIBUTOR).is_feeless(&signed(ORGANISATION_0)));
        assert!(!call(10).is_feeless(&signed(CONTRIBUTOR)));
    });
}

#[test]
fn a_suspended_organisation_sponsors_nobody() {
    run(|| {
        assert_ok!(Consortium::suspend(root(), Target::Organisation(0)));
        assert_noop!(
            Consortium::sponsor(signed(ORGANISATION_0), account(10)),
            Error::<Test>::NotAuthorized
        );
    });
}

#[test]
fn a_contributor_of_a_removed_organisation_can_be_taken_over() {
    run(|| {
        assert_ok!(Consortium::remove(root(), 0));
        assert_ok!(Consortium::sponsor(signed(ORGANISATION_1), account(CONTRIBUTOR)));
        assert_eq!(Consortium::contributor(&account(CONTRIBUTOR)), Some(1));
        assert_eq!(System::sufficients(&account(CONTRIBUTOR)), 1);
    });
}

#[test]
fn a_suspension_by_the_consortium_outlives_the_organisation() {
    run(|| {
        assert_ok!(Consortium::suspend(root(), Target::Contributor(account(CONTRIBUTOR))));
        assert_ok!(Consortium::remove(root(), 0));
        let taken_over = Consortium::sponsor(signed(ORGANISATION_1), account(CONTRIBUTOR));
        assert_noop!(taken_over, Error::<Test>::Suspended);
    });
}
