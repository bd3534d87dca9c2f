//! Scores: taken in pages that prove themselves, weighed by reputation, and what they are worth.

use crate::{
    numbers::{count, len},
    pallet::{AwaitedPages, Config, Error, Event, Pallet, RoundScores, Rounds, SealedOrders, Updates},
    types::{Round, RoundStage, Row, Scores},
};
use alloc::vec::Vec;
use codec::Encode;
use frame_support::{
    ensure,
    pallet_prelude::{
        InvalidTransaction, TransactionSource, TransactionValidityError, TransactionValidityWithRefund,
        UnknownTransaction, ValidTransaction, Weight,
    },
};
use quorate_primitives::{
    job::aggregate::{page_hash, scores_root, PageHashes, ScorePage, ScoreRow},
    purpose::Purpose,
    traits::{Escrow, Reputation},
    update::Update,
    AccountId, Balance, Ppm, RoundId, PPM, SETTLEMENT_PAGE,
};
use sp_runtime::{helpers_128bit::multiply_by_rational_with_rounding, DispatchResult, Permill, Rounding};

/// Blocks for which a page stays in the pool unless it becomes invalid before: two minutes, then it is built again.
const LONGEVITY: u64 = 64;

/// Number of settlement pages of a job with `inputs` updates.
const fn page_count(inputs: u32) -> u32 {
    inputs.div_ceil(SETTLEMENT_PAGE)
}

/// Number of rows of `page` of a job with `inputs` updates.
const fn rows_of_page(inputs: u32, page: u32) -> u32 {
    let rest = inputs.saturating_sub(page.saturating_mul(SETTLEMENT_PAGE));
    if rest < SETTLEMENT_PAGE {
        rest
    } else {
        SETTLEMENT_PAGE
    }
}

/// `a · b / c`, floored; 0 when `c` is 0.
pub(crate) fn share(a: Balance, b: u64, c: u64) -> Balance {
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
            .map_err(|_| Error::<T>::Inconsistent)?;
        Ok(())
    }
}

impl<T: Config> Pallet<T> {
    pub(crate) fn authorize_settle(
        _: TransactionSource,
        round: &RoundId,
        page: &u32,
        rows: &ScorePage,
        pages: &PageHashes,
    ) -> TransactionValidityWithRefund {
        Self::check_settle(*round, *page, rows, pages).map_err(refusal)?;
        let validity = ValidTransaction {
            // Above every transaction that pays: the chain's own work must not wait behind a full pool.
            priority: u64::MAX / 2,
            requires: Default::default(),
            provides: alloc::vec![("QuorateSettle", round, page).encode()],
            longevity: LONGEVITY,
            propagate: true,
        };
        Ok((validity, Weight::zero()))
    }

    /// The round, when `rows` are its next settlement page.
    fn check_settle(id: RoundId, page: u32, rows: &[ScoreRow], pages: &PageHashes) -> Result<Round, Error<T>> {
        let round = Self::round(id)?;
        let awaited = match round.stage {
            RoundStage::Drawing { .. } | RoundStage::Computing { .. } | RoundStage::Assessing => {
                return Err(Error::<T>::TooEarly)
            }
            RoundStage::Scoring { until } => Self::now() < until,
            _ => false,
        };
        ensure!(awaited, Error::<T>::NotScoring);
        let agreed = Self::scores_of(id, &round).ok_or(Error::<T>::Inconsistent)?;
        let next = AwaitedPages::<T>::get(id).ok_or(Error::<T>::Inconsistent)?;
        let inputs = round.available;
        ensure!(page == next && page < page_count(inputs), Error::<T>::PageOutOfOrder);
        let sized = count(pages.len()) == page_count(inputs) && count(rows.len()) == rows_of_page(inputs, page);
        let proven = pages.get(len(page)) == Some(&page_hash(rows)) && scores_root(pages) == agreed.root();
        ensure!(sized && proven, Error::<T>::BadPage);
        Ok(round)
    }

