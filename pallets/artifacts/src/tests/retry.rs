use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{
    availability::{Finding, Malformed},
    traits::Artifacts as _,
    views::ArtifactState,
};
use sp_runtime::DispatchError;

fn retry(by: u32, len: u64) -> sp_runtime::DispatchResult {
    Artifacts::retry(signed(by), 0, root(2), POSSESSION, len)
}

#[test]
fn owner_of_a_rejected_artifact_should_name_another_file() {
    run(|| {
        assert_ok!(register(OWNER));
        decide(0, Finding::Malformed(Malformed::Artifact));
        run_to(5);
        let len = 5 << 20;
        assert_ok!(retry(OWNER, len));
        let expected = Event::Retried {
            artifact: 0,
            root: root(2),
            len,
            until: 25,
        };
        assert_eq!(last_event(), expected);
        assert_eq!(state(0), ArtifactState::Pending { until: 25 });
        assert_eq!((deposit(0), ledger().treasury), (Some((1, 100 + 5 * 3)), 2 * FEE));
        decide(0, Finding::Held);
        let held = Artifacts::held(0).unwrap();
        assert_eq!((held.root, held.len), (root(2), len));
    });
}

#[test]
fn only_a_rejected_artifact_should_be_tried_again() {
    run(|| {
        assert_noop!(retry(OWNER, LEN), Error::<Test>::ArtifactNotFound);
        assert_ok!(register(OWNER));
        assert_noop!(retry(OWNER, LEN), Error::<Test>::NotRejected);
        decide(0, Finding::Held);
        assert_noop!(retry(OWNER, LEN), Error::<Test>::NotRejected);
        assert_ok!(Artifacts::retire(signed(OWNER), 0));
        assert_noop!(retry(OWNER, LEN), Error::<Test>::NotRejected);
    });
}

#[test]
fn only_the_owner_should_try_again_and_pay_for_it() {
    run(|| {
        assert_ok!(register(OWNER));
        decide(0, Finding::Split);
        assert_noop!(retry(OTHER, LEN), Error::<Test>::NotOwner);
        assert_noop!(retry(OUTSIDER, LEN), Error::<Test>::NotAnOrganisation);
        assert_noop!(retry(OWNER, 0), Error::<Test>::LengthInvalid);
        assert_noop!(retry(OWNER, MAX_DATA_SET + 1), Error::<Test>::LengthInvalid);
        let purse = purse(1);
        set_purse(1, FEE - 1);
        assert_noop!(retry(OWNER, LEN), DispatchError::Other("no cover"));
        set_purse(1, purse);
    });
}

#[test]
fn retry_should_wait_for_room_among_the_organisation_s_artifacts_that_await_votes() {
    run(|| {
        assert_ok!(register(OWNER));
        decide(0, Finding::Split);
        for _ in 0..3 {
            assert_ok!(register(OWNER));
        }
        assert_noop!(retry(OWNER, LEN), Error::<Test>::MaxPendingExceeded);
        decide(1, Finding::Held);
        assert_ok!(retry(OWNER, LEN));
    });
}
