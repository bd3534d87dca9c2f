//! What to do next. Pure: blocks and worker messages go in, [`Action`]s come out.

mod jobs;
mod pages;
#[cfg(test)]
mod tests;
mod votes;

use crate::{
    journal::{EntryId, Sealed},
    LOG,
};
use quorate_primitives::{
    crypto::AttestationId,
    job::{Outcome, PageHashes, ScorePage},
    update::{AvailabilityVote, Subject},
    views::{JobTask, PageTask, Tasks, VoteTask},
    AccountId, BlockNumber, Hash, JobId, Root,
};
use quorate_protocol::{Failure, Finding, FromWorker, Output, RequestId, Status, Task};
use std::collections::BTreeMap;

/// What was sent is sent again after this many blocks, if the chain still lists it as to be done.
pub const RETRY_BLOCKS: BlockNumber = 4;
/// The longest pause, in blocks, between two tries of something that failed locally.
pub const LONGEST_PAUSE: BlockNumber = 8;
/// What the chain has not listed for this many blocks is forgotten. A short fork does not cost the work already done.
pub const FORGET_AFTER: BlockNumber = 16;

/// A validator for which this node acts, and the key with which it does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity {
    pub key: AttestationId,
    pub validator: AccountId,
}

/// What the chain says at its best block.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    pub number: BlockNumber,
    /// Height up to which the chain of this best block is final.
    pub finalized: BlockNumber,
    pub tasks: Vec<(Identity, Tasks)>,
    /// All validators; their sorted order says whose turn it is to show a settlement page.
    pub peers: Vec<AccountId>,
}

/// What is to be done, in this order.
#[derive(Clone, Debug)]
pub enum Action {
    /// Give a task to the worker.
    Run {
        request: RequestId,
        timeout_ms: u64,
        task: Task,
    },
    /// The answer to this request is not needed any more.
    Cancel {
        request: RequestId,
    },
    Vote {
        by: Identity,
        vote: AvailabilityVote,
    },
    /// Choose a salt, put it on disk with the outcome, then call [`Core::sealed`].
    Seal {
        by: Identity,
        job: JobId,
        outcome: Outcome,
    },
    Commit {
        by: Identity,
        job: JobId,
        member: u32,
        sealed: Sealed,
    },
    Reveal {
        by: Identity,
        job: JobId,
        member: u32,
        sealed: Sealed,
    },
    Page {
        job: JobId,
        page: u32,
        rows: ScorePage,
        pages: PageHashes,
    },
}

/// Why a request was made.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Purpose {
    Check(AttestationId, Subject),
    Aggregate(AttestationId, JobId),
    Rows(Root),
}

/// The state of the decisions. Rebuilt from the chain and the journal at each start.
#[derive(Debug)]
pub struct Core {
    genesis: Hash,
    slot_ms: u64,
    chain: Snapshot,
    worker: Option<Status>,
    last_request: RequestId,
    requests: BTreeMap<RequestId, Purpose>,
    sealed: BTreeMap<EntryId, Sealed>,
    checks: BTreeMap<(AttestationId, Subject), votes::Check>,
    jobs: BTreeMap<(AttestationId, JobId), jobs::Work>,
    pages: pages::Pages,
}

impl Core {
    /// A core for the chain of `genesis`, whose slots last `slot_ms`; `sealed` comes from the journal.
    pub fn new(genesis: Hash, slot_ms: u64, sealed: BTreeMap<EntryId, Sealed>) -> Self {
        Self {
            genesis,
            slot_ms,
            chain: Snapshot::default(),
            worker: None,
            last_request: 0,
            requests: BTreeMap::new(),
            sealed,
            checks: BTreeMap::new(),
            jobs: BTreeMap::new(),
            pages: pages::Pages::default(),
        }
    }

    /// A new best block.
    pub fn at_block(&mut self, chain: Snapshot) -> Vec<Action> {
        self.chain = chain;
        self.plan()
    }

    /// More blocks are final: reveals may wait no longer.
    pub fn at_finality(&mut self, finalized: BlockNumber) -> Vec<Action> {
        self.chain.finalized = self.chain.finalized.max(finalized);
        let listed = self.chain.tasks.iter();
        let jobs: Vec<_> = listed
            .flat_map(|(by, tasks)| tasks.jobs.iter().map(|task| (by.key.clone(), task.id)))
            .collect();
        jobs.into_iter().flat_map(|job| self.plan_job(&job)).collect()
    }

