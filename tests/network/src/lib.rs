#![forbid(unsafe_code)]
#![doc = include_str!("../README.md")]

pub mod asking;
pub mod contributing;
pub mod copier;
pub mod growth;
pub mod learning;
pub mod measured;
pub mod model;
pub mod play;
pub mod policy;
pub mod scenario;
pub mod setup;
pub mod shards;
pub mod soak;
pub mod stage;
pub mod state;
pub mod wait;
