use crate::{mock::*, proposals::Proposer, Error, Event};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::traits::Consortium as _;

#[test]
fn lost_key_should_be_replaced_as_soon_as_the_new_account_accepts() {
    run_with(genesis_of(3), || {
        assert_ok!(Consortium::recover_account(signed(150), 0, account(9)));
        System::assert_last_event(
            Event::OrganisationAccountProposed {
                organisation: 0,
                account: account(9),
                by: Proposer::Recovery,
                until: 1 + RECOVERY_DELAY,
            }
            .into(),
        );
        assert_ok!(accept(9, 0));
        assert_eq!(Consortium::organisation_of(&account(9)), Some(0));
        assert_eq!(Council::get(), accounts(&[9, 101, 102]));
        System::assert_last_event(
            Event::OrganisationAccountSet {
                organisation: 0,
                previous: account(100),
                account: account(9),
            }
            .into(),
        );
    });
}

#[test]
fn thief_of_the_key_should_not_shut_out_the_owner() {
    run_with(genesis_of(3), || {
        assert_ok!(Consortium::rotate_account(signed(100), account(60)));
        assert_ok!(accept(60, 0));
        assert_ok!(Consortium::set_recovery_account(signed(60), account(61)));
        wait(RECOVERY_DELAY - 1);
        let early = Consortium::recover_account(signed(61), 0, account(62));
        assert_noop!(early, Error::<Test>::NotAuthorized);
        assert_ok!(Consortium::recover_account(signed(150), 0, account(9)));
        // Not even between proposal and acceptance.
        assert_ok!(Consortium::set_recovery_account(signed(60), account(63)));
        let instead = Consortium::rotate_account(signed(60), account(64));
        assert_noop!(instead, Error::<Test>::StrongerProposal);
        wait(RECOVERY_DELAY - 1);
        assert_ok!(accept(9, 0));
        wait(RECOVERY_DELAY);
        // What the thief prepared is forgotten, and its keys are worth nothing.
        for prepared in [61, 63] {
            let late = Consortium::recover_account(signed(prepared), 0, account(62));
            assert_noop!(late, Error::<Test>::NotAuthorized);
        }
        for thief in [60, 100] {
            let call = Consortium::rotate_account(signed(thief), account(62));
            assert_noop!(call, Error::<Test>::NotAuthorized);
        }
        assert_eq!(Consortium::recovery_account(0), Some(account(150)));
    });
}

#[test]
fn new_recovery_account_should_count_after_the_delay() {
    run(|| {
        assert_ok!(Consortium::set_recovery_account(signed(ORGANISATION_0), account(9)));
        System::assert_last_event(
            Event::RecoveryAccountSet {
                organisation: 0,
                recovery: Some(account(9)),
                from: 1 + RECOVERY_DELAY,
            }
            .into(),
        );
        wait(RECOVERY_DELAY - 1);
        assert_eq!(Consortium::recovery_account(0), None);
        wait(1);
        assert_eq!(Consortium::recovery_account(0), Some(account(9)));
        // The next one does not take it away before its own time.
        assert_ok!(Consortium::set_recovery_account(signed(ORGANISATION_0), account(10)));
        assert_eq!(Consortium::recovery_account(0), Some(account(9)));
        wait(RECOVERY_DELAY);
        assert_eq!(Consortium::recovery_account(0), Some(account(10)));
    });
}

#[test]
fn recovery_should_be_for_its_own_organisation_and_for_a_free_account() {
    run_with(genesis_of(3), || {
        let foreign = Consortium::recover_account(signed(150), 1, account(9));
        assert_noop!(foreign, Error::<Test>::NotAuthorized);
        let unknown = Consortium::recover_account(signed(150), 7, account(9));
        assert_noop!(unknown, Error::<Test>::OrganisationNotFound);
        for taken in [101, 150] {
            let call = Consortium::recover_account(signed(150), 0, account(taken));
            assert_noop!(call, Error::<Test>::AccountInUse);
        }
        let own = Consortium::set_recovery_account(signed(100), account(100));
        assert_noop!(own, Error::<Test>::AccountInUse);
        let outsider = Consortium::set_recovery_account(signed(OUTSIDER), account(9));
        assert_noop!(outsider, Error::<Test>::NotAuthorized);
    });
}
