#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod error;
mod local;
mod marks;
mod quota;
mod store;
pub mod transfer;
mod tree;
mod verified;
mod writer;

pub use error::BlobError;
pub use local::root_of_file;
pub use quorate_hash_tree::Hashed;
pub use quota::{Quota, Reservation, Room};
pub use store::{BlobInfo, BlobStore};
pub use tree::{TreeBuilder, GROUP};
pub use writer::BlobWriter;

/// BLAKE3 root of a blob: its name everywhere.
pub type Root = [u8; 32];

/// The root in lower-case hexadecimal digits, without a prefix: its form in paths and URLs.
pub fn name(root: &Root) -> String {
    hex::encode(root)
}

/// The root that `name` stands for, with or without `0x`.
pub fn parse_name(name: &str) -> Option<Root> {
    let mut root = Root::default();
    hex::decode_to_slice(name.strip_prefix("0x").unwrap_or(name), &mut root).ok()?;
    Some(root)
}
