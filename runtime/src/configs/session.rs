//! Sessions: the consortium says who validates, the history remembers it.

use super::consensus::KEPT_SESSIONS;
use crate::{AccountId, Babe, Balances, Consortium, Historical, Runtime, RuntimeEvent, SessionKeys};
use alloc::vec::Vec;
use frame_support::traits::ConstU128;
use pallet_session::{historical, SessionManager};
use sp_runtime::traits::{Convert, OpaqueKeys};
use sp_staking::SessionIndex;

impl pallet_session::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type ValidatorId = AccountId;
    type ValidatorIdOf = pallet_consortium::ValidatorIdOf<Runtime>;
    type ShouldEndSession = Babe;
    type NextSessionRotation = Babe;
    type SessionManager = historical::NoteHistoricalRoot<Self, IdentifiedConsortium>;
    type SessionHandler = <SessionKeys as OpaqueKeys>::KeyTypeIdProviders;
    type Keys = SessionKeys;
    type DisablingStrategy = ();
    type WeightInfo = pallet_session::weights::SubstrateWeight<Runtime>;
    type Currency = Balances;
    // Only registered validators have keys, and their number is bounded.
    type KeyDeposit = ConstU128<0>;
}

impl historical::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type FullIdentification = ();
    type FullIdentificationOf = NothingMore;
}

/// A validator's account says all there is to know of it in a proof of key ownership.
pub struct NothingMore;

impl Convert<AccountId, Option<()>> for NothingMore {
    fn convert(_: AccountId) -> Option<()> {
        Some(())
    }
}

/// The consortium's validator sets, and a history that does not grow for ever.
pub struct IdentifiedConsortium;

impl SessionManager<AccountId> for IdentifiedConsortium {
    fn new_session(index: SessionIndex) -> Option<Vec<AccountId>> {
        <Consortium as SessionManager<AccountId>>::new_session(index)
    }

    fn new_session_genesis(index: SessionIndex) -> Option<Vec<AccountId>> {
        <Consortium as SessionManager<AccountId>>::new_session_genesis(index)
    }

    fn start_session(index: SessionIndex) {
        <Consortium as SessionManager<AccountId>>::start_session(index);
        if let Some(oldest) = index.checked_sub(KEPT_SESSIONS) {
            Historical::prune_up_to(oldest);
        }
    }

    fn end_session(index: SessionIndex) {
        <Consortium as SessionManager<AccountId>>::end_session(index)
    }
}

impl historical::SessionManager<AccountId, ()> for IdentifiedConsortium {
    fn new_session(index: SessionIndex) -> Option<Vec<(AccountId, ())>> {
        <Self as SessionManager<AccountId>>::new_session(index).map(identified)
    }

    fn new_session_genesis(index: SessionIndex) -> Option<Vec<(AccountId, ())>> {
        <Self as SessionManager<AccountId>>::new_session_genesis(index).map(identified)
    }

    fn start_session(index: SessionIndex) {
        <Self as SessionManager<AccountId>>::start_session(index)
    }

    fn end_session(index: SessionIndex) {
        <Self as SessionManager<AccountId>>::end_session(index)
    }
}

fn identified(validators: Vec<AccountId>) -> Vec<(AccountId, ())> {
    validators.into_iter().map(|validator| (validator, ())).collect()
}
