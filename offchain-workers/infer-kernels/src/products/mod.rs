//! Products: chains of fused multiplications and additions, in ascending order of k.

mod integers;
mod linear;
mod matmul;
mod pack;
pub(crate) mod panel;
pub(crate) mod strip;
mod tile;
pub(crate) mod turn;

pub use integers::{matmul_integer, PackedIntegers};
pub use linear::linear;
pub use matmul::{matmul, matmul_scratch};
pub use pack::Packed;
pub use tile::{Finish, Tile};
