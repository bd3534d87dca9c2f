use super::*;
use crate::{Error, Event, MAX_WAITING};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError;

#[test]
fn commit_should_hold_a_bond_and_wait_for_the_next_round() {
    with_shards(|| {
        assert_eq!(Evaluation::shard_bond(MODEL), Some(MIN_BOND));
        assert_ok!(commit(1, 0));
        assert_eq!(free(1), FREE - MIN_BOND);
        assert_eq!(
            last_event(),
            Event::ShardCommitted {
                model: MODEL,
                supplier: 1,
                by: account(1),
                commitment: commitment(1, 0),
                rows: ROWS,
                bond: MIN_BOND,
            }
        );
        let [shard] = &Evaluation::shards(MODEL)[..] else {
            panic!("one shard waits");
        };
        assert_eq!(
            (shard.supplier, shard.rows, shard.bond, shard.committed_at),
            (1, ROWS, MIN_BOND, 1)
        );
        assert_eq!((shard.round, &shard.state), (None, &ShardState::Sealed));
    });
}

#[test]
fn bond_should_be_the_pot_or_the_part_of_it_with_which_a_round_of_many_takes_the_shard() {
    with_shards(|| {
        // 70 % of 11 bonds and a bit.
        models::set_policy(MODEL, |policy| policy.reward = 11 * MIN_BOND + 2);
        let pot = (11 * MIN_BOND + 2) * 7 / 10;
        assert_eq!(Evaluation::shard_bond(MODEL), Some(pot));
        // Of five shards two have to be missing: half of the pot, rounded up.
        let least = pot.div_ceil(2);
        let with = |bond| Evaluation::commit_shard(signed(1), MODEL, commitment(1, 0), ROWS, bond);
        assert_noop!(with(least - 1), Error::<Test>::BondTooSmall);
        assert_ok!(with(least));
        assert_eq!((free(1), Evaluation::shards(MODEL)[0].bond), (FREE - least, least));
        // Never less than the least bond of all.
        models::set_policy(MODEL, |policy| policy.reward = 1);
        let small = Evaluation::commit_shard(signed(2), MODEL, commitment(2, 0), ROWS, MIN_BOND - 1);
        assert_eq!(small, Err(Error::<Test>::BondTooSmall.into()));
        assert_eq!(Evaluation::shard_bond(MODEL), Some(MIN_BOND));
    });
}

#[test]
fn members_of_organisations_in_good_standing_should_commit_and_nobody_else() {
    with_shards(|| {
        let by = |who| Evaluation::commit_shard(signed(who), MODEL, commitment(1, 0), ROWS, bond());
        assert_noop!(by(OUTSIDER), Error::<Test>::NotAMember);
        Suspended::set(vec![1]);
        assert_noop!(by(ASKER), Error::<Test>::NotAMember);
        assert_noop!(by(CONTRIBUTOR), Error::<Test>::NotAMember);
        Suspended::set(vec![]);
        // Its organisation's bond.
        assert_ok!(by(CONTRIBUTOR));
        assert_eq!(free(1), FREE - MIN_BOND);
        // The model's owner is a supplier like others.
        assert_ok!(commit(OWNER, 0));
    });
}

#[test]
fn models_whose_policy_pays_for_no_contributions_should_take_no_shards() {
    with_shards(|| {
        take_shards(None);
        assert_eq!(Evaluation::shard_bond(MODEL), None);
        assert_noop!(commit(1, 0), Error::<Test>::NoShardsTaken);
        take_shards(Some(rules()));
        models::change(MODEL, |model| model.frozen = true);
        assert_noop!(commit(1, 0), Error::<Test>::NoShardsTaken);
        let other = Evaluation::commit_shard(signed(1), 8, commitment(1, 0), ROWS, bond());
        assert_eq!(other, Err(Error::<Test>::NoShardsTaken.into()));
    });
}

#[test]
fn rows_should_be_within_what_the_policy_asks_for() {
    with_shards(|| {
        let with = |rows| Evaluation::commit_shard(signed(1), MODEL, commitment(1, 0), rows, bond());
        for rows in [0, 999, 2_001, u32::MAX] {
            assert_noop!(with(rows), Error::<Test>::RowsOutOfRange);
        }
        assert_ok!(with(1_000));
    });
}

#[test]
fn one_organisation_should_not_take_the_places_of_others() {
    with_shards(|| {
        assert_ok!(commit(1, 0));
        assert_noop!(commit(1, 1), Error::<Test>::ShardWaitsAlready);
        // Nor those of other models: each costs a bond, and there are only so many.
        for model in [1, 2] {
            models::register(model, OWNER, Root::repeat_byte(1));
            let policy = models::model(MODEL).policy;
            models::set_policy(model, |other| *other = policy);
        }
        let other = |model, number| {
            let commitment = commitment(1, number);
            Evaluation::commit_shard(signed(1), model, commitment, ROWS, bond())
        };
        assert_ok!(other(1, 1));
        assert_noop!(other(2, 2), Error::<Test>::TooManyShards);
    });
}

#[test]
fn places_of_a_model_should_have_a_bound() {
    with_shards(|| {
        for id in 100..100 + MAX_WAITING {
            consortium::admit(id, id);
            escrow::change(|ledger| {
                ledger.free.insert(id, MIN_BOND);
                ledger.treasury -= MIN_BOND;
            });
            assert_ok!(commit(id, 0));
        }
        assert_noop!(commit(1, 0), Error::<Test>::TooManyWaiting);
        assert_ok!(Evaluation::withdraw_shard(signed(100), MODEL));
        assert_ok!(commit(1, 0));
    });
}

#[test]
fn commitment_of_another_should_be_of_no_use_and_keep_nobody_from_its_own() {
    with_shards(|| {
        // Copied from a transaction that is not in a block yet.
        let copied = Evaluation::commit_shard(signed(2), MODEL, commitment(1, 0), ROWS, bond());
        assert_ok!(copied);
        assert_ok!(commit(1, 0));
        begin_with_others();
        seal();
        let shown = Evaluation::reveal_shard(signed(2), ROUND, named(1, 0), LEN, salt(0));
        assert_eq!(shown, Err(Error::<Test>::ShardMismatch.into()));
        assert_ok!(reveal(1, 0));
    });
}

fn begin_with_others() {
    begin_more(&[3, 4]);
}

/// The round takes those that wait, and these.
fn begin_more(suppliers: &[OrganisationId]) {
    for supplier in suppliers {
        commit(*supplier, 0).unwrap();
    }
    <Evaluation as Shards>::begin(ROUND, MODEL, &rules(), POT).unwrap();
}

#[test]
fn account_that_cannot_cover_the_bond_should_commit_to_nothing() {
    with_shards(|| {
        escrow::change(|ledger| {
            ledger.free.insert(1, MIN_BOND - 1);
            ledger.treasury += FREE - (MIN_BOND - 1);
        });
        let refused = commit(1, 0);
        assert_eq!(refused, Err(DispatchError::Other("no cover")));
        assert_eq!(Evaluation::shards(MODEL), []);
    });
}
