//! What is stored of a validator's machine.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use quorate_primitives::{capability::Capability, BlockNumber};
use scale_info::TypeInfo;

/// What one validator declared, and how it kept to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Entry {
    pub capability: Capability,
    /// The block that the declaration names.
    pub at: BlockNumber,
    /// The block that it was accepted in.
    pub accepted_at: BlockNumber,
    /// The block of the silence that counts with the next one.
    pub silent_at: Option<BlockNumber>,
    /// The end of the last bar.
    pub barred_until: Option<BlockNumber>,
}

/// How many of those that are asked can be barred.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Spared {
    /// The block in which it was counted.
    pub at: BlockNumber,
    pub left: u32,
}

impl Entry {
    /// Whether it is barred at block `now`.
    pub(crate) fn is_barred(&self, now: BlockNumber) -> bool {
        self.barred_until.is_some_and(|until| now < until)
    }
}
