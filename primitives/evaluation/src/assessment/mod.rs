//! What a round's version is worth beside its base, and each organisation's updates (`docs/exactness.md`, section 21).

mod conclude;
mod detail;
mod game;
mod measures;
mod players;
mod reference;
mod rows;

pub use conclude::Played;
pub use detail::{AssessmentDetail, AssessmentDetailError, PlayerRecord, SetRecord, Sums, BENCHMARK, MAX_SETS};
pub use game::{factor, scores, value, Losses, MAX_FACTOR};
pub use measures::{measures, Measures};
pub use players::{moved, players, shares, Player, Share, Update, ALL};
pub use reference::{assess, Assessed, AssessedRound, AssessmentError, Fewest};
pub use rows::{counting, row_key, RowKey};

/// Rows that are run, for the operations of an assessment: both versions on every set, and, where contributions are asked for, `2m + 1`
/// variants of the base more on every shard. None beyond 64 bits.
pub fn rows_run(benchmark: u64, shards: u64, players: Option<usize>) -> Option<u64> {
    let runs = match players {
        Some(players) => u64::try_from(players).ok()?.checked_mul(2)?.checked_add(3)?,
        None => 2,
    };
    benchmark.checked_mul(2)?.checked_add(shards.checked_mul(runs)?)
}

/// The element ⌊(z − 1)/2⌋ of the sorted values; none of none.
fn lower_median<T: Ord + Copy>(mut values: alloc::vec::Vec<T>) -> Option<T> {
    values.sort_unstable();
    values.get(values.len().saturating_sub(1) / 2).copied()
}

/// The element ⌊z/2⌋ of the sorted values; none of none.
fn upper_median<T: Ord + Copy>(mut values: alloc::vec::Vec<T>) -> Option<T> {
    values.sort_unstable();
    values.get(values.len() / 2).copied()
}
