//! One file for each call, and one for each thing that other pallets do through a trait.

mod conservation;
mod example;
mod jobs;
mod prune;
mod request;
mod shards;
mod views;
