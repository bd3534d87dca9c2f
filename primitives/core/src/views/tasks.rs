//! A validator's duties: what the holder of one attestation key has to do now.

use super::{inference::AnswerPageTask, BlobRef, Entry};
use crate::{
    availability::{ArtifactKind, BallotId, Claim, Subject},
    job::{infer::Task, AggregateOutcome, Verdict, WorkKind},
    possession::Shown,
    BlockNumber, Hash, JobId, ModelId, Root, RoundId,
};
use alloc::vec::Vec;
use codec::{Decode, Encode};
use quorate_exact::Pipeline;
use scale_info::TypeInfo;

/// A duty. Nothing that was done already is listed. In the API it is an [`Entry`] of the kind that `KIND` names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Duty {
    Vote(VoteTask),
    Job(JobTask),
    ScorePage(PageTask),
    AnswerPage(AnswerPageTask),
}

impl Duty {
    pub const VOTE: u8 = 0;
    pub const JOB: u8 = 1;
    pub const SCORE_PAGE: u8 = 2;
    pub const ANSWER_PAGE: u8 = 3;
}

impl From<&Duty> for Entry {
    fn from(duty: &Duty) -> Self {
        match duty {
            Duty::Vote(task) => Entry::new(Duty::VOTE, task),
            Duty::Job(task) => Entry::new(Duty::JOB, task),
            Duty::ScorePage(task) => Entry::new(Duty::SCORE_PAGE, task),
            Duty::AnswerPage(task) => Entry::new(Duty::ANSWER_PAGE, task),
        }
    }
}

impl TryFrom<&Entry> for Duty {
    type Error = UnknownEntry;

    fn try_from(entry: &Entry) -> Result<Self, UnknownEntry> {
        let unknown = |_| UnknownEntry { kind: entry.kind };
        match entry.kind {
            Self::VOTE => entry.decode().map(Self::Vote).map_err(unknown),
            Self::JOB => entry.decode().map(Self::Job).map_err(unknown),
            Self::SCORE_PAGE => entry.decode().map(Self::ScorePage).map_err(unknown),
            Self::ANSWER_PAGE => entry.decode().map(Self::AnswerPage).map_err(unknown),
            kind => Err(UnknownEntry { kind }),
        }
    }
}

/// An entry of a kind that this program does not know, or whose bytes are not that kind's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UnknownEntry {
    pub kind: u8,
}

/// Blobs to fetch, check and vote on.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct VoteTask {
    pub subject: Subject,
    /// Part of the vote: see [`crate::availability::AvailabilityVote`].
    pub ballot: BallotId,
    /// Position of this authority in the subject's snapshot.
    pub voter: u32,
    pub against: Against,
    pub items: Vec<VoteItem>,
    /// Votes are counted before this block.
    pub until: BlockNumber,
}

/// One blob to vote on.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct VoteItem {
    pub item: u32,
    pub blob: BlobRef,
    /// What ties the blob to whoever named it.
    pub shown: Shown,
}

impl VoteItem {
    /// What a vote on it is about.
    pub fn claim(&self) -> Claim {
        Claim {
            root: self.blob.root,
            shown: self.shown.clone(),
        }
    }
}

/// What the blobs of a vote are checked against.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub enum Against {
    /// Updates: the version whose header they follow.
    #[codec(index = 0)]
    Base(BlobRef),
    /// A version that an owner gives: what its model was registered with.
    #[codec(index = 1)]
    Registered(FileShape),
    /// An artifact: what its kind asks for.
    #[codec(index = 2)]
    Artifact(ArtifactKind),
    /// Sealed shards: data sets with the columns that the program reads, and with exactly as many rows as their suppliers committed to: items
    /// and their rows.
    #[codec(index = 3)]
    Shards { program: BlobRef, rows: Vec<(u32, u32)> },
    /// The input of a request: what the program reads.
    #[codec(index = 4)]
    Input { program: BlobRef, task: Task },
}

/// What a model was registered with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct FileShape {
    pub model: ModelId,
    /// BLAKE3 hash and length, in bytes, of the header of every version's file.
    pub header_hash: Hash,
    pub header_len: u32,
    /// Length of an update's file, in bytes.
    pub update_len: u64,
}

/// A job in whose committee this authority is.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct JobTask {
    pub id: JobId,
    pub member: u32,
    pub kind: WorkKind,
    /// Version of the arithmetic of this kind of work.
    pub exact_version: u32,
    pub stage: JobStage,
    /// Statements of this stage count before this block.
    pub until: BlockNumber,
    /// SCALE bytes of the kind's task, [`AggregateTask`] for instance: for the worker, the node does not look inside.
    pub work: Vec<u8>,
}

/// What a member still has to do in a job.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub enum JobStage {
    #[codec(index = 0)]
    Commit,
    /// Commit is closed since block `since`: when that block is final, reveal what was committed to.
    #[codec(index = 1)]
    Reveal { since: BlockNumber, commit: Hash },
}

/// One aggregation, with everything that it reads.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct AggregateTask {
    pub model: ModelId,
    pub round: RoundId,
    pub pipeline: Pipeline,
    /// Of the bucketing permutations.
    pub seed: Hash,
    pub base: BlobRef,
    /// The version before the base.
    pub previous: Option<BlobRef>,
    /// State of the server optimiser that the base came with; its length follows from the base's header. `None`: the
    /// optimiser starts anew, or there is none.
    pub optimiser: Option<Root>,
    /// In the sealed order.
    pub inputs: Vec<WeightedBlob>,
}

/// An update and the weight that its contributor claimed.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct WeightedBlob {
    pub blob: BlobRef,
    pub weight: u32,
}

/// A settlement page to show; its rows are in the detail blob, which those that computed the job offer to their peers.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct PageTask {
    pub round: RoundId,
    pub scores: Scores,
    pub page: u32,
    /// Weights that the contributors claimed, in the sealed order: the rows of a rule that selects nothing carry them, and the detail
    /// blob does not.
    pub weights: Vec<u32>,
}

/// What the scores of a round were agreed on by.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub enum Scores {
    /// The round's aggregation.
    #[codec(index = 0)]
    Aggregation(AggregateOutcome),
    /// The round's assessment, with so many updates (docs/exactness.md, section 21).
    #[codec(index = 1)]
    Assessment { detail: BlobRef, scores: Hash, inputs: u32 },
}

impl Scores {
    /// The root of the detail blob that has the rows.
    pub fn detail(&self) -> Root {
        match self {
            Self::Aggregation(outcome) => outcome.detail,
            Self::Assessment { detail, .. } => detail.root,
        }
    }

    /// See [`crate::job::aggregate::scores_root`].
    pub fn root(&self) -> Hash {
        match self {
            Self::Aggregation(outcome) => outcome.scores,
            Self::Assessment { scores, .. } => *scores,
        }
    }
}

/// Where a job of any kind stands for one member: once it is closed, its node may forget what opens the commit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub enum JobStatus {
    #[codec(index = 0)]
    Open,
    #[codec(index = 1)]
    Closed { agreed: bool, verdict: Option<Verdict> },
}
