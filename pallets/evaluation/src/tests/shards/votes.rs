use super::*;
use crate::{Event, Stage};
use frame_support::assert_ok;

fn stage() -> Stage {
    crate::RoundShards::<Test>::get(ROUND).unwrap().stage
}

#[test]
fn shards_should_be_decided_as_soon_as_all_are_revealed_and_voted_on() {
    with_shards(|| {
        begin(&[1, 2, 3, 4]);
        seal();
        for supplier in 1..=4 {
            assert_ok!(reveal(supplier, 0));
            assert!(!decided());
        }
        for item in 0..3 {
            hold(item);
            assert!(!decided());
        }
        hold(3);
        assert!(decided());
        assert_eq!(stage(), Stage::Decided);
        // No more votes are asked for.
        assert_eq!(MockAvailability::deadline(Subject::Shards(ROUND)), None);
        assert_eq!(held(), [1, 2, 3, 4]);
        let shard = <Evaluation as Shards>::held(ROUND)[1];
        assert_eq!((shard.root, shard.len, shard.rows), (data_root(2, 0), LEN, ROWS));
    });
}

#[test]
fn shards_should_be_decided_when_nothing_more_can_be_revealed_and_the_rest_is_voted_on() {
    with_shards(|| {
        begin(&[1, 2, 3, 4]);
        seal();
        for supplier in 1..=3 {
            assert_ok!(reveal(supplier, 0));
        }
        (0..3).for_each(hold);
        assert!(!decided());
        System::set_block_number(REVEAL_UNTIL);
        assert!(decided());
        assert_eq!(held(), [1, 2, 3]);
        // Its bond is lost to those whose updates it should have measured.
        open_escrow();
        assert_eq!(assess(&[1, 2, 3]), (MIN_BOND, vec![4]));
        assert_eq!((free(3), free(4), escrowed()), (FREE, FREE - MIN_BOND, MIN_BOND + 1));
    });
}

#[test]
fn malformed_shard_should_not_be_held_and_lose_its_bond() {
    with_shards(|| {
        begin(&[1, 2, 3, 4]);
        seal();
        reveal_all(1..=4, 0);
        reject(1);
        assert_eq!(
            last_event(),
            Event::ShardRejected {
                round: ROUND,
                supplier: 2,
                root: data_root(2, 0),
                finding: Some(Finding::Malformed(Malformed::Artifact)),
            }
        );
        [0, 2, 3].into_iter().for_each(hold);
        assert!(decided());
        assert_eq!(held(), [1, 3, 4]);
        open_escrow();
        assert_eq!(assess(&[1, 3, 4]), (MIN_BOND, vec![2]));
    });
}

#[test]
fn shard_that_was_revealed_and_not_uploaded_should_be_withheld_when_the_votes_end() {
    with_shards(|| {
        begin(&[1, 2, 3, 4]);
        seal();
        reveal_all(1..=4, 0);
        [0, 1].into_iter().for_each(hold);
        // An honest validator holds the third, and one that may lie says that it holds the last.
        vote(2, 0..2, None);
        vote(3, 0..1, None);
        System::set_block_number(VOTE_UNTIL - 1);
        assert!(!decided());
        System::set_block_number(VOTE_UNTIL);
        assert!(decided(), "whether or not the end of the votes came to be told");
        end_votes();
        assert!(decided());
        assert_eq!(held(), [1, 2]);
        open_escrow();
        assert_eq!(assess(&[1, 2]), (MIN_BOND, vec![4]));
        assert_eq!((free(3), free(4)), (FREE, FREE - MIN_BOND));
    });
}

#[test]
fn suppliers_should_lose_nothing_where_validators_were_not_there() {
    with_shards(|| {
        begin(&[1, 2, 3, 4]);
        seal();
        reveal_all(1..=4, 0);
        end_votes();
        assert!(held().is_empty());
        open_escrow();
        assert_eq!(assess(&[]), (0, vec![]));
        assert_eq!((1..=4).map(free).collect::<Vec<_>>(), [FREE; 4]);
    });
}

#[test]
fn split_votes_should_cost_a_supplier_nothing_where_an_honest_voter_holds_the_shard() {
    with_shards(|| {
        begin(&[1, 2, 3, 4]);
        seal();
        reveal_all(1..=4, 0);
        [0, 1].into_iter().for_each(hold);
        vote(2, 0..2, None);
        vote(2, 2..4, Some(Malformed::Artifact));
        vote(3, 0..1, None);
        vote(3, 1..3, Some(Malformed::Artifact));
        vote(3, 3..4, Some(Malformed::NotPossessed));
        assert!(decided());
        assert_eq!(held(), [1, 2]);
        open_escrow();
        assert_eq!(assess(&[1, 2]), (MIN_BOND, vec![4]));
        assert_eq!((free(3), free(4)), (FREE, FREE - MIN_BOND));
    });
}

#[test]
fn supplier_that_the_consortium_keeps_from_acting_should_be_excused() {
    with_shards(|| {
        begin(&[1, 2, 3, 4]);
        seal();
        reveal_all(1..=3, 0);
        [0, 1].into_iter().for_each(hold);
        Suspended::set(vec![3, 4]);
        end_votes();
        // Who could act is known then: later a culprit may be suspended, and a victim no longer.
        Suspended::set(vec![1]);
        open_escrow();
        assert_eq!(assess(&[1, 2]), (0, vec![]));
        assert_eq!((1..=4).map(free).collect::<Vec<_>>(), [FREE; 4]);
    });
}

#[test]
fn findings_that_nobody_awaits_should_change_nothing() {
    with_shards(|| {
        find(0, Finding::Held);
        begin(&[1, 2, 3, 4]);
        find(0, Finding::Held);
        seal();
        find(0, Finding::Held);
        find(17, Finding::Held);
        assert_eq!(state(0), ShardState::Sealed);
        assert_ok!(reveal(1, 0));
        hold(0);
        find(0, Finding::Malformed(Malformed::Artifact));
        assert_eq!(held(), [1]);
        end_votes();
        find(1, Finding::Held);
        assert_eq!(held(), [1]);
        Evaluation::ending(Subject::Artifact(3));
        Evaluation::voted(Subject::Round(ROUND));
    });
}
