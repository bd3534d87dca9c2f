use super::*;
use crate::{Error, Event};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError;

fn begin_round(round: RoundId, pot: Balance) -> Result<u32, DispatchError> {
    let waiting = <Evaluation as Shards>::waiting(MODEL, &rules(), pot);
    let begun = <Evaluation as Shards>::begin(round, MODEL, &rules(), pot);
    if let Ok(taken) = begun {
        assert_eq!(taken, waiting);
    }
    begun
}

fn suppliers(round: RoundId) -> Vec<OrganisationId> {
    let shards = Evaluation::round_shards(round).into_iter();
    shards.map(|shard| shard.supplier).collect()
}

fn waiting() -> Vec<OrganisationId> {
    let shards = Evaluation::shards(MODEL).into_iter();
    shards.map(|shard| shard.supplier).collect()
}

#[test]
fn round_should_take_the_first_shards_that_were_committed_to_in_the_order_of_their_suppliers() {
    with_shards(|| {
        for supplier in [6, 5, 2, 4, 3, 1] {
            assert_ok!(commit(supplier, 0));
        }
        assert_eq!(begin_round(ROUND, POT), Ok(5));
        assert_eq!(suppliers(ROUND), [2, 3, 4, 5, 6]);
        assert_eq!(waiting(), [1]);
        assert_eq!(
            last_event(),
            Event::ShardsTaken {
                round: ROUND,
                model: MODEL,
                count: 5,
            }
        );
        // A supplier may commit to its next one at once.
        assert_ok!(commit(2, 1));
        assert_eq!(waiting(), [1, 2]);
    });
}

#[test]
fn too_few_shards_should_begin_no_round() {
    with_shards(|| {
        assert_noop!(begin_round(ROUND, POT), Error::<Test>::TooFewShards);
        for supplier in 1..=3 {
            assert_ok!(commit(supplier, 0));
        }
        assert_noop!(begin_round(ROUND, POT), Error::<Test>::TooFewShards);
        assert_ok!(commit(4, 0));
        // Of whoever is suspended nothing could be revealed.
        Suspended::set(vec![2]);
        assert_noop!(begin_round(ROUND, POT), Error::<Test>::TooFewShards);
        assert_ok!(commit(5, 0));
        assert_eq!(begin_round(ROUND, POT), Ok(4));
        assert_eq!((suppliers(ROUND), waiting()), (vec![1, 3, 4, 5], vec![2]));
    });
}

#[test]
fn shard_with_a_bond_too_small_for_the_pot_or_with_too_few_rows_should_go_on_waiting() {
    with_shards(|| {
        let rows = |supplier: OrganisationId, rows| {
            let commitment = commitment(supplier, 0);
            Evaluation::commit_shard(signed(supplier), MODEL, commitment, rows, bond())
        };
        assert_ok!(rows(1, 1_000));
        commit_all(2..=4, 0);
        // The policy asks for more now.
        models::set_policy(MODEL, |policy| policy.reward = 8 * MIN_BOND);
        let pot = 8 * MIN_BOND * 7 / 10;
        assert_ok!(commit(5, 0));
        assert_noop!(begin_round(ROUND, pot), Error::<Test>::TooFewShards);
        let few = Contribution {
            min_suppliers: 4,
            min_rows: 1_001,
            ..rules()
        };
        assert_eq!(<Evaluation as Shards>::begin(ROUND, MODEL, &few, POT), Ok(4));
        assert_eq!((suppliers(ROUND), waiting()), (vec![2, 3, 4, 5], vec![1]));
    });
}

/// Commit to the shard number 0 of an organisation with this bond.
fn commit_with(supplier: OrganisationId, bond: Balance) {
    let commitment = commitment(supplier, 0);
    assert_ok!(Evaluation::commit_shard(
        signed(supplier),
        MODEL,
        commitment,
        ROWS,
        bond
    ));
}

/// Whoever leaves contributors unpaid loses what they would have been paid: all together that it takes.
#[test]
fn suppliers_that_leave_a_round_without_scores_should_lose_the_pot_at_least() {
    const PAID: Balance = 6 * MIN_BOND;
    with_shards(|| {
        models::set_policy(MODEL, |policy| policy.reward = PAID * 10 / 7 + 1);
        for supplier in 1..=3 {
            commit_with(supplier, PAID);
        }
        // Half of it is too little where there are four.
        commit_with(4, PAID / 2);
        assert_noop!(begin_round(ROUND, PAID), Error::<Test>::TooFewShards);
        // Where there are five two have to withhold.
        commit_with(5, PAID / 2);
        assert_eq!(begin_round(ROUND, PAID), Ok(5));
        seal();
        reveal_all(1..=3, 0);
        (0..3).for_each(hold);
        System::set_block_number(REVEAL_UNTIL);
        open_escrow();
        assert_eq!(assess(&[1, 2, 3]), (PAID, vec![4, 5]));
        assert_eq!((free(3), free(4), free(5)), (FREE, FREE - PAID / 2, FREE - PAID / 2));
    });
}