    /// The worker is there; it knows nothing of what an earlier one was asked.
    pub fn worker_up(&mut self, status: Status) -> Vec<Action> {
        self.worker_down();
        self.worker = Some(status);
        self.plan()
    }

    /// The worker is gone, and with it every unanswered request.
    pub fn worker_down(&mut self) {
        self.worker = None;
        self.requests.clear();
        self.checks.values_mut().for_each(votes::Check::worker_lost);
        self.jobs.values_mut().for_each(jobs::Work::worker_lost);
        self.pages.worker_lost();
    }

    /// A message of the worker.
    pub fn heard(&mut self, message: FromWorker) -> Vec<Action> {
        match message {
            FromWorker::Hello { status, .. } | FromWorker::Status(status) => {
                if self.worker.is_some() {
                    self.worker = Some(status);
                }
                Vec::new()
            }
            FromWorker::Progress { request, done, total } => {
                log::debug!(target: LOG, "{}: {done} of {total}", self.name(request));
                Vec::new()
            }
            FromWorker::Found { request, item, finding } => self.found(request, item, finding),
            FromWorker::Done { request, result } => self.done(request, result),
        }
    }

    /// The outcome of `job` is on disk.
    pub fn sealed(&mut self, by: &Identity, job: JobId, sealed: Sealed) -> Vec<Action> {
        self.sealed.insert((job, by.validator.clone()), sealed);
        self.plan_job(&(by.key.clone(), job))
    }

    /// A sealed entry is gone from disk: its job is over.
    pub fn forget(&mut self, id: &EntryId) {
        self.sealed.remove(id);
        self.jobs
            .retain(|(_, job), work| (*job, work.by.validator.clone()) != *id);
    }

    /// Number of requests that the worker has not answered.
    pub fn waiting(&self) -> u32 {
        self.requests.len() as u32
    }

    fn found(&mut self, request: RequestId, item: u32, finding: Finding) -> Vec<Action> {
        let Some(Purpose::Check(key, subject)) = self.requests.get(&request).cloned() else {
            return Vec::new();
        };
        let Some(check) = self.checks.get_mut(&(key, subject)) else {
            return Vec::new();
        };
        check.found(request, item, finding);
        match check.complete() {
            true => check.votes(self.chain.number),
            false => Vec::new(),
        }
    }

    fn done(&mut self, request: RequestId, result: Result<Output, Failure>) -> Vec<Action> {
        let number = self.chain.number;
        match self.requests.remove(&request) {
            None => Vec::new(),
            Some(Purpose::Check(key, subject)) => {
                let Some(check) = self.checks.get_mut(&(key, subject)) else {
                    return Vec::new();
                };
                check.done(request, result.err(), number);
                Vec::new()
            }
            Some(Purpose::Aggregate(key, job)) => {
                let Some(work) = self.jobs.get_mut(&(key, job)) else {
                    return Vec::new();
                };
                work.done(result, number)
            }
            Some(Purpose::Rows(detail)) => {
                self.pages.done(detail, result, number);
                self.plan_pages()
            }
        }
    }

    fn plan(&mut self) -> Vec<Action> {
        let mut actions = Vec::new();
        let tasks = std::mem::take(&mut self.chain.tasks);
        for (by, tasks) in &tasks {
            for task in &tasks.votes {
                actions.extend(self.plan_votes(by, task));
            }
            for task in &tasks.jobs {
                self.list_job(by, task);
                actions.extend(self.plan_job(&(by.key.clone(), task.id)));
            }
        }
        self.chain.tasks = tasks;
        actions.extend(self.plan_pages());
        actions.extend(self.drop_what_is_gone());
        actions
    }

    fn plan_votes(&mut self, by: &Identity, task: &VoteTask) -> Vec<Action> {
        let id = (by.key.clone(), task.subject);
        let check = self
            .checks
            .entry(id.clone())
            .or_insert_with(|| votes::Check::new(by.clone(), task.clone()));
        check.list(task, self.chain.number);
        let mut actions = check.votes(self.chain.number);
        let items = check.to_fetch(self.chain.number);
        if self.worker.is_some() && !items.is_empty() {
            let timeout_ms = self.until(task.until);
            let request = self.request(Purpose::Check(id.0.clone(), id.1));
            if let Some(check) = self.checks.get_mut(&id) {
                check.started(request, &items);
            }
            let task = Task::Check {
                against: task.against.clone(),
                items,
            };
            actions.push(Action::Run {
                request,
                timeout_ms,
                task,
            });
        }
        actions
    }

