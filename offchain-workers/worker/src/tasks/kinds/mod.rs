//! Kinds of work: one file for each. A new kind adds a file and a line in two of the functions here.

mod aggregate;
mod assess;
mod computing;
mod evaluate;
mod infer;
mod progress;

use super::context::Context;
use crate::failure::local;
use codec::{Decode, DecodeAll, Encode};
use quorate_primitives::{
    job::{
        aggregate::{EXACT_VERSION as AGGREGATE_VERSION, KIND as AGGREGATE},
        assess::{EXACT_VERSION as ASSESS_VERSION, KIND as ASSESS},
        evaluate::{EXACT_VERSION as EVALUATE_VERSION, KIND as EVALUATE},
        infer::{EXACT_VERSION as INFER_VERSION, KIND as INFER},
        Outcome, WorkKind,
    },
    views::{assessments::AssessTask, tasks::AggregateTask},
    JobId,
};
use quorate_protocol::Failure;

/// Every kind with every version of its arithmetic that this program computes.
pub(crate) fn exact_versions() -> Vec<(WorkKind, u32)> {
    vec![
        (AGGREGATE, AGGREGATE_VERSION),
        (EVALUATE, EVALUATE_VERSION),
        (ASSESS, ASSESS_VERSION),
        (INFER, INFER_VERSION),
    ]
}

/// The round that a job belongs to, where its kind has rounds: for the log.
pub(super) fn round_of(kind: WorkKind, work: &[u8]) -> Option<u64> {
    match kind {
        AGGREGATE => AggregateTask::decode(&mut &*work).ok().map(|task| task.round.into()),
        ASSESS => AssessTask::decode(&mut &*work).ok().map(|task| task.round.into()),
        _ => None,
    }
}

/// Computes a job; returns the SCALE bytes of its outcome.
pub(super) async fn compute(
    context: &Context,
    job: JobId,
    (kind, exact_version): (WorkKind, u32),
    work: &[u8],
) -> Result<Vec<u8>, Failure> {
    let outcome: Outcome = match (kind, exact_version) {
        (AGGREGATE, AGGREGATE_VERSION) => aggregate::run(context, job, decode(work)?).await?.into(),
        (EVALUATE, EVALUATE_VERSION) => evaluate::run(context, job, decode(work)?).await?.into(),
        (ASSESS, ASSESS_VERSION) => assess::run(context, job, decode(work)?).await?.into(),
        (INFER, INFER_VERSION) => infer::run(context, job, decode(work)?).await?.into(),
        _ => return Err(Failure::UnknownWork { kind, exact_version }),
    };
    Ok(outcome.encode())
}

/// Computes a job of others, of which nothing is kept; returns the SCALE bytes of its outcome.
///
/// # Errors
/// Also `UnknownWork` of a kind for which nobody is called.
pub(super) async fn again(
    context: &Context,
    (kind, exact_version): (WorkKind, u32),
    work: &[u8],
) -> Result<Vec<u8>, Failure> {
    let outcome: Outcome = match (kind, exact_version) {
        (INFER, INFER_VERSION) => infer::again(context, decode(work)?).await?.into(),
        _ => return Err(Failure::UnknownWork { kind, exact_version }),
    };
    Ok(outcome.encode())
}

fn decode<T: DecodeAll>(work: &[u8]) -> Result<T, Failure> {
    T::decode_all(&mut &*work).map_err(|error| {
        local(format!(
            "the job's work cannot be read ({error}): is this worker older than its node?"
        ))
    })
}
