use super::*;
use crate::{Error, Event};
use frame_support::{assert_noop, assert_ok};

#[test]
fn shard_that_waits_should_be_taken_back_with_its_bond() {
    with_shards(|| {
        let withdraw = |who| Evaluation::withdraw_shard(signed(who), MODEL);
        assert_noop!(withdraw(1), Error::<Test>::ShardNotWaiting);
        assert_noop!(withdraw(OUTSIDER), Error::<Test>::NotAMember);
        assert_ok!(commit(1, 0));
        assert_ok!(commit(2, 0));
        // Another's stays.
        assert_noop!(withdraw(3), Error::<Test>::ShardNotWaiting);
        assert_ok!(withdraw(CONTRIBUTOR));
        assert_eq!((free(1), free(2)), (FREE, FREE - MIN_BOND));
        assert_eq!(
            last_event(),
            Event::ShardWithdrawn {
                model: MODEL,
                supplier: 1,
                commitment: commitment(1, 0),
            }
        );
        assert_noop!(withdraw(1), Error::<Test>::ShardNotWaiting);
        assert_ok!(commit(1, 1));
    });
}

#[test]
fn shard_that_a_round_took_should_not_be_taken_back() {
    with_shards(|| {
        begin(&[1, 2, 3, 4]);
        assert_noop!(
            Evaluation::withdraw_shard(signed(1), MODEL),
            Error::<Test>::ShardNotWaiting
        );
    });
}
