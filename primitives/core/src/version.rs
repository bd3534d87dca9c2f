//! A model's versions.

use crate::{
    job::{AggregateOutcome, AssessOutcome},
    BlockNumber, Hash, JobId, ModelId, Root, RoundId, VersionIndex,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// How a version came about.
///
/// A record is written once and has a fixed size, so nothing is gained by a box.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::large_enum_variant)]
pub enum Origin {
    /// Given by the owner; usable once a quorum held it.
    #[codec(index = 0)]
    Genesis,
    #[codec(index = 1)]
    Round(RoundOrigin),
}

/// A version that a round made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RoundOrigin {
    pub parent: VersionIndex,
    pub round: RoundId,
    pub job: JobId,
    /// Merkle root over the ordered inputs: contributor, organisation, root, weight.
    pub inputs_root: Hash,
    /// What a quorum agreed on; its `scores` commits to every score, its `detail` to the Gram matrix.
    pub outcome: AggregateOutcome,
}

/// A version's record: fixed size, written once, never moved or deleted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct VersionRecord {
    pub model: ModelId,
    pub version: VersionIndex,
    /// BLAKE3 root and length, in bytes, of the version's file.
    pub root: Root,
    pub len: u64,
    pub policy_hash: Hash,
    pub origin: Origin,
    pub block: BlockNumber,
    /// Root of the Merkle mountain range over the records of this model's earlier versions.
    pub history_root: Hash,
}

impl VersionRecord {
    /// The record's leaf in the model's history.
    pub fn hash(&self) -> Hash {
        crate::tagged::tagged(b"version", self)
    }
}

/// Roots over what is known only after settlement; written once beside the record.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Settlement {
    /// Merkle root over all updates of the round, in order of submission, with status and score.
    pub updates_root: Hash,
    /// Merkle root over (job, member, statement) of the committees of the first attempt, where there was a retry, and of the last.
    pub statements_root: Hash,
    /// The same of the jobs of the round's assessment, if there was one.
    pub assessment_root: Option<Hash>,
    pub block: BlockNumber,
}

/// Whether a version may be relied on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum VersionStatus {
    #[codec(index = 0)]
    Provisional { until: BlockNumber },
    #[codec(index = 1)]
    Final,
    #[codec(index = 2)]
    Revoked,
    /// Its policy has a gate, and whether the version passes is not known yet.
    #[codec(index = 3)]
    Assessing,
    /// It did not reach what its policy asks for: no round stands on it.
    #[codec(index = 4)]
    Held,
}

/// How a version was assessed; written once beside its record.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct AssessmentRecord {
    /// The job whose quorum agreed; the last one where none did. None: no job was made.
    pub job: Option<JobId>,
    /// None without a quorum in two attempts, where no job was made, or where the round ended before.
    pub outcome: Option<AssessOutcome>,
    /// Whether the version passed its policy's gate, or there is none.
    pub passed: bool,
    pub block: BlockNumber,
}

/// Who voted for a version; written once beside its record.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PromotionRecord {
    pub by: Promoter,
    pub block: BlockNumber,
}

/// The body whose vote promoted a version.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Promoter {
    /// A motion of the council, with this many ayes of this many admitted organisations.
    #[codec(index = 0)]
    Council { ayes: u32, of: u32 },
    /// A poll of contributors from this rank on.
    #[codec(index = 1)]
    Poll { rank: u16 },
}
