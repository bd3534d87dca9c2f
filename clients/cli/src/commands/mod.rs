//! What each command does. Commands know nothing of the command line.

pub mod consortium;
pub mod convert;
pub mod keys;
pub mod lineage;
pub mod model;
pub mod round;
pub mod standing;
pub mod update;
pub mod verify;
pub mod version;
