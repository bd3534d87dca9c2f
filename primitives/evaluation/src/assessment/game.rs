//! What each player is worth, from the losses of variants.

use alloc::{vec, vec::Vec};

use primitive_types::U512;
use quorate_exact::{rule::PPM, Products};

use super::{
    lower_median,
    players::{Player, ALL},
};

/// The largest factor: nothing of a row is a replay.
pub const MAX_FACTOR: u32 = ALL;

/// The sums of a shard's losses over the rows that count, in units of 2^−20.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Losses {
    /// Who supplied the shard.
    pub supplier: u32,
    /// Rows that count, at least 1.
    pub rows: u64,
    /// With the base.
    pub none: i64,
    /// With all players' shares.
    pub all: i64,
    /// With each player's share alone.
    pub alone: Vec<i64>,
    /// With all shares but that of each player.
    pub without: Vec<i64>,
}

impl Losses {
    /// How much a player lowers the mean loss: twice the mean of both marginals, in units of 2^−36.
    fn worth(&self, player: usize) -> Option<i64> {
        let (alone, without) = (*self.alone.get(player)?, *self.without.get(player)?);
        let twice = i128::from(self.none) - i128::from(alone) + i128::from(without) - i128::from(self.all);
        let scaled = (twice << 16).checked_div_euclid(self.rows.into())?;
        i64::try_from(scaled).ok()
    }
}

/// φ of a player: the lower median over the shards that it has not supplied; 0 where there is none.
pub fn value(number: usize, player: &Player, shards: &[Losses]) -> i64 {
    let foreign = shards.iter().filter(|shard| shard.supplier != player.organisation);
    lower_median(foreign.filter_map(|shard| shard.worth(number)).collect()).unwrap_or(0)
}

/// `1 − cos²` of a player's row and the previous aggregate, of [`MAX_FACTOR`]. None where the products are no rows' or not the round's.
pub fn factor(player: &Player, norm: u128, products: &Products) -> Option<u32> {
    let Some(previous) = products.pp() else {
        return Some(MAX_FACTOR);
    };
    let mut along = 0i128;
    for &(update, weight) in &player.updates {
        let part = products.up(update)?.checked_mul(weight.into())?;
        along = along.checked_add(part)?;
    }
    let (along, total) = (U512::from(along.unsigned_abs()), U512::from(player.total));
    // Below 2^250 and 2^281.
    let bound = total * total * U512::from(norm) * U512::from(u128::try_from(previous).ok()?);
    let Some(part) = ((along * along) << 31).checked_div(bound) else {
        return Some(MAX_FACTOR);
    };
    let part = part.min(MAX_FACTOR.into()).low_u32();
    Some(MAX_FACTOR.saturating_sub(part))
}

/// The scores of a round's updates in parts per million, the largest one a million; all 0 where nobody improves anything.
pub fn scores(players: &[Player], values: &[i64], factors: &[u32], updates: usize) -> Vec<u32> {
    let mut parts = vec![0u128; updates];
    for ((player, &value), &factor) in players.iter().zip(values).zip(factors) {
        // Below 2^42 · 2^31 and 2^105.
        let worth = u128::from(value.max(0).unsigned_abs()) * u128::from(factor);
        for &(update, weight) in &player.updates {
            let part = ((worth << 32).saturating_mul(weight.into())).checked_div(player.total.into());
            if let Some(own) = parts.get_mut(update) {
                *own = part.unwrap_or(0);
            }
        }
    }
    let largest = parts.iter().copied().max().unwrap_or(0);
    let ppm = |&part: &u128| part.saturating_mul(PPM.into()).checked_div(largest).unwrap_or(0);
    parts
        .iter()
        .map(|part| u32::try_from(ppm(part)).unwrap_or(PPM))
        .collect()
}
