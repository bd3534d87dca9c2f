//! One file for each call, and one for each thing that other pallets do through a trait.

mod admit_readers;
mod ancestry;
mod assessed;
mod example;
mod freeze;
mod genesis;
mod new_genesis;
mod optimiser;
mod promote;
mod record;
mod register;
mod retire;
mod retry_genesis;
mod revoke;
mod set_policy;
mod settled;
mod unrevoke;
mod views;
