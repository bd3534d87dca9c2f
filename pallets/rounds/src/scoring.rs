//! Scores: taken in pages, weighed by reputation, and what they are worth.

use crate::{
    collecting::{count, len},
    pallet::{Config, Error, Event, Pallet, RoundScores, Rounds, SealedOrders, Updates},
    types::{Round, Row, Scores, Stage},
};
use alloc::vec::Vec;
use frame_support::ensure;
use quorate_primitives::{
    job::ScoreRow, traits::Reputation, update::Update, AccountId, Balance, JobId, Ppm, RoundId, PPM, SETTLEMENT_PAGE,
};
use sp_runtime::{helpers_128bit::multiply_by_rational_with_rounding, DispatchResult, Permill, Rounding};

/// `a · b / c`, floored; 0 when `c` is 0.
fn share(a: Balance, b: u64, c: u64) -> Balance {
    multiply_by_rational_with_rounding(a, b.into(), c.into(), Rounding::Down).unwrap_or_default()
}

/// A part of an amount in parts per million, floored.
pub(crate) fn part(amount: Balance, ppm: Ppm) -> Balance {
    Permill::from_parts(ppm).mul_floor(amount)
}

/// What a score is worth: a contributor without reputation earns half of what one with full reputation earns.
fn points(score: Ppm, reputation: Ppm) -> u64 {
    let factor = u64::from(reputation.min(PPM)).saturating_add(PPM.into()) / 2;
    u64::from(score).saturating_mul(factor)
}

/// The middle score; of an even number the lower of the two.
fn lower_median(rows: &[Row]) -> Ppm {
    let mut scores: Vec<Ppm> = rows.iter().map(|row| row.score).collect();
    scores.sort_unstable();
    let middle = scores.len().saturating_sub(1) / 2;
    scores.get(middle).copied().unwrap_or_default()
}

impl Scores {
    /// What a row earns of the contributors' pool, of which one organisation gets at most `cap`.
    pub(crate) fn pay(&self, update: &Update, row: &Row, pool: Balance, cap: Balance) -> Balance {
        let organisation = self
            .organisations
            .get(&update.organisation)
            .copied()
            .unwrap_or_default();
        if share(pool, organisation, self.total) > cap {
            share(cap, row.points, organisation)
        } else {
            share(pool, row.points, self.total)
        }
    }

    fn add<T: Config>(&mut self, update: &Update, score: Ppm) -> DispatchResult {
        let points = points(score, T::Reputation::contributor(&update.contributor));
        let known = self
            .organisations
            .get(&update.organisation)
            .copied()
            .unwrap_or_default();
        self.organisations
            .try_insert(update.organisation, known.saturating_add(points))
            .map_err(|_| Error::<T>::Inconsistent)?;
        self.total = self.total.saturating_add(points);
        self.rows
            .try_push(Row { score, points })
            .map_err(|_| Error::<T>::PageOutOfPlace)?;
        Ok(())
    }
}

impl<T: Config> Pallet<T> {
    pub(crate) fn take_page(job: JobId, id: RoundId, page: u32, rows: &[ScoreRow]) -> DispatchResult {
        let mut round = Self::round(id)?;
        let awaited = matches!(round.stage, Stage::Scoring { .. }) && round.job == Some(job);
        ensure!(awaited, Error::<T>::NotScoring);
        let mut scores = RoundScores::<T>::get(id).ok_or(Error::<T>::Inconsistent)?;
        let first = count(scores.rows.len());
        let expected = SETTLEMENT_PAGE.min(round.available.saturating_sub(first));
        let in_place = Some(page) == first.checked_div(SETTLEMENT_PAGE) && count(rows.len()) == expected;
        ensure!(in_place && expected > 0, Error::<T>::PageOutOfPlace);

        let order = SealedOrders::<T>::get(id).ok_or(Error::<T>::Inconsistent)?;
        for (position, row) in order.iter().skip(len(first)).zip(rows) {
            let mut update = Updates::<T>::get(id, position).ok_or(Error::<T>::Inconsistent)?;
            let score = row.score.min(PPM);
            scores.add::<T>(&update, score)?;
            update.score = Some(score);
            Updates::<T>::insert(id, position, update);
        }
        if count(scores.rows.len()) == round.available {
            scores.median = lower_median(&scores.rows);
            Self::all_scored(id, &mut round, &scores);
            Rounds::<T>::insert(id, round);
        }
        RoundScores::<T>::insert(id, scores);
        Ok(())
    }

    fn all_scored(id: RoundId, round: &mut Round, scores: &Scores) {
        round.stage = Stage::Paying { next: 0 };
        Self::deposit_event(Event::Scored {
            round: id,
            updates: round.available,
            median: scores.median,
            organisations: count(scores.organisations.len()),
        });
    }

    /// No complete scores in time: what came is dropped, and the round is paid without them.
    pub(crate) fn give_up_scoring(id: RoundId, round: &mut Round) {
        RoundScores::<T>::remove(id);
        round.stage = Stage::Paying { next: 0 };
        Self::deposit_event(Event::ScoresMissing { round: id });
    }

    /// Credit an amount of a round's escrow. True when it was paid.
    pub(crate) fn credit(id: RoundId, to: &AccountId, amount: Balance) -> bool {
        use quorate_primitives::traits::Escrow;
        if amount == 0 {
            return true;
        }
        match T::Escrow::pay(id, to, amount) {
            Ok(()) => true,
            Err(error) => {
                Self::deposit_event(Event::PayRefused {
                    round: id,
                    account: to.clone(),
                    amount,
                    error,
                });
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(scores: &[Ppm]) -> Vec<Row> {
        scores
            .iter()
            .map(|score| Row {
                score: *score,
                points: 0,
            })
            .collect()
    }

    #[test]
    fn the_lower_median_is_the_middle_one_or_the_lower_of_two() {
        assert_eq!(lower_median(&rows(&[])), 0);
        assert_eq!(lower_median(&rows(&[7])), 7);
        assert_eq!(lower_median(&rows(&[9, 1])), 1);
        assert_eq!(lower_median(&rows(&[5, 9, 1])), 5);
        assert_eq!(lower_median(&rows(&[5, 9, 1, 7])), 5);
    }

    #[test]
    fn a_share_is_floored_and_nothing_is_divided_by_zero() {
        assert_eq!(share(10, 1, 3), 3);
        assert_eq!(share(Balance::MAX, 1, 2), Balance::MAX / 2);
        assert_eq!(share(10, 1, 0), 0);
        assert_eq!(part(1_000_001, 500_000), 500_000);
    }

    #[test]
    fn reputation_doubles_pay_at_most() {
        assert_eq!(points(1_000, PPM), 2 * points(1_000, 0));
        assert_eq!(points(PPM, u32::MAX), 1_000_000_000_000);
    }
}
