use super::{db, report};
use frame_support::weights::Weight;

/// Weights of GRANDPA.
pub struct Grandpa;

impl pallet_grandpa::WeightInfo for Grandpa {
    fn report_equivocation(validators: u32, _: u32) -> Weight {
        // The check of the proof: what the pallet's crate measured. The session of the authority set is read, and the one before.
        report(validators)
            .saturating_add(Weight::from_parts(78_282_099, 0))
            .saturating_add(db().reads(2))
    }

    fn note_stalled() -> Weight {
        Weight::from_parts(2_117_000, 0).saturating_add(db().writes(1))
    }
}
