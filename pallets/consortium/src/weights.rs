//! Weights of the calls.
//!
//! PROVISIONAL: not from benchmarks yet. Each constant counts the storage accesses of its call, with lists at their
//! bounds, and adds a rough allowance for computation and proof size.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// Weight of each call.
pub trait WeightInfo {
    fn admit() -> Weight;
    fn remove() -> Weight;
    fn register_validator() -> Weight;
    fn remove_validator() -> Weight;
    fn update_endpoint() -> Weight;
    fn sponsor() -> Weight;
    fn unsponsor() -> Weight;
    fn suspend() -> Weight;
    fn reinstate() -> Weight;
    fn set_quota() -> Weight;
    fn set_account() -> Weight;
}

/// Accesses with which the governance membership follows a change: all organisations are read, and the sink writes its
/// members and its collective's.
const MEMBERSHIP: (u64, u64) = (68, 6);
/// Reads with which the next set is found: each validator, its organisation and its keys.
const NEXT_SET: u64 = 96;
/// Validators read, for unique peer ids.
const VALIDATORS: u64 = 32;

/// PROVISIONAL weights: not from benchmarks yet.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> SubstrateWeight<T> {
    fn provisional(reads: u64, writes: u64) -> Weight {
        let proof = reads.saturating_mul(2_500);
        Weight::from_parts(20_000_000, proof).saturating_add(T::DbWeight::get().reads_writes(reads, writes))
    }
}

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn admit() -> Weight {
        Self::provisional(MEMBERSHIP.0.saturating_add(4), MEMBERSHIP.1.saturating_add(4))
    }

    fn remove() -> Weight {
        let reads = MEMBERSHIP
            .0
            .saturating_add(NEXT_SET)
            .saturating_add(VALIDATORS)
            .saturating_add(4);
        Self::provisional(reads, MEMBERSHIP.1.saturating_add(VALIDATORS).saturating_add(5))
    }

    fn register_validator() -> Weight {
        Self::provisional(VALIDATORS.saturating_add(3), 2)
    }

    fn remove_validator() -> Weight {
        Self::provisional(NEXT_SET.saturating_add(4), 2)
    }

    fn update_endpoint() -> Weight {
        Self::provisional(VALIDATORS.saturating_add(3), 2)
    }

    fn sponsor() -> Weight {
        Self::provisional(9, 4)
    }

    fn unsponsor() -> Weight {
        Self::provisional(9, 4)
    }

    fn suspend() -> Weight {
        let reads = MEMBERSHIP.0.saturating_add(NEXT_SET).saturating_add(3);
        Self::provisional(reads, MEMBERSHIP.1.saturating_add(1))
    }

    fn reinstate() -> Weight {
        Self::provisional(MEMBERSHIP.0.saturating_add(3), MEMBERSHIP.1.saturating_add(1))
    }

    fn set_quota() -> Weight {
        Self::provisional(1, 1)
    }

    fn set_account() -> Weight {
        Self::provisional(MEMBERSHIP.0.saturating_add(2), MEMBERSHIP.1.saturating_add(3))
    }
}
