//! The mock of `incentives`.

use super::world::*;
use quorate_primitives::{purpose::Purpose, traits::Escrow, AccountId, Balance, OrganisationId};
use sp_runtime::{DispatchError, DispatchResult};

pub struct MockEscrow;

impl Escrow for MockEscrow {
    fn can_lock(fund: Purpose, amount: Balance) -> bool {
        world().funds.get(&model_of(fund)).copied().unwrap_or_default() >= amount
    }

    fn lock(fund: Purpose, purpose: Purpose, amount: Balance) -> DispatchResult {
        let model = model_of(fund);
        change(|world| {
            let fund = world.funds.entry(model).or_default();
            *fund = fund.checked_sub(amount).ok_or(DispatchError::Other("fund too small"))?;
            let known = world.escrows.insert(round_of(purpose), (model, amount));
            assert!(known.is_none(), "one lock for each round");
            Ok(())
        })
    }

    fn escrowed(purpose: Purpose) -> Balance {
        world().escrowed(round_of(purpose))
    }

    fn pay(purpose: Purpose, to: &AccountId, amount: Balance) -> DispatchResult {
        change(|world| {
            let (_, escrow) = world.escrows.entry(round_of(purpose)).or_default();
            *escrow = escrow
                .checked_sub(amount)
                .ok_or(DispatchError::Other("escrow too small"))?;
            *world.claims.entry(raw(to)).or_default() += amount;
            Ok(())
        })
    }

    fn give_back(purpose: Purpose, amount: Balance) {
        change(|world| {
            let Some((model, escrow)) = world.escrows.get_mut(&round_of(purpose)) else {
                return;
            };
            let amount = amount.min(*escrow);
            *escrow -= amount;
            *world.funds.entry(*model).or_default() += amount;
        });
    }

    fn close(purpose: Purpose) {
        change(|world| world.treasury += world.escrows.remove(&round_of(purpose)).unwrap_or_default().1);
    }

    fn refund(purpose: Purpose) {
        change(|world| {
            let (model, amount) = world.escrows.remove(&round_of(purpose)).unwrap_or_default();
            *world.funds.entry(model).or_default() += amount;
        });
    }

    fn can_bond(organisation: OrganisationId, amount: Balance) -> bool {
        world().free_of(organisation) >= amount
    }

    fn hold_bond(organisation: OrganisationId, purpose: Purpose, key: &AccountId, amount: Balance) -> DispatchResult {
        change(|world| {
            let free = world.free.entry(organisation).or_default();
            *free = free.checked_sub(amount).ok_or(DispatchError::Other("no bond"))?;
            let old = world
                .bonds
                .insert((round_of(purpose), raw(key)), (organisation, amount));
            assert!(old.is_none(), "two bonds for one submission");
            Ok(())
        })
    }

    fn release_bond(purpose: Purpose, key: &AccountId) {
        change(|world| {
            if let Some((organisation, amount)) = world.bonds.remove(&(round_of(purpose), raw(key))) {
                *world.free.entry(organisation).or_default() += amount;
            }
        });
    }

    fn slash_bond(purpose: Purpose, key: &AccountId) {
        change(|world| {
            if let Some((_, amount)) = world.bonds.remove(&(round_of(purpose), raw(key))) {
                world.treasury += amount;
            }
        });
    }

    fn charge(organisation: OrganisationId, amount: Balance) -> DispatchResult {
        change(|world| {
            let free = world.free.entry(organisation).or_default();
            *free = free.checked_sub(amount).ok_or(DispatchError::Other("no cover"))?;
            world.treasury += amount;
            Ok(())
        })
    }
}
