//! The rule, as pure integer functions. See the crate's documentation for what it guarantees.

use crate::types::{Parameters, MIN_ORGANISATIONS};
use quorate_primitives::{
    job::{Requester, Verdict},
    traits::RoundResult,
    Ppm, PPM,
};

/// `rate` of the way from `reputation` to `target`, rounded down. Monotone in `reputation` and in `target`, and never
/// outside of them by more than the rounding.
pub fn step(reputation: Ppm, target: Ppm, rate: Ppm) -> Ppm {
    let [from, to, rate] = [reputation, target, rate].map(|part| u64::from(part.min(PPM)));
    let one = u64::from(PPM);
    // At most 10^12: nothing saturates, and the quotient is at most one million.
    let sum = from
        .saturating_mul(one.saturating_sub(rate))
        .saturating_add(to.saturating_mul(rate));
    Ppm::try_from(sum.checked_div(one).unwrap_or(0)).unwrap_or(PPM)
}

/// Where a contributor converges that always has `score` where the median is `median`: proportional, up to one. `None` where
/// the median is 0: there is nothing to compare with.
pub fn target(parameters: &Parameters, score: Ppm, median: Ppm) -> Option<Ppm> {
    let share = u64::from(score).saturating_mul(u64::from(parameters.median_target));
    let target = share.checked_div(u64::from(median))?;
    Some(Ppm::try_from(target).unwrap_or(PPM).min(PPM))
}

/// A contributor's reputation after a settled round; `None` where it stands still.
pub fn scored(parameters: &Parameters, reputation: Ppm, result: &RoundResult) -> Option<Ppm> {
    if result.organisations < MIN_ORGANISATIONS {
        return None;
    }
    let target = target(parameters, result.score, result.median)?;
    Some(step(reputation, target, parameters.score_rate))
}

/// A contributor's reputation after an Invalid update in a round of so many organisations; `None` where it stands still.
pub fn invalid(parameters: &Parameters, reputation: Ppm, organisations: u32) -> Option<Ppm> {
    (organisations >= MIN_ORGANISATIONS).then(|| step(reputation, 0, parameters.invalid_rate))
}

/// A contributor's reputation after it repeatedly withheld an update that it had committed to; `None` where it stands still.
pub fn withheld(parameters: &Parameters, reputation: Ppm, organisations: u32) -> Option<Ppm> {
    (organisations >= MIN_ORGANISATIONS).then(|| step(reputation, 0, parameters.withheld_rate))
}

/// Whether a verdict in a job of this requester moves a reputation. Whoever asks for an evaluation chooses what it needs: those that lack
/// the machine for it would lose by their silence, and those that have it would gain by work that costs the asker little. A wrong outcome
/// is a lie whoever asked.
pub fn counts(requester: Requester, verdict: Verdict) -> bool {
    match requester {
        Requester::Round(_) => true,
        Requester::Evaluation(_) | Requester::Assessment(_) | Requester::Batch(_) => verdict == Verdict::Wrong,
    }
}

/// A validator's reputation after a verdict that counts; `None` where it stands still.
pub fn judged(parameters: &Parameters, reputation: Ppm, verdict: Verdict) -> Option<Ppm> {
    match verdict {
        Verdict::Agreed => Some(step(reputation, PPM, parameters.agreed_rate)),
        Verdict::Wrong => Some(step(reputation, 0, parameters.wrong_rate)),
        Verdict::Silent => Some(step(reputation, 0, parameters.silent_rate)),
        Verdict::Unjudged => None,
    }
}
