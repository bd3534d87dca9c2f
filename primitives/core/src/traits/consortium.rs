use crate::{committee::Committee, AccountId, OrganisationId};
use alloc::vec::Vec;

/// Who belongs to the consortium. Implemented by `consortium`.
pub trait Consortium {
    /// The organisation that sponsors `who`, while neither of them is suspended.
    fn contributor(who: &AccountId) -> Option<OrganisationId>;
    /// The organisation whose account `who` is, while it is in good standing.
    fn organisation_of(who: &AccountId) -> Option<OrganisationId>;
    /// The account of an organisation at this block; also of a suspended one.
    fn organisation_account(id: OrganisationId) -> Option<AccountId>;
    /// Whether an organisation is admitted and not suspended.
    fn in_good_standing(id: OrganisationId) -> bool;
    /// Whether the consortium keeps `who` from acting for `organisation`: it has suspended one of them, or removed the organisation.
    /// What an organisation does with its own contributors is not meant.
    fn is_barred(who: &AccountId, organisation: OrganisationId) -> bool;
    /// All admitted organisations, suspended ones included.
    fn admitted() -> u32;
    /// The active validators of the current session with their keys, at most [`crate::MAX_COMMITTEE`]: suspended and removed
    /// ones are left out.
    fn committee() -> Committee;
    /// False for a validator that was removed or suspended since a snapshot was taken: its statements are no longer accepted.
    fn is_active(validator: &AccountId) -> bool;
}

/// Told when the organisations change; the runtime keeps the governance memberships equal to them.
pub trait MembershipSink {
    /// Accounts of the organisations in good standing, and of those among them that hold a technical seat. Both sorted.
    fn set_members(council: Vec<AccountId>, technical: Vec<AccountId>);
}

impl MembershipSink for () {
    fn set_members(_: Vec<AccountId>, _: Vec<AccountId>) {}
}

/// Whether calls of contributors are refused at this block, because the chain's business is stopped or the call is paused:
/// deadlines shift meanwhile. Implemented by the runtime.
pub trait Protected {
    /// No transaction runs in this block (a multi-block migration).
    fn no_transactions() -> bool;
    /// Commitments to rounds are refused.
    fn no_submissions() -> bool;
}

impl Protected for () {
    fn no_transactions() -> bool {
        false
    }

    fn no_submissions() -> bool {
        false
    }
}
