//! Weights of the calls and of the hook.
//!
//! Estimates: each formula counts the storage accesses of its call, with lists at their bounds, and adds an allowance for
//! computation and proof size. Weights of the sinks are added from their traits.

use crate::types::{MAX_PENDING_CHANGES, MAX_VALIDATORS};
use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};
use quorate_primitives::MAX_ORGANISATIONS;

/// Weight of each call. `motions`: open motions of council and technical committee, from which the votes of outgoing members are
/// taken when the memberships change.
pub trait WeightInfo {
    fn propose_change(motions: u32) -> Weight;
    fn cancel_change() -> Weight;
    fn suspend(motions: u32) -> Weight;
    fn reinstate(motions: u32) -> Weight;
    fn sponsor() -> Weight;
    fn unsponsor() -> Weight;
    fn forget_consent() -> Weight;
    fn update_endpoint() -> Weight;
    fn rotate_account() -> Weight;
    fn set_recovery_account() -> Weight;
    fn recover_account() -> Weight;
    fn accept_account(motions: u32) -> Weight;
    /// A block in which nothing is due.
    fn on_initialize() -> Weight;
    /// `ended`: fast suspensions whose time has come.
    fn end_suspensions(ended: u32, motions: u32) -> Weight;
    /// A change that is due.
    fn enact(motions: u32) -> Weight;
}

/// Organisations, read for the seats.
const ORGANISATIONS: u64 = MAX_ORGANISATIONS as u64;
/// Validators, read for the next set or for unique peer ids.
const VALIDATORS: u64 = MAX_VALIDATORS as u64;
/// Pending changes, read for accounts and peer ids that are promised.
const PENDING: u64 = MAX_PENDING_CHANGES as u64;
/// Reads with which the next set is found: each validator, its organisation and its keys.
const NEXT_SET: u64 = VALIDATORS * 3;

/// Estimated weights.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> SubstrateWeight<T> {
    fn estimate(reads: u64, writes: u64) -> Weight {
        let proof = reads.saturating_mul(2_500);
        Weight::from_parts(20_000_000, proof).saturating_add(T::DbWeight::get().reads_writes(reads, writes))
    }

    /// Both memberships follow the organisations: seats, members and collectives, and the votes of each motion.
    fn membership(motions: u32) -> Weight {
        let motions = u64::from(motions);
        Self::estimate(
            ORGANISATIONS.saturating_add(8).saturating_add(motions),
            motions.saturating_add(10),
        )
    }

    /// The change that costs most: an organisation goes with all validators, of which none is in a session. Each takes its record,
    /// its calls and its session keys with their owners along; every pending change loses an aye.
    fn change(motions: u32) -> Weight {
        let validators = VALIDATORS.saturating_mul(10);
        Self::estimate(
            NEXT_SET
                .saturating_add(validators)
                .saturating_add(PENDING)
                .saturating_add(8),
            validators.saturating_add(PENDING).saturating_add(9),
        )
        .saturating_add(Self::membership(motions))
    }
}

/// Weight of checking a signature twice.
const SIGNATURE: Weight = Weight::from_parts(200_000_000, 0);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn propose_change(motions: u32) -> Weight {
        Self::estimate(PENDING.saturating_add(6), 5).saturating_add(Self::change(motions))
    }

    fn cancel_change() -> Weight {
        Self::estimate(3, 3)
    }

    fn suspend(motions: u32) -> Weight {
        Self::estimate(NEXT_SET.saturating_add(4), 2).saturating_add(Self::membership(motions))
    }

    fn reinstate(motions: u32) -> Weight {
        Self::estimate(4, 2).saturating_add(Self::membership(motions))
    }

    fn sponsor() -> Weight {
        Self::estimate(13, 8).saturating_add(SIGNATURE)
    }

    fn unsponsor() -> Weight {
        Self::estimate(11, 7)
    }

    fn forget_consent() -> Weight {
        Self::estimate(2, 2)
    }

    fn update_endpoint() -> Weight {
        Self::estimate(VALIDATORS.saturating_add(PENDING).saturating_add(4), 2)
    }

    fn rotate_account() -> Weight {
        Self::estimate(4, 1)
    }

    fn set_recovery_account() -> Weight {
        Self::estimate(2, 1)
    }

    fn recover_account() -> Weight {
        Self::estimate(3, 2)
    }

    /// Checked twice: for the fee, and in the call.
    fn accept_account(motions: u32) -> Weight {
        Self::estimate(PENDING.saturating_add(3).saturating_mul(2).saturating_add(3), 5)
            .saturating_add(Self::membership(motions))
    }

    fn on_initialize() -> Weight {
        Self::estimate(2, 0)
    }

    fn end_suspensions(ended: u32, motions: u32) -> Weight {
        Self::estimate(2, 2)
            .saturating_mul(ended.into())
            .saturating_add(Self::membership(motions))
    }

    fn enact(motions: u32) -> Weight {
        Self::estimate(4, 2).saturating_add(Self::change(motions))
    }
}
