//! The scores that a round's updates were paid by.

use crate::{record::ordered, report::Checks};
use quorate_primitives::{job::aggregate::ScoreRow, views::Lineage};

/// That no update of a settled round has another score than its row here; with no rows, that none has a score. An update without a score is right:
/// where pages of scores do not come in time, a round ends without them.
pub(crate) fn check(checks: &mut Checks, lineage: &Lineage, rows: Option<&[ScoreRow]>) {
    if lineage.version.settlement.is_none() {
        return;
    }
    let right = |index: usize, score: u32| {
        rows.and_then(|rows| rows.get(index))
            .is_some_and(|row| row.score == score)
    };
    let wrong: Vec<String> = ordered(lineage)
        .enumerate()
        .filter(|(index, update)| update.score.is_some_and(|score| !right(*index, score)))
        .map(|(_, update)| update.contributor.to_string())
        .collect();
    let found = match (wrong.is_empty(), rows) {
        (true, Some(rows)) => format!("{} updates", rows.len()),
        (true, None) => "no update has one".into(),
        (false, Some(_)) => format!("differ for {}", wrong.join(", ")),
        (false, None) => format!("there are none, and {} have one", wrong.join(", ")),
    };
    checks.add("paid scores", wrong.is_empty(), found);
}
