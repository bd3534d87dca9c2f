use crate::{mock::*, types::Target, Error};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::traits::Consortium as _;

/// An organisation joins, sponsors a contributor, and is suspended by a majority, which it can do once.
#[test]
fn majority_should_not_keep_a_newcomer_out_for_ever() {
    run_with(genesis_of(3), || {
        // Two of three organisations propose it. The change waits where everybody can read it.
        assert_ok!(Consortium::propose_change(council(2), admit(9)));
        assert_eq!(Consortium::waiting_changes()[0].pending.enact_at, 1 + DELAY);
        assert_eq!(Consortium::organisation_of(&account(9)), None);
        wait(DELAY);
        assert_eq!(Consortium::organisation_of(&account(9)), Some(3));
        // It sponsors a contributor that has signed its consent.
        assert_ok!(Consortium::sponsor(signed(9), account(10), consent(3, 10, 40)));
        assert_eq!(Consortium::contributor(&account(10)), Some(3));
        // Three of four suspend it: it has no seat, and its contributor counts for nobody, until the suspension ends by itself.
        let target = Target::Organisation(3);
        assert_ok!(Consortium::suspend(council(3), target.clone()));
        assert_eq!(Council::get(), accounts(&[100, 101, 102]));
        assert_eq!(Consortium::contributor(&account(10)), None);
        wait(FAST);
        assert_eq!(Consortium::contributor(&account(10)), Some(3));
        // Another time takes two thirds and a delay.
        let again = Consortium::suspend(council(3), target);
        assert_noop!(again, Error::<Test>::FastSuspensionUsed);
    });
}
