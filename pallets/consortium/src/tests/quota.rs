use crate::{mock::*, types::MAX_QUOTA, Error, Event};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::traits::Consortium as _;

#[test]
fn larger_quota_should_let_an_organisation_sponsor_more() {
    run(|| {
        assert_ok!(sponsor(ORGANISATION_0, 10));
        assert_noop!(sponsor(ORGANISATION_0, 11), Error::<Test>::QuotaExceeded);
        assert_ok!(enact(quota(0, 3)));
        System::assert_has_event(
            Event::QuotaSet {
                organisation: 0,
                quota: 3,
            }
            .into(),
        );
        assert_ok!(sponsor(ORGANISATION_0, 11));
    });
}

#[test]
fn smaller_quota_should_unsponsor_nobody() {
    run(|| {
        assert_ok!(enact(quota(0, 0)));
        assert_eq!(Consortium::contributor(&account(CONTRIBUTOR)), Some(0));
        assert_noop!(sponsor(ORGANISATION_0, 10), Error::<Test>::QuotaExceeded);
    });
}

#[test]
fn quota_should_be_bounded() {
    run(|| {
        assert_noop!(propose(quota(0, MAX_QUOTA + 1)), Error::<Test>::QuotaTooLarge);
        assert_noop!(propose(quota(9, 3)), Error::<Test>::OrganisationNotFound);
    });
}
