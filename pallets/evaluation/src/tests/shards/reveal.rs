use super::*;
use crate::{Error, Event, MAX_USED};
use frame_support::{assert_noop, assert_ok};
use quorate_mocks::availability::{Ballots, RefuseVotes};
use quorate_primitives::{possession, views::BlobRef};

#[test]
fn shards_should_be_revealed_once_the_updates_are_sealed_and_not_before() {
    with_shards(|| {
        begin(&[1, 2, 3, 4]);
        assert_noop!(reveal(1, 0), Error::<Test>::NotRevealingShards);
        assert!(!decided());
        seal();
        assert_eq!(
            last_event(),
            Event::ShardsAwaited {
                round: ROUND,
                reveal_until: REVEAL_UNTIL,
                vote_until: VOTE_UNTIL,
            }
        );
        System::set_block_number(REVEAL_UNTIL - 1);
        assert_ok!(reveal(3, 0));
        assert_eq!(
            last_event(),
            Event::ShardRevealed {
                round: ROUND,
                supplier: 3,
                root: data_root(3, 0),
                len: LEN,
                rows: ROWS,
            }
        );
        let blob = BlobRef {
            root: data_root(3, 0),
            len: LEN,
        };
        assert_eq!(state(2), ShardState::Revealed(blob));
        // Validators vote on what it named, tied to its supplier.
        let ballot = Ballots::get().remove(&Subject::Shards(ROUND)).unwrap();
        let claim = named(3, 0).by(3, Evaluation::genesis_hash());
        assert_eq!(ballot.items.get(&2), Some(&claim));
        assert_ne!(
            possession::key(Evaluation::genesis_hash(), 3),
            possession::key(Evaluation::genesis_hash(), 4)
        );
        assert_noop!(reveal(3, 0), Error::<Test>::ShardAlreadyRevealed);
        System::set_block_number(REVEAL_UNTIL);
        assert_noop!(reveal(1, 0), Error::<Test>::NotRevealingShards);
    });
}

#[test]
fn blocks_without_transactions_should_shift_the_time_to_reveal() {
    with_shards(|| {
        begin(&[1, 2, 3, 4]);
        seal();
        // As `availability` does it.
        Ballots::mutate(|ballots| ballots.get_mut(&Subject::Shards(ROUND)).unwrap().until += 5);
        System::set_block_number(REVEAL_UNTIL + 4);
        assert!(!decided());
        assert_eq!(Evaluation::round_shards(ROUND)[0].reveal_until, Some(REVEAL_UNTIL + 5));
        assert_ok!(reveal(1, 0));
        System::set_block_number(REVEAL_UNTIL + 5);
        assert_noop!(reveal(2, 0), Error::<Test>::NotRevealingShards);
    });
}

#[test]
fn what_was_not_committed_to_should_not_be_revealed() {
    with_shards(|| {
        begin(&[1, 2, 3, 4]);
        seal();
        let show = |who, named, len, salt| Evaluation::reveal_shard(signed(who), ROUND, named, len, salt);
        assert_noop!(show(OUTSIDER, named(1, 0), LEN, salt(0)), Error::<Test>::NotAMember);
        assert_noop!(show(5, named(5, 0), LEN, salt(0)), Error::<Test>::NotASupplier);
        assert_noop!(show(1, named(1, 1), LEN, salt(0)), Error::<Test>::ShardMismatch);
        assert_noop!(show(1, named(1, 0), LEN, salt(1)), Error::<Test>::ShardMismatch);
        assert_noop!(show(1, named(2, 0), LEN, salt(0)), Error::<Test>::ShardMismatch);
        for len in [0, 10_001, u64::MAX] {
            assert_noop!(show(1, named(1, 0), len, salt(0)), Error::<Test>::ShardTooLong);
        }
        let other = Evaluation::reveal_shard(signed(1), ROUND + 1, named(1, 0), LEN, salt(0));
        assert_eq!(other, Err(Error::<Test>::NotRevealingShards.into()));
        // A contributor may reveal what the organisation's account committed to.
        assert_ok!(show(CONTRIBUTOR, named(1, 0), 10_000, salt(0)));
    });
}

#[test]
fn data_set_that_was_revealed_for_the_model_before_should_not_be_revealed_again() {
    with_shards(|| {
        begin(&[1, 2, 3, 4]);
        seal();
        assert_ok!(reveal(1, 0));
        release();
        // Its round came to nothing, but validators have seen it.
        assert_ok!(commit(1, 0));
        <Evaluation as Shards>::begin(ROUND, MODEL, &rules(), POT).unwrap();
        seal();
        assert_noop!(reveal(1, 0), Error::<Test>::ShardUsed);
        assert_ok!(reveal(2, 0));
    });
}

#[test]
fn data_sets_that_are_remembered_should_have_a_bound() {
    with_shards(|| {
        let root = |number: u32| Root::from_low_u64_be(u64::from(number) + 1_000_000);
        for number in 0..MAX_USED {
            Evaluation::remember(MODEL, root(number));
        }
        assert!(Evaluation::is_used(MODEL, root(0)));
        assert!(!Evaluation::is_used(MODEL + 1, root(0)));
        // The oldest gives way.
        Evaluation::remember(MODEL, root(MAX_USED));
        assert!(!Evaluation::is_used(MODEL, root(0)));
        assert!((1..=MAX_USED).all(|number| Evaluation::is_used(MODEL, root(number))));
        Evaluation::do_try_state().unwrap();
        assert_eq!(crate::UsedRoots::<Test>::iter().count(), MAX_USED as usize);
    });
}

#[test]
fn suppliers_should_lose_nothing_where_nobody_can_be_asked_for_votes() {
    with_shards(|| {
        begin(&[1, 2, 3, 4]);
        RefuseVotes::set(true);
        seal();
        assert!(decided());
        assert!(matches!(last_event(), Event::ShardVotesRefused { round: ROUND, .. }));
        assert_noop!(reveal(1, 0), Error::<Test>::NotRevealingShards);
        open_escrow();
        assert_eq!(assess(&[]), (0, vec![]));
        assert_eq!((1..=4).map(free).collect::<Vec<_>>(), [FREE; 4]);
    });
}
