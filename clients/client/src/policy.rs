//! A policy to start from, with deadlines that follow from what has to be moved.

use crate::{Client, Error, Result};
use codec::Decode;
use quorate_exact::Pipeline;
use quorate_primitives::{
    policy::{transfer_blocks, Access, Deadlines, Policy, Promotion, Split, MAX_PHASE},
    BlockNumber,
};

/// One token, in the smallest unit.
pub const UNIT: u128 = 1_000_000_000_000;

/// Deadlines of small models.
const LEAST: Deadlines = Deadlines {
    collect: 300,
    reveal_updates: 30,
    vote: 30,
    commit: 30,
    reveal: 15,
};

/// A policy for rounds of at most `max_updates` updates; every field may be changed. At least half of the updates must be
/// there, as many as the pipeline needs, and so many that it tolerates a faulty one if it tolerates any. Where no number is
/// enough, [`Policy::check`] gives the reason. Its deadlines are those of a small model: [`deadlines`] derives others.
pub fn standard(pipeline: impl Into<Pipeline>, max_updates: u32) -> Policy {
    let pipeline = pipeline.into();
    let runs = |min: &u32| pipeline.check_range(*min, max_updates).is_ok() && pipeline.tolerated(*min) != Some(0);
    Policy {
        pipeline,
        min_updates: (max_updates.div_ceil(2)..=max_updates)
            .find(runs)
            .unwrap_or(max_updates),
        max_updates,
        max_weight: 1 << 20,
        max_updates_per_organisation: match pipeline.tolerated(max_updates) {
            None => max_updates.min(2),
            Some(tolerated) => tolerated.clamp(1, 2),
        },
        deadlines: LEAST,
        bond: UNIT,
        reward: 100 * UNIT,
        split: Split {
            contributors: 700_000,
            validators: 250_000,
            treasury: 50_000,
        },
        max_organisation_share: 500_000,
        retention: 43_200,
        challenge: 0,
        access: Access::Public,
        promotion: Promotion::default(),
        assessment: None,
    }
}

/// Bytes a second that every machine of a round moves, unless another rate is stated.
pub const RATE: u64 = 10 << 20;
/// Seconds of one block.
const BLOCK: u64 = 2;

/// Deadlines for rounds of `max_updates` updates of `update_len` bytes, where every machine moves at least `rate` bytes a second; never
/// shorter than those of [`standard`]. While a round is Collecting, a contributor fetches the base and makes its update ready; while
/// it reveals, one gateway may have to take all updates; before they vote, and before they commit to an outcome, validators may have
/// to fetch all of them.
pub fn deadlines(update_len: u64, max_updates: u32, rate: u64) -> Deadlines {
    let least = LEAST;
    let all = |least: BlockNumber, updates| {
        let blocks = transfer_blocks(update_len, updates, rate.saturating_mul(BLOCK));
        least.max(blocks).min(MAX_PHASE)
    };
    Deadlines {
        collect: all(least.collect, 2),
        reveal_updates: all(least.reveal_updates, max_updates),
        vote: all(least.vote, max_updates),
        commit: all(least.commit, max_updates),
        reveal: least.reveal,
    }
}

/// Blocks for revealing a round's sealed shards, and as many for the votes on them, where every machine moves at least `rate` bytes a
/// second: in each of the two phases it may have to move them all. Never fewer than validators have for votes on updates.
pub fn shard_blocks(shard_len: u64, shards: u32, rate: u64) -> BlockNumber {
    let blocks = transfer_blocks(shard_len, shards, rate.saturating_mul(BLOCK));
    LEAST.vote.max(blocks).min(MAX_PHASE)
}

/// Phases with their lengths in time, human-readable.
pub fn show_deadlines(deadlines: &Deadlines) -> String {
    let Deadlines {
        collect,
        reveal_updates,
        vote,
        commit,
        reveal,
    } = *deadlines;
    let phases = [
        ("collect", collect),
        ("reveal_updates", reveal_updates),
        ("vote", vote),
        ("commit", commit),
        ("reveal", reveal),
    ];
    let phases: Vec<String> = phases
        .iter()
        .map(|(name, blocks)| format!("{name} {blocks} blocks ({})", time(*blocks)))
        .collect();
    phases.join(", ")
}

fn time(blocks: BlockNumber) -> String {
    let seconds = u64::from(blocks) * BLOCK;
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3_600),
    }
}

