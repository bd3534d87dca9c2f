use crate::mock::*;
use frame_support::assert_ok;
use quorate_primitives::availability::Finding;
use sp_core::Pair;
use sp_runtime::transaction_validity::InvalidTransaction;

#[test]
fn snapshot_should_leave_out_validators_that_are_suspended() {
    with_validators(5, || {
        Inactive::set(vec![account(0)]);
        open_round(1);
        assert_eq!(Availability::holder_of(&pair(0).public()), None);
        // The remaining four vote among themselves: a quorum is three.
        let voter = |n: u32| {
            let duties = Availability::duties(&pair(n).public());
            duties.first().map(|duty| duty.voter)
        };
        assert_eq!(voter(0), None);
        assert_eq!((voter(1), voter(4)), (Some(0), Some(3)));
    });
}

#[test]
fn denominator_should_stay_when_voters_are_suspended_later() {
    with_validators(4, || {
        open_round(1);
        Inactive::set(vec![account(2), account(3)]);
        assert_ok!(hold(0, &[0]));
        assert_ok!(hold(1, &[0]));
        assert_eq!(told(), [], "two are no quorum of four");
        Inactive::set(vec![account(3)]);
        assert_ok!(hold(2, &[0]));
        assert_eq!(told(), [Told::Found(ROUND, 0, Finding::Held), Told::Voted(ROUND)]);
    });
}

#[test]
fn votes_of_a_validator_that_is_suspended_later_should_stay() {
    with_validators(4, || {
        open_round(1);
        assert_ok!(hold(3, &[0]));
        Inactive::set(vec![account(3)]);
        assert_ok!(hold(0, &[0]));
        assert_ok!(hold(1, &[0]));
        assert_eq!(told(), [Told::Found(ROUND, 0, Finding::Held), Told::Voted(ROUND)]);
    });
}

#[test]
fn validator_should_vote_with_the_key_of_the_snapshot_after_it_has_changed_its_keys() {
    with_validators(4, || {
        open_round(1);
        let mut members = Members::get();
        members[0].key = pair(100).public();
        Members::set(members);
        let old = pair(0).public();
        assert_eq!(Availability::holder_of(&old), Some(account(0)));
        assert_eq!(
            Availability::holder_of(&pair(100).public()),
            None,
            "not in an open snapshot"
        );
        assert_eq!(waiting(0), [0]);
        assert_ok!(hold(0, &[0]));
    });
}

#[test]
fn newcomer_should_not_vote_on_what_was_opened_before() {
    with_validators(4, || {
        open_round(1);
        Members::set((0..5).map(member).collect());
        assert_eq!(hold(4, &[0]), Err(InvalidTransaction::BadSigner.into()));
        assert_eq!(duties(4), []);
    });
}
