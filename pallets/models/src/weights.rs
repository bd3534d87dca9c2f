//! Weights of the calls.
//!
//! Estimates from the database accesses of each call, an allowance for its computation and the size of the entries that it
//! proves. They err on the high side.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// What each call weighs.
pub trait WeightInfo {
    fn register() -> Weight;
    fn set_policy() -> Weight;
    fn freeze() -> Weight;
    fn unfreeze() -> Weight;
    fn retire() -> Weight;
    fn retry_genesis() -> Weight;
    fn revoke() -> Weight;
    fn unrevoke() -> Weight;
    fn new_genesis() -> Weight;
    fn promote() -> Weight;
    /// Finding out whether a version is clean by reading the places of `steps` versions.
    fn walk(steps: u32) -> Weight;
    /// Admitting this many organisations.
    fn admit_readers(organisations: u32) -> Weight;
    /// Being notified of a finding.
    fn found() -> Weight;
    /// Being notified that votes ended without one.
    fn ended() -> Weight;
}

/// Picoseconds for decoding, checks, hashing and events of one call.
const COMPUTE: u64 = 40_000_000;
/// Bytes of proof for one entry of this pallet: a model with its policy is below 1 KiB, the rest is the trie.
const PROOF: u64 = 4_096;

/// Estimated weights on the database of the runtime `T`.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> SubstrateWeight<T> {
    fn of(reads: u64, writes: u64) -> Weight {
        Weight::from_parts(COMPUTE, PROOF.saturating_mul(reads.saturating_add(1)))
            .saturating_add(T::DbWeight::get().reads_writes(reads, writes))
    }
}

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    /// The registry's own lists and counts, the organisation's account, fee, deposit, and the opening of votes.
    fn register() -> Weight {
        Self::of(22, 15)
    }

    fn set_policy() -> Weight {
        Self::of(4, 1)
    }

    fn freeze() -> Weight {
        Self::of(3, 1)
    }

    fn unfreeze() -> Weight {
        Self::of(3, 1)
    }

    /// The registry's own lists and counts, and the deposit on its way back.
    fn retire() -> Weight {
        Self::of(10, 8)
    }

    /// The model, and the opening of votes.
    fn retry_genesis() -> Weight {
        Self::of(10, 6)
    }

    /// Without the walks.
    fn revoke() -> Weight {
        Self::of(4, 2)
    }

    fn unrevoke() -> Weight {
        Self::revoke()
    }

    /// The model, and the opening of votes.
    fn new_genesis() -> Weight {
        Self::of(10, 6)
    }

    fn promote() -> Weight {
        Self::of(5, 3)
    }

    fn walk(steps: u32) -> Weight {
        Self::of(u64::from(steps).saturating_add(2), 0)
    }

    fn admit_readers(organisations: u32) -> Weight {
        Self::of(u64::from(organisations).saturating_add(4), 1)
    }

    /// The model, its new version with place and policy, counts, and the end of the votes.
    fn found() -> Weight {
        Self::of(9, 10)
    }

    fn ended() -> Weight {
        Self::of(2, 2)
    }
}
