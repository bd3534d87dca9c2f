//! Evaluation: the losses of a model's version over a data set, by a program that runs once for each row.

use super::WorkKind;
use crate::{views::BlobRef, ArtifactId, ModelId, Root, VersionIndex};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Number of this kind of work.
pub const KIND: WorkKind = 1;
/// Version of the arithmetic of evaluations (docs/exactness.md, sections 18 to 20).
pub const EXACT_VERSION: u32 = 1;
/// Bytes of the detail blob for each row.
pub const ROW_BYTES: u64 = 5;

/// What is evaluated, by what and on what. Numbers are for people; the roots alone say which bytes are meant.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Evaluate {
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
    pub data: ArtifactId,
    pub data_root: Root,
    pub data_len: u64,
    /// Thousands of millions of floating-point operations that were paid for: of all rows, the program at its largest sizes. What needs
    /// more does not fit.
    pub operations: u64,
}

/// What an evaluation yields.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum EvaluateOutcome {
    /// The program does not fit the version's tensors or the data set, or needs more operations than were paid for: nothing ran.
    #[codec(index = 0)]
    Unfit,
    /// The sums over all rows.
    #[codec(index = 1)]
    Done {
        rows: u64,
        /// Sum of the rows' losses, in units of 2^−20.
        loss: i64,
        /// Rows in which the model was right, where the program says so.
        correct: u64,
        /// Rows whose run ended in a fault.
        faults: u64,
        /// BLAKE3 root of the detail blob, which has five bytes for each row.
        detail: Root,
    },
}

impl EvaluateOutcome {
    /// The detail blob, where anything ran.
    pub fn detail(&self) -> Option<BlobRef> {
        match *self {
            Self::Unfit => None,
            Self::Done { rows, detail, .. } => Some(BlobRef {
                root: detail,
                len: rows.saturating_mul(ROW_BYTES),
            }),
        }
    }
}
