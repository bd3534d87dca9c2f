//! One file for the call, and one for each thing that requesters or the chain do.

mod authorize;
mod deadlines;
mod example;
mod properties;
mod requesters;
mod snapshots;
mod views;
mod vote;
mod weights;
