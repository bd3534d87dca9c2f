use crate::{mock::*, types::Change, Error, Event};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::traits::Consortium as _;

fn set_account(organisation: u32, number: u8) -> Change {
    Change::SetAccount {
        organisation,
        account: account(number),
    }
}

#[test]
fn another_account_should_speak_for_an_organisation() {
    run(|| {
        assert_ok!(enact(set_account(0, 9)));
        assert_eq!(Consortium::organisation_of(&account(9)), None);
        assert_ok!(accept(9, 0));
        assert_eq!(Consortium::organisation_of(&account(9)), Some(0));
        assert_eq!(Consortium::organisation_account(0), Some(account(9)));
        assert_eq!(Consortium::organisation_of(&account(ORGANISATION_0)), None);
        assert_eq!(Council::get(), accounts(&[9, ORGANISATION_1]));
        assert_eq!(Consortium::contributor(&account(CONTRIBUTOR)), Some(0));
        assert_noop!(sponsor(ORGANISATION_0, 10), Error::<Test>::NotAuthorized);
        System::assert_has_event(
            Event::OrganisationAccountSet {
                organisation: 0,
                previous: account(ORGANISATION_0),
                account: account(9),
            }
            .into(),
        );
    });
}

#[test]
fn account_of_one_organisation_should_not_be_given_to_another() {
    run(|| {
        assert_noop!(propose(set_account(0, ORGANISATION_1)), Error::<Test>::AccountInUse);
    });
}

#[test]
fn stolen_recovery_account_should_not_undo_what_two_thirds_decided() {
    run_with(genesis_of(3), || {
        assert_ok!(Consortium::set_recovery_account(signed(100), account(60)));
        assert_ok!(enact(set_account(0, 9)));
        assert_eq!(Consortium::recovery_account(0), None);
        wait(RECOVERY_DELAY);
        for thief in [150, 60] {
            let undone = Consortium::recover_account(signed(thief), 0, account(61));
            assert_noop!(undone, Error::<Test>::NotAuthorized);
        }
    });
}

#[test]
fn two_thirds_should_win_over_both_keys_of_an_organisation() {
    run_with(genesis_of(3), || {
        assert_ok!(Consortium::recover_account(signed(150), 0, account(60)));
        assert_ok!(enact(set_account(0, 9)));
        assert_noop!(accept(60, 0), Error::<Test>::ProposalNotFound);
        let rotated = Consortium::rotate_account(signed(100), account(61));
        assert_noop!(rotated, Error::<Test>::StrongerProposal);
        // What the present key prepares until the account is another one is forgotten then.
        assert_ok!(Consortium::set_recovery_account(signed(100), account(62)));
        wait(RECOVERY_DELAY - 1);
        assert_ok!(accept(9, 0));
        wait(RECOVERY_DELAY);
        assert_eq!(Consortium::recovery_account(0), None);
        assert_eq!(Consortium::organisation_account(0), Some(account(9)));
    });
}
