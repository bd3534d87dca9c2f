//! An account that was proposed to speak for an organisation, until it agrees. Nobody's account speaks for an organisation, and pays
//! for it, unless it signed for that itself.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use quorate_primitives::{AccountId, BlockNumber};
use scale_info::TypeInfo;

/// Who proposed an account. A later variant wins over an earlier one: whoever stole the organisation's key can neither replace
/// nor delay what its recovery account or two thirds propose.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
#[allow(clippy::cast_possible_truncation)] // the code that the derive makes
pub enum Proposer {
    /// The organisation's present account.
    #[codec(index = 0)]
    Organisation,
    #[codec(index = 1)]
    Recovery,
    /// Two thirds, enacted.
    #[codec(index = 2)]
    Consortium,
}

/// The one proposal that an organisation has.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Proposal {
    /// Speaks for the organisation as soon as it accepts.
    pub account: AccountId,
    pub by: Proposer,
    /// First block in which it can no longer accept.
    pub until: BlockNumber,
}

impl Proposal {
    pub fn is_open(&self, now: BlockNumber) -> bool {
        now < self.until
    }
}
