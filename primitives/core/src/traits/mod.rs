//! How pallets meet. Each trait is implemented by one pallet and wired to the others in the runtime.

mod artifacts;
mod availability;
mod capabilities;
mod consortium;
mod escrow;
mod jobs;
mod models;
mod reputation;
mod shards;

pub use artifacts::{Artifacts, HeldArtifact};
pub use availability::{Availability, AvailabilityHandler};
pub use capabilities::Capabilities;
pub use consortium::{Consortium, MembershipSink, Protected};
pub use escrow::{Escrow, FundOwners};
pub use jobs::{JobHandler, Jobs, VerdictSink};
pub use models::{Models, RevocationSink, RoundBase};
pub use reputation::{DepartureSink, RankSink, Reputation, RoundResult};
pub use shards::Shards;
