use super::{db, report};
use frame_support::weights::Weight;

/// Weights of BABE.
pub struct Babe;

impl pallet_babe::WeightInfo for Babe {
    fn plan_config_change() -> Weight {
        db().writes(1)
    }

    fn report_equivocation(validators: u32, _: u32) -> Weight {
        // The check of the proof: what the pallet's crate measured.
        report(validators).saturating_add(Weight::from_parts(88_013_048, 0))
    }
}
