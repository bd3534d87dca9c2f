//! Governance. There is no sudo, on any chain.
//!
//! * `councils`: the `Council` (one organisation, one seat) decides on members, validators, models and the treasury; the
//!   `TechnicalCommittee` stops and restarts. Root takes both: the committee whitelists a call, the council dispatches it.
//! * `ranked`: contributors whose reputation gave them a rank, and their polls.
//! * `spending`: treasury, preimages, scheduler, whitelist.

pub mod councils;
pub mod ranked;
pub mod spending;
pub mod tracks;

pub use councils::{CouncilOrRoot, CouncilSeats, CouncilTwoThirds, TechnicalDuration, TechnicalOrRoot};
pub use ranked::RankedSeats;
pub use spending::TreasuryAccount;
