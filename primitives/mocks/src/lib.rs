#![forbid(unsafe_code)]
#![doc = include_str!("../README.md")]

pub mod artifacts;
pub mod availability;
pub mod capabilities;
pub mod consortium;
pub mod departures;
pub mod escrow;
pub mod jobs;
pub mod keys;
pub mod memberships;
pub mod models;
pub mod owners;
pub mod policy;
pub mod protected;
pub mod ranks;
pub mod reputation;
pub mod revocations;
pub mod shards;
pub mod verdicts;

pub use artifacts::MockArtifacts;
pub use availability::MockAvailability;
pub use capabilities::MockCapabilities;
pub use consortium::MockConsortium;
pub use departures::MockDepartures;
pub use escrow::MockEscrow;
pub use jobs::MockJobs;
pub use keys::{account, accounts, key, member, number, pair};
pub use memberships::MockMemberships;
pub use models::MockModels;
pub use owners::MockOwners;
pub use policy::policy;
pub use protected::MockProtected;
pub use ranks::MockRanks;
pub use reputation::MockReputation;
pub use revocations::MockRevocations;
pub use shards::MockShards;
pub use verdicts::MockVerdicts;
