use crate::{mock::*, types::INITIAL, Error, Event, RankedCount};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{job::Verdict, traits::Reputation as _};
use sp_runtime::DispatchError::BadOrigin;

#[test]
fn reset_account_should_start_anew_without_a_rank() {
    run(|| {
        score(1, 0, 900_000, 300_000);
        judge(1, Verdict::Wrong);
        ranks();
        assert_ok!(Reputation::reset(RuntimeOrigin::root(), account(1)));
        System::assert_last_event(Event::Reset { account: account(1) }.into());
        assert_eq!((reputation(1), Reputation::validator(&account(1))), (INITIAL, INITIAL));
        assert_eq!(ranks(), [(account(1), 0)]);
        assert_eq!(RankedCount::<Test>::get(0), 0);
    });
}

#[test]
fn reset_should_be_refused_to_others_than_governance() {
    run(|| {
        score(1, 0, 1, 1);
        assert_noop!(
            Reputation::reset(RuntimeOrigin::signed(account(1)), account(1)),
            BadOrigin
        );
    });
}

#[test]
fn reset_should_be_refused_for_an_account_without_a_reputation() {
    run(|| {
        assert_noop!(
            Reputation::reset(RuntimeOrigin::root(), account(1)),
            Error::<Test>::NotFound
        );
    });
}
