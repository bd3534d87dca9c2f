#![doc = include_str!("../README.md")]

pub mod attack;
pub mod case;
pub mod pipelines;
pub mod report;
pub mod round;
pub mod run;
pub mod scene;
pub mod search;
pub mod suite;
pub mod vector;
