//! Weights of the calls.
//!
//! PROVISIONAL: estimates from the database accesses of each call, an allowance for its computation and the size of the
//! entries that it proves. They are replaced by measured ones; until then they err on the high side.

use core::marker::PhantomData;
use frame_support::{
    traits::Get,
    weights::{RuntimeDbWeight, Weight},
};

/// What each call weighs.
pub trait WeightInfo {
    fn register() -> Weight;
    fn set_policy() -> Weight;
    fn freeze() -> Weight;
    fn unfreeze() -> Weight;
    fn retire() -> Weight;
    fn retry_genesis() -> Weight;
    fn revoke() -> Weight;
    /// Moving the deadlines of all models that await votes, while a migration runs.
    fn shift_deadlines(models: u32) -> Weight;
}

/// PROVISIONAL picoseconds for decoding, checks, hashing and events of one call.
const COMPUTE: u64 = 40_000_000;
/// PROVISIONAL bytes of proof for one entry of this pallet: a model with its policy is below 1 KiB, the rest is the trie.
const PROOF: u64 = 4_096;

/// PROVISIONAL weights on a database with weights `Db`.
pub struct Provisional<Db>(PhantomData<Db>);

/// PROVISIONAL weights for the runtime `T`.
pub type SubstrateWeight<T> = Provisional<<T as frame_system::Config>::DbWeight>;

impl<Db: Get<RuntimeDbWeight>> Provisional<Db> {
    fn of(reads: u64, writes: u64) -> Weight {
        Weight::from_parts(COMPUTE, PROOF.saturating_mul(reads.saturating_add(1)))
            .saturating_add(Db::get().reads_writes(reads, writes))
    }
}

impl<Db: Get<RuntimeDbWeight>> WeightInfo for Provisional<Db> {
    fn register() -> Weight {
        Self::of(7, 5)
    }

    fn set_policy() -> Weight {
        Self::of(4, 2)
    }

    fn freeze() -> Weight {
        Self::of(3, 1)
    }

    fn unfreeze() -> Weight {
        Self::of(3, 1)
    }

    fn retire() -> Weight {
        Self::of(4, 2)
    }

    fn retry_genesis() -> Weight {
        Self::of(4, 2)
    }

    fn revoke() -> Weight {
        // Each step over a revoked ancestor reads its record and its status.
        let steps = u64::from(crate::types::MAX_REVOKED_STEPS);
        Self::of(steps.saturating_mul(2).saturating_add(3), 2)
    }

    fn shift_deadlines(models: u32) -> Weight {
        Self::of(u64::from(models).saturating_add(1), u64::from(models))
    }
}
