//! What to do next. Pure: blocks and worker messages go in, [`Action`]s come out.

pub mod action;
mod answers;
mod declarations;
mod jobs;
pub mod pace;
mod pages;
mod scores;
pub mod spot_checks;
#[cfg(test)]
mod tests;
mod votes;

pub use action::{Action, Authority, Statement};
pub use pace::RETRY_BLOCKS;

use crate::{
    journal::{EntryId, Sealed},
    provisional::Provisional,
    LOG,
};
use action::subject_name;
use pace::FORGET_AFTER;
use pages::Page as _;
use quorate_primitives::{
    availability::Subject,
    crypto::AttestationId,
    views::{
        inference::AnswerPageTask,
        tasks::{Duty, JobTask, PageTask, VoteTask},
        CapabilityView,
    },
    AccountId, BlockNumber, Hash, JobId, Root,
};
use quorate_protocol::{CheckResult, Failure, FromWorker, Output, RequestId, Status, Task};
use std::collections::BTreeMap;

/// What the chain lists at its best block.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    pub number: BlockNumber,
    /// Height up to which the chain of this best block is final.
    pub finalized: BlockNumber,
    pub duties: Vec<(Authority, Vec<Duty>)>,
    /// All validators; their sorted order decides whose turn it is to show a settlement page.
    pub peers: Vec<AccountId>,
    /// What the chain knows of the machine of each validator for which this node acts.
    pub capabilities: Vec<(Authority, CapabilityView)>,
    /// Batches that the worker is to compute again while it is idle; none where the runtime does not tell.
    pub provisional: Option<Vec<Provisional>>,
}