#[test]
fn shard_that_is_bonded_with_too_little_should_keep_nobody_from_a_round_of_the_fewest() {
    const PAID: Balance = 6 * MIN_BOND;
    with_shards(|| {
        let rules = Contribution {
            max_suppliers: 6,
            ..rules()
        };
        take_shards(Some(rules));
        models::set_policy(MODEL, |policy| policy.reward = PAID * 10 / 7 + 1);
        // It would do where there are six.
        commit_with(6, PAID / 3);
        for supplier in 1..=3 {
            commit_with(supplier, PAID);
        }
        commit_with(4, PAID - 1);
        let begin = || <Evaluation as Shards>::begin(ROUND, MODEL, &rules, PAID);
        assert_noop!(begin(), Error::<Test>::TooFewShards);
        assert_ok!(Evaluation::withdraw_shard(signed(4), MODEL));
        commit_with(4, PAID);
        assert_eq!(begin(), Ok(4));
        assert_eq!((suppliers(ROUND), waiting()), (vec![1, 2, 3, 4], vec![6]));
        // The one that withholds loses all of it.
        seal();
        reveal_all(1..=3, 0);
        (0..3).for_each(hold);
        System::set_block_number(REVEAL_UNTIL);
        open_escrow();
        assert_eq!(assess(&[1, 2, 3]), (PAID, vec![4]));
    });
}

#[test]
fn rounds_with_shards_should_have_a_bound() {
    with_shards(|| {
        for round in [ROUND, ROUND + 1] {
            commit_all(1..=4, round as u8);
            assert_eq!(begin_round(round, POT), Ok(4));
        }
        commit_all(5..=6, 0);
        let few = Contribution {
            min_suppliers: 2,
            ..rules()
        };
        let begin = || <Evaluation as Shards>::begin(ROUND + 2, MODEL, &few, POT);
        assert_noop!(begin(), Error::<Test>::TooManyShardRounds);
        release();
        assert_ok!(begin());
    });
}

#[test]
fn suppliers_whose_shards_count_should_get_their_bonds_back_and_the_others_be_taken_once() {
    with_shards(|| {
        begin(&[1, 2, 3, 4, 5]);
        seal();
        reveal_all(1..=5, 0);
        (0..5).for_each(hold);
        open_escrow();
        // The rows of the fifth are public already.
        assert_eq!(assess(&[1, 2, 3, 4]), (MIN_BOND, vec![5]));
        assert_eq!((free(4), free(5), escrowed()), (FREE, FREE - MIN_BOND, MIN_BOND + 1));
        assert!(events().contains(&Event::ShardForfeited {
            round: ROUND,
            supplier: 5,
            bond: MIN_BOND,
            to_contributors: MIN_BOND,
        }));
        assert_eq!(assess(&[]), (0, vec![]));
        release();
        assert!(decided());
        // What is held stays named until the round's evidence goes.
        assert_eq!(held(), [1, 2, 3, 4, 5]);
        <Evaluation as Shards>::pruned(ROUND);
        assert!(suppliers(ROUND).is_empty());
        assert!(decided());
    });
}

#[test]
fn bonds_should_go_to_the_treasury_where_the_escrow_is_gone() {
    with_shards(|| {
        begin(&[1, 2, 3, 4]);
        seal();
        System::set_block_number(REVEAL_UNTIL);
        let treasury = ledger().treasury;
        assert_eq!(assess(&[]), (0, vec![1, 2, 3, 4]));
        assert_eq!(ledger().treasury - treasury, 4 * MIN_BOND);
    });
}

#[test]
fn shards_of_a_round_that_ends_early_should_wait_for_the_next_one() {
    with_shards(|| {
        begin(&[1, 2, 3, 4]);
        System::set_block_number(3);
        assert_ok!(commit(5, 0));
        // The second has committed to another one meanwhile.
        assert_ok!(commit(2, 1));
        release();
        assert!(suppliers(ROUND).is_empty());
        assert_eq!(waiting(), [1, 3, 4, 5, 2]);
        assert_eq!((free(1), free(2)), (FREE - MIN_BOND, FREE - MIN_BOND));
        assert_eq!(begin_round(ROUND + 1, POT), Ok(5));
    });
}

#[test]
fn round_that_ends_while_shards_are_revealed_should_return_the_bonds_of_those_that_were() {
    with_shards(|| {
        begin(&[1, 2, 3, 4]);
        seal();
        reveal_all(1..=3, 0);
        hold(0);
        reject(1);
        System::set_block_number(REVEAL_UNTIL - 1);
        release();
        // The third is not decided, and public to validators: it is of no more use.
        assert_eq!((free(1), free(2), free(3)), (FREE, FREE - MIN_BOND, FREE));
        assert_eq!(waiting(), [4]);
        assert_eq!(MockAvailability::deadline(Subject::Shards(ROUND)), None);
        // Nothing is kept for a round that is not assessed.
        <Evaluation as Shards>::pruned(ROUND);
    });
}

#[test]
fn who_withheld_should_lose_its_bond_also_when_the_round_fails_later() {
    with_shards(|| {
        begin(&[1, 2, 3, 4]);
        seal();
        reveal_all(1..=3, 0);
        (0..3).for_each(hold);
        System::set_block_number(REVEAL_UNTIL);
        let treasury = ledger().treasury;
        release();
        assert_eq!((free(3), free(4)), (FREE, FREE - MIN_BOND));
        assert_eq!((ledger().treasury - treasury, waiting()), (MIN_BOND, vec![]));
    });
}

#[test]
fn pruning_should_keep_what_is_not_assessed() {
    with_shards(|| {
        begin(&[1, 2, 3, 4]);
        <Evaluation as Shards>::pruned(ROUND);
        assert_eq!(suppliers(ROUND), [1, 2, 3, 4]);
    });
}
