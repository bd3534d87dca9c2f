//! Inference: a batch of requests, answered by one program with the tensors of one version.

use super::WorkKind;
use crate::{
    tagged::tagged, views::BlobRef, ArtifactId, BatchId, Hash, ModelId, RequestId, Root, VersionIndex, SETTLEMENT_PAGE,
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::ConstU32;
use sp_runtime::BoundedVec;

/// Number of this kind of work.
pub const KIND: WorkKind = 3;
/// Version of the arithmetic of inference (docs/exactness.md, sections 12 to 18 and 22).
pub const EXACT_VERSION: u32 = 1;
/// Most requests in one batch.
pub const MAX_BATCH: u32 = 256;
/// Most tokens that one request may ask for.
pub const MAX_TOKENS: u32 = 65_536;

/// What is run, for whom. Numbers are for people; the roots alone say which bytes are meant.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Infer {
    pub batch: BatchId,
    pub model: ModelId,
    pub version: VersionIndex,
    /// BLAKE3 root and length, in bytes, of the version's file.
    pub version_root: Root,
    pub version_len: u64,
    /// The file of the model's frozen base, if it has one: the program reads tensors of both.
    pub frozen_base: Option<BlobRef>,
    pub program: ArtifactId,
    pub program_root: Root,
    pub program_len: u64,
    /// Merkle root over the ordered [`Request`]s.
    pub requests_root: Hash,
    pub requests: u32,
    /// Drawn when the batch was closed; the same in a retry. Samplers draw from it.
    pub seed: Hash,
}

/// One request of a batch.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Request {
    pub id: RequestId,
    /// BLAKE3 root and length, in bytes, of the request's blob.
    pub input: BlobRef,
    pub task: Task,
    /// Millions of operations that were paid for.
    pub operations: u64,
    /// MiB that the run may take, as section 22 of docs/exactness.md counts them.
    pub memory: u32,
}

/// What is asked of the program.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Task {
    /// Its outputs for these inputs.
    #[codec(index = 0)]
    Run,
    /// Tokens that follow those of the input.
    #[codec(index = 1)]
    Generate(Generation),
}

/// How tokens are chosen, and when that ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Generation {
    /// 1 to [`MAX_TOKENS`].
    pub max_tokens: u32,
    pub choice: Choice,
    /// The token after which nothing is generated; it is the last of the answer.
    pub stop: Option<u32>,
}

/// How a token is chosen from its logits (docs/exactness.md, section 16).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Choice {
    /// The largest.
    #[codec(index = 0)]
    Largest,
    /// Drawn among the `top` likeliest at this temperature.
    #[codec(index = 1)]
    Drawn {
        /// The bits of an f32.
        temperature: u32,
        top: u32,
    },
}

/// How one request ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum AnswerStatus {
    #[codec(index = 0)]
    Answered,
    /// The run ended in a fault: the request's doing, or the model's.
    #[codec(index = 1)]
    Fault,
    /// The program does not fit the version or the request, or more operations or memory are needed than were named: nothing ran.
    #[codec(index = 2)]
    Unfit,
}

/// What a request yielded. Of fixed size.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct AnswerRow {
    pub request: RequestId,
    pub status: AnswerStatus,
    /// BLAKE3 root and length, in bytes, of the answer's blob, which is salted by the request's.
    pub answer: BlobRef,
    /// Over the logits of every generated position, salted alike; zero where nothing was generated.
    pub trace: Root,
    /// Tokens that were generated.
    pub tokens: u32,
    /// Millions of operations that were used.
    pub operations: u64,
}

/// Bytes of one [`AnswerRow`]; the detail blob has as many for each request.
pub const ROW_BYTES: u64 = 8 + 1 + 32 + 8 + 32 + 4 + 8;

/// What a batch yields.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct InferOutcome {
    /// See [`answers_root`]: settlement pages are checked on chain without the blob.
    pub answers: Hash,
    /// BLAKE3 root of the detail blob: the rows one after the other.
    pub detail: Root,
}

/// Rows of one settlement page.
pub type AnswerPage = BoundedVec<AnswerRow, ConstU32<SETTLEMENT_PAGE>>;
/// Hashes of all pages of a batch.
pub type AnswerPageHashes = BoundedVec<Hash, ConstU32<{ MAX_BATCH / SETTLEMENT_PAGE }>>;

/// Hash of one settlement page.
pub fn answer_page_hash(rows: &[AnswerRow]) -> Hash {
    tagged(b"answer-page", &rows)
}

/// Hashes of all pages of `rows`, 64 rows a page, in order. Rows beyond the bound of a batch are left out.
pub fn answer_page_hashes(rows: &[AnswerRow]) -> AnswerPageHashes {
    AnswerPageHashes::truncate_from(rows.chunks(SETTLEMENT_PAGE as usize).map(answer_page_hash).collect())
}

/// What [`InferOutcome::answers`] holds.
pub fn answers_root(pages: &AnswerPageHashes) -> Hash {
    tagged(b"answers", pages)
}

impl InferOutcome {
    /// The outcome that commits to these rows, whose bytes have this root.
    pub fn new(rows: &[AnswerRow], detail: Root) -> Self {
        Self {
            answers: answers_root(&answer_page_hashes(rows)),
            detail,
        }
    }
}

/// The bytes of the detail blob.
pub fn detail_bytes(rows: &[AnswerRow]) -> Vec<u8> {
    rows.iter().flat_map(Encode::encode).collect()
}
