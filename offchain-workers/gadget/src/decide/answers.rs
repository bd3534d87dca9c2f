//! Pages of answers: what the requests of a batch yielded.

use super::{
    action::{Action, Statement},
    pages::Page,
};
use crate::LOG;
use quorate_primitives::{
    job::infer::{answer_page_hashes, answers_root, AnswerPage, AnswerRow, ROW_BYTES},
    views::{inference::AnswerPageTask, BlobRef},
    Root, SETTLEMENT_PAGE,
};
use quorate_protocol::{Output, Task};

impl Page for AnswerPageTask {
    type Row = AnswerRow;

    fn of(&self) -> u32 {
        self.batch
    }

    fn number(&self) -> u32 {
        self.page
    }

    fn detail(&self) -> Root {
        self.outcome.detail
    }

    fn task(self) -> Task {
        Task::AnswerRows {
            detail: BlobRef {
                root: self.outcome.detail,
                len: u64::from(self.requests) * ROW_BYTES,
            },
        }
    }

    fn rows(output: Output) -> Option<Vec<AnswerRow>> {
        match output {
            Output::Answers(rows) => Some(rows),
            _ => None,
        }
    }

    fn shown(&self, rows: &[AnswerRow]) -> Option<Action> {
        let pages = answer_page_hashes(rows);
        let (size, batch) = (SETTLEMENT_PAGE as usize, self.batch);
        let shown = rows
            .chunks(size)
            .nth(self.page as usize)
            .filter(|_| rows.len() == self.requests as usize && answers_root(&pages) == self.outcome.answers);
        let Some(shown) = shown else {
            log::error!(
                target: LOG,
                "Batch {batch}: the worker's rows do not hash to the agreed answers, page {} is left to others. Was the detail blob \
                 {:?} changed on disk?",
                self.page,
                self.outcome.detail
            );
            return None;
        };
        log::info!(target: LOG, "Batch {batch}: showing page {} of its answers ({} rows)", self.page, shown.len());
        let rows = AnswerPage::truncate_from(shown.to_vec());
        Some(Action::Submit(Statement::Answers {
            batch,
            page: self.page,
            rows,
            pages,
        }))
    }
}
