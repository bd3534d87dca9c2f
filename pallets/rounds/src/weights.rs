//! Weights of the calls, and of the work that blocks do for rounds.
//!
//! Estimates from the database accesses of each call and of the pallets it reaches through traits, an
//! allowance for computation, and the size of the entries that it proves. They are replaced by measured ones; until then they
//! err on the high side.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// What each call and each step of the hooks weighs.
pub trait WeightInfo {
    fn open_round() -> Weight;
    fn submit() -> Weight;
    fn withdraw() -> Weight;
    fn reveal_update() -> Weight;
    /// One settlement page.
    fn settle_page(rows: u32) -> Weight;
    /// Checking such a page.
    fn authorize_settle(rows: u32) -> Weight;
    /// Aborting a round; bonds return later.
    fn abort() -> Weight;
    /// For the availability pallet: one finding.
    fn found() -> Weight;
    /// Sealing a round of `updates` submissions, job included.
    fn seal(updates: u32) -> Weight;
    /// Looking at `rounds` rounds.
    fn look(rounds: u32) -> Weight;
    /// Moving a round from one stage to the next, or its deadlines on.
    fn transition() -> Weight;
    /// Paying or refunding `updates` updates.
    fn pay(updates: u32) -> Weight;
    /// Settling a round of `updates` submissions: validators' pay, roots, clean-up.
    fn settle(updates: u32) -> Weight;
    /// Removing the evidence of `updates` updates, and the round.
    fn prune(updates: u32) -> Weight;
    /// For the attestation pallet: recording the version of a round.
    fn job_agreed() -> Weight;
    /// For the attestation pallet: closing a job, a retry included.
    fn job_closed() -> Weight;
}

/// Picoseconds for decoding, checks and events of one call.
const COMPUTE: u64 = 50_000_000;
/// Picoseconds for decoding, hashing and writing one update in memory.
const COMPUTE_ITEM: u64 = 8_000_000;
/// Bytes of proof for one entry: the entry and its path in the trie.
const PROOF: u64 = 4_096;
/// Picoseconds for the list of a round's contributors, 32 KiB.
const COMPUTE_LIST: u64 = 20_000_000;
/// Accesses of one pay or one bond that ends: balances, bond, escrow, claim.
const TOKEN_READS: u64 = 5;
const TOKEN_WRITES: u64 = 4;
/// Members of the largest committee.
const MEMBERS: u64 = quorate_primitives::MAX_COMMITTEE as u64;

/// Estimated weights on the database of the runtime `T`.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> SubstrateWeight<T> {
    fn of(compute: u64, reads: u64, writes: u64) -> Weight {
        Weight::from_parts(compute, PROOF.saturating_mul(reads.saturating_add(1)))
            .saturating_add(T::DbWeight::get().reads_writes(reads, writes))
    }

    fn once(reads: u64, writes: u64) -> Weight {
        Self::of(COMPUTE, reads, writes)
    }

    /// `reads` and `writes` for each of `items`.
    fn each(items: u32, reads: u64, writes: u64) -> Weight {
        Self::of(COMPUTE_ITEM, reads, writes).saturating_mul(u64::from(items))
    }
}

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn open_round() -> Weight {
        Self::once(14, 11)
    }

    fn submit() -> Weight {
        // Round, contributor and its organisation, update, list, usage; the bond with the organisation's account and the pot's.
        Self::once(10, 6)
    }

    fn withdraw() -> Weight {
        Self::once(4 + TOKEN_READS, 2 + TOKEN_WRITES)
    }

    fn reveal_update() -> Weight {
        // A displaced update is read and written too, and its bond returns. The list is read for it.
        Self::once(10 + TOKEN_READS, 7 + TOKEN_WRITES).saturating_add(Weight::from_parts(COMPUTE_LIST, 10 * PROOF))
    }

    fn settle_page(rows: u32) -> Weight {
        // Scores, order and list are one entry each, 64 KiB together at most; each row reads its update and a reputation.
        Self::once(8, 5)
            .saturating_add(Weight::from_parts(3 * COMPUTE_LIST, 20 * PROOF))
            .saturating_add(Self::each(rows, 2, 1))
    }

    fn authorize_settle(rows: u32) -> Weight {
        Self::once(4, 0).saturating_add(Self::each(rows, 0, 0))
    }

    fn abort() -> Weight {
        Self::once(14 + TOKEN_READS, 14 + TOKEN_WRITES)
    }

    fn found() -> Weight {
        // Round, list, update; a bond that is taken.
        Self::once(3 + TOKEN_READS, 2 + TOKEN_WRITES).saturating_add(Weight::from_parts(COMPUTE_LIST, 10 * PROOF))
    }

    fn seal(updates: u32) -> Weight {
        // Each update is read and written, its votes are removed; the job reads each validator's keys.
        Self::once(16 + 2 * MEMBERS, 14)
            .saturating_add(Weight::from_parts(3 * COMPUTE_LIST, 20 * PROOF))
            .saturating_add(Self::each(updates, 1, 2))
    }

    fn look(rounds: u32) -> Weight {
        Self::of(COMPUTE_ITEM, 5, 0).saturating_add(Self::each(rounds, 2, 0))
    }

    fn transition() -> Weight {
        // The snapshot of the voters reads each validator's keys and standing.
        Self::once(8 + 3 * MEMBERS, 8)
    }

    fn pay(updates: u32) -> Weight {
        // Bond, pay, reputation with rank, strike, use of a root, usage.
        Self::once(6, 2)
            .saturating_add(Weight::from_parts(COMPUTE_LIST, 10 * PROOF))
            .saturating_add(Self::each(updates, 2 * TOKEN_READS + 9, 2 * TOKEN_WRITES + 7))
    }

    fn settle(updates: u32) -> Weight {
        // The jobs of both attempts are read.
        Self::once(20 + MEMBERS * (TOKEN_READS + 1), 18 + MEMBERS * TOKEN_WRITES)
            .saturating_add(Weight::from_parts(COMPUTE_LIST, 10 * PROOF))
            .saturating_add(Self::each(updates, 1, 0))
    }

    fn prune(updates: u32) -> Weight {
        // What is kept is counted for each organisation of the page.
        Self::once(9, 9)
            .saturating_add(Weight::from_parts(COMPUTE_LIST, 10 * PROOF))
            .saturating_add(Self::each(updates, 2, 2))
            .saturating_add(Self::each(updates.min(quorate_primitives::MAX_ORGANISATIONS), 1, 1))
    }

    fn job_agreed() -> Weight {
        // Round, model, the record with its status, the policy; the model's history; the outcome.
        Self::once(7, 8)
    }

    fn job_closed() -> Weight {
        // A refund, or a retry with its committee.
        Self::once(14 + TOKEN_READS + 3 * MEMBERS, 14 + TOKEN_WRITES)
    }
}
