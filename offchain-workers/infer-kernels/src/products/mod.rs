//! Products: chains of fused multiplications and additions, in ascending order of k.

mod linear;
mod matmul;
mod pack;
mod panel;
mod strip;

pub use linear::{linear, Finish, Tile};
pub use matmul::{matmul, matmul_scratch};
pub use pack::Packed;
