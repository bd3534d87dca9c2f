use crate::{mock::*, types::Change, Error, Event, Organisations};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{traits::Consortium as _, MAX_ORGANISATIONS};

#[test]
fn admitted_organisation_should_get_an_id_a_quota_and_a_seat() {
    run(|| {
        assert_ok!(enact(admit(9)));
        assert_eq!(Consortium::organisation_of(&account(9)), Some(2));
        assert_eq!(Consortium::organisation_account(2), Some(account(9)));
        assert_eq!(Consortium::admitted(), 3);
        assert_eq!(Organisations::<Test>::get(2).unwrap().quota, 2);
        assert_eq!(Council::get(), accounts(&[9, ORGANISATION_0, ORGANISATION_1]));
        System::assert_has_event(
            Event::OrganisationAdmitted {
                organisation: 2,
                name: name("Clinic"),
                account: account(9),
            }
            .into(),
        );
    });
}

#[test]
fn account_should_speak_for_one_organisation_only() {
    run(|| {
        assert_noop!(propose(admit(ORGANISATION_1)), Error::<Test>::AccountInUse);
    });
}

#[test]
fn account_should_not_be_its_own_recovery() {
    run(|| {
        let change = Change::Admit {
            name: name("Clinic"),
            account: account(9),
            recovery: Some(account(9)),
        };
        assert_noop!(propose(change), Error::<Test>::AccountInUse);
    });
}

#[test]
fn name_that_cannot_be_shown_should_be_refused() {
    run(|| {
        for bad in [&b""[..], b"line\nbreak", &[0xff, 0xfe]] {
            let change = Change::Admit {
                name: bad.to_vec().try_into().unwrap(),
                account: account(9),
                recovery: None,
            };
            assert_noop!(propose(change), Error::<Test>::BadName);
        }
    });
}

#[test]
fn organisations_should_be_at_most_64() {
    run(|| {
        for number in 2..MAX_ORGANISATIONS as u8 {
            assert_ok!(enact(admit(number)));
        }
        assert_noop!(propose(admit(64)), Error::<Test>::MaxOrganisationsExceeded);
    });
}

#[test]
fn id_should_never_be_used_again() {
    run(|| {
        assert_ok!(enact(admit(9)));
        assert_ok!(enact(remove(2)));
        assert_ok!(enact(admit(9)));
        assert_eq!(Consortium::organisation_of(&account(9)), Some(3));
    });
}
