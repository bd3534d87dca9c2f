//! One file per call, and one for each other part.

mod curve;
mod departures;
mod example;
mod ranks;
mod reset;
mod rule;
mod scores;
mod set_parameters;
mod views;
