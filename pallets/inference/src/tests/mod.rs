//! One file for each call, and one for each thing that other pallets do through a trait.

mod answer;
mod batches;
mod cancel;
mod committees;
mod conservation;
mod escalation;
mod example;
mod jobs;
mod paying;
mod prune;
mod reading;
mod request;
mod views;
mod votes;
