//! Settlement pages: any validator may show them, whether it computed the job or not, so they take turns.

use super::{
    action::{Action, Statement},
    pace::{pause, FORGET_AFTER, RETRY_BLOCKS},
};
use crate::LOG;
use quorate_primitives::{
    job::aggregate::{page_hashes, scores_root, ScorePage, ScoreRow},
    views::tasks::PageTask,
    AccountId, BlockNumber, Root, RoundId, SETTLEMENT_PAGE,
};
use quorate_protocol::{Failure, Output};
use std::collections::BTreeMap;

/// How long the worker may look for the rows of a detail blob.
pub(super) const TIMEOUT_MS: u64 = 60_000;
/// A page that is still listed after this many blocks is shown by everyone: whose turn it was may be offline.
const PATIENCE: BlockNumber = 4;
/// Rows of this many details are kept.
const KEPT: usize = 8;

#[derive(Clone, Debug)]
enum Rows {
    Wanted { from: BlockNumber, failures: u32 },
    Running { failures: u32 },
    Known(Vec<ScoreRow>),
}

#[derive(Clone, Debug)]
struct Turn {
    first_listed: BlockNumber,
    last_listed: BlockNumber,
    sent: Option<BlockNumber>,
}

/// Pages that are to be shown.
#[derive(Debug, Default)]
pub(super) struct Pages {
    rows: BTreeMap<Root, Rows>,
    turns: BTreeMap<(RoundId, u32), Turn>,
}

impl Pages {
    /// What to show now, and the tasks whose rows are to be asked for.
    pub(super) fn plan(
        &mut self,
        tasks: &[(AccountId, PageTask)],
        peers: &[AccountId],
        number: BlockNumber,
    ) -> (Vec<Action>, Vec<PageTask>) {
        self.drop_what_is_gone(tasks, number);
        let mut next: BTreeMap<RoundId, (&AccountId, &PageTask)> = BTreeMap::new();
        for (validator, task) in tasks {
            // Pages are taken in order: the lowest one of a round is the only one that can be shown.
            let lowest = next.get(&task.round).is_none_or(|(_, known)| task.page < known.page);
            if lowest {
                next.insert(task.round, (validator, task));
            }
        }
        let (mut actions, mut missing) = (Vec::new(), Vec::new());
        for (validator, task) in next.into_values() {
            let turn = self.turns.entry((task.round, task.page)).or_insert(Turn {
                first_listed: number,
                last_listed: number,
                sent: None,
            });
            turn.last_listed = number;
            match self.rows.entry(task.scores.detail()).or_insert(Rows::Wanted {
                from: number,
                failures: 0,
            }) {
                Rows::Wanted { from, .. } if *from <= number => missing.push(task.clone()),
                Rows::Known(rows) if turn.is_mine(validator, task.page, peers, number) => {
                    turn.sent = Some(number);
                    actions.extend(page(task, rows));
                }
                _ => {}
            }
        }
        missing.dedup_by_key(|task| task.scores.detail());
        (actions, missing)
    }

    pub(super) fn started(&mut self, detail: Root) {
        if let Some(rows) = self.rows.get_mut(&detail) {
            let failures = if let Rows::Wanted { failures, .. } = rows {
                *failures
            } else {
                0
            };
            *rows = Rows::Running { failures };
        }
    }

    /// The worker answered.
    pub(super) fn done(&mut self, detail: Root, result: Result<Output, Failure>, number: BlockNumber) {
        let Some(Rows::Running { failures }) = self.rows.get(&detail) else {
            return;
        };
        let failures = failures.saturating_add(1);
        let rows = match result {
            Ok(Output::Rows(rows)) => Rows::Known(rows),
            other => {
                let why = other
                    .err()
                    .map_or_else(|| "it answered with something else".to_owned(), |e| e.to_string());
                log::warn!(target: LOG, "The worker has no score rows of detail {detail:?}: {why}");
                Rows::Wanted {
                    from: number.saturating_add(pause(failures)),
                    failures,
                }
            }
        };
        self.rows.insert(detail, rows);
    }

    pub(super) fn worker_lost(&mut self) {
        for rows in self.rows.values_mut() {
            if let Rows::Running { failures } = rows {
                *rows = Rows::Wanted {
                    from: 0,
                    failures: *failures,
                };
            }
        }
    }

    fn drop_what_is_gone(&mut self, tasks: &[(AccountId, PageTask)], number: BlockNumber) {
        self.turns
            .retain(|_, turn| number.saturating_sub(turn.last_listed) < FORGET_AFTER);
        if self.rows.len() > KEPT {
            let listed = |detail: &Root| tasks.iter().any(|(_, task)| task.scores.detail() == *detail);
            self.rows
                .retain(|detail, rows| listed(detail) || matches!(rows, Rows::Running { .. }));
        }
    }
}

impl Turn {
    fn is_mine(&self, validator: &AccountId, page: u32, peers: &[AccountId], number: BlockNumber) -> bool {
        if self.sent.is_some_and(|sent| number < sent.saturating_add(RETRY_BLOCKS)) {
            return false;
        }
        let mut order: Vec<&AccountId> = peers.iter().collect();
        order.sort();
        let place = (number as usize).wrapping_add(page as usize).checked_rem(order.len());
        let mine = place
            .and_then(|place| order.get(place))
            .is_some_and(|peer| *peer == validator);
        mine || number.saturating_sub(self.first_listed) >= PATIENCE
    }
}

/// The page, if the rows are those that the outcome commits to.
fn page(task: &PageTask, rows: &[ScoreRow]) -> Option<Action> {
    let pages = page_hashes(rows);
    let (size, round) = (SETTLEMENT_PAGE as usize, task.round);
    let shown = rows
        .chunks(size)
        .nth(task.page as usize)
        .filter(|_| scores_root(&pages) == task.scores.root());
    let Some(shown) = shown else {
        log::error!(
            target: LOG,
            "Round {round}: the worker's score rows do not hash to the agreed scores, page {} is left to others. Was the \
             detail blob {:?} changed on disk?",
            task.page,
            task.scores.detail()
        );
        return None;
    };
    log::info!(target: LOG, "Round {round}: showing settlement page {} ({} rows)", task.page, shown.len());
    let rows = ScorePage::truncate_from(shown.to_vec());
    Some(Action::Submit(Statement::Page {
        round,
        page: task.page,
        rows,
        pages,
    }))
}
