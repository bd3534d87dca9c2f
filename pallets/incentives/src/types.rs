//! What the pallet keeps about a bond.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use quorate_primitives::{AccountId, Balance};
use scale_info::TypeInfo;

/// Tokens held for one update.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Bond {
    /// The account on which they are held, also when another speaks for the organisation by now.
    pub organisation: AccountId,
    pub amount: Balance,
}
