//! Availability votes: which blobs to fetch and check, and when to vote on them.

use super::{
    action::{subject_name, Action, Authority, Statement},
    pace::{pause, RETRY_BLOCKS, TOGETHER},
};
use crate::LOG;
use quorate_primitives::{
    availability::{bit, bitmap, voted_claims, AvailabilityVote, Claim, Fault, MAX_NAMED},
    views::tasks::{VoteItem, VoteTask},
    BlockNumber,
};
use quorate_protocol::{CheckResult, Failure, RequestId};
use std::collections::{BTreeMap, BTreeSet};

/// The most faults that one vote may name.
const FAULTS: usize = 64;

#[derive(Clone, Debug, PartialEq, Eq)]
enum VoteStage {
    /// To be fetched, not before block `from`.
    Wanted {
        from: BlockNumber,
    },
    Running(RequestId),
    Found {
        result: CheckResult,
        /// The block at which it was found.
        at: BlockNumber,
        sent: Option<Sent>,
    },
}

/// The vote that named an item last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Sent {
    vote: u64,
    at: BlockNumber,
}

#[derive(Clone, Debug)]
struct Item {
    claim: Claim,
    failures: u32,
    stage: VoteStage,
}

/// The blobs of one subject that one authority votes on.
#[derive(Debug)]
pub(super) struct Check {
    by: Authority,
    task: VoteTask,
    pub(super) listed_at: BlockNumber,
    items: BTreeMap<u32, Item>,
    votes_sent: u64,
}

impl Check {
    pub(super) fn new(by: Authority, task: VoteTask) -> Self {
        Self {
            by,
            task,
            listed_at: 0,
            items: BTreeMap::new(),
            votes_sent: 0,
        }
    }

    /// Take over what the chain lists. An item that is another one (another fork) starts afresh, and in a new ballot what was found
    /// is voted again.
    pub(super) fn list(&mut self, task: &VoteTask, number: BlockNumber) {
        self.listed_at = number;
        if self.task.ballot != task.ballot {
            for item in self.items.values_mut() {
                if let VoteStage::Found { sent, .. } = &mut item.stage {
                    *sent = None;
                }
            }
        }
        self.task = task.clone();
        for listed in &task.items {
            let (item, claim) = (&listed.item, listed.claim());
            let known = self.items.get(item).is_some_and(|known| known.claim == claim);
            if !known {
                let stage = VoteStage::Wanted { from: number };
                self.items.insert(
                    *item,
                    Item {
                        claim,
                        failures: 0,
                        stage,
                    },
                );
            }
        }
    }

    /// Listed items that are to be fetched now.
    pub(super) fn to_fetch(&self, number: BlockNumber) -> Vec<VoteItem> {
        let wanted = |item: &u32| {
            self.items
                .get(item)
                .is_some_and(|item| matches!(item.stage, VoteStage::Wanted { from } if from <= number))
        };
        self.task
            .items
            .iter()
            .filter(|listed| wanted(&listed.item))
            .cloned()
            .collect()
    }

    pub(super) fn started(&mut self, request: RequestId, items: &[VoteItem]) {
        for listed in items {
            if let Some(item) = self.items.get_mut(&listed.item) {
                item.stage = VoteStage::Running(request);
            }
        }
        log::info!(target: LOG, "{}: fetching and checking {}", subject_name(self.task.subject), numbers(items));
    }

    pub(super) fn found(&mut self, request: RequestId, item: u32, result: CheckResult, at: BlockNumber) {
        let subject = subject_name(self.task.subject);
        let Some(known) = self.items.get_mut(&item) else { return };
        if known.stage != VoteStage::Running(request) {
            return;
        }
        match result {
            CheckResult::Held => log::debug!(target: LOG, "{subject}: item {item} is whole and well formed"),
            CheckResult::Malformed(fault) => log::info!(target: LOG, "{subject}: item {item} is malformed: {fault}"),
        }
        known.stage = VoteStage::Found { result, at, sent: None };
    }

    /// The request ended: an item without a result is tried again after a pause.
    pub(super) fn done(&mut self, request: RequestId, failure: Option<Failure>, number: BlockNumber) {
        let mut left = Vec::new();
        for (number_of, item) in &mut self.items {
            if item.stage == VoteStage::Running(request) {
                item.failures = item.failures.saturating_add(1);
                item.stage = VoteStage::Wanted {
                    from: number.saturating_add(pause(item.failures)),
                };
                left.push(number_of.to_string());
            }
        }
        if !left.is_empty() {
            let why = failure.map_or_else(|| "not available yet".to_owned(), |failure| failure.to_string());
            log::warn!(
                target: LOG,
                "{}: no result for {} ({why}); trying again, not voting on it until then",
                subject_name(self.task.subject),
                left.join(", ")
            );
        }
    }

    pub(super) fn worker_lost(&mut self) {
        for item in self.items.values_mut() {
            if let VoteStage::Running(_) = item.stage {
                item.stage = VoteStage::Wanted { from: 0 };
            }
        }
    }

