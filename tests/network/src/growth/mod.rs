//! Measurements: how rounds, blocks and machines grow with what is asked of them. Each prints Markdown, with figures of the machine
//! that it runs on; nothing here is a test, but whatever must hold in a round is checked.

pub mod blocks;
pub mod contributors;
pub mod crowd;
pub mod gauge;
pub mod models;
pub mod sizes;
pub mod slots;
pub mod throughput;
