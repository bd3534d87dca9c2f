//! Jobs: what a committee computes off chain and agrees on by commit and reveal.
//!
//! A job is an envelope, the same for every kind, and one kind of [`Work`]. Each kind has one file here, one handler chosen
//! in the runtime, and one task in the worker; `attestation`, the gadget and the framing between node and worker know none of
//! them. The envelope's types are generic over work and outcome for that reason.

pub mod aggregate;
pub mod assess;
pub mod evaluate;
pub mod infer;

pub use aggregate::{Aggregate, AggregateOutcome};
pub use assess::{Assess, AssessOutcome};
pub use evaluate::{Evaluate, EvaluateOutcome};
pub use infer::{Infer, InferOutcome};

use crate::{committee::Committee, AccountId, BatchId, BlockNumber, EvaluationId, Hash, JobId, RoundId, MAX_COMMITTEE};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::ConstU32;
use sp_runtime::BoundedVec;

/// Number of a kind of work: the index of its variant in [`Work`] and in [`Outcome`].
pub type WorkKind = u8;

/// A type with one variant for each kind of work, or what belongs to one.
pub trait OfKind {
    fn kind(&self) -> WorkKind;
}

/// What is to be computed. A new kind adds a variant here and in [`Outcome`], and a file beside [`aggregate`].
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Work {
    /// The next version of a model from the updates of a round.
    #[codec(index = 0)]
    Aggregate(Aggregate),
    /// The losses of a version over a data set.
    #[codec(index = 1)]
    Evaluate(Evaluate),
    /// What a round's version and its updates are worth.
    #[codec(index = 2)]
    Assess(Assess),
    /// The answers to a batch of requests.
    #[codec(index = 3)]
    Infer(Infer),
}

impl Work {
    /// The aggregation, if it is one.
    pub fn aggregate(&self) -> Option<&Aggregate> {
        match self {
            Self::Aggregate(work) => Some(work),
            _ => None,
        }
    }

    /// The evaluation, if it is one.
    pub fn evaluate(&self) -> Option<&Evaluate> {
        match self {
            Self::Evaluate(work) => Some(work),
            _ => None,
        }
    }

    /// The assessment, if it is one.
    pub fn assess(&self) -> Option<&Assess> {
        match self {
            Self::Assess(work) => Some(work),
            _ => None,
        }
    }

    /// The inference, if it is one.
    pub fn infer(&self) -> Option<&Infer> {
        match self {
            Self::Infer(work) => Some(work),
            _ => None,
        }
    }
}

impl OfKind for Work {
    fn kind(&self) -> WorkKind {
        match self {
            Self::Aggregate(_) => aggregate::KIND,
            Self::Evaluate(_) => evaluate::KIND,
            Self::Assess(_) => assess::KIND,
            Self::Infer(_) => infer::KIND,
        }
    }
}

impl From<Aggregate> for Work {
    fn from(work: Aggregate) -> Self {
        Self::Aggregate(work)
    }
}

impl From<Evaluate> for Work {
    fn from(work: Evaluate) -> Self {
        Self::Evaluate(work)
    }
}

impl From<Assess> for Work {
    fn from(work: Assess) -> Self {
        Self::Assess(work)
    }
}

impl From<Infer> for Work {
    fn from(work: Infer) -> Self {
        Self::Infer(work)
    }
}

/// What a job yields. Equal on every honest member; its hash with a salt is the commit. Of fixed size.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Outcome {
    #[codec(index = 0)]
    Aggregate(AggregateOutcome),
    #[codec(index = 1)]
    Evaluate(EvaluateOutcome),
    #[codec(index = 2)]
    Assess(AssessOutcome),
    #[codec(index = 3)]
    Infer(InferOutcome),
}

impl Outcome {
    /// What the aggregation yields, if it was one.
    pub fn aggregate(&self) -> Option<&AggregateOutcome> {
        match self {
            Self::Aggregate(outcome) => Some(outcome),
            _ => None,
        }
    }

    /// What the evaluation yields, if it was one.
    pub fn evaluate(&self) -> Option<&EvaluateOutcome> {
        match self {
            Self::Evaluate(outcome) => Some(outcome),
            _ => None,
        }
    }

    /// What the assessment yields, if it was one.
    pub fn assess(&self) -> Option<&AssessOutcome> {
        match self {
            Self::Assess(outcome) => Some(outcome),
            _ => None,
        }
    }

    /// What the inference yields, if it was one.
    pub fn infer(&self) -> Option<&InferOutcome> {
        match self {
            Self::Infer(outcome) => Some(outcome),
            _ => None,
        }
    }
}

impl OfKind for Outcome {
    fn kind(&self) -> WorkKind {
        match self {
            Self::Aggregate(_) => aggregate::KIND,
            Self::Evaluate(_) => evaluate::KIND,
            Self::Assess(_) => assess::KIND,
            Self::Infer(_) => infer::KIND,
        }
    }
}

