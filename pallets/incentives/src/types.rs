//! What the ledgers keep.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use quorate_primitives::{purpose::Purpose, AccountId, Balance, OrganisationId};
use scale_info::TypeInfo;

/// What is set aside for a purpose.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct EscrowEntry {
    /// The fund that it came from, and goes back to with a refund.
    pub fund: Purpose,
    pub amount: Balance,
}

/// Tokens taken from an organisation that return to it, unless they are slashed.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Bond {
    pub organisation: OrganisationId,
    /// The account that they came from: they return to it when the organisation is no longer admitted.
    pub account: AccountId,
    pub amount: Balance,
}

/// What an account has earned and not claimed yet, as view functions show it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct EarningsStatus {
    pub amount: Balance,
    /// Whether `claim` would succeed: there is something, and the account can take it.
    pub payable: bool,
}

/// What is kept for a purpose, as view functions show it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct PurposeStatus {
    /// The organisation that may withdraw the fund, admitted or not.
    pub owner: Option<OrganisationId>,
    pub fund: Balance,
    pub escrow: Option<EscrowEntry>,
}
