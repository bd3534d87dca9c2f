use crate::{mock::*, types::MAX_QUOTA, Error};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::traits::Consortium as _;
use sp_runtime::DispatchError::BadOrigin;

#[test]
fn a_larger_quota_lets_an_organisation_sponsor_more() {
    run(|| {
        assert_ok!(Consortium::sponsor(signed(ORGANISATION_0), account(10)));
        assert_noop!(
            Consortium::sponsor(signed(ORGANISATION_0), account(11)),
            Error::<Test>::QuotaExceeded
        );
        assert_ok!(Consortium::set_quota(root(), 0, 3));
        assert_ok!(Consortium::sponsor(signed(ORGANISATION_0), account(11)));
    });
}

#[test]
fn a_smaller_quota_unsponsors_nobody() {
    run(|| {
        assert_ok!(Consortium::set_quota(root(), 0, 0));
        assert_eq!(Consortium::contributor(&account(CONTRIBUTOR)), Some(0));
        assert_noop!(
            Consortium::sponsor(signed(ORGANISATION_0), account(10)),
            Error::<Test>::QuotaExceeded
        );
    });
}

#[test]
fn a_quota_is_set_by_governance_and_bounded() {
    run(|| {
        assert_noop!(Consortium::set_quota(signed(ORGANISATION_0), 0, 3), BadOrigin);
        assert_noop!(
            Consortium::set_quota(root(), 0, MAX_QUOTA + 1),
            Error::<Test>::QuotaTooLarge
        );
        assert_noop!(Consortium::set_quota(root(), 9, 3), Error::<Test>::OrganisationNotFound);
    });
}

#[test]
fn another_account_can_speak_for_an_organisation() {
    run(|| {
        assert_ok!(Consortium::set_account(root(), 0, account(9)));
        assert_eq!(Consortium::organisation_of(&account(9)), Some(0));
        assert_eq!(Consortium::organisation_of(&account(ORGANISATION_0)), None);
        assert_eq!(Members::get(), accounts(&[9, ORGANISATION_1]));
        assert_eq!(Consortium::contributor(&account(CONTRIBUTOR)), Some(0));
        assert_noop!(
            Consortium::sponsor(signed(ORGANISATION_0), account(10)),
            Error::<Test>::NotAuthorized
        );
    });
}

#[test]
fn the_account_of_one_organisation_cannot_be_given_to_another() {
    run(|| {
        let taken = Consortium::set_account(root(), 0, account(ORGANISATION_1));
        assert_noop!(taken, Error::<Test>::AccountInUse);
        assert_noop!(
            Consortium::set_account(signed(ORGANISATION_0), 0, account(9)),
            BadOrigin
        );
    });
}
