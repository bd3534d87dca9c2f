//! What revoking a version does to rounds, through the registry's trait.

use crate::{mock::*, types::RefundReason, Event};
use frame_support::assert_ok;
use quorate_primitives::traits::RevocationSink;

fn revoke(version: u32) {
    revoke_version(version);
    Rounds::revoked(MODEL, version);
    Rounds::do_try_state().unwrap();
}

fn ended(id: u32, reason: RefundReason) -> bool {
    events().iter().any(|event| {
        matches!(event, Event::Aborted { round, reason: is } | Event::Failed { round, reason: is }
            if *round == id && *is == reason)
    })
}

#[test]
fn round_on_a_revoked_base_should_abort_with_refunds_while_it_collects() {
    run(|| {
        let first = whole_round(&[1_000, 2_000]);
        let funds = ledger().fund_of(MODEL);
        let id = open_round();
        assert_eq!(round(id).base, 1);
        assert_ok!(submit(id, 3_000));
        revoke(1);
        assert!(ended(id, RefundReason::BaseRevoked));
        assert!(is_over(first, RoundEnd::Settled), "what was paid is over");
        assert_eq!(round(open_round()).base, 0);
        run_for(1);
        assert_eq!(ledger().free_of(3), START);
        assert_eq!(ledger().fund_of(MODEL), funds - policy().reward, "the new round's");
    });
}

#[test]
fn round_on_a_revoked_base_should_abort_while_it_computes_and_its_job_should_be_cancelled() {
    run(|| {
        whole_round(&[1_000, 2_000]);
        let funds = ledger().fund_of(MODEL);
        let id = seal(&[1_000, 2_000]);
        revoke(1);
        assert!(ended(id, RefundReason::BaseRevoked));
        assert_eq!(Cancelled::get(), vec![job_of(id).0]);
        run_for(1);
        assert_eq!((ledger().fund_of(MODEL), ledger().free_of(1)), (funds, START));
    });
}

#[test]
fn nothing_should_vest_for_a_version_that_is_revoked_in_its_challenge_window() {
    run(|| {
        set_policy(|policy| policy.challenge = 50);
        let id = seal(&[1_000, 2_000]);
        score(id, |_| 1);
        // Two rounds deep: the child of the revoked version is not paid either.
        let child = seal(&[1_000, 2_000]);
        score(child, |_| 1);
        revoke(1);
        assert!(ended(id, RefundReason::VersionRevoked) && ended(child, RefundReason::VersionRevoked));
        run_for(100);
        assert!(ledger().claims.is_empty());
        assert_eq!((ledger().fund_of(MODEL), ledger().treasury), (FUND, 0));
        assert_eq!((ledger().free_of(1), ledger().free_of(2)), (START, START));
        assert!(is_over(id, RoundEnd::Failed));
    });
}

#[test]
fn nothing_should_vest_for_an_unclean_version_that_nobody_reported() {
    run(|| {
        set_policy(|policy| policy.challenge = 50);
        let id = seal(&[1_000, 2_000]);
        score(id, |_| 1);
        revoke(1);
        run_for(52);
        assert!(ended(id, RefundReason::VersionRevoked));
        assert!(ledger().claims.is_empty());
    });
}

#[test]
fn round_that_awaits_scores_should_end_unpaid_when_its_version_is_revoked() {
    run(|| {
        let id = seal(&[1_000, 2_000]);
        agree(id);
        revoke(1);
        assert!(ended(id, RefundReason::VersionRevoked));
        run_for(1);
        assert!(ledger().claims.is_empty());
        assert!(ledger().bonds.is_empty());
    });
}

#[test]
fn revocation_should_leave_rounds_on_clean_versions_alone() {
    run(|| {
        whole_round(&[1_000, 2_000]);
        revoke(1);
        let id = open_round();
        Rounds::revoked(MODEL, 1);
        assert_eq!(round(id).base, 0);
        assert!(round(id).is_active());
    });
}

#[test]
fn versions_that_are_revoked_should_get_their_settlements_within_what_one_block_settles() {
    run(|| {
        set_policy(|policy| policy.challenge = 200);
        let rounds: Vec<u32> = (0..5)
            .map(|_| {
                let id = seal(&[1_000, 2_000]);
                score(id, |_| 1);
                id
            })
            .collect();
        revoke(1);
        let settled = || {
            Settled::get()
                .iter()
                .map(|(_, version, _)| *version)
                .collect::<Vec<_>>()
        };
        run_for(1);
        assert_eq!(settled(), [1, 2, 3, 4]);
        run_for(1);
        assert_eq!(settled(), [1, 2, 3, 4, 5]);
        assert!(rounds.iter().all(|id| is_over(*id, RoundEnd::Failed)));
        assert!(ledger().claims.is_empty());
    });
}
