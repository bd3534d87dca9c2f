//! One file for each call, one for each thing that other pallets do through traits or that blocks do, and the ledger over random
//! histories.

mod abort;
mod assessing;
mod caps;
mod conservation;
mod contributions;
mod deadlines;
mod equal_roots;
mod example;
mod gates;
mod jobs;
mod open_assessed;
mod open_round;
mod paying;
mod retention;
mod reveal_update;
mod revocation;
mod sealing;
mod seed;
mod settle;
mod strikes;
mod submit;
mod views;
mod weights;
mod withdraw;
