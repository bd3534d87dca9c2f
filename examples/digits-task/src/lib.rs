#![doc = include_str!("../README.md")]

pub mod data;
pub mod file;
pub mod measured;
pub mod network;
pub mod partition;
pub mod plain;
pub mod seed;
