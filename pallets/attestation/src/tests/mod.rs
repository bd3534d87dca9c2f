//! One file for each call, and one for each thing that the chain does by itself.

mod commit;
mod create;
mod deadlines;
mod migrations;
mod properties;
mod reveal;
mod settle;
mod verdicts;
mod views;
mod weights;
