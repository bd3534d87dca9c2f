use crate::{mock::*, types::Target, Call, Error, Event};
use frame_support::{assert_noop, assert_ok, dispatch::CheckIfFeeless};
use quorate_primitives::traits::Consortium as _;

fn unsponsor(signer: u8) -> sp_runtime::DispatchResult {
    Consortium::unsponsor(signed(signer), account(CONTRIBUTOR))
}

#[test]
fn sponsor_should_end_a_sponsorship_and_sponsor_another() {
    run(|| {
        assert_ok!(sponsor(ORGANISATION_0, 10));
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
        assert_ok!(sponsor(ORGANISATION_0, 11));
    });
}

#[test]
fn contributor_should_leave_by_itself() {
    run(|| {
        assert_ok!(unsponsor(CONTRIBUTOR));
        assert_eq!(Consortium::contributor(&account(CONTRIBUTOR)), None);
        assert_eq!(Departed::get(), [account(CONTRIBUTOR)]);
    });
}

#[test]
fn another_organisation_should_not_end_a_sponsorship_while_the_sponsor_is_there() {
    run(|| {
        assert_noop!(unsponsor(ORGANISATION_1), Error::<Test>::NotAuthorized);
        assert_ok!(enact(remove(0)));
        assert_ok!(unsponsor(ORGANISATION_1));
        assert_eq!(System::sufficients(&account(CONTRIBUTOR)), 0);
    });
}

#[test]
fn suspension_by_the_consortium_should_not_be_washed_off() {
    run(|| {
        assert_ok!(Consortium::suspend(root(), Target::Contributor(account(CONTRIBUTOR))));
        assert_noop!(unsponsor(ORGANISATION_0), Error::<Test>::Suspended);
        assert_noop!(unsponsor(CONTRIBUTOR), Error::<Test>::Suspended);
    });
}

#[test]
fn ending_should_be_free_exactly_when_it_would_succeed() {
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
