use crate::{mock::*, types::Target, Call, Error, Event};
use frame_support::{assert_noop, assert_ok, dispatch::CheckIfFeeless};
use quorate_primitives::traits::Consortium as _;

fn unsponsor(signer: u8) -> sp_runtime::DispatchResult {
    Consortium::unsponsor(signed(signer), account(CONTRIBUTOR))
}

#[test]
fn the_sponsor_ends_a_sponsorship_and_may_sponsor_another() {
    run(|| {
        assert_ok!(Consortium::sponsor(signed(ORGANISATION_0), account(10)));
        assert_ok!(unsponsor(ORGANISATION_0));
        System::assert_last_event(
            Event::Unsponsored {
                contributor: account(CONTRIBUTOR),
                organisation: 0,
            }
            .into(),
        );
        assert_eq!(Consortium::contributor(&account(CONTRIBUTOR)), None);
        assert_eq!(System::sufficients(&account(CONTRIBUTOR)), 0);
        assert_ok!(Consortium::sponsor(signed(ORGANISATION_0), account(11)));
    });
}

#[test]
fn a_contributor_may_leave_by_itself() {
    run(|| {
        assert_ok!(unsponsor(CONTRIBUTOR));
        assert_eq!(Consortium::contributor(&account(CONTRIBUTOR)), None);
    });
}

#[test]
fn another_organisation_cannot_end_a_sponsorship_while_the_sponsor_is_there() {
    run(|| {
        assert_noop!(unsponsor(ORGANISATION_1), Error::<Test>::NotAuthorized);
        assert_ok!(Consortium::remove(root(), 0));
        assert_ok!(unsponsor(ORGANISATION_1));
        assert_eq!(System::sufficients(&account(CONTRIBUTOR)), 0);
    });
}

#[test]
fn a_suspension_by_the_consortium_cannot_be_washed_off() {
    run(|| {
        assert_ok!(Consortium::suspend(root(), Target::Contributor(account(CONTRIBUTOR))));
        assert_noop!(unsponsor(ORGANISATION_0), Error::<Test>::Suspended);
        assert_noop!(unsponsor(CONTRIBUTOR), Error::<Test>::Suspended);
    });
}

#[test]
fn ending_is_free_exactly_when_it_would_succeed() {
    run(|| {
        let call = Call::<Test>::unsponsor {
            contributor: account(CONTRIBUTOR),
        };
        assert!(call.is_feeless(&signed(ORGANISATION_0)));
        assert!(!call.is_feeless(&signed(ORGANISATION_1)));
        assert_ok!(unsponsor(ORGANISATION_0));
        assert!(!call.is_feeless(&signed(ORGANISATION_0)));
        assert_noop!(unsponsor(ORGANISATION_0), Error::<Test>::ContributorNotFound);
    });
}
