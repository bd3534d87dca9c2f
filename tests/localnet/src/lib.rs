#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod cache;
mod dialler;
mod error;
mod identity;
mod links;
mod network;
mod node;
mod ports;
mod process;
mod pump;
mod settings;
mod spec;
mod weather;

pub use error::Error;
pub use identity::Identity;
pub use network::Network;
pub use node::{Node, Part};
pub use ports::{Places, Ports};
pub use process::{computed, Computed, Memory};
pub use settings::Settings;
pub use weather::Link;
