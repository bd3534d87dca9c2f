//! Governance. There is no sudo, on any chain.
//!
//! * `origins`: who may decide; thresholds count all admitted organisations.
//! * `councils`: the `Council` (one organisation, one seat) decides on members, validators, models and the treasury; the
//!   `TechnicalCommittee` stops and restarts. Root takes both: the committee whitelists a call, the council dispatches it.
//! * `motions`: what holds of a motion in either body.
//! * `ranked`: contributors whose reputation gave them a rank; `polls`, `tracks`: their polls.
//! * `spending`: treasury, preimages, scheduler, whitelist.

pub mod councils;
pub mod motions;
pub mod origins;
pub mod polls;
pub mod ranked;
pub mod spending;
pub mod tracks;

pub use councils::Seats;
pub use origins::{AdmittedMajority, AdmittedTwoThirds, PromotionVote, TechnicalDuration, TechnicalOrRoot};
pub use ranked::RankedSeats;
pub use spending::TreasuryAccount;
