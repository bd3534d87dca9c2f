//! What an upgrade to this runtime does to the state. Each entry runs at most once, by its pallet's storage version, and may be
//! removed when every chain has run it.

use crate::Runtime;

/// In the order in which they run.
pub type Migrations = (
    // Specification version 2: pipelines, seeds, optimiser states.
    pallet_models::migrations::v2::Migrate<Runtime>,
    pallet_rounds::migrations::v2::Migrate<Runtime>,
    pallet_attestation::migrations::v1::Migrate<Runtime>,
);
