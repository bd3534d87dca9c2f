use crate::{mock::*, proposals::Proposer, types::Target};
use frame_support::assert_ok;

#[test]
fn status_of_an_organisation_should_show_what_belongs_to_it() {
    run(|| {
        let status = |id| Consortium::organisation_status(id).unwrap();
        assert_eq!(status(0).organisation.account, account(ORGANISATION_0));
        assert_eq!((status(0).contributors, status(1).contributors), (1, 0));
        assert_eq!((status(0).technical, status(1).technical), (false, true));
        assert_eq!((status(0).recovery, status(0).proposal), (None, None));
        assert!(status(0).organisation.standing.is_good());
        assert_ok!(Consortium::suspend(root(), Target::Organisation(0)));
        assert!(!status(0).organisation.standing.is_good());
        assert_eq!(Consortium::organisation_status(9), None);
    });
}

#[test]
fn status_should_show_accounts_only_while_they_count() {
    run(|| {
        let status = || Consortium::organisation_status(0).unwrap();
        assert_ok!(Consortium::set_recovery_account(signed(ORGANISATION_0), account(8)));
        assert_ok!(Consortium::rotate_account(signed(ORGANISATION_0), account(9)));
        wait(RECOVERY_DELAY - 1);
        let proposal = status().proposal.expect("it may still accept");
        assert_eq!((proposal.account, proposal.by), (account(9), Proposer::Organisation));
        assert_eq!(status().recovery, None);
        wait(1);
        assert_eq!((status().proposal, status().recovery), (None, Some(account(8))));
    });
}

#[test]
fn waiting_changes_should_come_by_number_with_the_block_of_their_enactment() {
    run_with(genesis_of(3), || {
        assert_eq!(Consortium::waiting_changes(), []);
        assert_ok!(propose(remove(2)));
        wait(1);
        // Two of three are enough for this one until the third has gone.
        assert_ok!(Consortium::propose_change(council(2), quota(1, 7)));
        let waiting = || -> Vec<_> {
            let changes = Consortium::waiting_changes().into_iter();
            changes
                .map(|change| (change.id, change.pending.enact_at, change.carried))
                .collect()
        };
        assert_eq!(waiting(), [(0, 1 + DELAY, true), (1, 2 + DELAY, true)]);
        wait(DELAY - 1);
        assert_eq!(waiting(), [(1, 2 + DELAY, false)]);
        wait(1);
        assert_eq!(waiting(), []);
    });
}

#[test]
fn free_calls_should_be_shown_of_members_in_their_period() {
    run(|| {
        let left = |number| Consortium::free_calls_left(account(number));
        assert_eq!((left(ORGANISATION_1), left(1)), (Some(3), Some(3)));
        assert_eq!((left(CONTRIBUTOR), left(OUTSIDER)), (None, None));
        for number in [10, 11] {
            assert_ok!(sponsor(ORGANISATION_1, number));
        }
        assert_eq!((left(ORGANISATION_1), left(ORGANISATION_0)), (Some(1), Some(3)));
        for number in [10, 11] {
            assert_ok!(Consortium::unsponsor(signed(ORGANISATION_1), account(number)));
        }
        assert_eq!(left(ORGANISATION_1), Some(0));
        System::set_block_number(11);
        assert_eq!(left(ORGANISATION_1), Some(3));
    });
}
