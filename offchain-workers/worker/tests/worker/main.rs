//! Whole workers, and the program, as nodes, gateways and operators meet them. One program, which is linked once.

mod artifacts;
mod assessment;
#[path = "../../../../primitives/evaluation/tests/common/mod.rs"]
mod common;
mod disk;
mod evaluation;
mod garbage;
mod gateway_metrics;
mod hang;
mod inference;
mod keep;
mod link;
mod memory;
mod program;
mod s3;
mod shards;
mod side;
mod two_workers;

/// The server of `s3`: this program, started again with this test alone.
#[test]
fn s3_server_process() {
    quorate_s3_server::process();
}
