#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
#![doc = include_str!("../README.md")]

extern crate alloc;

pub mod availability;
pub mod capability;
pub mod committee;
pub mod crypto;
#[cfg(feature = "serde")]
pub mod decimal;
pub mod evidence;
pub mod frozen;
pub mod ids;
pub mod job;
pub mod licence;
pub mod merkle;
pub mod payload;
pub mod policy;
pub mod possession;
pub mod purpose;
pub mod refund;
pub mod tagged;
pub mod traits;
pub mod update;
pub mod version;
pub mod views;

pub use ids::*;
