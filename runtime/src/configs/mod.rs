//! How the pallets are wired.

pub mod accounts;
pub mod consensus;
pub mod payment;
pub mod protocol;
pub mod safety;
pub mod session;
pub mod system;
