#![doc = include_str!("../README.md")]

#[cfg(target_endian = "big")]
compile_error!("files are little-endian and are read in place: a big-endian build needs its own loads");

pub mod apply;
pub mod backend;
mod columns;
pub mod combine;
mod cpu;
pub mod divide;
pub mod gram;
pub mod network;
pub mod optimiser;
pub mod products;
pub mod quantize;
pub mod rings;
mod rows;
mod simd;
pub mod stream;
mod tile;
pub mod weighted;

pub use backend::{BackendError, Finish, Piece, StageMap, Tile, TileBackend, TileOp, TileResult};
pub use cpu::{Cpu, Level};
pub use rows::Rows;
pub use tile::CpuBackend;
