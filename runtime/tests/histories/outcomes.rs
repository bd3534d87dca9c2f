//! What validators say of a job: honest ones all the same, liars one of two other things. What they say follows from numbers alone, so that
//! every way in which work may end comes up.

use codec::DecodeAll;
use quorate_primitives::{
    job::{
        aggregate::{self, page_hashes, scores_root, ScoreRow},
        assess::{self, Measures},
        evaluate,
        infer::{self, AnswerRow, AnswerStatus},
        AggregateOutcome, AssessOutcome, EvaluateOutcome, InferOutcome, Outcome,
    },
    payload,
    views::{
        assessments::AssessTask,
        evaluations::EvaluateTask,
        inference::InferTask,
        tasks::{AggregateTask, JobTask},
        BlobRef,
    },
    RequestId, Root, PPM,
};

use crate::common::model::FILE;

/// The scores of so many updates, by products as by what they improve.
pub fn rows(count: usize) -> Vec<ScoreRow> {
    (0..count as u32)
        .map(|n| ScoreRow {
            score: 300_000 + n * 10_000,
            selection: 100,
        })
        .collect()
}

/// What becomes of requests for which so many millions of operations were paid.
pub fn answer_rows(requests: impl Iterator<Item = (RequestId, u64)>) -> Vec<AnswerRow> {
    let row = |(request, paid): (RequestId, u64)| {
        let status = match request % 5 {
            3 => AnswerStatus::Fault,
            4 => AnswerStatus::Unfit,
            _ => AnswerStatus::Answered,
        };
        let ran = status != AnswerStatus::Unfit;
        AnswerRow {
            request,
            status,
            answer: BlobRef {
                root: payload::tagged(b"answer", &request),
                len: 64,
            },
            trace: Root::zero(),
            tokens: 0,
            operations: if ran { paid / (1 + request % 3) } else { 0 },
        }
    };
    requests.map(row).collect()
}

fn aggregated(task: &AggregateTask, lie: Option<u64>) -> AggregateOutcome {
    let output = payload::tagged(b"output", &(task.round, lie));
    let rows = rows(task.inputs.len());
    let detail = payload::tagged(b"detail", &(task.round, lie));
    AggregateOutcome::new((output, FILE), None, detail, &rows)
}

fn evaluated(task: &EvaluateTask, lie: Option<u64>) -> EvaluateOutcome {
    match (task.evaluation % 4, lie) {
        (0, None) => EvaluateOutcome::Unfit,
        (_, lie) => EvaluateOutcome::Done {
            rows: 10,
            loss: lie.map_or(0, |lie| 1 + lie as i64),
            correct: 5,
            faults: 0,
            detail: payload::tagged(b"detail", &(task.evaluation, lie)),
        },
    }
}

/// Every fifth version is worse than its base; of every seventh round's shards the first does not count; some programs do not fit.
fn assessed(task: &AssessTask, lie: Option<u64>) -> AssessOutcome {
    if task.round % 11 == 10 && lie.is_none() {
        return AssessOutcome::Unfit;
    }
    let all = (1u32 << task.shards.len()) - 1;
    let counted = if task.round % 7 == 6 { all & !1 } else { all };
    let increase = lie.map_or(if task.round % 5 == 4 { 1_000 } else { -1_000 }, |lie| 1 + lie as i32);
    let scored = task.contribution.filter(|fewest| counted.count_ones() >= fewest.shards);
    AssessOutcome::Done {
        measures: Measures {
            sets: counted.count_ones() + u32::from(task.benchmark.is_some()),
            loss_before: 5_000,
            loss: 5_000 + increase,
            increase,
            correct_before: PPM / 2,
            correct: PPM / 2,
        },
        counted,
        detail: payload::tagged(b"detail", &(task.round, lie)),
        detail_len: 100,
        scores: scored.map(|_| scores_root(&page_hashes(&rows(task.inputs.len())))),
    }
}

fn inferred(task: &InferTask, lie: Option<u64>) -> InferOutcome {
    let rows = answer_rows(task.requests.iter().map(|request| (request.id, request.operations)));
    InferOutcome::new(&rows, payload::tagged(b"detail", &(task.batch, lie)))
}

fn read<T: DecodeAll>(task: &JobTask) -> T {
    T::decode_all(&mut &task.work[..]).expect("the work of this kind")
}

/// What a validator says of a job.
pub fn computed(task: &JobTask, lie: Option<u64>) -> Outcome {
    match task.kind {
        aggregate::KIND => aggregated(&read(task), lie).into(),
        evaluate::KIND => evaluated(&read(task), lie).into(),
        assess::KIND => assessed(&read(task), lie).into(),
        infer::KIND => inferred(&read(task), lie).into(),
        kind => panic!("work of the unknown kind {kind}"),
    }
}
