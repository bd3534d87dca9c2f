//! Jobs: what the committee computes off chain and agrees on by commit and reveal.

use crate::{
    crypto::AiwkId, AccountId, BlockNumber, Hash, JobId, ModelId, OrganisationId, Ppm, Root, RoundId, VersionIndex,
    MAX_COMMITTEE, SETTLEMENT_PAGE,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::ConstU32;
use sp_runtime::BoundedVec;

/// `2n/3` floored, plus one.
pub const fn quorum(n: u32) -> u32 {
    (n as u64 * 2 / 3) as u32 + 1
}

/// One validator of a snapshot.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Member {
    pub validator: AccountId,
    pub key: AiwkId,
    pub organisation: OrganisationId,
}

/// A validator snapshot; a member's position in it is its index in votes, commits and reveals.
pub type Committee = BoundedVec<Member, ConstU32<MAX_COMMITTEE>>;

/// One update as a job's input, in the sealed order.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Input {
    pub contributor: AccountId,
    pub organisation: OrganisationId,
    pub root: Root,
    pub weight: u32,
}

/// What a job is made from. [`crate::payload::job_id`] hashes it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct JobSpec {
    pub round: RoundId,
    pub model: ModelId,
    pub base: VersionIndex,
    /// 0, or 1 for the one retry.
    pub attempt: u8,
    pub spec_version: u32,
    pub policy_hash: Hash,
    pub base_root: Root,
    /// Root of the version before the base: the previous aggregate is the difference of the two on the grid.
    pub previous_root: Option<Root>,
    /// Merkle root over the ordered [`Input`]s.
    pub inputs_root: Hash,
    pub inputs: u32,
    /// Blocks for each phase.
    pub commit: BlockNumber,
    pub reveal: BlockNumber,
    /// Seed of the bucketing permutations, drawn from blocks after the seal; the same in a retry. Zero where the pipeline
    /// draws nothing.
    pub seed: Hash,
    /// Root of the server optimiser's state that the base version came with; `None`: the optimiser starts anew, or there is
    /// none.
    pub optimiser: Option<Root>,
}

/// What a job yields. Equal on every honest member; its hash with a salt is the commit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Outcome {
    /// BLAKE3 root and length, in bytes, of the new version's file.
    pub output: Root,
    pub output_len: u64,
    /// BLAKE3 root of the server optimiser's state after this version; `None` where the policy has no such optimiser.
    pub optimiser: Option<Root>,
    /// BLAKE3 root of the detail blob.
    pub detail: Root,
    /// See [`crate::payload::scores_root`]: lets settlement pages be checked on chain without the blob.
    pub scores: Hash,
}

impl Outcome {
    /// The outcome that commits to a version, the state beside it, a detail blob and the rows for settlement.
    pub fn new((output, output_len): (Root, u64), optimiser: Option<Root>, detail: Root, rows: &[ScoreRow]) -> Self {
        Self {
            output,
            output_len,
            optimiser,
            detail,
            scores: crate::payload::scores_root(&crate::payload::page_hashes(rows)),
        }
    }
}

/// One update's row of the detail, as settlement needs it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ScoreRow {
    pub score: Ppm,
    /// The rule's selection weight; the claimed weight where the rule selects nothing.
    pub selection: u32,
}

impl ScoreRow {
    /// The rows of a job, one for each score. `selection` are the rule's weights and may be empty; `claimed` the
    /// contributors'. Rows beyond the shortest list are left out.
    pub fn of_job(scores: &[Ppm], selection: &[u32], claimed: &[u32]) -> alloc::vec::Vec<Self> {
        let weights = if selection.is_empty() { claimed } else { selection };
        let rows = scores.iter().zip(weights);
        rows.map(|(&score, &selection)| Self { score, selection }).collect()
    }
}

/// Rows of one settlement page.
pub type ScorePage = BoundedVec<ScoreRow, ConstU32<SETTLEMENT_PAGE>>;
/// Hashes of all pages of a job.
pub type PageHashes = BoundedVec<Hash, ConstU32<{ crate::MAX_UPDATES / SETTLEMENT_PAGE }>>;

/// Where a job stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum JobPhase {
    #[codec(index = 0)]
    Commit { until: BlockNumber },
    #[codec(index = 1)]
    Reveal { until: BlockNumber },
    #[codec(index = 2)]
    Closed { at: BlockNumber },
}

/// What is said of one member when a job is closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Verdict {
    /// Revealed the agreed outcome.
    #[codec(index = 0)]
    Agreed,
    /// Revealed another outcome, or committed and never revealed, while a quorum agreed.
    #[codec(index = 1)]
    Wrong,
    /// Never committed.
    #[codec(index = 2)]
    Silent,
    /// No quorum, or more than a third were silent: nobody is judged.
    #[codec(index = 3)]
    Unjudged,
}

/// What one member said in a job.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Statement {
    /// See [`crate::payload::outcome_commitment`].
    pub commit: Option<Hash>,
    pub reveal: Option<Outcome>,
    pub verdict: Option<Verdict>,
}

/// A job as the chain keeps it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Job {
    pub spec: JobSpec,
    pub created_at: BlockNumber,
    pub phase: JobPhase,
    pub committee: Committee,
    /// One for each member of the committee, in its order.
    pub statements: BoundedVec<Statement, ConstU32<MAX_COMMITTEE>>,
    /// Set as soon as a quorum revealed the same.
    pub agreed: Option<Outcome>,
    /// Number of settlement pages already taken.
    pub pages_settled: u32,
}

/// How a job ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JobEnd {
    Agreed(Outcome),
    /// No quorum of equal outcomes by the deadline.
    NoQuorum,
}

/// The id for which a job's storage entry stands.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct IdentifiedJob {
    pub id: JobId,
    pub job: Job,
}
