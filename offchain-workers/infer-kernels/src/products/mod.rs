//! Products: chains of fused multiplications and additions, in ascending order of k.

mod linear;
mod pack;
mod strip;

pub use linear::{linear, Finish, Tile};
pub use pack::Packed;
