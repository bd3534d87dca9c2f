use crate::{mock::*, Call, Error, Event, Proposals};
use frame_support::{assert_noop, assert_ok, dispatch::CheckIfFeeless};
use quorate_primitives::{traits::Consortium as _, OrganisationId};

fn rotate_to(by: u8, to: u8) {
    assert_ok!(Consortium::rotate_account(signed(by), account(to)));
}

fn is_free(number: u8, organisation: OrganisationId) -> bool {
    Call::<Test>::accept_account { organisation }.is_feeless(&signed(number))
}

#[test]
fn account_that_did_not_agree_should_never_speak_for_an_organisation() {
    run_with(genesis_of(3), || {
        let propose_by_key = || Consortium::rotate_account(signed(100), account(OUTSIDER));
        let propose_by_recovery = || Consortium::recover_account(signed(150), 0, account(OUTSIDER));
        let propose_by_two_thirds = || {
            enact(crate::types::Change::SetAccount {
                organisation: 0,
                account: account(OUTSIDER),
            })
        };
        for propose in [
            &propose_by_key as &dyn Fn() -> sp_runtime::DispatchResult,
            &propose_by_recovery,
            &propose_by_two_thirds,
        ] {
            assert_ok!(propose());
            assert_eq!(Consortium::proposed_account(0), Some(account(OUTSIDER)));
            wait(RECOVERY_DELAY);
            assert_eq!(Consortium::organisation_account(0), Some(account(100)));
            assert_eq!(Consortium::organisation_of(&account(OUTSIDER)), None);
            assert_eq!(Council::get(), accounts(&[100, 101, 102]));
            assert_eq!(Consortium::proposed_account(0), None);
        }
    });
}

#[test]
fn account_that_accepts_should_speak_for_the_organisation() {
    run_with(genesis_of(3), || {
        rotate_to(100, 9);
        assert_eq!(Consortium::organisation_account(0), Some(account(100)));
        assert_ok!(accept(9, 0));
        assert_eq!(Consortium::organisation_account(0), Some(account(9)));
        assert_eq!(Council::get(), accounts(&[9, 101, 102]));
        System::assert_last_event(
            Event::OrganisationAccountSet {
                organisation: 0,
                previous: account(100),
                account: account(9),
            }
            .into(),
        );
        assert_eq!(Proposals::<Test>::get(0), None);
        assert_noop!(accept(9, 0), Error::<Test>::ProposalNotFound);
    });
}

#[test]
fn only_the_account_that_was_proposed_last_should_accept() {
    run_with(genesis_of(3), || {
        assert_noop!(accept(9, 0), Error::<Test>::ProposalNotFound);
        rotate_to(100, 9);
        for (who, organisation) in [(OUTSIDER, 0), (100, 0), (9, 1), (9, 7)] {
            assert_noop!(accept(who, organisation), Error::<Test>::ProposalNotFound);
        }
        rotate_to(100, 10);
        assert_noop!(accept(9, 0), Error::<Test>::ProposalNotFound);
        assert_ok!(accept(10, 0));
    });
}

#[test]
fn proposal_should_end() {
    run_with(genesis_of(3), || {
        rotate_to(100, 9);
        wait(RECOVERY_DELAY - 1);
        assert!(is_free(9, 0));
        wait(1);
        assert!(!is_free(9, 0));
        assert_noop!(accept(9, 0), Error::<Test>::ProposalNotFound);
        // A recovery that nobody accepted binds the organisation no longer than that.
        assert_ok!(Consortium::recover_account(signed(150), 0, account(10)));
        let early = Consortium::rotate_account(signed(100), account(9));
        assert_noop!(early, Error::<Test>::StrongerProposal);
        wait(RECOVERY_DELAY);
        rotate_to(100, 9);
        assert_ok!(accept(9, 0));
    });
}

#[test]
fn recovery_account_should_correct_itself_and_replace_what_the_present_key_proposed() {
    run_with(genesis_of(3), || {
        rotate_to(100, 60);
        assert_ok!(Consortium::recover_account(signed(150), 0, account(9)));
        assert_noop!(accept(60, 0), Error::<Test>::ProposalNotFound);
        assert_ok!(Consortium::recover_account(signed(150), 0, account(10)));
        assert_noop!(accept(9, 0), Error::<Test>::ProposalNotFound);
        assert_ok!(accept(10, 0));
    });
}

#[test]
fn account_should_speak_for_one_organisation_and_not_be_its_own_recovery() {
    run_with(genesis_of(3), || {
        rotate_to(100, 9);
        rotate_to(101, 9);
        assert_ok!(accept(9, 0));
        assert_noop!(accept(9, 1), Error::<Test>::AccountInUse);
        // Named as recovery only after it was proposed.
        rotate_to(102, 10);
        assert_ok!(Consortium::set_recovery_account(signed(102), account(10)));
        assert_noop!(accept(10, 2), Error::<Test>::AccountInUse);
    });
}

#[test]
fn account_that_a_pending_change_promises_should_wait_for_it() {
    run_with(genesis_of(3), || {
        rotate_to(100, 9);
        assert_ok!(propose(admit(9)));
        assert_noop!(accept(9, 0), Error::<Test>::AccountInUse);
        wait(DELAY);
        assert_eq!(Consortium::organisation_of(&account(9)), Some(3));
    });
}

#[test]
fn acceptance_should_be_free_once_for_each_proposal() {
    run_with(genesis_of(3), || {
        assert!(!is_free(9, 0));
        rotate_to(100, 9);
        assert!(is_free(9, 0));
        assert!(!is_free(OUTSIDER, 0));
        assert!(!Call::<Test>::accept_account { organisation: 0 }.is_feeless(&root()));
        assert_ok!(accept(9, 0));
        assert!(!is_free(9, 0));
    });
}

#[test]
fn proposal_should_go_with_its_organisation() {
    run_with(genesis_of(4), || {
        rotate_to(100, 9);
        assert_ok!(enact(remove(0)));
        assert_eq!(Proposals::<Test>::iter().count(), 0);
        assert_noop!(accept(9, 0), Error::<Test>::ProposalNotFound);
    });
}
