//! Tokens while they are generated: provisional, until validators attest to the answer.

mod compare;
mod follow;
mod read;

pub use compare::{compared, Compared, Streamed};
pub use follow::{follow, Event};
pub use read::Read;
