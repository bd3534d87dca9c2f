//! An assessment that was computed again beside the recorded one.

use super::computed::Computed;
use crate::report::Checks;
use quorate_evaluation::assessment::{AssessmentDetail, PlayerRecord, SetRecord, BENCHMARK};
use quorate_primitives::job::AssessOutcome;

/// `theirs`: the recorded detail, where it differs and somebody shows it.
pub(super) fn compare(
    checks: &mut Checks,
    recorded: &AssessOutcome,
    made: &Computed,
    theirs: Option<&AssessmentDetail>,
) {
    match (&made.outcome, recorded) {
        (AssessOutcome::Unfit, AssessOutcome::Unfit) => {
            let reason = made.detail.as_ref().err().cloned();
            checks.add("unfit", true, reason.unwrap_or_default());
        }
        (AssessOutcome::Done { .. }, AssessOutcome::Unfit) => checks.add("unfit", false, "it fits"),
        (AssessOutcome::Unfit, AssessOutcome::Done { .. }) => {
            let reason = made.detail.as_ref().err().cloned();
            checks.add("fits", false, format!("it does not: {}", reason.unwrap_or_default()));
        }
        (
            AssessOutcome::Done {
                measures: own,
                counted,
                detail,
                detail_len,
                scores,
            },
            AssessOutcome::Done {
                measures,
                counted: their_counted,
                detail: their_detail,
                detail_len: their_len,
                scores: their_scores,
            },
        ) => {
            checks.equal("data sets", &own.sets, &measures.sets);
            checks.equal("loss before", &own.loss_before, &measures.loss_before);
            checks.equal("loss", &own.loss, &measures.loss);
            checks.equal("growth of the loss", &own.increase, &measures.increase);
            checks.equal("correct before", &own.correct_before, &measures.correct_before);
            checks.equal("correct", &own.correct, &measures.correct);
            checks.equal("shards that count", &places(*counted), &places(*their_counted));
            checks.equal("scores by improvement", scores, their_scores);
            checks.equal(
                "assessment's detail",
                &(*detail, *detail_len),
                &(*their_detail, *their_len),
            );
            let first = made.detail.as_ref().ok().zip(theirs);
            if let Some(found) = first.and_then(|(own, theirs)| first_difference(own, theirs)) {
                checks.add("first difference", false, found);
            }
        }
    }
}

/// Places of the shards that count.
fn places(counted: u32) -> Vec<u32> {
    (0..u32::BITS).filter(|place| counted >> place & 1 == 1).collect()
}

/// The first part that two details do not share: sets, then players, then scores.
fn first_difference(own: &AssessmentDetail, theirs: &AssessmentDetail) -> Option<String> {
    differing("data set", &own.sets, &theirs.sets, set)
        .or_else(|| differing("organisation", &own.players, &theirs.players, player))
        .or_else(|| {
            differing("all updates, data set", &own.all, &theirs.all, |sum| {
                format!("loss {sum}")
            })
        })
        .or_else(|| differing("update", &own.scores, &theirs.scores, |score| format!("score {score}")))
        .or_else(|| differing("selection of update", &own.selection, &theirs.selection, u32::to_string))
}

fn differing<T: PartialEq>(what: &str, own: &[T], theirs: &[T], text: impl Fn(&T) -> String) -> Option<String> {
    let at = (0..own.len().max(theirs.len())).find(|&at| own.get(at) != theirs.get(at))?;
    let shown = |list: &[T]| list.get(at).map_or_else(|| "none".into(), &text);
    Some(format!(
        "{what} {at}: derived {}; recorded {}",
        shown(own),
        shown(theirs)
    ))
}

fn set(set: &SetRecord) -> String {
    let SetRecord {
        place,
        rows,
        counted,
        before,
        after,
    } = set;
    let name = match *place {
        BENCHMARK => "benchmark".into(),
        place => format!("shard {place}"),
    };
    format!(
        "{name}, {counted} of {rows} rows, losses {} and {}, correct {} and {}, faults {} and {}",
        before.loss, after.loss, before.correct, after.correct, before.faults, after.faults
    )
}

fn player(player: &PlayerRecord) -> String {
    let PlayerRecord {
        organisation,
        weight,
        norm,
        lambda,
        share,
        factor,
        value,
        losses,
    } = player;
    format!(
        "organisation {organisation}, weight {weight}, norm {norm}, length {lambda}, share {share}, factor {factor}, value {value}, losses {}",
        losses.iter().map(|(alone, without)| format!("{alone} and {without}")).collect::<Vec<_>>().join(", ")
    )
}