impl From<AggregateOutcome> for Outcome {
    fn from(outcome: AggregateOutcome) -> Self {
        Self::Aggregate(outcome)
    }
}

impl From<EvaluateOutcome> for Outcome {
    fn from(outcome: EvaluateOutcome) -> Self {
        Self::Evaluate(outcome)
    }
}

impl From<AssessOutcome> for Outcome {
    fn from(outcome: AssessOutcome) -> Self {
        Self::Assess(outcome)
    }
}

impl From<InferOutcome> for Outcome {
    fn from(outcome: InferOutcome) -> Self {
        Self::Infer(outcome)
    }
}

/// Who asked for a job.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Requester {
    #[codec(index = 0)]
    Round(RoundId),
    #[codec(index = 1)]
    Evaluation(EvaluationId),
    /// The assessment of what a round made.
    #[codec(index = 2)]
    Assessment(RoundId),
    #[codec(index = 3)]
    Batch(BatchId),
}

/// Who computes a job.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum CommitteeRule {
    /// Every active validator of the session, at most [`MAX_COMMITTEE`]; [`crate::committee::quorum`] of them agree.
    #[codec(index = 0)]
    All,
    /// Those of these validators that are active in the session; `quorum` of them agree, however many are left.
    #[codec(index = 1)]
    Named {
        members: BoundedVec<AccountId, ConstU32<MAX_COMMITTEE>>,
        quorum: u32,
    },
}

/// What a job is made from. [`crate::payload::job_id`] hashes it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct JobSpec<W = Work> {
    pub requester: Requester,
    /// 0, or 1 for the one retry.
    pub attempt: u8,
    /// Version of the arithmetic of this kind of work. A worker that does not implement it abstains.
    pub exact_version: u32,
    /// Most blocks for each phase.
    pub commit: BlockNumber,
    pub reveal: BlockNumber,
    pub committee: CommitteeRule,
    pub work: W,
}

impl<W> JobSpec<W> {
    /// The same specification with its work in another type: one kind's in the enum of all kinds.
    pub fn convert<V: From<W>>(self) -> JobSpec<V> {
        JobSpec {
            requester: self.requester,
            attempt: self.attempt,
            exact_version: self.exact_version,
            commit: self.commit,
            reveal: self.reveal,
            committee: self.committee,
            work: self.work.into(),
        }
    }
}

/// Where a job stands. Deadlines are exclusive: `until` is the first block in which a statement no longer counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum JobPhase {
    #[codec(index = 0)]
    Commit { until: BlockNumber },
    /// Commit ended in block `since`; a reveal waits until that block is final.
    #[codec(index = 1)]
    Reveal { since: BlockNumber, until: BlockNumber },
    #[codec(index = 2)]
    Closed { at: BlockNumber },
}

/// What is recorded about one member when a job is closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Verdict {
    /// Revealed the agreed outcome.
    #[codec(index = 0)]
    Agreed,
    /// Revealed another outcome, or committed and never revealed, while a quorum agreed.
    #[codec(index = 1)]
    Wrong,
    /// Never committed, or too late.
    #[codec(index = 2)]
    Silent,
    /// No quorum, or more than a third were silent: nobody is judged, unless the retry of this work agrees.
    #[codec(index = 3)]
    Unjudged,
}

/// One member's statements in a job.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Statement<O = Outcome> {
    /// See [`crate::payload::outcome_commitment`].
    pub commit: Option<Hash>,
    pub reveal: Option<O>,
    pub verdict: Option<Verdict>,
}

impl<O> Default for Statement<O> {
    fn default() -> Self {
        Self {
            commit: None,
            reveal: None,
            verdict: None,
        }
    }
}

/// A job as the chain keeps it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Job<W = Work, O = Outcome> {
    pub spec: JobSpec<W>,
    /// Where this is a retry, the first attempt, which its agreement judges if that was the same work under the same arithmetic.
    pub first: Option<JobId>,
    pub created_at: BlockNumber,
    pub phase: JobPhase,
    pub committee: Committee,
    /// So many members have to reveal the same. Set when the job is created; it does not fall with members that leave.
    pub quorum: u32,
    /// One for each member of the committee, in its order.
    pub statements: BoundedVec<Statement<O>, ConstU32<MAX_COMMITTEE>>,
    /// Set as soon as a quorum revealed the same.
    pub agreed: Option<O>,
}

/// How a job ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JobEnd<O = Outcome> {
    Agreed(O),
    /// No quorum of equal outcomes by the deadline.
    NoQuorum,
}

/// A job with its id.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct IdentifiedJob<W = Work, O = Outcome> {
    pub id: JobId,
    pub job: Job<W, O>,
}
