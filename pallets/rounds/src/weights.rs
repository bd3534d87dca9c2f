//! Weights of the calls, and of the work that blocks do for rounds.
//!
//! PROVISIONAL: estimates from the database accesses of each call and of the pallets it reaches through traits, an
//! allowance for computation, and the size of the entries that it proves. They are replaced by measured ones; until then they
//! err on the high side.

use core::marker::PhantomData;
use frame_support::{
    traits::Get,
    weights::{RuntimeDbWeight, Weight},
};

/// What each call and each step of `on_initialize` weighs.
pub trait WeightInfo {
    fn open_round() -> Weight;
    /// Opening of the round included.
    fn submit() -> Weight;
    fn withdraw() -> Weight;
    /// Without sealing.
    fn open() -> Weight;
    /// A vote on `items` items, `faults` of them malformed; without sealing.
    fn vote_available(items: u32, faults: u32) -> Weight;
    /// Checking such a vote.
    fn authorize_vote(items: u32) -> Weight;
    /// Aborting a round of `updates` submissions; bonds return later.
    fn abort(updates: u32) -> Weight;
    /// Sealing a round of `updates` submissions, job included.
    fn seal(updates: u32) -> Weight;
    /// Looking at `rounds` active rounds and `models` models that await votes.
    fn look(rounds: u32, models: u32) -> Weight;
    /// Starting Opening, or deciding a version 0.
    fn transition() -> Weight;
    /// Paying or refunding `updates` updates.
    fn pay(updates: u32) -> Weight;
    /// Settling a round of `updates` submissions: validators' pay, roots, clean-up.
    fn settle(updates: u32) -> Weight;
    /// For the attestation pallet: recording the version of a round.
    fn job_agreed() -> Weight;
    /// For the attestation pallet: closing a job, a retry included.
    fn job_closed() -> Weight;
    /// For the attestation pallet: one settlement page.
    fn score_page(rows: u32) -> Weight;
}

/// PROVISIONAL picoseconds for decoding, checks and events of one call.
const COMPUTE: u64 = 50_000_000;
/// PROVISIONAL picoseconds for decoding, hashing and writing one update in memory.
const COMPUTE_ITEM: u64 = 8_000_000;
/// PROVISIONAL picoseconds for one signature.
const SIGNATURE: u64 = 70_000_000;
/// PROVISIONAL bytes of proof for one entry: the entry and its path in the trie.
const PROOF: u64 = 4_096;
/// PROVISIONAL accesses of one bond or one pay: balance, hold, escrow, claim, total.
const TOKEN_READS: u64 = 5;
const TOKEN_WRITES: u64 = 5;
/// Members of the largest committee.
const MEMBERS: u64 = quorate_primitives::MAX_COMMITTEE as u64;

/// PROVISIONAL weights on a database with weights `Db`.
pub struct Provisional<Db>(PhantomData<Db>);

/// PROVISIONAL weights for the runtime `T`.
pub type SubstrateWeight<T> = Provisional<<T as frame_system::Config>::DbWeight>;

impl<Db: Get<RuntimeDbWeight>> Provisional<Db> {
    fn of(compute: u64, reads: u64, writes: u64) -> Weight {
        Weight::from_parts(compute, PROOF.saturating_mul(reads.saturating_add(1)))
            .saturating_add(Db::get().reads_writes(reads, writes))
    }

    fn once(reads: u64, writes: u64) -> Weight {
        Self::of(COMPUTE, reads, writes)
    }

    /// `reads` and `writes` for each of `items`.
    fn each(items: u32, reads: u64, writes: u64) -> Weight {
        Self::of(COMPUTE_ITEM, reads, writes).saturating_mul(u64::from(items))
    }
}

impl<Db: Get<RuntimeDbWeight>> WeightInfo for Provisional<Db> {
    fn open_round() -> Weight {
        Self::once(12, 9)
    }

    fn submit() -> Weight {
        // The last submission starts Opening: one read for each validator's keys.
        Self::once(10 + TOKEN_READS + MEMBERS, 7 + TOKEN_WRITES)
    }

    fn withdraw() -> Weight {
        Self::once(5 + TOKEN_READS, 3 + TOKEN_WRITES)
    }

    fn open() -> Weight {
        // A displaced update is read and written too, and its bond returns.
        Self::once(9 + TOKEN_READS, 6 + TOKEN_WRITES)
    }

    fn vote_available(items: u32, faults: u32) -> Weight {
        Self::once(4, 2)
            .saturating_add(Self::each(items, 2, 2))
            .saturating_add(Self::each(faults, TOKEN_READS, TOKEN_WRITES))
    }

    fn authorize_vote(items: u32) -> Weight {
        Self::of(SIGNATURE, 6, 0).saturating_add(Self::each(items, 2, 0))
    }

    fn abort(updates: u32) -> Weight {
        Self::once(10 + TOKEN_READS, 10 + TOKEN_WRITES).saturating_add(Self::each(updates, 0, 1))
    }

    fn seal(updates: u32) -> Weight {
        // Each update is read and written, its tally removed; the job reads each validator's keys.
        Self::once(14 + MEMBERS, 12).saturating_add(Self::each(updates, 1, 2))
    }

    fn look(rounds: u32, models: u32) -> Weight {
        Self::once(3, 0).saturating_add(Self::each(rounds.saturating_add(models), 2, 0))
    }

    fn transition() -> Weight {
        Self::once(6 + MEMBERS, 6)
    }

    fn pay(updates: u32) -> Weight {
        // Bond, pay, reputation with rank, position.
        Self::once(4, 1).saturating_add(Self::each(updates, 2 * TOKEN_READS + 6, 2 * TOKEN_WRITES + 6))
    }

    fn settle(updates: u32) -> Weight {
        Self::once(16 + MEMBERS * TOKEN_READS, 16 + MEMBERS * TOKEN_WRITES).saturating_add(Self::each(updates, 1, 0))
    }

    fn job_agreed() -> Weight {
        // Round, model, the record with its status, the policy; the model's history.
        Self::once(6, 6)
    }

    fn job_closed() -> Weight {
        // Each member's reputation and keys; a refund, or a retry with its job. The tallies are gone since the seal.
        Self::once(12 + TOKEN_READS + 3 * MEMBERS, 12 + TOKEN_WRITES + MEMBERS)
    }

    fn score_page(rows: u32) -> Weight {
        // Scores and order are one entry each, 32 KiB together at most; each row reads its update and a reputation.
        Self::once(4, 2)
            .saturating_add(Weight::from_parts(0, 6 * PROOF))
            .saturating_add(Self::each(rows, 2, 1))
    }
}
