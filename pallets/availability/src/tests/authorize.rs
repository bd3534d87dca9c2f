use crate::{mock::*, Error};
use frame_support::{assert_noop, assert_ok, pallet_prelude::TransactionSource, traits::Authorize};
use quorate_primitives::{
    availability::{vote_payload, AvailabilityVote},
    traits::Availability as _,
    Hash,
};
use sp_core::Pair;
use sp_runtime::{
    traits::Dispatchable,
    transaction_validity::{InvalidTransaction, TransactionValidityError, UnknownTransaction},
    DispatchError,
};

fn bad_proof() -> TransactionValidityError {
    InvalidTransaction::BadProof.into()
}

#[test]
fn overlapping_votes_of_one_key_should_share_one_place_in_the_pool() {
    with_validators(4, || {
        open_round(3);
        let tags = |held: &[u32]| validate(&signed(statement(ROUND, 0, held, &[]))).unwrap().provides;
        assert_eq!(tags(&[0]), tags(&[0, 1]));
        assert_eq!(tags(&[0]), tags(&[2]));
        let other_voter = validate(&signed(statement(ROUND, 1, &[0], &[]))).unwrap();
        assert_ne!(tags(&[0]), other_voter.provides);
        open(GENESIS, UNTIL);
        Availability::put_item(GENESIS, 0, claim(0));
        let other_subject = validate(&signed(statement(GENESIS, 0, &[0], &[]))).unwrap();
        assert_ne!(tags(&[0]), other_subject.provides);
        let before = tags(&[0]);
        Availability::close(ROUND);
        open_round(3);
        assert_ne!(before, tags(&[0]), "another ballot");
    });
}

#[test]
fn vote_should_be_gossiped_and_wait_a_bounded_time() {
    with_validators(4, || {
        open_round(1);
        let valid = validate(&signed(statement(ROUND, 0, &[0], &[]))).unwrap();
        assert!(valid.propagate && valid.requires.is_empty());
        assert_eq!((valid.longevity, valid.provides.len()), (64, 1));
    });
}

#[test]
fn every_source_should_be_taken() {
    with_validators(4, || {
        open_round(1);
        let call = signed(statement(ROUND, 0, &[0], &[]));
        for source in [
            TransactionSource::External,
            TransactionSource::Local,
            TransactionSource::InBlock,
        ] {
            assert!(call.authorize(source).unwrap().is_ok());
        }
    });
}

#[test]
fn signed_account_should_be_unable_to_vote() {
    with_validators(4, || {
        open_round(1);
        let call = RuntimeCall::from(signed(statement(ROUND, 0, &[0], &[])));
        for origin in [RuntimeOrigin::signed(account(0)), RuntimeOrigin::none()] {
            let error = call.clone().dispatch(origin).unwrap_err().error;
            assert_eq!(error, DispatchError::BadOrigin);
        }
    });
}

#[test]
fn vote_should_be_refused_when_it_is_signed_by_another_or_for_another_chain() {
    with_validators(4, || {
        open_round(2);
        let vote = statement(ROUND, 0, &[0], &[]);
        let by_another = pair(1).sign(&vote_payload(genesis(), &vote));
        let elsewhere = pair(0).sign(&vote_payload(Hash::repeat_byte(9), &vote));
        let for_another = pair(0).sign(&vote_payload(genesis(), &statement(ROUND, 0, &[1], &[])));
        for signature in [by_another, elsewhere, for_another] {
            let vote = vote.clone();
            assert_eq!(validate(&crate::Call::vote { vote, signature }), Err(bad_proof()));
        }
    });
}

#[test]
fn every_field_should_be_signed() {
    with_validators(4, || {
        open_round(2);
        let vote = statement(ROUND, 0, &[0], &[]);
        let payload = vote_payload(genesis(), &vote);
        let mut others = vec![vote.clone(); 6];
        others[0].subject = GENESIS;
        others[1].ballot = 1;
        others[2].voter = 1;
        others[3].claims = Hash::zero();
        others[4].held = statement(ROUND, 0, &[1], &[]).held;
        others[5].malformed = statement(ROUND, 0, &[], &[(1, FAULT)]).malformed;
        for other in others {
            assert_ne!(payload, vote_payload(genesis(), &other), "{other:?}");
        }
    });
}

#[test]
fn signature_should_be_checked_before_the_items() {
    with_validators(4, || {
        open_round(1);
        let mut vote = statement(ROUND, 0, &[5], &[]);
        let signature = pair(1).sign(&vote_payload(genesis(), &vote));
        vote.claims = Hash::zero();
        assert_eq!(validate(&crate::Call::vote { vote, signature }), Err(bad_proof()));
    });
}

#[test]
fn voter_should_be_in_the_snapshot_and_active() {
    with_validators(4, || {
        open_round(1);
        assert_eq!(hold(4, &[0]), Err(InvalidTransaction::BadSigner.into()));
        assert_eq!(hold(u32::MAX - 1, &[0]), Err(InvalidTransaction::BadSigner.into()));
        Inactive::set(vec![account(2)]);
        assert_eq!(hold(2, &[0]), Err(InvalidTransaction::BadSigner.into()));
        assert_noop!(run(signed(statement(ROUND, 2, &[0], &[]))), Error::<Test>::NotActive);
        Inactive::set(Vec::new());
        assert_ok!(hold(2, &[0]));
    });
}

#[test]
fn vote_in_a_ballot_of_one_of_the_next_blocks_should_be_unknown_and_in_any_other_stale() {
    with_validators(4, || {
        let vote = |ballot| AvailabilityVote {
            ballot,
            ..statement(ROUND, 0, &[0], &[])
        };
        let refusal = |ballot| validate(&signed(vote(ballot))).unwrap_err();
        let (unknown, stale) = (UnknownTransaction::Custom(8).into(), InvalidTransaction::Stale.into());
        open(GENESIS, UNTIL);
        Availability::close(GENESIS);
        // Another subject had ballot 0; four may be open at a time.
        assert_eq!(refusal(0), stale);
        assert_eq!([refusal(1), refusal(4)], [unknown; 2]);
        assert_eq!([refusal(5), refusal(u32::MAX)], [stale; 2]);
        open_round(1);
        assert_eq!([refusal(0), refusal(6), refusal(u32::MAX)], [stale; 3]);
        assert_eq!([refusal(2), refusal(5)], [unknown; 2], "a later ballot of the subject");
        assert_noop!(run(signed(vote(2))), Error::<Test>::OtherBallot);
        go_to(UNTIL);
        assert_eq!(refusal(1), stale);
        assert_noop!(run(signed(vote(2))), Error::<Test>::NotOpen);
    });
}