    fn list_job(&mut self, by: &Identity, task: &JobTask) {
        let number = self.chain.number;
        let work = self
            .jobs
            .entry((by.key.clone(), task.id))
            .or_insert_with(|| jobs::Work::new(by.clone(), task.clone()));
        work.list(task, number);
    }

    fn plan_job(&mut self, id: &(AttestationId, JobId)) -> Vec<Action> {
        let Some(work) = self.jobs.get_mut(id) else {
            return Vec::new();
        };
        let sealed = self.sealed.get(&(id.1, work.by.validator.clone())).copied();
        let chain = jobs::Chain {
            genesis: self.genesis,
            number: self.chain.number,
            finalized: self.chain.finalized,
        };
        match work.next(sealed, &chain, self.worker.as_ref()) {
            jobs::Next::Wait => Vec::new(),
            jobs::Next::Do(action) => vec![*action],
            jobs::Next::Cancel(request) => {
                self.requests.remove(&request);
                vec![Action::Cancel { request }]
            }
            jobs::Next::Compute { task, until } => {
                let timeout_ms = self.until(until);
                let request = self.request(Purpose::Aggregate(id.0.clone(), id.1));
                if let Some(work) = self.jobs.get_mut(id) {
                    work.started(request);
                }
                vec![Action::Run {
                    request,
                    timeout_ms,
                    task,
                }]
            }
        }
    }

    fn plan_pages(&mut self) -> Vec<Action> {
        let tasks: Vec<(AccountId, PageTask)> = self
            .chain
            .tasks
            .iter()
            .flat_map(|(by, tasks)| tasks.pages.iter().map(|page| (by.validator.clone(), page.clone())))
            .collect();
        let (mut actions, missing) = self.pages.plan(&tasks, &self.chain.peers, self.chain.number);
        if self.worker.is_some() {
            for detail in missing {
                let request = self.request(Purpose::Rows(detail));
                self.pages.started(detail);
                actions.push(Action::Run {
                    request,
                    timeout_ms: pages::TIMEOUT_MS,
                    task: Task::Rows { detail },
                });
            }
        }
        actions
    }

    fn drop_what_is_gone(&mut self) -> Vec<Action> {
        let number = self.chain.number;
        self.checks
            .retain(|_, check| number.saturating_sub(check.listed_at) < FORGET_AFTER);
        self.jobs
            .retain(|_, work| number.saturating_sub(work.listed_at) < FORGET_AFTER);
        let gone: Vec<RequestId> = self
            .requests
            .iter()
            .filter(|(_, purpose)| match purpose {
                Purpose::Check(key, subject) => !self.checks.contains_key(&(key.clone(), *subject)),
                Purpose::Aggregate(key, job) => !self.jobs.contains_key(&(key.clone(), *job)),
                Purpose::Rows(_) => false,
            })
            .map(|(request, _)| *request)
            .collect();
        gone.into_iter()
            .map(|request| {
                self.requests.remove(&request);
                Action::Cancel { request }
            })
            .collect()
    }

    fn request(&mut self, purpose: Purpose) -> RequestId {
        self.last_request += 1;
        self.requests.insert(self.last_request, purpose);
        self.last_request
    }

    fn until(&self, block: BlockNumber) -> u64 {
        u64::from(block.saturating_sub(self.chain.number).max(1)).saturating_mul(self.slot_ms)
    }

    fn name(&self, request: RequestId) -> String {
        match self.requests.get(&request) {
            Some(Purpose::Check(_, subject)) => subject_name(*subject),
            Some(Purpose::Aggregate(_, job)) => format!("Job {job:?}"),
            Some(Purpose::Rows(detail)) => format!("Detail {detail:?}"),
            None => format!("Request {request}, not waited for any more,"),
        }
    }
}

fn subject_name(subject: Subject) -> String {
    match subject {
        Subject::Genesis(model) => format!("Model {model}, version 0"),
        Subject::Round(round) => format!("Round {round}"),
    }
}

/// Blocks to wait after the `failures`-th failure in a row: 1, 2, 4, then [`LONGEST_PAUSE`].
fn pause(failures: u32) -> BlockNumber {
    1u32.checked_shl(failures.saturating_sub(1))
        .unwrap_or(LONGEST_PAUSE)
        .clamp(1, LONGEST_PAUSE)
}
