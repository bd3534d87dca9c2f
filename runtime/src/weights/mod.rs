//! Weights of three stock pallets whose crates offer none for a runtime's own database.
//!
//! What BABE and GRANDPA measure is the check of an equivocation proof alone. The rest of a report is counted here: the proof
//! of key ownership, the offence, and every read and write.

mod babe;
mod grandpa;
mod parameters;

pub use babe::Babe;
pub use grandpa::Grandpa;
pub use parameters::Parameters;

use crate::Runtime;
use frame_support::weights::{
    constants::{WEIGHT_REF_TIME_PER_MICROS, WEIGHT_REF_TIME_PER_NANOS},
    RuntimeDbWeight, Weight,
};

fn db() -> RuntimeDbWeight {
    <Runtime as frame_system::Config>::DbWeight::get()
}

/// A report of an equivocation by one of `validators`, without the check of the equivocation proof. The bounds are those of the
/// pallets' own formula; there are no nominators.
fn report(validators: u32) -> Weight {
    let ownership = Weight::from_parts(WEIGHT_REF_TIME_PER_MICROS.saturating_mul(35), 0).saturating_add(
        Weight::from_parts(WEIGHT_REF_TIME_PER_NANOS.saturating_mul(175), 0).saturating_mul(validators.into()),
    );
    let offence = Weight::from_parts(WEIGHT_REF_TIME_PER_MICROS.saturating_mul(110), 0);
    ownership
        .saturating_add(offence)
        .saturating_add(db().reads_writes(19, 10))
}
