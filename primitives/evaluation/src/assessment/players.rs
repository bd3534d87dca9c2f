//! Organisations as the players of a round: their rows, weights and shares.

use alloc::{collections::BTreeMap, vec::Vec};

use primitive_types::U256;
use quorate_exact::grid::{apply, div_half_even, ApplyError, Scale};

use super::lower_median;

/// One, as a share or a factor of a length.
pub const ALL: u32 = 1 << 31;

/// One update of a round.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Update {
    /// Whose it is.
    pub organisation: u32,
    /// 1 to 2^20.
    pub weight: u32,
}

/// An organisation with its updates.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Player {
    /// Its number.
    pub organisation: u32,
    /// The largest of its updates' weights: more updates are no more weight.
    pub weight: u32,
    /// The sum of its updates' weights, at most 2^30.
    pub total: u32,
    /// Numbers of its updates in the sealed order, and their weights.
    pub updates: Vec<(usize, u32)>,
}

/// How much of a player's row is added.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Share {
    /// What shortens its row, of [`ALL`].
    pub lambda: u32,
    /// What is added of its row, of [`ALL`].
    pub share: u32,
}

/// The players of a round, ascending by their numbers.
pub fn players(updates: &[Update]) -> Vec<Player> {
    let mut players = BTreeMap::<u32, Player>::new();
    for (number, update) in updates.iter().enumerate() {
        let player = players.entry(update.organisation).or_insert(Player {
            organisation: update.organisation,
            weight: 0,
            total: 0,
            updates: Vec::new(),
        });
        player.weight = player.weight.max(update.weight);
        player.total = player.total.saturating_add(update.weight);
        player.updates.push((number, update.weight));
    }
    players.into_values().collect()
}

impl Player {
    /// One coordinate of its row, from the same of its updates in their order. At most 2^30 · 2^31 on the way.
    pub fn value(&self, values: impl IntoIterator<Item = i32>) -> i32 {
        let weighted = self.updates.iter().zip(values);
        let sum: i64 = weighted
            .map(|(&(_, weight), value)| i64::from(weight) * i64::from(value))
            .sum();
        // Between the least and the greatest of the values.
        div_half_even(sum, self.total)
            .and_then(|mean| mean.try_into().ok())
            .unwrap_or(0)
    }
}

/// The value of a variant, from the base's and the sum of the shares' parts of the rows, at most 2^61 in magnitude.
///
/// # Errors
/// As [`apply`] has them: none where the base's value is finite.
pub fn moved(base: u32, sum: i64, scale: Scale) -> Result<u32, ApplyError> {
    apply(base, div_half_even(sum, ALL).unwrap_or(0), scale)
}

/// The share of each player, from the squared norms of their rows, each at most 2^95. A row is shortened to the lower median norm.
pub fn shares(players: &[Player], norms: &[u128]) -> Vec<Share> {
    let median = lower_median(norms.to_vec()).unwrap_or(0);
    let all: u64 = players.iter().map(|player| u64::from(player.weight)).sum();
    let share = |(player, &norm): (&Player, &u128)| {
        let lambda = length_factor(median, norm);
        let weighted = u64::from(player.weight) * u64::from(lambda);
        let share = weighted.checked_div(all).unwrap_or(0);
        // At most lambda.
        let share = u32::try_from(share).unwrap_or(0);
        Share { lambda, share }
    };
    players.iter().zip(norms).map(share).collect()
}

/// `min(2^31, isqrt(median · 2^62 div norm))`; 0 of a norm of 0. 157 bits on the way.
fn length_factor(median: u128, norm: u128) -> u32 {
    match (norm, norm <= median) {
        (0, _) => 0,
        (_, true) => ALL,
        // Below 2^62, so that its root is below 2^31.
        (_, false) => ((U256::from(median) << 62) / U256::from(norm)).integer_sqrt().low_u32(),
    }
}
