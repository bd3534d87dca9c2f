use super::db;
use frame_support::weights::Weight;

/// Weights of the parameters' pallet.
pub struct Parameters;

impl pallet_parameters::WeightInfo for Parameters {
    /// What the pallet's crate measured (6.2 µs) with this database.
    fn set_parameter() -> Weight {
        Weight::from_parts(6_204_000, 14_787).saturating_add(db().reads_writes(1, 1))
    }
}
