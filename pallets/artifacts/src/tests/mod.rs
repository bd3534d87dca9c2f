//! One file for each call, and one for each thing that other pallets do through a trait.

mod example;
mod prune;
mod register;
mod retire;
mod retry;
mod set_access;
mod views;
mod votes;
