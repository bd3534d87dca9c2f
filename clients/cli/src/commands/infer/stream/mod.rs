//! Tokens while they are generated: provisional, until validators attest to the answer.

mod compare;
mod follow;
mod screen;

pub use compare::report;
pub use follow::{follow, Read};
pub use screen::Screen;
