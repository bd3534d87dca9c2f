//! One file per call, and one for each other part.

mod curve;
mod ranks;
mod reset;
mod rule;
mod scores;
mod set_parameters;
