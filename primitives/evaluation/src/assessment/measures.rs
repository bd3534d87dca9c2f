//! How good a version is beside its base.

use super::{detail::SetRecord, lower_median, upper_median};

/// Medians over data sets. Losses are means in units of 2^−20, correct parts in parts per million.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Measures {
    /// Sets that count.
    pub sets: u32,
    /// Of the base.
    pub loss_before: i32,
    /// Of the version.
    pub loss: i32,
    /// The lower median of the differences, which is not the difference of the medians.
    pub increase: i32,
    /// Of the base.
    pub correct_before: u32,
    /// Of the version.
    pub correct: u32,
}

/// The measures over the sets that count. None without any.
pub fn measures(sets: &[SetRecord]) -> Option<Measures> {
    let losses = |of: fn(&SetRecord) -> i128| {
        let means = sets.iter().map(|set| mean(of(set), set.counted));
        lower_median(means.collect::<Option<_>>()?)
    };
    let correct = |of: fn(&SetRecord) -> u64| {
        let parts = sets.iter().map(|set| part(of(set), set.counted));
        upper_median(parts.collect::<Option<_>>()?)
    };
    Some(Measures {
        sets: u32::try_from(sets.len()).ok()?,
        loss_before: losses(|set| set.before.loss.into())?,
        loss: losses(|set| set.after.loss.into())?,
        increase: losses(|set| i128::from(set.after.loss) - i128::from(set.before.loss))?,
        correct_before: correct(|set| set.before.correct)?,
        correct: correct(|set| set.after.correct)?,
    })
}

/// RHE(sum / rows).
fn mean(sum: i128, rows: u64) -> Option<i32> {
    let rows = i128::from(rows);
    let floor = sum.checked_div_euclid(rows)?;
    let twice = 2 * sum.checked_rem_euclid(rows)?;
    let up = twice > rows || (twice == rows && floor % 2 != 0);
    i32::try_from(floor + i128::from(up)).ok()
}

fn part(correct: u64, rows: u64) -> Option<u32> {
    let ppm = (u128::from(correct) * 1_000_000).checked_div(rows.into())?;
    u32::try_from(ppm).ok()
}
