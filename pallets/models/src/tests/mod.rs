//! One file per call, and one for each thing that other pallets do through the trait.

mod freeze;
mod genesis;
mod migrations;
mod optimiser;
mod record;
mod register;
mod retire;
mod retry_genesis;
mod revoke;
mod set_policy;
mod settled;
mod views;
