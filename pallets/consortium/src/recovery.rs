//! The account that recovers an organisation's account.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use quorate_primitives::{AccountId, BlockNumber};
use scale_info::TypeInfo;

/// A recovery account that does not count yet.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct NextRecovery {
    pub account: AccountId,
    /// First block in which it counts.
    pub from: BlockNumber,
}

/// The account that an organisation gets its own back with. It may name a new account at once; it is itself replaced only
/// after a delay, so that whoever stole the organisation's key cannot shut its owner out.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Recovery {
    /// What counts until `next` does.
    pub account: Option<AccountId>,
    pub next: Option<NextRecovery>,
}

impl Recovery {
    pub fn new(account: Option<AccountId>) -> Self {
        Self { account, next: None }
    }

    /// Whether the account recovers the organisation, now or later.
    pub fn names(&self, account: &AccountId) -> bool {
        self.account.as_ref() == Some(account) || self.next.as_ref().is_some_and(|next| next.account == *account)
    }

    /// The account that counts in block `now`.
    pub fn at(&self, now: BlockNumber) -> Option<&AccountId> {
        let next = self.next.as_ref().filter(|next| next.from <= now);
        next.map(|next| &next.account).or(self.account.as_ref())
    }
}
