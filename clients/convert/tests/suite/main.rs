//! Conversions of small files.

mod cases;
mod common;
mod names;
mod output;
mod reader;
mod scales;
mod weights;
