//! Aggregation: the next version of a model from the updates of a round.

use super::WorkKind;
use crate::{
    tagged::tagged, AccountId, Hash, ModelId, OrganisationId, Ppm, Root, VersionIndex, MAX_UPDATES, SETTLEMENT_PAGE,
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::ConstU32;
use sp_runtime::BoundedVec;

/// Number of this kind of work.
pub const KIND: WorkKind = 0;
/// Version of the arithmetic of aggregation that this code implements (docs/exactness.md).
pub const EXACT_VERSION: u32 = quorate_exact::EXACT_VERSION;

/// What an aggregation is made from.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Aggregate {
    pub model: ModelId,
    pub base: VersionIndex,
    pub policy_hash: Hash,
    pub base_root: Root,
    /// Root of the version before the base: the previous aggregate is the difference of the two on the grid.
    pub previous_root: Option<Root>,
    /// Merkle root over the ordered [`Input`]s.
    pub inputs_root: Hash,
    pub inputs: u32,
    /// Seed of the bucketing permutations, drawn from blocks after the seal; the same in a retry. Zero where the pipeline
    /// draws nothing.
    pub seed: Hash,
    /// Root of the server optimiser's state that the base version came with; `None`: the optimiser starts anew, or there is
    /// none.
    pub optimiser: Option<Root>,
}

/// What an aggregation yields.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct AggregateOutcome {
    /// BLAKE3 root and length, in bytes, of the new version's file.
    pub output: Root,
    pub output_len: u64,
    /// BLAKE3 root of the server optimiser's state after this version; `None` where the policy has no such optimiser.
    pub optimiser: Option<Root>,
    /// BLAKE3 root of the detail blob.
    pub detail: Root,
    /// See [`scores_root`]: settlement pages are checked on chain without the blob.
    pub scores: Hash,
}

impl AggregateOutcome {
    /// The outcome that commits to a version, the state beside it, a detail blob and the rows for settlement.
    pub fn new((output, output_len): (Root, u64), optimiser: Option<Root>, detail: Root, rows: &[ScoreRow]) -> Self {
        Self {
            output,
            output_len,
            optimiser,
            detail,
            scores: scores_root(&page_hashes(rows)),
        }
    }
}

/// One update as a job's input, in the sealed order.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Input {
    pub contributor: AccountId,
    pub organisation: OrganisationId,
    pub root: Root,
    pub weight: u32,
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
    pub fn of_job(scores: &[Ppm], selection: &[u32], claimed: &[u32]) -> Vec<Self> {
        let weights = if selection.is_empty() { claimed } else { selection };
        let rows = scores.iter().zip(weights);
        rows.map(|(&score, &selection)| Self { score, selection }).collect()
    }
}

/// Rows of one settlement page.
pub type ScorePage = BoundedVec<ScoreRow, ConstU32<SETTLEMENT_PAGE>>;
/// Hashes of all pages of a job.
pub type PageHashes = BoundedVec<Hash, ConstU32<{ MAX_UPDATES / SETTLEMENT_PAGE }>>;

/// Hash of one settlement page.
pub fn page_hash(rows: &[ScoreRow]) -> Hash {
    tagged(b"page", &rows)
}

/// Hashes of all pages of `rows`, 64 rows a page, in order. Rows beyond the bound of a round are left out.
pub fn page_hashes(rows: &[ScoreRow]) -> PageHashes {
    PageHashes::truncate_from(rows.chunks(SETTLEMENT_PAGE as usize).map(page_hash).collect())
}

/// What [`AggregateOutcome::scores`] holds.
pub fn scores_root(pages: &PageHashes) -> Hash {
    tagged(b"scores", pages)
}
