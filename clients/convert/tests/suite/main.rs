//! Conversions of small files.

mod cases;
mod common;
mod decisions;
mod export;
mod folder;
mod frozen;
mod held;
mod names;
mod output;
mod reader;
mod scales;
mod ties;
mod weights;
