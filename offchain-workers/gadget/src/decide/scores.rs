//! Pages of scores: what a round's updates are paid by.

use super::{
    action::{Action, Statement},
    pages::Page,
};
use crate::LOG;
use quorate_primitives::{
    job::aggregate::{page_hashes, scores_root, ScorePage, ScoreRow},
    views::tasks::PageTask,
    Root, SETTLEMENT_PAGE,
};
use quorate_protocol::{Output, Task};

impl Page for PageTask {
    type Row = ScoreRow;

    fn of(&self) -> u32 {
        self.round
    }

    fn number(&self) -> u32 {
        self.page
    }

    fn detail(&self) -> Root {
        self.scores.detail()
    }

    fn task(self) -> Task {
        Task::ScoreRows {
            detail: self.scores.detail(),
            weights: self.weights,
        }
    }

    fn rows(output: Output) -> Option<Vec<ScoreRow>> {
        match output {
            Output::Rows(rows) => Some(rows),
            _ => None,
        }
    }

    fn shown(&self, rows: &[ScoreRow]) -> Option<Action> {
        let pages = page_hashes(rows);
        let (size, round) = (SETTLEMENT_PAGE as usize, self.round);
        let shown = rows
            .chunks(size)
            .nth(self.page as usize)
            .filter(|_| scores_root(&pages) == self.scores.root());
        let Some(shown) = shown else {
            log::error!(
                target: LOG,
                "Round {round}: the worker's score rows do not hash to the agreed scores, page {} is left to others. Was the \
                 detail blob {:?} changed on disk?",
                self.page,
                self.scores.detail()
            );
            return None;
        };
        log::info!(target: LOG, "Round {round}: showing settlement page {} ({} rows)", self.page, shown.len());
        let rows = ScorePage::truncate_from(shown.to_vec());
        Some(Action::Submit(Statement::Page {
            round,
            page: self.page,
            rows,
            pages,
        }))
    }
}
