use crate::{mock::*, types::Stage, Call, Event, Snapshots, Tallies};
use frame_support::{
    assert_ok,
    dispatch::GetDispatchInfo,
    traits::{Authorize, UnfilteredDispatchable},
};
use quorate_exact::check::Malformed;
use quorate_primitives::{
    payload,
    update::{Subject, UpdateStatus},
    Hash,
};
use sp_core::Pair;
use sp_runtime::{
    transaction_validity::{InvalidTransaction, TransactionSource, TransactionValidityError},
    DispatchError,
};

/// A round in Opening in which each of `who` has opened.
fn opened(who: &[u32]) -> u32 {
    let id = open_round();
    for contributor in who {
        assert_ok!(submit(id, *contributor));
    }
    run_for(10);
    for contributor in who {
        assert_ok!(open(id, *contributor));
    }
    id
}

fn refused<T: std::fmt::Debug>(result: Result<T, TransactionValidityError>) -> InvalidTransaction {
    match result.unwrap_err() {
        TransactionValidityError::Invalid(reason) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_update_is_available_when_a_quorum_holds_it() {
    run(|| {
        let id = opened(&[1_000, 2_000, 3_000]);
        hold(id, 0, &[0, 2]);
        hold(id, 1, &[0]);
        assert_eq!(update(id, 0).status, UpdateStatus::Opened);
        hold(id, 2, &[0]);
        assert_eq!(update(id, 0).status, UpdateStatus::Available);
        assert_eq!(update(id, 2).status, UpdateStatus::Opened);
        assert_eq!(
            last_event(),
            Event::Available {
                round: id,
                position: 0,
                contributor: account(1_000)
            }
        );
        let spoken = Event::Voted {
            subject: Subject::Round(id),
            validator: validator(0),
            held: 2,
            malformed: 0,
        };
        assert_eq!(count(|event| *event == spoken), 1);
    });
}

#[test]
fn a_malformed_update_is_invalid_with_its_reason_and_its_bond_is_taken() {
    run(|| {
        let id = opened(&[1_000, 2_000, 3_000]);
        let reason = Malformed::NonFinite { tensor: 1, index: 7 };
        for voter in 0..3 {
            vote(Subject::Round(id), voter, &[1, 2], &[(0, reason)]).unwrap();
        }
        assert_eq!(update(id, 0).status, UpdateStatus::Invalid(reason));
        assert_eq!(world().free_of(1), 100_000 - policy().bond);
        assert_eq!(world().treasury, policy().bond);
        let expected = Event::Invalid {
            round: id,
            position: 0,
            contributor: account(1_000),
            reason,
        };
        assert_eq!(count(|event| *event == expected), 1);
        assert_eq!(round(id).stage, Stage::Computing);
        assert_eq!(round(id).available, 2);
    });
}

#[test]
fn faults_that_differ_are_no_quorum_and_the_update_expires() {
    run(|| {
        let id = opened(&[1_000, 2_000, 3_000]);
        let fault = |index| Malformed::NonFinite { tensor: 0, index };
        vote(Subject::Round(id), 0, &[], &[(0, fault(1))]).unwrap();
        vote(Subject::Round(id), 1, &[], &[(0, fault(2))]).unwrap();
        assert_eq!(update(id, 0).status, UpdateStatus::Opened);
        hold(id, 2, &[0]);
        assert_eq!(update(id, 0).status, UpdateStatus::Expired);
        assert_eq!(
            last_event(),
            Event::Expired {
                round: id,
                position: 0,
                contributor: account(1_000)
            }
        );
        assert_eq!(world().free_of(1), 100_000 - policy().bond);
        hold_all(id, &[1, 2]);
        agree(id);
        show_scores(id, |_| 1);
        run_for(1);
        assert_eq!(world().free_of(1), 100_000);
    });
}

#[test]
fn the_vote_that_decides_the_last_update_seals_the_round() {
    run(|| {
        let id = opened(&[1_000, 2_000]);
        hold(id, 0, &[0, 1]);
        hold(id, 1, &[0, 1]);
        assert!(matches!(round(id).stage, Stage::Opening { .. }));
        hold(id, 3, &[0, 1]);
        assert_eq!(round(id).stage, Stage::Computing);
        assert!(!Snapshots::<Test>::contains_key(id));
        assert_eq!(Tallies::<Test>::iter_prefix(id).count(), 0);
    });
}

#[test]
fn a_validator_speaks_about_an_item_once() {
    run(|| {
        let id = opened(&[1_000, 2_000]);
        hold(id, 0, &[0]);
        let again = vote(Subject::Round(id), 0, &[0], &[]);
        assert_eq!(refused(again), InvalidTransaction::Custom(4));
        let otherwise = vote(Subject::Round(id), 0, &[1], &[(0, Malformed::Header)]);
        assert_eq!(refused(otherwise), InvalidTransaction::Custom(4));
        hold(id, 0, &[1]);
    });
}

#[test]
fn a_batch_counts_although_one_of_its_items_was_decided_meanwhile() {
    run(|| {
        let id = opened(&[1_000, 2_000]);
        hold_all(id, &[0]);
        hold(id, 3, &[0, 1]);
        assert_eq!(Tallies::<Test>::get(id, 0).held.count_ones(), 4);
        assert_eq!(Tallies::<Test>::get(id, 1).held.count_ones(), 1);
        assert_eq!(count(|event| matches!(event, Event::Available { .. })), 1);
    });
}

#[test]
fn a_vote_names_at_least_one_item_each_once_and_only_opened_ones() {
    run(|| {
        let id = open_round();
        assert_ok!(submit(id, 1_000));
        assert_ok!(submit(id, 2_000));
        run_for(10);
        assert_ok!(open(id, 1_000));
        let subject = Subject::Round(id);
        assert_eq!(refused(vote(subject, 0, &[], &[])), InvalidTransaction::Custom(1));
        assert_eq!(
            refused(vote(subject, 0, &[0], &[(0, Malformed::Header)])),
            InvalidTransaction::Custom(2)
        );
        let twice = [(0, Malformed::Header), (0, Malformed::Header)];
        assert_eq!(refused(vote(subject, 0, &[], &twice)), InvalidTransaction::Custom(2));
        assert_eq!(refused(vote(subject, 0, &[1], &[])), InvalidTransaction::Custom(3));
        assert_eq!(refused(vote(subject, 0, &[2], &[])), InvalidTransaction::Custom(3));
        assert_eq!(
            refused(vote(subject, 0, &[], &[(u32::MAX, Malformed::Header)])),
            InvalidTransaction::Custom(3)
        );
    });
}

#[test]
fn a_vote_about_other_bytes_is_refused() {
    run(|| {
        let id = opened(&[1_000, 2_000]);
        let mut vote = ballot(Subject::Round(id), 0, &[0], &[]);
        vote.roots = payload::voted_roots(&[root(5)]);
        let signature = sign(&vote);
        assert_eq!(refused(cast(vote, signature)), InvalidTransaction::Custom(5));
    });
}

#[test]
fn nobody_votes_in_anothers_name_or_on_another_chain() {
    run(|| {
        let id = opened(&[1_000, 2_000]);
        let vote = ballot(Subject::Round(id), 0, &[0], &[]);
        let forged = key(1).sign(&payload::vote_payload(Rounds::genesis_hash(), &vote));
        assert_eq!(refused(cast(vote.clone(), forged)), InvalidTransaction::BadProof);
        let elsewhere = key(0).sign(&payload::vote_payload(Hash::repeat_byte(1), &vote));
        assert_eq!(refused(cast(vote.clone(), elsewhere)), InvalidTransaction::BadProof);
        let mut changed = vote.clone();
        changed.voter = 1;
        assert_eq!(refused(cast(changed, sign(&vote))), InvalidTransaction::BadProof);
        assert_ok!(cast(vote.clone(), sign(&vote)));
    });
}

#[test]
fn a_voter_is_in_the_snapshot_and_still_heard() {
    run(|| {
        let id = opened(&[1_000, 2_000]);
        let mut stranger = ballot(Subject::Round(id), 0, &[0], &[]);
        stranger.voter = 4;
        let signature = key(4).sign(&payload::vote_payload(Rounds::genesis_hash(), &stranger));
        assert_eq!(refused(cast(stranger, signature)), InvalidTransaction::BadSigner);
        change(|world| world.silenced.insert(900));
        assert_eq!(
            refused(vote(Subject::Round(id), 0, &[0], &[])),
            InvalidTransaction::BadSigner
        );
        hold(id, 1, &[0]);
    });
}

#[test]
fn the_snapshot_of_the_opening_counts_whatever_the_session_is() {
    run(|| {
        let id = opened(&[1_000, 2_000]);
        let vote = ballot(Subject::Round(id), 0, &[0, 1], &[]);
        let signature = sign(&vote);
        change(|world| world.session = 50);
        assert_ok!(cast(vote.clone(), signature));
        let newcomer = sign(&ballot(Subject::Round(id), 1, &[0], &[]));
        let vote = ballot(Subject::Round(id), 1, &[0], &[]);
        assert_eq!(refused(cast(vote, newcomer)), InvalidTransaction::BadProof);
    });
}

#[test]
fn votes_are_counted_only_while_opening() {
    run(|| {
        let id = opened(&[1_000, 2_000, 3_000]);
        let late = ballot(Subject::Round(id), 3, &[0], &[]);
        hold_all(id, &[0, 1]);
        run_to(20);
        hold(id, 0, &[2]);
        run_to(21);
        assert_eq!(round(id).stage, Stage::Computing);
        let signature = sign(&late);
        assert_eq!(refused(cast(late, signature)), InvalidTransaction::Stale);
        let unknown = vote(Subject::Round(9), 0, &[0], &[]);
        assert_eq!(refused(unknown), InvalidTransaction::Stale);
    });
}

#[test]
fn a_vote_is_gossiped_and_known_by_its_voter_and_roots() {
    run(|| {
        let id = opened(&[1_000, 2_000, 3_000]);
        let first = vote(Subject::Round(id), 0, &[0], &[]).unwrap();
        let second = vote(Subject::Round(id), 0, &[1], &[]).unwrap();
        let other = vote(Subject::Round(id), 1, &[0], &[]).unwrap();
        assert!(first.propagate && first.longevity == 64 && first.provides.len() == 1);
        assert_ne!(first.provides, second.provides);
        assert_ne!(first.provides, other.provides);
    });
}

#[test]
fn a_signed_account_cannot_vote_and_every_source_is_taken() {
    run(|| {
        let id = opened(&[1_000, 2_000]);
        let vote = ballot(Subject::Round(id), 0, &[0], &[]);
        let call = RuntimeCall::Rounds(Call::vote_available {
            signature: sign(&vote),
            vote,
        });
        let refused = call.clone().dispatch_bypass_filter(signed(1)).unwrap_err();
        assert_eq!(refused.error, DispatchError::BadOrigin);
        for source in [
            TransactionSource::External,
            TransactionSource::Local,
            TransactionSource::InBlock,
        ] {
            assert_ok!(call.authorize(source).unwrap());
        }
        assert!(call.weight_of_authorize().ref_time() > 0 && call.get_dispatch_info().call_weight.ref_time() > 0);
    });
}
