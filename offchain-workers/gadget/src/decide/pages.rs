//! Settlement pages: any validator may show them, whether it computed the job or not, so they take turns.

use super::{
    action::Action,
    pace::{pause, FORGET_AFTER, RETRY_BLOCKS},
};
use crate::LOG;
use quorate_primitives::{AccountId, BlockNumber, Root};
use quorate_protocol::{Failure, Output, Task};
use std::{collections::BTreeMap, fmt::Debug};

/// How long the worker may look for the rows of a detail blob.
pub(super) const TIMEOUT_MS: u64 = 60_000;
/// A page that is still listed after this many blocks is shown by everyone: whose turn it was may be offline.
const PATIENCE: BlockNumber = 4;
/// Rows of this many details are kept.
const KEPT: usize = 8;

/// A page of one kind that is to be shown.
pub(super) trait Page: Clone + Debug {
    type Row: Clone + Debug;

    /// The number of what it is a page of: of this the pages come in their order.
    fn of(&self) -> u32;
    /// Its own number.
    fn number(&self) -> u32;
    /// The detail blob that has its rows.
    fn detail(&self) -> Root;
    /// What the worker is asked for.
    fn task(self) -> Task;
    /// What the worker answered.
    fn rows(output: Output) -> Option<Vec<Self::Row>>;
    /// The page, if the rows are those that the outcome commits to.
    fn shown(&self, rows: &[Self::Row]) -> Option<Action>;
}

#[derive(Clone, Debug)]
enum Rows<Row> {
    Wanted { from: BlockNumber, failures: u32 },
    Running { failures: u32 },
    Known(Vec<Row>),
}

#[derive(Clone, Debug)]
struct Turn {
    first_listed: BlockNumber,
    last_listed: BlockNumber,
    sent: Option<BlockNumber>,
}

/// Pages of one kind that are to be shown.
#[derive(Debug)]
pub(super) struct Pages<P: Page> {
    rows: BTreeMap<Root, Rows<P::Row>>,
    turns: BTreeMap<(u32, u32), Turn>,
}

impl<P: Page> Default for Pages<P> {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
            turns: BTreeMap::new(),
        }
    }
}

impl<P: Page> Pages<P> {
    /// What to show now, and the pages whose rows are to be asked for.
    pub(super) fn plan(
        &mut self,
        pages: &[(AccountId, P)],
        peers: &[AccountId],
        number: BlockNumber,
    ) -> (Vec<Action>, Vec<P>) {
        self.drop_what_is_gone(pages, number);
        let mut next: BTreeMap<u32, (&AccountId, &P)> = BTreeMap::new();
        for (validator, page) in pages {
            // Pages are taken in order: the lowest one is the only one that can be shown.
            let lowest = next
                .get(&page.of())
                .is_none_or(|(_, known)| page.number() < known.number());
            if lowest {
                next.insert(page.of(), (validator, page));
            }
        }
        let (mut actions, mut missing) = (Vec::new(), Vec::new());
        for (validator, page) in next.into_values() {
            let turn = self.turns.entry((page.of(), page.number())).or_insert(Turn {
                first_listed: number,
                last_listed: number,
                sent: None,
            });
            turn.last_listed = number;
            match self.rows.entry(page.detail()).or_insert(Rows::Wanted {
                from: number,
                failures: 0,
            }) {
                Rows::Wanted { from, .. } if *from <= number => missing.push(page.clone()),
                Rows::Known(rows) if turn.is_mine(validator, page.number(), peers, number) => {
                    turn.sent = Some(number);
                    actions.extend(page.shown(rows));
                }
                _ => {}
            }
        }
        missing.dedup_by_key(|page| page.detail());
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
        let rows = result.map(P::rows);
        let rows = match rows {
            Ok(Some(rows)) => Rows::Known(rows),
            other => {
                let why = other
                    .err()
                    .map_or_else(|| "it answered with something else".to_owned(), |e| e.to_string());
                log::warn!(target: LOG, "The worker has no rows of detail {detail:?}: {why}");
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

    fn drop_what_is_gone(&mut self, pages: &[(AccountId, P)], number: BlockNumber) {
        self.turns
            .retain(|_, turn| number.saturating_sub(turn.last_listed) < FORGET_AFTER);
        if self.rows.len() > KEPT {
            let listed = |detail: &Root| pages.iter().any(|(_, page)| page.detail() == *detail);
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
