//! Migrations of this pallet's storage, one module for each version that they lead to.

pub mod v2;
