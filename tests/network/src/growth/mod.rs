//! Measurements: how rounds, blocks and machines grow with what is asked of them. Each prints Markdown, with figures of the machine
//! that it runs on; nothing here is a test, but whatever must hold in a round is checked.

pub mod contributors;
pub mod crowd;
pub mod gauge;
