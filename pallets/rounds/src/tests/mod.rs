//! One file per call, one for each thing that other pallets do through traits, and the ledger over random histories.

mod abort;
mod conservation;
mod deadlines;
mod genesis;
mod jobs;
mod migrations;
mod open;
mod open_round;
mod pages;
mod paying;
mod sealing;
mod seed;
mod submit;
mod views;
mod vote_available;
mod withdraw;
