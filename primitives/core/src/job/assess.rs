//! Assessment: what a round's version, and each organisation's part of it, is worth on data that nobody could train on.

use super::WorkKind;
use crate::{views::BlobRef, ArtifactId, Hash, ModelId, OrganisationId, Ppm, Root, RoundId, VersionIndex};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Number of this kind of work.
pub const KIND: WorkKind = 2;
/// Version of the arithmetic of assessments (docs/exactness.md, section 21).
pub const EXACT_VERSION: u32 = 1;
/// Most suppliers of shards in one round.
pub const MAX_SHARDS: u32 = 16;

/// What is assessed, by what and on what. Numbers are for people; the roots alone say which bytes are meant.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Assess {
    pub round: RoundId,
    pub model: ModelId,
    pub policy_hash: Hash,
    pub base: VersionIndex,
    pub base_root: Root,
    /// The version that the round made.
    pub version: VersionIndex,
    pub version_root: Root,
    /// Bytes of the file of either version.
    pub file_len: u64,
    /// The file of the model's frozen base, if it has one: the program reads tensors of both.
    pub frozen_base: Option<BlobRef>,
    /// The detail of the round's aggregation, with its products.
    pub products: Root,
    /// Merkle root over the ordered [`super::aggregate::Input`]s of the round's aggregation.
    pub inputs_root: Hash,
    pub inputs: u32,
    pub program: ArtifactId,
    pub program_root: Root,
    pub program_len: u64,
    /// The public data set of the policy.
    pub benchmark: Option<Benchmark>,
    /// Merkle root over the [`Shard`]s that a quorum holds, in the order of their suppliers.
    pub shards_root: Hash,
    pub shards: u32,
    /// Most thousands of millions of operations, by the policy.
    pub operations: u64,
}

/// A public data set.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Benchmark {
    pub data: ArtifactId,
    pub root: Root,
    pub len: u64,
}

/// A data set that was sealed until the round's updates were.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Shard {
    pub supplier: OrganisationId,
    pub root: Root,
    pub len: u64,
    /// Rows, as its supplier committed to and a quorum found.
    pub rows: u32,
}

/// What an assessment yields.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum AssessOutcome {
    /// The program does not fit the model's tensors or the benchmark, there is no data set, or more operations are needed than the
    /// policy allows: nothing ran.
    #[codec(index = 0)]
    Unfit,
    #[codec(index = 1)]
    Done {
        measures: Measures,
        /// The shards that count: bit i for the i-th of the job's.
        counted: u32,
        /// BLAKE3 root and length of the detail blob.
        detail: Root,
        detail_len: u64,
        /// See [`super::aggregate::scores_root`]: the scores of the updates by what they improve. None where the policy asks for none, or
        /// too few shards count.
        scores: Option<Hash>,
    },
}

/// How good a version is beside the one that it was made from. Losses are means in units of 2^−20; each number is a median over the data
/// sets that count (docs/exactness.md, section 21).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Measures {
    /// Data sets that count.
    pub sets: u32,
    pub loss_before: i32,
    pub loss: i32,
    /// By how much the loss grew: the lower median of the differences.
    pub increase: i32,
    /// Parts of the rows in which the model was right.
    pub correct_before: Ppm,
    pub correct: Ppm,
}
