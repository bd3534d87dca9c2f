//! One file for each call, and one for each thing that the chain does by itself.

mod cancel;
mod commit;
mod create;
mod deadlines;
mod example;
mod grace;
mod kinds;
mod named;
mod properties;
mod prune;
mod retry;
mod reveal;
mod verdicts;
mod views;
mod weights;
