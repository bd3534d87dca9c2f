//! What each command does. Commands know nothing of the command line.

pub mod ancestry;
pub mod artifact;
pub mod compile;
pub mod consortium;
pub mod contribute;
pub mod convert;
pub mod doctor;
pub mod governance;
pub mod keys;
pub mod levers;
pub mod lineage;
pub mod model;
pub mod naming;
pub mod preflight;
pub mod program;
pub mod registry;
pub mod round;
pub mod session;
pub mod shell;
pub mod standing;
pub mod update;
pub mod verify;
pub mod version;
