//! Pages of scores and of answers.

use super::*;
use quorate_primitives::{
    job::{
        aggregate::{page_hashes, scores_root, AggregateOutcome, ScoreRow},
        infer::{AnswerRow, AnswerStatus, InferOutcome, ROW_BYTES},
    },
    views::tasks::Scores,
};

fn rows(n: u32) -> Vec<ScoreRow> {
    (0..n).map(|score| ScoreRow { score, selection: 1 }).collect()
}

fn page_task(rows: &[ScoreRow], page: u32) -> PageTask {
    let root = Hash::repeat_byte(9);
    PageTask {
        round: 3,
        scores: Scores::Aggregation(AggregateOutcome {
            output: root,
            output_len: 9,
            optimiser: None,
            detail: Hash::repeat_byte(8),
            scores: scores_root(&page_hashes(rows)),
        }),
        page,
        weights: vec![1; rows.len()],
    }
}

#[test]
fn pages_should_be_shown_in_order_by_turns_and_by_all_when_nobody_does() {
    let mut world = World::new();
    let rows = rows(70);
    world.pages = vec![page_task(&rows, 1), page_task(&rows, 0)];
    let request = run_of(&world.next());
    // Sorted, this validator is the first of four: block + page divides by four at its turn.
    world.number = 12;
    let actions = world.core.on_message(FromWorker::Done {
        request,
        result: Ok(Output::Rows(rows.clone())),
    });
    assert!(actions.is_empty(), "block 11 is not its turn: {actions:?}");
    world.number = 11;
    let actions = world.next();
    assert!(
        matches!(&actions[..], [Action::Submit(Statement::Page { page: 0, rows, .. })] if rows.len() == 64),
        "{actions:?}"
    );

    world.pages = vec![page_task(&rows, 1)];
    world.number = 12;
    assert!(world.next().is_empty());
    assert!(world.next().is_empty());
    assert!(matches!(&world.next()[..], [Action::Submit(Statement::Page { page: 1, rows, .. })] if rows.len() == 6));
}

#[test]
fn nobody_elses_silence_should_hold_a_page_up() {
    let mut world = World::new();
    let rows = rows(3);
    world.number = 12;
    world.pages = vec![page_task(&rows, 0)];
    let request = run_of(&world.next());
    assert!(world
        .core
        .on_message(FromWorker::Done {
            request,
            result: Ok(Output::Rows(rows))
        })
        .is_empty());
    world.number = 16;
    assert!(matches!(&world.next()[..], [Action::Submit(Statement::Page { .. })]));
}

#[test]
fn rows_that_are_not_the_agreed_ones_should_not_be_shown() {
    let mut world = World::new();
    world.number = 11;
    world.pages = vec![page_task(&rows(3), 0)];
    let request = run_of(&world.next());
    let actions = world.core.on_message(FromWorker::Done {
        request,
        result: Ok(Output::Rows(rows(4))),
    });
    assert!(actions.is_empty());
}

fn answers(n: u64) -> Vec<AnswerRow> {
    let row = |request| AnswerRow {
        request,
        status: AnswerStatus::Answered,
        answer: blob(1),
        trace: Hash::repeat_byte(2),
        tokens: 3,
        operations: 4,
    };
    (0..n).map(row).collect()
}

fn answer_task(batch: u32, rows: &[AnswerRow], page: u32) -> AnswerPageTask {
    AnswerPageTask {
        batch,
        outcome: InferOutcome::new(rows, Hash::repeat_byte(7)),
        requests: rows.len() as u32,
        page,
    }
}

#[test]
fn answers_should_be_shown_in_pages_by_turns_beside_scores() {
    let mut world = World::new();
    let (scores, rows) = (rows(3), answers(70));
    world.number = 10;
    world.pages = vec![page_task(&scores, 0)];
    world.answers = vec![answer_task(3, &rows, 0)];
    let asked = world.next();
    let [Action::Run { request, task, .. }, Action::Run { request: other, .. }] = &asked[..] else {
        panic!("{asked:?}");
    };
    let detail = BlobRef {
        root: Hash::repeat_byte(7),
        len: 70 * ROW_BYTES,
    };
    assert_eq!(*task, Task::AnswerRows { detail });
    // Rows of another kind are no scores: they are asked for again.
    let wrong = FromWorker::Done {
        request: *other,
        result: Ok(Output::Answers(rows.clone())),
    };
    assert!(world.core.on_message(wrong).is_empty());
    let done = FromWorker::Done {
        request: *request,
        result: Ok(Output::Answers(rows.clone())),
    };
    world.core.on_message(done);
    world.number = 11;
    let actions = world.next();
    assert!(
        matches!(&actions[..], [Action::Submit(Statement::Answers { batch: 3, page: 0, rows, .. }), Action::Run { .. }] if rows.len() == 64),
        "{actions:?}"
    );
    world.pages.clear();
    world.answers = vec![answer_task(3, &rows, 1)];
    world.number = 14;
    let actions = world.next();
    assert!(
        matches!(&actions[..], [Action::Submit(Statement::Answers { page: 1, rows, .. })] if rows.len() == 6),
        "{actions:?}"
    );
}

#[test]
fn answers_that_are_not_the_agreed_ones_should_not_be_shown() {
    for other in [answers(2), answers(4)] {
        let mut world = World::new();
        world.number = 11;
        world.answers = vec![answer_task(0, &answers(3), 0)];
        let request = run_of(&world.next());
        let done = FromWorker::Done {
            request,
            result: Ok(Output::Answers(other)),
        };
        assert!(world.core.on_message(done).is_empty());
        world.number = 20;
        assert!(world.next().is_empty());
    }
}
