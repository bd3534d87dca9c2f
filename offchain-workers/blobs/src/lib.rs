#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod cache;
mod cached;
mod error;
mod folder;
mod layout;
mod local;
mod marks;
mod pace;
mod part;
mod parts;
mod promises;
mod quota;
mod remote;
mod store;
pub mod transfer;
mod tree;
mod verified;
mod window;
mod writer;

pub use cache::Bounds;
pub use error::BlobError;
pub use local::root_of_file;
pub use pace::Patience;
pub use part::{Part, Whole};
pub use parts::PartInfo;
pub use quorate_gateway_api::{name, parse_name, Root};
pub use quorate_hash_tree::Hashed;
pub use quota::{Quota, Reservation, Room};
pub use remote::{Credentials, Objects, Remote, S3};
pub use store::{BlobInfo, BlobStore};
pub use tree::{TreeBuilder, GROUP};
pub use writer::BlobWriter;
