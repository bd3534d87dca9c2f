use crate::{mock::*, proposals::Proposer, types::Target, Error, Event};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::traits::Consortium as _;

#[test]
fn organisation_should_move_its_own_account_and_its_seats() {
    run(|| {
        assert_ok!(Consortium::rotate_account(signed(ORGANISATION_1), account(9)));
        System::assert_last_event(
            Event::OrganisationAccountProposed {
                organisation: 1,
                account: account(9),
                by: Proposer::Organisation,
                until: 1 + RECOVERY_DELAY,
            }
            .into(),
        );
        assert_ok!(accept(9, 1));
        assert_eq!(Consortium::organisation_of(&account(9)), Some(1));
        assert_eq!(Consortium::organisation_of(&account(ORGANISATION_1)), None);
        assert_eq!(Council::get(), accounts(&[9, ORGANISATION_0]));
        assert_eq!(Technical::get(), accounts(&[9]));
        System::assert_last_event(
            Event::OrganisationAccountSet {
                organisation: 1,
                previous: account(ORGANISATION_1),
                account: account(9),
            }
            .into(),
        );
        let late = Consortium::rotate_account(signed(ORGANISATION_1), account(10));
        assert_noop!(late, Error::<Test>::NotAuthorized);
    });
}

#[test]
fn account_in_use_should_be_refused() {
    run_with(genesis_of(3), || {
        for taken in [100, 101, 150] {
            let call = Consortium::rotate_account(signed(100), account(taken));
            assert_noop!(call, Error::<Test>::AccountInUse);
        }
    });
}

#[test]
fn suspended_organisation_should_keep_the_care_of_its_keys() {
    run_with(genesis_of(3), || {
        assert_ok!(Consortium::suspend(root(), Target::Organisation(0)));
        assert_ok!(Consortium::rotate_account(signed(100), account(9)));
        assert_ok!(accept(9, 0));
        assert_ok!(Consortium::set_recovery_account(signed(9), account(10)));
        assert_ok!(Consortium::recover_account(signed(150), 0, account(11)));
        assert_ok!(accept(11, 0));
        assert_eq!(Consortium::organisation_account(0), Some(account(11)));
        assert_eq!(Consortium::organisation_of(&account(11)), None);
        assert_eq!(Council::get(), accounts(&[101, 102]));
    });
}

#[test]
fn outsider_should_rotate_nothing() {
    run(|| {
        let call = Consortium::rotate_account(signed(OUTSIDER), account(9));
        assert_noop!(call, Error::<Test>::NotAuthorized);
    });
}
