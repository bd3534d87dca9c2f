use crate::{mock::*, types::MAX_ORGANISATIONS, Error, Event, Organisations};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::traits::Consortium as _;
use sp_runtime::DispatchError::BadOrigin;

#[test]
fn an_admitted_organisation_gets_an_id_a_quota_and_a_seat() {
    run(|| {
        assert_ok!(Consortium::admit(root(), name("Clinic"), account(9)));
        assert_eq!(Consortium::organisation_of(&account(9)), Some(2));
        assert_eq!(Consortium::organisation_account(2), Some(account(9)));
        assert_eq!(Organisations::<Test>::get(2).unwrap().quota, 2);
        assert_eq!(Members::get(), accounts(&[9, ORGANISATION_0, ORGANISATION_1]));
        System::assert_last_event(
            Event::OrganisationAdmitted {
                organisation: 2,
                account: account(9),
            }
            .into(),
        );
    });
}

#[test]
fn only_governance_admits() {
    run(|| {
        assert_noop!(
            Consortium::admit(signed(ORGANISATION_0), name("Clinic"), account(9)),
            BadOrigin
        );
    });
}

#[test]
fn an_account_speaks_for_one_organisation_only() {
    run(|| {
        let again = Consortium::admit(root(), name("Clinic"), account(ORGANISATION_1));
        assert_noop!(again, Error::<Test>::AccountInUse);
    });
}

#[test]
fn a_name_that_cannot_be_shown_is_refused() {
    run(|| {
        for bad in [&b""[..], b"line\nbreak", &[0xff, 0xfe]] {
            let bad = bad.to_vec().try_into().unwrap();
            assert_noop!(Consortium::admit(root(), bad, account(9)), Error::<Test>::BadName);
        }
    });
}

#[test]
fn there_are_at_most_64_organisations() {
    run(|| {
        for number in 2..MAX_ORGANISATIONS as u8 {
            assert_ok!(Consortium::admit(root(), name("One of many"), account(number)));
        }
        let more = Consortium::admit(root(), name("One too many"), account(64));
        assert_noop!(more, Error::<Test>::MaxOrganisationsExceeded);
    });
}

#[test]
fn an_id_is_never_used_again() {
    run(|| {
        assert_ok!(Consortium::admit(root(), name("Short"), account(9)));
        assert_ok!(Consortium::remove(root(), 2));
        assert_ok!(Consortium::admit(root(), name("Again"), account(9)));
        assert_eq!(Consortium::organisation_of(&account(9)), Some(3));
    });
}
