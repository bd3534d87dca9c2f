#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod account;
pub mod artifacts;
mod best;
pub mod bodies;
pub mod call;
pub mod calls;
pub mod connection;
pub mod consent;
pub mod contribution;
pub mod council;
pub(crate) mod decoded;
pub mod error;
pub mod evaluations;
#[doc(hidden)]
pub mod fixtures;
pub mod gateways;
pub mod genesis;
mod hashed;
pub mod inference;
pub mod inputs;
pub mod journal;
pub mod link;
pub mod motions;
pub mod naming;
mod nonces;
mod own_round;
pub mod pipeline;
pub mod policy;
pub mod policy_file;
pub mod polls;
pub mod private;
pub mod query;
pub(crate) mod refusal;
pub mod registry;
pub mod shard_journal;
pub mod shards;
mod signing;
pub mod storage;
pub mod submission;
pub mod submit;
pub mod text;
pub mod trial;
pub mod watch;
pub mod words;

pub use account::Account;
pub use call::Call;
pub use connection::Client;
pub use consent::{Consent, SignedConsent};
pub use error::{Error, Result};
pub use hashed::Hashed;
pub use submit::{Included, Until};

use quorate_primitives::Root;

/// BLAKE3 root and length of a file, hashed on all cores.
pub fn root_of(file: &std::fs::File) -> Result<(Root, u64)> {
    let hashed = quorate_hash_tree::of_file(file, None).map_err(|error| Error::Input(format!("reading: {error}")))?;
    Ok((Root::from(hashed.root), hashed.len))
}
