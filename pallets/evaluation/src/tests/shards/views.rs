use super::*;
use frame_support::assert_ok;
use quorate_primitives::policy::Access;

#[test]
fn gateways_should_take_what_is_awaited_and_show_it_to_all_once_it_is_assessed() {
    with_shards(|| {
        begin(&[1, 2, 3, 4]);
        seal();
        assert_eq!(Evaluation::gateway_shard_rounds(), [ROUND]);
        assert_eq!(Evaluation::gateway_shards(ROUND), []);
        reveal_all(1..=3, 0);
        let shown = || {
            let shards = Evaluation::gateway_shards(ROUND).into_iter();
            let seen = shards.map(|shard| (shard.supplier, shard.pending, shard.access));
            seen.collect::<Vec<_>>()
        };
        assert_eq!(shown(), [1, 2, 3].map(|supplier| (supplier, true, Access::Validators)));
        assert_eq!(Evaluation::awaited_suppliers(), [1, 2, 3]);
        hold(0);
        reject(1);
        assert_eq!(shown(), [(1, false, Access::Validators), (3, true, Access::Validators)]);
        assert_eq!(Evaluation::awaited_suppliers(), [3]);
        end_votes();
        assert_eq!(shown(), [(1, false, Access::Validators)]);
        open_escrow();
        assess(&[1]);
        assert_eq!(shown(), [(1, false, Access::Public)]);
        assert!(Evaluation::gateway_shard_rounds().is_empty());
        assert!(Evaluation::round_shards(ROUND).iter().all(|shard| shard.bond == 0));
        <Evaluation as Shards>::pruned(ROUND);
        assert_eq!(Evaluation::gateway_shards(ROUND), []);
    });
}

#[test]
fn validators_should_learn_rows_and_length_of_each_shard() {
    with_shards(|| {
        let commitment = shard_commitment(Evaluation::genesis_hash(), MODEL, 1, data_root(1, 0), 1_001, salt(0));
        assert_ok!(Evaluation::commit_shard(signed(1), MODEL, commitment, 1_001, bond()));
        begin_others();
        seal();
        assert_ok!(Evaluation::reveal_shard(signed(1), ROUND, named(1, 0), 77, salt(0)));
        assert_ok!(reveal(3, 0));
        assert_eq!(
            Evaluation::vote_context(ROUND),
            [(1_001, 77), (ROWS, 0), (ROWS, LEN), (ROWS, 0)]
        );
        assert_eq!(Evaluation::vote_context(ROUND + 1), []);
    });
}

fn begin_others() {
    for supplier in 2..=4 {
        assert_ok!(commit(supplier, 0));
    }
    assert_eq!(<Evaluation as Shards>::begin(ROUND, MODEL, &rules(), POT), Ok(4));
}

#[test]
fn deadline_to_reveal_should_be_shown_while_it_runs() {
    with_shards(|| {
        begin(&[1, 2, 3, 4]);
        let until = || Evaluation::round_shards(ROUND)[0].reveal_until;
        assert_eq!(until(), None);
        seal();
        assert_eq!(until(), Some(REVEAL_UNTIL));
        end_votes();
        assert_eq!(until(), None);
        assert_eq!(Evaluation::round_shards(ROUND)[0].bond, MIN_BOND);
    });
}
