use crate::{purpose::Purpose, AccountId, Balance, OrganisationId};
use sp_runtime::DispatchResult;

/// Token flows, by purpose. Implemented by `incentives`. Whatever happens, no unit is lost or made.
pub trait Escrow {
    /// Whether `lock` of this amount would succeed.
    fn can_lock(fund: Purpose, amount: Balance) -> bool;
    /// Move `amount` from a fund into the escrow of `purpose`, which remembers the fund.
    fn lock(fund: Purpose, purpose: Purpose, amount: Balance) -> DispatchResult;
    /// What the escrow of `purpose` still holds.
    fn escrowed(purpose: Purpose) -> Balance;
    /// Credit `amount` of the escrow to `to`, who pulls it by `claim`.
    fn pay(purpose: Purpose, to: &AccountId, amount: Balance) -> DispatchResult;
    /// Give `amount` of the escrow back to the fund that it came from; at most what is left.
    fn give_back(purpose: Purpose, amount: Balance);
    /// Move the rest of the escrow of `from` into that of `into`; there it goes back to the fund that `into` came from.
    fn transfer(from: Purpose, into: Purpose);
    /// The same with `amount` of it, at most what is left.
    fn transfer_part(from: Purpose, into: Purpose, amount: Balance);
    /// Give the rest of the escrow to the treasury.
    fn close(purpose: Purpose);
    /// Give the rest of the escrow back to the fund that it came from.
    fn refund(purpose: Purpose);
    /// Whether `hold_bond` of this amount would succeed.
    fn can_bond(organisation: OrganisationId, amount: Balance) -> bool;
    /// Take a bond from the organisation's account and keep it for `purpose` under `key`, an account that tells bonds of one
    /// purpose apart. It stays the organisation's, whatever account speaks for it later.
    fn hold_bond(organisation: OrganisationId, purpose: Purpose, key: &AccountId, amount: Balance) -> DispatchResult;
    /// Return a bond to the organisation's account of that moment. Does nothing when there is none.
    fn release_bond(purpose: Purpose, key: &AccountId);
    /// Move a bond to the treasury. Does nothing when there is none.
    fn slash_bond(purpose: Purpose, key: &AccountId);
    /// Move a bond into the escrow of `into`, or to the treasury where that has no escrow any more. Returns how much came into the escrow;
    /// 0 when there is no bond.
    fn forfeit_bond(purpose: Purpose, key: &AccountId, into: Purpose) -> Balance;
    /// Take `amount` from the organisation's account for the treasury, for good.
    fn charge(organisation: OrganisationId, amount: Balance) -> DispatchResult;
}

/// Whose fund a purpose's is. Implemented by the runtime.
pub trait FundOwners {
    /// The organisation that may withdraw from the fund; `None` when there is no such purpose.
    fn owner(purpose: Purpose) -> Option<OrganisationId>;
}
