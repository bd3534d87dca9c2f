//! What a validator's machine can answer, as it declares it, and what an answer needs.

use crate::{AccountId, BlockNumber};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// What a machine takes work for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Capability {
    /// MiB for one batch, as section 22 of docs/exactness.md counts them.
    pub memory: u32,
    /// Millions of operations in a block's time.
    pub speed: u64,
    /// Version of the arithmetic of inference.
    pub exact_version: u32,
}

/// What a validator says of its machine. Signed by its attestation key of the session: [`crate::payload::declaration_payload`].
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Declaration {
    pub validator: AccountId,
    pub capability: Capability,
    /// A block that the signer knew: each declaration of a validator names a later one than the last that was accepted.
    pub at: BlockNumber,
}

/// What a batch needs of each machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Need {
    /// MiB of the request that needs most.
    pub memory: u32,
    pub exact_version: u32,
}
