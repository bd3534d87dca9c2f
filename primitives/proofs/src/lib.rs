#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
// The runtime will check proofs: nothing may panic, wrap or truncate.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::panic,
        clippy::unreachable
    )
)]
#![doc = include_str!("../README.md")]

extern crate alloc;

pub mod blob;
pub mod error;
pub mod hash;
pub mod merkle;
pub mod mountains;

pub use error::ProofError;
pub use hash::Hash;