/// Why a request was made.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Purpose {
    Check(AttestationId, Subject),
    Compute(AttestationId, JobId),
    ScoreRows(Root),
    AnswerRows(Root),
    SpotCheck(JobId),
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
    jobs: BTreeMap<(AttestationId, JobId), jobs::JobDuty>,
    scores: pages::Pages<PageTask>,
    answers: pages::Pages<AnswerPageTask>,
    declarations: declarations::Declarations,
    spot_checks: spot_checks::SpotChecks,
    abstained: BTreeMap<&'static str, u64>,
    failures: u64,
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
            scores: pages::Pages::default(),
            answers: pages::Pages::default(),
            declarations: declarations::Declarations::default(),
            spot_checks: spot_checks::SpotChecks::default(),
            abstained: BTreeMap::new(),
            failures: 0,
        }
    }

    /// A new best block, or more of its chain is final: what the chain lists was read anew.
    pub fn at_block(&mut self, chain: Snapshot) -> Vec<Action> {
        self.chain = chain;
        self.plan()
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
        self.jobs.values_mut().for_each(jobs::JobDuty::worker_lost);
        self.scores.worker_lost();
        self.answers.worker_lost();
        self.spot_checks.worker_lost(self.chain.number);
    }

    /// A message of the worker.
    pub fn on_message(&mut self, message: FromWorker) -> Vec<Action> {
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
            FromWorker::Found { request, item, result } => self.found(request, item, result),
            FromWorker::Done { request, result } => self.done(request, result),
            // Neither the view nor the greeting is the core's matter.
            FromWorker::SnapshotWanted | FromWorker::Refused(_) => Vec::new(),
        }
    }

    /// The outcome of `job` is on disk.
    pub fn sealed(&mut self, by: &Authority, job: JobId, sealed: Sealed) -> Vec<Action> {
        self.sealed.insert((job, by.validator.clone()), sealed);
        self.plan_job(&(by.key.clone(), job))
    }

    /// The pool did not take this statement. It is due again, as soon as the chain is looked at: whatever the pool did not know yet, it
    /// may know then.
    pub fn not_sent(&mut self, statement: &Statement) {
        match statement {
            Statement::Vote { by, vote } => {
                if let Some(check) = self.checks.get_mut(&(by.key.clone(), vote.subject)) {
                    check.not_sent(vote);
                }
            }
            Statement::Commit { by, job, .. } => self.job_not_sent(by, *job, false),
            Statement::Reveal { by, job, .. } => self.job_not_sent(by, *job, true),
            Statement::Declaration { by, .. } => self.declarations.not_sent(by),
            // It is not this validator's alone: others have it in their pools.
            Statement::Page { .. } | Statement::Answers { .. } => (),
        }
    }

    fn job_not_sent(&mut self, by: &Authority, job: JobId, reveal: bool) {
        if let Some(duty) = self.jobs.get_mut(&(by.key.clone(), job)) {
            duty.not_sent(reveal);
        }
    }

    /// A sealed entry is gone from disk: its job is over.
    pub fn forget(&mut self, id: &EntryId) {
        self.sealed.remove(id);
        self.jobs
            .retain(|(_, job), duty| (*job, duty.by.validator.clone()) != *id);
    }

    /// Number of requests that the worker has not answered.
    pub fn waiting(&self) -> u32 {
        self.requests.len() as u32
    }

    /// Jobs by what this validator does about them.
    pub fn jobs(&self) -> BTreeMap<&'static str, u32> {
        let mut doing = BTreeMap::new();
        for duty in self.jobs.values() {
            *doing.entry(duty.doing()).or_default() += 1;
        }
        doing
    }

    /// Duties that went by without a statement, by its kind.
    pub fn abstained(&self) -> &BTreeMap<&'static str, u64> {
        &self.abstained
    }

    /// Tasks that yielded nothing.
    pub fn failures(&self) -> u64 {
        self.failures
    }

    /// What was computed again.
    pub fn spot_checks(&self) -> &spot_checks::SpotChecks {
        &self.spot_checks
    }

    fn found(&mut self, request: RequestId, item: u32, result: CheckResult) -> Vec<Action> {
        let Some(Purpose::Check(key, subject)) = self.requests.get(&request).cloned() else {
            return Vec::new();
        };
        let Some(check) = self.checks.get_mut(&(key, subject)) else {
            return Vec::new();
        };
        check.found(request, item, result, self.chain.number);
        match check.complete() {
            true => check.votes(self.chain.number),
            false => Vec::new(),
        }
    }

    fn done(&mut self, request: RequestId, result: Result<Output, Failure>) -> Vec<Action> {
        let number = self.chain.number;
        let purpose = self.requests.remove(&request);
        // That the worker had no time for what is no duty is no failure.
        let is_duty = purpose
            .as_ref()
            .is_some_and(|purpose| !matches!(purpose, Purpose::SpotCheck(_)));
        self.failures += u64::from(result.is_err() && is_duty);
        match purpose {
            None => Vec::new(),
            Some(Purpose::Check(key, subject)) => {
                let Some(check) = self.checks.get_mut(&(key, subject)) else {
                    return Vec::new();
                };
                check.done(request, result.err(), number);
                Vec::new()
            }
            Some(Purpose::Compute(key, job)) => {
                let Some(duty) = self.jobs.get_mut(&(key, job)) else {
                    return Vec::new();
                };
                duty.done(result, number)
            }
            Some(Purpose::ScoreRows(detail)) => {
                self.scores.done(detail, result, number);
                self.plan_scores()
            }
            Some(Purpose::AnswerRows(detail)) => {
                self.answers.done(detail, result, number);
                self.plan_answers()
            }
            Some(Purpose::SpotCheck(job)) => {
                self.spot_checks.done(job, result, number);
                Vec::new()
            }
        }
    }

    fn plan(&mut self) -> Vec<Action> {
        let mut actions = Vec::new();
        let duties = std::mem::take(&mut self.chain.duties);
        for (by, listed) in &duties {
            for duty in listed {
                match duty {
                    Duty::Vote(task) => actions.extend(self.plan_votes(by, task)),
                    Duty::Job(task) => {
                        self.list_job(by, task);
                        actions.extend(self.plan_job(&(by.key.clone(), task.id)));
                    }
                    // All together, below.
                    Duty::ScorePage(_) | Duty::AnswerPage(_) => (),
                }
            }
        }
        self.chain.duties = duties;
        actions.extend(self.plan_answers());
        actions.extend(self.plan_scores());
        actions.extend(self.plan_declarations());
        actions.extend(self.plan_spot_checks());
        actions.extend(self.drop_what_is_gone());
        actions
    }

    fn plan_votes(&mut self, by: &Authority, task: &VoteTask) -> Vec<Action> {
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

    fn list_job(&mut self, by: &Authority, task: &JobTask) {
        let number = self.chain.number;
        let duty = self
            .jobs
            .entry((by.key.clone(), task.id))
            .or_insert_with(|| jobs::JobDuty::new(by.clone(), task.clone()));
        duty.list(task, number);
    }

    fn plan_job(&mut self, id: &(AttestationId, JobId)) -> Vec<Action> {
        let Some(duty) = self.jobs.get_mut(id) else {
            return Vec::new();
        };
        let sealed = self.sealed.get(&(id.1, duty.by.validator.clone())).cloned();
        let chain = jobs::At {
            genesis: self.genesis,
            number: self.chain.number,
            finalized: self.chain.finalized,
        };
        match duty.next(sealed, &chain, self.worker.as_ref()) {
            jobs::Next::Wait => Vec::new(),
            jobs::Next::Do(action) => vec![*action],
            jobs::Next::Cancel(request) => {
                self.requests.remove(&request);
                vec![Action::Cancel { request }]
            }
            jobs::Next::Compute { task, until } => {
                let timeout_ms = self.until(until);
                let request = self.request(Purpose::Compute(id.0.clone(), id.1));
                if let Some(duty) = self.jobs.get_mut(id) {
                    duty.started(request);
                }
                vec![Action::Run {
                    request,
                    timeout_ms,
                    task,
                }]
            }
        }
    }

    fn plan_scores(&mut self) -> Vec<Action> {
        let listed = self.listed(|duty| match duty {
            Duty::ScorePage(page) => Some(page.clone()),
            _ => None,
        });
        let (mut actions, missing) = self.scores.plan(&listed, &self.chain.peers, self.chain.number);
        let asks = self.worker.is_some();
        for page in missing.into_iter().filter(|_| asks) {
            let detail = page.detail();
            self.scores.started(detail);
            actions.push(self.ask_rows(Purpose::ScoreRows(detail), page.task()));
        }
        actions
    }

    fn plan_answers(&mut self) -> Vec<Action> {
        let listed = self.listed(|duty| match duty {
            Duty::AnswerPage(page) => Some(page.clone()),
            _ => None,
        });
        let (mut actions, missing) = self.answers.plan(&listed, &self.chain.peers, self.chain.number);
        let asks = self.worker.is_some();
        for page in missing.into_iter().filter(|_| asks) {
            let detail = page.detail();
            self.answers.started(detail);
            actions.push(self.ask_rows(Purpose::AnswerRows(detail), page.task()));
        }
        actions
    }

    fn plan_declarations(&mut self) -> Vec<Action> {
        let own = self
            .worker
            .as_ref()
            .and_then(|status| declarations::own(status, self.slot_ms));
        let chain = &self.chain;
        match own {
            Some(own) => self.declarations.plan(&chain.capabilities, own, chain.number),
            None => Vec::new(),
        }
    }

    fn plan_spot_checks(&mut self) -> Vec<Action> {
        let listed = self.chain.provisional.as_deref();
        let gone = listed.map_or_else(Vec::new, |listed| self.spot_checks.list(listed));
        let mut actions: Vec<Action> = Vec::new();
        for request in gone {
            self.requests.remove(&request);
            actions.push(Action::Cancel { request });
        }
        if self.worker.is_none() {
            return actions;
        }
        for batch in self.spot_checks.wanted(self.chain.number) {
            let timeout_ms = self.until(spot_checks::last(&batch));
            let request = self.request(Purpose::SpotCheck(batch.job));
            self.spot_checks.started(batch.job, request);
            let task = Task::SpotCheck {
                job: batch.job,
                kind: batch.kind,
                exact_version: batch.exact_version,
                work: batch.work,
                agreed: batch.agreed,
            };
            actions.push(Action::Run {
                request,
                timeout_ms,
                task,
            });
        }
        actions
    }

    /// Duties of one kind, with the validators that have them.
    fn listed<P>(&self, kind: impl Fn(&Duty) -> Option<P>) -> Vec<(AccountId, P)> {
        let duties = self.chain.duties.iter();
        duties
            .flat_map(|(by, listed)| listed.iter().map(move |duty| (by, duty)))
            .filter_map(|(by, duty)| Some((by.validator.clone(), kind(duty)?)))
            .collect()
    }

    fn ask_rows(&mut self, purpose: Purpose, task: Task) -> Action {
        Action::Run {
            request: self.request(purpose),
            timeout_ms: pages::TIMEOUT_MS,
            task,
        }
    }

    fn drop_what_is_gone(&mut self) -> Vec<Action> {
        let number = self.chain.number;
        let is_listed = |at: BlockNumber| number.saturating_sub(at) < FORGET_AFTER;
        let abstained = &mut self.abstained;
        self.checks.retain(|_, check| {
            let listed = is_listed(check.listed_at);
            if !listed && check.missed() > 0 {
                *abstained.entry("vote").or_default() += check.missed();
            }
            listed
        });
        self.jobs.retain(|_, duty| {
            let listed = is_listed(duty.listed_at);
            if let (false, Some(kind)) = (listed, duty.missed()) {
                *abstained.entry(kind).or_default() += 1;
            }
            listed
        });
        let gone: Vec<RequestId> = self
            .requests
            .iter()
            .filter(|(_, purpose)| match purpose {
                Purpose::Check(key, subject) => !self.checks.contains_key(&(key.clone(), *subject)),
                Purpose::Compute(key, job) => !self.jobs.contains_key(&(key.clone(), *job)),
                Purpose::ScoreRows(_) | Purpose::AnswerRows(_) | Purpose::SpotCheck(_) => false,
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
            Some(Purpose::Compute(_, job) | Purpose::SpotCheck(job)) => format!("Job {job:?}"),
            Some(Purpose::ScoreRows(detail) | Purpose::AnswerRows(detail)) => format!("Detail {detail:?}"),
            None => format!("Request {request}, not waited for any more,"),
        }
    }
}
