//! From losses to the detail of an assessment with scores.

use alloc::vec::Vec;

use quorate_exact::{Detail, DetailError};

use super::{
    detail::{AssessmentDetail, PlayerRecord, SetRecord},
    game::{factor, scores, value, Losses},
    players::{Player, Share},
};

/// What the scores follow from.
#[derive(Clone, Copy, Debug)]
pub struct Played<'a> {
    /// The round's players.
    pub players: &'a [Player],
    /// The squared norm of each one's row.
    pub norms: &'a [u128],
    /// The share of each.
    pub shares: &'a [Share],
    /// The losses on each shard that counts.
    pub losses: &'a [Losses],
    /// What the round's aggregation found out of its updates.
    pub aggregation: &'a Detail,
}

impl Played<'_> {
    /// The detail with the scores of all updates.
    ///
    /// # Errors
    /// Where the aggregation's detail is no round's, or another round's.
    pub fn conclude(self, sets: Vec<SetRecord>) -> Result<AssessmentDetail, DetailError> {
        let updates: usize = self.players.iter().map(|player| player.updates.len()).sum();
        let expected = self.aggregation.scores_ppm.len();
        if updates != expected {
            return Err(DetailError::Updates { n: updates });
        }
        let products = self.aggregation.products()?;
        let other = DetailError::Products(quorate_exact::ProductsError::TooWide);
        let mut records = Vec::with_capacity(self.players.len());
        let all = self.players.iter().zip(self.norms).zip(self.shares).enumerate();
        for (number, ((player, &norm), share)) in all {
            let of = |losses: &Losses| Some((*losses.alone.get(number)?, *losses.without.get(number)?));
            records.push(PlayerRecord {
                organisation: player.organisation,
                weight: player.weight,
                norm,
                lambda: share.lambda,
                share: share.share,
                factor: factor(player, norm, &products).ok_or(other)?,
                value: value(number, player, self.losses),
                losses: self.losses.iter().filter_map(of).collect(),
            });
        }
        let values: Vec<i64> = records.iter().map(|record| record.value).collect();
        let factors: Vec<u32> = records.iter().map(|record| record.factor).collect();
        Ok(AssessmentDetail {
            scores: scores(self.players, &values, &factors, updates),
            players: records,
            all: self.losses.iter().map(|losses| losses.all).collect(),
            selection: self.aggregation.selection_weights.clone(),
            ..AssessmentDetail::of(sets)
        })
    }
}