impl Client {
    /// Whether the chain finds a policy's Revealing and votes long enough for a model's updates.
    ///
    /// # Errors
    /// `Input` with the least number of blocks.
    pub async fn check_transfers(&self, policy: &Policy, update_len: u64) -> Result<()> {
        // A runtime without it asks for nothing.
        let Some(bytes) = self.constant::<u64>("Models", "BytesPerBlock").await? else {
            return Ok(());
        };
        let checked = policy.check_transfers(update_len, bytes);
        checked.map_err(|error| Error::Input(format!("the chain would refuse this policy: {error}")))
    }

    /// A constant of a pallet, if the runtime has it.
    pub(crate) async fn constant<T: Decode>(&self, pallet: &str, name: &str) -> Result<Option<T>> {
        let at = self.online.at_current_block().await;
        let metadata = at.map_err(|error| Error::Network(error.to_string()))?.metadata();
        let found = metadata
            .pallet_by_name(pallet)
            .and_then(|pallet| pallet.constant_by_name(name));
        let Some(constant) = found else {
            return Ok(None);
        };
        T::decode(&mut constant.value())
            .map(Some)
            .map_err(|error| Error::Incompatible(format!("{pallet}.{name}: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_exact::Rule;
    use quorate_primitives::policy::PolicyError;

    #[test]
    fn the_standard_policy_should_be_one_that_the_chain_takes() {
        let trimmed = Rule::TrimmedMean { trim_ppm: 200_000 };
        let allowed: [(Rule, &[u32]); 3] = [
            (Rule::WeightedMean, &[1, 2, 5, 10, 100, 1024]),
            (Rule::Median, &[3, 5, 10, 100, 1024]),
            (trimmed, &[5, 10, 100, 1024]),
        ];
        for (rule, all) in allowed {
            for max_updates in all {
                assert_eq!(standard(rule, *max_updates).check(), Ok(()), "{rule:?} {max_updates}");
            }
        }
        // One organisation could move the result of so few at will.
        for (rule, max_updates) in [(Rule::Median, 2), (trimmed, 4)] {
            assert_eq!(standard(rule, max_updates).check(), Err(PolicyError::ToleratesNothing));
        }
    }

    #[test]
    fn the_standard_policy_should_ask_for_as_many_updates_as_the_pipeline_needs() {
        let krum = Rule::MultiKrum { f_ppm: 200_000 };
        for (max_updates, least) in [(5, 5), (7, 5), (10, 5), (100, 50)] {
            let policy = standard(krum, max_updates);
            assert_eq!((policy.min_updates, policy.check()), (least, Ok(())), "{max_updates}");
        }
        // Of 10 updates f is 2, and Bulyan needs 4f + 3 = 11.
        let policy = standard(Rule::Bulyan { f_ppm: 200_000 }, 10);
        assert!(matches!(policy.check(), Err(PolicyError::CannotRun(_))));
    }

    #[test]
    fn deadlines_should_follow_from_what_has_to_be_moved() {
        // 10 KB: those of any small model. 28 GB: ten of them at 10 MiB/s take 26,703 s.
        assert_eq!(deadlines(10_000, 10, RATE), LEAST);
        let large = deadlines(28_000_000_000, 10, RATE);
        assert_eq!(
            large,
            Deadlines {
                collect: 2_680,
                reveal_updates: 13_361,
                vote: 13_361,
                commit: 13_361,
                reveal: 15
            }
        );
        let shown = show_deadlines(&large);
        assert!(
            shown.contains("vote 13361 blocks (7 h)") && shown.contains("reveal 15 blocks (30 s)"),
            "{shown}"
        );
        // Twice as fast, half as long.
        assert_eq!(deadlines(28_000_000_000, 10, 2 * RATE).vote, 6_685);
    }

    #[test]
    fn derived_deadlines_should_be_ones_that_the_chain_takes() {
        for len in [0, 10_000, 1 << 30, 28_000_000_000] {
            for max_updates in [5, 10, 100] {
                let mut policy = standard(Rule::Median, max_updates);
                policy.deadlines = deadlines(len, max_updates, RATE);
                assert_eq!(policy.check(), Ok(()));
                assert_eq!(policy.check_transfers(len, RATE * BLOCK), Ok(()), "{len} {max_updates}");
            }
        }
        // No phase is so long.
        let mut policy = standard(Rule::Median, 1_024);
        policy.deadlines = deadlines(1 << 40, 1_024, RATE);
        assert_eq!(policy.check(), Ok(()));
        assert!(policy.check_transfers(1 << 40, RATE * BLOCK).is_err());
    }
}
