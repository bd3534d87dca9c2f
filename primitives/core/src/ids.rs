//! Identifiers, and the concrete account, balance and block types of the chain.

use sp_core::H256;
pub use sp_runtime::AccountId32 as AccountId;

/// Block height.
pub type BlockNumber = u32;
/// Token amount in the smallest unit.
pub type Balance = u128;
/// 32-byte hash of the chain.
pub type Hash = H256;
/// BLAKE3 root of a blob: its name everywhere.
pub type Root = H256;
/// A member of the consortium. Never used again after the organisation has left.
pub type OrganisationId = u32;
/// An entry of the model registry.
pub type ModelId = u32;
/// Position of a version in its model's history, from 0.
pub type VersionIndex = u32;
/// A round, numbered over all models.
pub type RoundId = u32;
/// A registered blob that is no version: a data set or a program.
pub type ArtifactId = u32;
/// An evaluation that somebody asked for.
pub type EvaluationId = u32;
/// A request for an answer of a model.
pub type RequestId = u64;
/// Requests that are answered together.
pub type BatchId = u32;
/// See [`crate::payload::job_id`].
pub type JobId = H256;
/// Parts per million, `0..=1_000_000`.
pub type Ppm = u32;

/// One, in parts per million.
pub const PPM: Ppm = 1_000_000;
/// The largest committee and validator snapshot.
pub const MAX_COMMITTEE: u32 = 32;
/// The most organisations that the consortium may have, suspended ones included.
pub const MAX_ORGANISATIONS: u32 = 64;
/// The most updates in one round.
pub const MAX_UPDATES: u32 = 1_024;
/// Updates that one settlement page covers.
pub const SETTLEMENT_PAGE: u32 = 64;