    /// Items that no vote was sent on.
    pub(super) fn missed(&self) -> u64 {
        let voted = |item: &&Item| matches!(item.stage, VoteStage::Found { sent: Some(_), .. });
        (self.items.len() - self.items.values().filter(voted).count()) as u64
    }

    /// Whether all that the chain lists has a result.
    pub(super) fn complete(&self) -> bool {
        let found = |item: &u32| {
            matches!(
                self.items.get(item),
                Some(Item {
                    stage: VoteStage::Found { .. },
                    ..
                })
            )
        };
        self.task.items.iter().all(|listed| found(&listed.item))
    }

    /// The next vote, if one is due. A voter has one vote for a ballot in a pool at a time: what is found meanwhile waits until that
    /// one is in a block. So a result waits for those of the other items, but not for long. A vote that the chain has not taken is
    /// repeated unchanged, since a pool may still hold it.
    pub(super) fn votes(&mut self, number: BlockNumber) -> Vec<Action> {
        if number >= self.task.until {
            return Vec::new();
        }
        let mut groups: BTreeMap<Option<Sent>, Vec<(u32, Claim, CheckResult)>> = BTreeMap::new();
        let mut oldest = number;
        let listed: BTreeSet<u32> = self.task.items.iter().map(|listed| listed.item).collect();
        for (item, known) in self.items.iter().filter(|(item, _)| listed.contains(item)) {
            if let VoteStage::Found { result, at, sent } = known.stage {
                groups
                    .entry(sent)
                    .or_default()
                    .push((*item, known.claim.clone(), result));
                oldest = oldest.min(at);
            }
        }
        let sent = || groups.keys().flatten();
        if sent().any(|sent| number < sent.at.saturating_add(RETRY_BLOCKS)) {
            return Vec::new();
        }
        let first = sent().next().copied();
        let waits = number < oldest.saturating_add(TOGETHER) && number.saturating_add(TOGETHER) < self.task.until;
        if first.is_none() && waits && !self.complete() {
            return Vec::new();
        }
        let group = groups.remove(&first).unwrap_or_default();
        let batch = first_vote(group);
        match batch.is_empty() {
            true => Vec::new(),
            false => vec![self.vote(batch, number)],
        }
    }

    /// The pool did not take this vote, so no pool holds it: what it names may be voted on anew.
    pub(super) fn not_sent(&mut self, vote: &AvailabilityVote) {
        if vote.ballot != self.task.ballot {
            return;
        }
        for (number, item) in &mut self.items {
            let named = bit(&vote.held, *number) || vote.malformed.iter().any(|fault| fault.item == *number);
            if let VoteStage::Found { sent, .. } = &mut item.stage {
                *sent = sent.filter(|_| !named);
            }
        }
    }

    fn vote(&mut self, mut batch: Vec<(u32, Claim, CheckResult)>, number: BlockNumber) -> Action {
        batch.sort_by_key(|(item, ..)| *item);
        self.votes_sent += 1;
        for (item, ..) in &batch {
            if let Some(Item {
                stage: VoteStage::Found { sent, .. },
                ..
            }) = self.items.get_mut(item)
            {
                *sent = Some(Sent {
                    vote: self.votes_sent,
                    at: number,
                });
            }
        }
        let claims: Vec<Claim> = batch.iter().map(|(_, claim, _)| claim.clone()).collect();
        let held = batch
            .iter()
            .filter(|(_, _, found)| *found == CheckResult::Held)
            .map(|(item, ..)| *item);
        let faults = batch.iter().filter_map(|(item, _, found)| match found {
            CheckResult::Held => None,
            CheckResult::Malformed(reason) => Some(Fault {
                item: *item,
                reason: *reason,
            }),
        });
        let vote = AvailabilityVote {
            subject: self.task.subject,
            ballot: self.task.ballot,
            voter: self.task.voter,
            claims: voted_claims(&claims),
            held: bitmap(held.clone()),
            malformed: sp_runtime::BoundedVec::truncate_from(faults.collect()),
        };
        let (held, faults) = (held.count(), vote.malformed.len());
        log::info!(target: LOG, "{}: voting {held} held, {faults} malformed", subject_name(self.task.subject));
        Action::Submit(Statement::Vote {
            by: self.by.clone(),
            vote,
        })
    }
}

fn numbers(items: &[VoteItem]) -> String {
    items
        .iter()
        .map(|listed| listed.item.to_string())
        .collect::<Vec<_>>()
        .join(", ")
}

/// As many items as fit one vote.
fn first_vote(group: Vec<(u32, Claim, CheckResult)>) -> Vec<(u32, Claim, CheckResult)> {
    let mut faults = 0;
    let fits = group.into_iter().filter(|(_, _, result)| {
        faults += usize::from(*result != CheckResult::Held);
        *result == CheckResult::Held || faults <= FAULTS
    });
    fits.take(MAX_NAMED as usize).collect()
}
