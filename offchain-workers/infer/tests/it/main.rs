//! Tests of the engine: all that it answers has the bits of the reference.

mod batches;
mod broadcasts;
mod build;
mod fault_order;
mod faults;
mod images;
mod kept;
mod layers;
mod models;
mod plain;
mod random;
mod recurrent;
mod sessions;
