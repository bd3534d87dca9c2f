//! The runtime as its callers meet it: calls, rounds, views and bytes. One program, which is linked once.

mod artifacts;
#[path = "../common/mod.rs"]
mod common;
mod contributions;
mod evaluation;
mod inference;
mod migrations;
mod refusals;
mod round;
mod weights;
mod wire;
mod wire_inference;
mod wire_views;
