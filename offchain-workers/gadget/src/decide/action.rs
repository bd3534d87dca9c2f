//! What the decisions are about, and what comes out of them.

use crate::journal::Sealed;
use quorate_primitives::{
    availability::{AvailabilityVote, Subject},
    capability::Declaration,
    crypto::AttestationId,
    job::{
        aggregate::{PageHashes, ScorePage},
        infer::{AnswerPage, AnswerPageHashes},
    },
    AccountId, BatchId, JobId, RoundId,
};
use quorate_protocol::{RequestId, Task};

/// A validator for which this node acts, and the attestation key with which it does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Authority {
    pub key: AttestationId,
    pub validator: AccountId,
}

/// What is to be done, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// Choose a salt, put it on disk with the outcome, then call [`super::Core::sealed`].
    Seal {
        by: Authority,
        job: JobId,
        /// SCALE bytes.
        outcome: Vec<u8>,
    },
    Submit(Statement),
}

/// What goes to the chain as a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statement {
    Vote {
        by: Authority,
        vote: AvailabilityVote,
    },
    Commit {
        by: Authority,
        job: JobId,
        member: u32,
        sealed: Sealed,
    },
    Reveal {
        by: Authority,
        job: JobId,
        member: u32,
        sealed: Sealed,
    },
    Page {
        round: RoundId,
        page: u32,
        rows: ScorePage,
        pages: PageHashes,
    },
    Answers {
        batch: BatchId,
        page: u32,
        rows: AnswerPage,
        pages: AnswerPageHashes,
    },
    Declaration {
        by: Authority,
        declaration: Declaration,
    },
}

impl Statement {
    /// What it is, for metrics.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Vote { .. } => "vote",
            Self::Commit { .. } => "commit",
            Self::Reveal { .. } => "reveal",
            Self::Page { .. } => "page",
            Self::Answers { .. } => "answers",
            Self::Declaration { .. } => "declaration",
        }
    }
}

impl From<Statement> for Action {
    fn from(statement: Statement) -> Self {
        Self::Submit(statement)
    }
}

pub(super) fn subject_name(subject: Subject) -> String {
    match subject {
        Subject::Genesis(model) => format!("Model {model}, genesis version"),
        Subject::Round(round) => format!("Round {round}"),
        Subject::Artifact(artifact) => format!("Artifact {artifact}"),
        Subject::Shards(round) => format!("Shards of round {round}"),
        Subject::Request(request) => format!("Request {request}"),
    }
}
