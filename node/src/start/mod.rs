//! What is checked before the node starts, and what is said when it cannot.

pub mod failure;
pub mod keys;
pub mod logs;
pub mod ports;