    pub(crate) fn do_settle(id: RoundId, page: u32, rows: &ScorePage, pages: &PageHashes) -> DispatchResult {
        let mut round = Self::check_settle(id, page, rows, pages)?;
        let mut scores = RoundScores::<T>::get(id).ok_or(Error::<T>::Inconsistent)?;
        let order = SealedOrders::<T>::get(id).ok_or(Error::<T>::Inconsistent)?;
        let contributors = Self::contributors(id);
        for (sealed, row) in order.iter().skip(scores.rows.len()).zip(rows) {
            let contributor = contributors.get(len(sealed.position)).ok_or(Error::<T>::Inconsistent)?;
            let mut submission = Updates::<T>::get(id, contributor).ok_or(Error::<T>::Inconsistent)?;
            let score = row.score.min(PPM);
            scores.add::<T>(&submission.update, score)?;
            submission.update.score = Some(score);
            Updates::<T>::insert(id, contributor, submission);
        }
        Self::deposit_event(Event::PageSettled {
            round: id,
            page,
            pages: page_count(round.available),
        });
        if count(scores.rows.len()) == round.available {
            scores.median = lower_median(&scores.rows);
            Self::all_scored(id, &mut round, &scores);
            Rounds::<T>::insert(id, round);
        } else {
            AwaitedPages::<T>::insert(id, page.saturating_add(1));
        }
        RoundScores::<T>::insert(id, scores);
        Ok(())
    }

    fn all_scored(id: RoundId, round: &mut Round, scores: &Scores) {
        Self::deposit_event(Event::Scored {
            round: id,
            updates: round.available,
            median: scores.median,
            organisations: count(scores.organisations.len()),
        });
        Self::start_vesting(id, round);
    }

    /// No complete scores in time: what came is dropped, and the round is paid without them.
    pub(crate) fn give_up_scoring(id: RoundId, round: &mut Round) {
        RoundScores::<T>::remove(id);
        Self::deposit_event(Event::ScoresMissing { round: id });
        Self::start_vesting(id, round);
    }

    fn start_vesting(id: RoundId, round: &mut Round) {
        AwaitedPages::<T>::remove(id);
        let vests = round.recorded_at.unwrap_or_default();
        let shifted = Self::shifted_since(round);
        let until = vests
            .saturating_add(round.policy.challenge)
            .saturating_add(shifted)
            .max(Self::now());
        round.stage = RoundStage::Vesting { until };
        Self::enqueue(id, round, until);
    }

    /// Credit an amount of a round's escrow. True when it was paid.
    pub(crate) fn credit(id: RoundId, to: &AccountId, amount: Balance) -> bool {
        if amount == 0 {
            return true;
        }
        match T::Escrow::pay(Purpose::Round(id), to, amount) {
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

/// The pool bans the hash of an invalid transaction, but not of an unknown one: what may still become right, because this node is
/// behind the sender or follows a fork that will lose, is unknown. A page carries no signature: whoever shows it again sends the
/// same bytes.
fn refusal<T: Config>(error: Error<T>) -> TransactionValidityError {
    let code = error.encode().first().copied().unwrap_or(u8::MAX);
    match error {
        Error::RoundNotFound | Error::TooEarly | Error::PageOutOfOrder => UnknownTransaction::Custom(code).into(),
        _ => InvalidTransaction::Custom(code).into(),
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
    fn lower_median_should_be_the_middle_one_or_the_lower_of_two() {
        assert_eq!(lower_median(&rows(&[])), 0);
        assert_eq!(lower_median(&rows(&[7])), 7);
        assert_eq!(lower_median(&rows(&[9, 1])), 1);
        assert_eq!(lower_median(&rows(&[5, 9, 1])), 5);
        assert_eq!(lower_median(&rows(&[5, 9, 1, 7])), 5);
    }

    #[test]
    fn share_should_be_floored_and_never_divided_by_zero() {
        assert_eq!(share(10, 1, 3), 3);
        assert_eq!(share(Balance::MAX, 1, 2), Balance::MAX / 2);
        assert_eq!(share(10, 1, 0), 0);
        assert_eq!(part(1_000_001, 500_000), 500_000);
    }

    #[test]
    fn reputation_should_double_pay_at_most() {
        assert_eq!(points(1_000, PPM), 2 * points(1_000, 0));
        assert_eq!(points(PPM, u32::MAX), 1_000_000_000_000);
    }

    #[test]
    fn pages_should_cover_all_inputs_once() {
        for inputs in [1, 63, 64, 65, 128, 1_000, 1_024] {
            let rows: u32 = (0..page_count(inputs)).map(|page| rows_of_page(inputs, page)).sum();
            assert_eq!(rows, inputs);
            assert!((0..page_count(inputs)).all(|page| rows_of_page(inputs, page) > 0));
            assert_eq!(rows_of_page(inputs, page_count(inputs)), 0);
        }
    }
}
