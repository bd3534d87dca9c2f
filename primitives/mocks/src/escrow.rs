//! The mock of `incentives`: a ledger from which no unit is lost.

use codec::{Decode, Encode};
use frame_support::{pallet_prelude::ValueQuery, storage_alias};
use quorate_primitives::{purpose::Purpose, traits::Escrow, AccountId, Balance, ModelId, OrganisationId};
use sp_runtime::{DispatchError, DispatchResult};
use std::collections::BTreeMap;

/// Who has what.
#[derive(Clone, Default, Encode, Decode)]
pub struct Ledger {
    pub funds: BTreeMap<Purpose, Balance>,
    /// With the fund that each came from.
    pub escrows: BTreeMap<Purpose, (Purpose, Balance)>,
    /// What organisations can spend.
    pub free: BTreeMap<OrganisationId, Balance>,
    pub bonds: BTreeMap<(Purpose, AccountId), (OrganisationId, Balance)>,
    pub claims: BTreeMap<AccountId, Balance>,
    pub treasury: Balance,
}

#[storage_alias(verbatim)]
type Books = StorageValue<MockEscrow, Ledger, ValueQuery>;

/// The ledger.
pub fn ledger() -> Ledger {
    Books::get()
}

/// Change the ledger.
pub fn change<R>(f: impl FnOnce(&mut Ledger) -> R) -> R {
    Books::mutate(f)
}

impl Ledger {
    /// All units that there are.
    pub fn units(&self) -> Balance {
        self.funds.values().sum::<Balance>()
            + self.escrows.values().map(|(_, amount)| amount).sum::<Balance>()
            + self.free.values().sum::<Balance>()
            + self.bonds.values().map(|(_, amount)| amount).sum::<Balance>()
            + self.claims.values().sum::<Balance>()
            + self.treasury
    }

    pub fn fund_of(&self, model: ModelId) -> Balance {
        self.funds.get(&Purpose::Model(model)).copied().unwrap_or_default()
    }

    pub fn set_fund(&mut self, model: ModelId, amount: Balance) {
        self.funds.insert(Purpose::Model(model), amount);
    }

    pub fn escrowed(&self, purpose: Purpose) -> Balance {
        self.escrows
            .get(&purpose)
            .map(|(_, amount)| *amount)
            .unwrap_or_default()
    }

    pub fn free_of(&self, organisation: OrganisationId) -> Balance {
        self.free.get(&organisation).copied().unwrap_or_default()
    }

    pub fn claim_of(&self, who: &AccountId) -> Balance {
        self.claims.get(who).copied().unwrap_or_default()
    }

    /// What is known of the bond for `purpose` under `key`.
    pub fn bond(&self, purpose: Purpose, key: &AccountId) -> Option<(OrganisationId, Balance)> {
        self.bonds.get(&(purpose, key.clone())).copied()
    }

    fn spend(&mut self, organisation: OrganisationId, amount: Balance) -> DispatchResult {
        take(self.free.entry(organisation).or_default(), amount, "no cover")
    }
}

fn take(from: &mut Balance, amount: Balance, refusal: &'static str) -> DispatchResult {
    *from = from.checked_sub(amount).ok_or(DispatchError::Other(refusal))?;
    Ok(())
}

pub struct MockEscrow;

impl Escrow for MockEscrow {
    fn can_lock(fund: Purpose, amount: Balance) -> bool {
        ledger().funds.get(&fund).copied().unwrap_or_default() >= amount
    }

    fn lock(fund: Purpose, purpose: Purpose, amount: Balance) -> DispatchResult {
        change(|ledger| {
            take(ledger.funds.entry(fund).or_default(), amount, "fund too small")?;
            let known = ledger.escrows.insert(purpose, (fund, amount));
            assert_eq!(known, None, "one lock for each purpose");
            Ok(())
        })
    }

    fn escrowed(purpose: Purpose) -> Balance {
        ledger().escrowed(purpose)
    }

    fn pay(purpose: Purpose, to: &AccountId, amount: Balance) -> DispatchResult {
        change(|ledger| {
            let refusal = DispatchError::Other("escrow too small");
            let (_, escrow) = ledger.escrows.get_mut(&purpose).ok_or(refusal)?;
            take(escrow, amount, "escrow too small")?;
            *ledger.claims.entry(to.clone()).or_default() += amount;
            Ok(())
        })
    }

    fn give_back(purpose: Purpose, amount: Balance) {
        change(|ledger| {
            if let Some((fund, escrow)) = ledger.escrows.get_mut(&purpose) {
                let amount = amount.min(*escrow);
                *escrow -= amount;
                *ledger.funds.entry(*fund).or_default() += amount;
            }
        });
    }

    fn transfer(from: Purpose, into: Purpose) {
        change(|ledger| {
            if let Some((fund, amount)) = ledger.escrows.remove(&from) {
                ledger.escrows.entry(into).or_insert((fund, 0)).1 += amount;
            }
        });
    }

    fn transfer_part(from: Purpose, into: Purpose, amount: Balance) {
        change(|ledger| {
            let Some((fund, escrow)) = ledger.escrows.get_mut(&from) else {
                return;
            };
            let (fund, amount) = (*fund, amount.min(*escrow));
            *escrow -= amount;
            if amount > 0 {
                ledger.escrows.entry(into).or_insert((fund, 0)).1 += amount;
            }
        });
    }

    fn close(purpose: Purpose) {
        change(|ledger| {
            if let Some((_, amount)) = ledger.escrows.remove(&purpose) {
                ledger.treasury += amount;
            }
        });
    }

    fn refund(purpose: Purpose) {
        change(|ledger| {
            if let Some((fund, amount)) = ledger.escrows.remove(&purpose) {
                *ledger.funds.entry(fund).or_default() += amount;
            }
        });
    }

    fn can_bond(organisation: OrganisationId, amount: Balance) -> bool {
        ledger().free_of(organisation) >= amount
    }

    fn hold_bond(organisation: OrganisationId, purpose: Purpose, key: &AccountId, amount: Balance) -> DispatchResult {
        change(|ledger| {
            ledger.spend(organisation, amount)?;
            let known = ledger.bonds.insert((purpose, key.clone()), (organisation, amount));
            assert_eq!(known, None, "one bond for each purpose and key");
            Ok(())
        })
    }

    fn release_bond(purpose: Purpose, key: &AccountId) {
        change(|ledger| {
            if let Some((organisation, amount)) = ledger.bonds.remove(&(purpose, key.clone())) {
                *ledger.free.entry(organisation).or_default() += amount;
            }
        });
    }

    fn slash_bond(purpose: Purpose, key: &AccountId) {
        change(|ledger| {
            if let Some((_, amount)) = ledger.bonds.remove(&(purpose, key.clone())) {
                ledger.treasury += amount;
            }
        });
    }

    fn forfeit_bond(purpose: Purpose, key: &AccountId, into: Purpose) -> Balance {
        change(|ledger| {
            let Some((_, amount)) = ledger.bonds.remove(&(purpose, key.clone())) else {
                return 0;
            };
            match ledger.escrows.get_mut(&into) {
                Some((_, escrow)) => {
                    *escrow += amount;
                    amount
                }
                None => {
                    ledger.treasury += amount;
                    0
                }
            }
        })
    }

    fn charge(organisation: OrganisationId, amount: Balance) -> DispatchResult {
        change(|ledger| {
            ledger.spend(organisation, amount)?;
            ledger.treasury += amount;
            Ok(())
        })
    }
}
