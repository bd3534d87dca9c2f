//! Answers from files against the reference in memory.

mod answers;
mod batch;
mod checks;
mod failures;
mod memory;
mod sketch;
