use crate::{mock::*, types::INITIAL, Error, Event, RankedCount};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{job::Verdict, traits::Reputation as _};
use sp_runtime::DispatchError::BadOrigin;

#[test]
fn a_reset_account_starts_anew_without_a_rank() {
    run(|| {
        score(1, 0, 900_000, 300_000);
        Reputation::judged(&account(1), Verdict::Wrong);
        ranks();
        assert_ok!(Reputation::reset(RuntimeOrigin::root(), account(1)));
        System::assert_last_event(Event::Reset { account: account(1) }.into());
        assert_eq!((reputation(1), Reputation::validator(&account(1))), (INITIAL, INITIAL));
        assert_eq!(ranks(), [(account(1), 0)]);
        assert_eq!(RankedCount::<Test>::get(0), 0);
    });
}

#[test]
fn only_governance_resets() {
    run(|| {
        score(1, 0, 1, 1);
        assert_noop!(
            Reputation::reset(RuntimeOrigin::signed(account(1)), account(1)),
            BadOrigin
        );
    });
}

#[test]
fn an_account_without_a_reputation_cannot_be_reset() {
    run(|| {
        assert_noop!(
            Reputation::reset(RuntimeOrigin::root(), account(1)),
            Error::<Test>::NotFound
        );
    });
}
