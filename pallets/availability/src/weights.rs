//! Weights of the call and of the hook.
//!
//! Estimates: from the number of storage accesses, hashes and signature checks.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// Weights of this pallet alone; those of the handler are added from its trait.
pub trait WeightInfo {
    /// Counting a vote that names `items` items on `pages` pages.
    fn vote(pages: u32, items: u32) -> Weight;
    /// Checking such a vote.
    fn authorize_vote(pages: u32, items: u32) -> Weight;
    /// `open`: open subjects; `ended`: those that end in this block.
    fn on_initialize(open: u32, ended: u32) -> Weight;
    fn on_initialize_paused(open: u32) -> Weight;
}

/// Formula for a machine that checks an sr25519 signature in 60 µs.
pub struct SubstrateWeight<T>(PhantomData<T>);

/// Proof size of a full page in which every voter found another fault.
const PAGE_BYTES: u64 = 24_576;
/// Proof size of a ballot, the list of open subjects and a validator's standing.
const BALLOT_BYTES: u64 = 8_192;

fn micros(micros: u64) -> u64 {
    micros.saturating_mul(1_000_000)
}

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn vote(pages: u32, items: u32) -> Weight {
        let (pages, items) = (u64::from(pages), u64::from(items));
        // List, ballot, standing of the validator and of its organisation; each item has up to two events.
        Weight::from_parts(micros(100), BALLOT_BYTES)
            .saturating_add(Weight::from_parts(micros(60), PAGE_BYTES).saturating_mul(pages))
            .saturating_add(Weight::from_parts(micros(15), 0).saturating_mul(items))
            .saturating_add(T::DbWeight::get().reads_writes(pages.saturating_add(6), pages.saturating_add(1)))
    }

    fn authorize_vote(pages: u32, items: u32) -> Weight {
        let (pages, items) = (u64::from(pages), u64::from(items));
        Weight::from_parts(micros(150), BALLOT_BYTES)
            .saturating_add(Weight::from_parts(micros(40), PAGE_BYTES).saturating_mul(pages))
            .saturating_add(Weight::from_parts(micros(5), 0).saturating_mul(items))
            .saturating_add(T::DbWeight::get().reads(pages.saturating_add(6)))
    }

    fn on_initialize(open: u32, ended: u32) -> Weight {
        let ended = u64::from(ended);
        // One that ends is removed from the list and takes its ballot and up to 32 pages with it.
        let end = Weight::from_parts(micros(200), PAGE_BYTES.saturating_mul(32).saturating_add(BALLOT_BYTES))
            .saturating_add(T::DbWeight::get().reads_writes(34, 34));
        Weight::from_parts(micros(10), 1_024)
            .saturating_add(Weight::from_parts(micros(1), 16).saturating_mul(open.into()))
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(end.saturating_mul(ended))
    }

    fn on_initialize_paused(open: u32) -> Weight {
        Weight::from_parts(micros(10), 1_024)
            .saturating_add(Weight::from_parts(micros(10), 16).saturating_mul(open.into()))
            .saturating_add(T::DbWeight::get().reads_writes(2, 1))
    }
}
