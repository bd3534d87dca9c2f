//! Random histories of shards: no unit is lost or made, and the state is sound after every step.

use super::*;
use crate::{shards::bond_key, RoundShards, ShardRounds, WaitingShards};

/// A generator of random numbers: SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }

    fn supplier(&mut self) -> OrganisationId {
        1 + self.below(6) as OrganisationId
    }
}

/// The number of the data set that a supplier has in the round.
type Numbers = std::collections::BTreeMap<Hash, (OrganisationId, u8)>;

fn reveal_any(random: &mut Random, numbers: &Numbers) {
    for shard in Evaluation::round_shards(ROUND) {
        let (supplier, number) = numbers[&shard.commitment];
        if random.below(3) > 0 {
            let _refused = reveal(supplier, number);
        }
    }
}

fn vote_any(random: &mut Random) {
    if MockAvailability::deadline(Subject::Shards(ROUND)).is_none_or(|until| System::block_number() >= until) {
        return;
    }
    let fault = (random.below(3) == 0).then_some(Malformed::Artifact);
    let (item, voter) = (random.below(5) as u32, random.below(4) as u32);
    let subject = Subject::Shards(ROUND);
    if let Some(Some(finding)) = availability::vote(subject, VOTERS, voter, item, fault) {
        Evaluation::found(subject, item, finding);
        Evaluation::voted(subject);
    }
}

fn end(random: &mut Random) {
    match random.below(3) {
        0 => release(),
        _ if decided() && !Evaluation::round_shards(ROUND).is_empty() => {
            if random.below(2) == 0 && escrowed() == 0 {
                open_escrow();
            }
            let counted: Vec<_> = held().into_iter().filter(|_| random.below(3) > 0).collect();
            assess(&counted);
            <Evaluation as Shards>::pruned(ROUND);
        }
        _ => (),
    }
}

fn step(random: &mut Random, numbers: &mut Numbers) {
    let supplier = random.supplier();
    match random.below(12) {
        0..=2 => {
            let number = random.below(200) as u8;
            let commitment = commitment(supplier, number);
            numbers.insert(commitment, (supplier, number));
            // A commitment that a round has taken has its bond already: `incentives` refuses another.
            let key = bond_key(supplier, commitment);
            if ledger().bond(Purpose::Shards(MODEL), &key).is_none() {
                let bond = Balance::from(1 + random.below(4)) * MIN_BOND;
                let _refused = Evaluation::commit_shard(signed(supplier), MODEL, commitment, ROWS, bond);
            }
        }
        3 => {
            let _refused = Evaluation::withdraw_shard(signed(supplier), MODEL);
        }
        4 if Evaluation::round_shards(ROUND).is_empty() => {
            let pot = Balance::from(1 + random.below(4)) * MIN_BOND;
            let _refused = <Evaluation as Shards>::begin(ROUND, MODEL, &rules(), pot);
        }
        5 => {
            let now = System::block_number();
            if MockAvailability::deadline(Subject::Shards(ROUND)).is_none() {
                <Evaluation as Shards>::reveal(ROUND, now + 10, now + 30);
            }
        }
        6 => reveal_any(random, numbers),
        7 | 8 => vote_any(random),
        9 => {
            let later = System::block_number() + random.below(15) as u32;
            System::set_block_number(later);
            let subject = Subject::Shards(ROUND);
            if MockAvailability::deadline(subject).is_some_and(|until| until <= later) {
                Evaluation::ending(subject);
                MockAvailability::close(subject);
                Evaluation::ended(subject);
            }
        }
        10 => {
            let suspended = if random.below(2) == 0 { vec![] } else { vec![supplier] };
            Suspended::set(suspended);
        }
        _ => end(random),
    }
}

#[test]
fn no_bond_should_be_lost_or_made_in_any_history_of_shards() {
    let mut assessed = 0;
    for seed in 0..48 {
        println!("seed {seed}");
        with_shards(|| {
            let (mut random, mut numbers) = (Random(seed), Numbers::new());
            let units = ledger().units();
            for _ in 0..400 {
                step(&mut random, &mut numbers);
                assert_eq!(ledger().units(), units);
                Evaluation::do_try_state().unwrap();
            }
            assessed += events()
                .iter()
                .filter(|event| matches!(event, crate::Event::ShardForfeited { .. }))
                .count();
            // When all has ended no bond is kept.
            Suspended::set(vec![]);
            for round in ShardRounds::<Test>::get() {
                <Evaluation as Shards>::released(round);
            }
            for supplier in 1..=6 {
                let _none = Evaluation::withdraw_shard(signed(supplier), MODEL);
            }
            assert!(ledger().bonds.is_empty());
            assert_eq!(WaitingShards::<Test>::iter().count(), 0);
            assert_eq!(RoundShards::<Test>::iter().count(), 0);
        });
    }
    assert!(assessed > 100, "{assessed} bonds were taken in all");
}
