//! Exports what the runtime exports.
#![no_std]
pub use quorate_runtime::*;
