//! What the runtime API answers. Lists are bounded by the storage that they come from or by the caller's `limit`.
//!
//! What a validator's node gets, its duties and its gateway's view, comes as [`Entry`]s: a kind and bytes. A node skips a kind
//! that it does not know, or bytes that it cannot decode, and goes on with the rest.

pub mod artifacts;
pub mod assessments;
pub mod capabilities;
pub mod evaluations;
pub mod gateway;
pub mod inference;
pub mod queries;
pub mod tasks;

pub use artifacts::{ArtifactState, ArtifactView};
pub use capabilities::{CapabilityView, CapableCount};
pub use evaluations::{EvaluationFailure, EvaluationState, EvaluationView, Quote};
pub use queries::{Freezer, Lineage, ModelState, ModelView, RoundPhase, RoundView, StandingView, VersionView};

use crate::Root;
use alloc::vec::Vec;
use codec::{Decode, DecodeAll, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// A blob's name and exact length in bytes.
#[derive(
    Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct BlobRef {
    pub root: Root,
    pub len: u64,
}

/// One entry of an open-ended list.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode, TypeInfo)]
pub struct Entry {
    pub kind: u8,
    /// SCALE bytes of the kind's type.
    pub body: Vec<u8>,
}

impl Entry {
    pub fn new(kind: u8, body: &impl Encode) -> Self {
        Self {
            kind,
            body: body.encode(),
        }
    }

    /// The body as a `T`; it must be all of it.
    ///
    /// # Errors
    /// The bytes are not a `T`: a node of another version wrote them.
    pub fn decode<T: Decode>(&self) -> Result<T, codec::Error> {
        T::decode_all(&mut self.body.as_slice())
    }
}
