//! What is written down of a round.

use quorate_localnet::{Memory, Network};
use quorate_primitives::views::RoundView;
use serde_json::json;
use std::{fs, path::Path, time::Duration};

/// One line of a soak.
#[derive(Clone, Debug)]
pub struct Sample {
    pub round: u32,
    pub fault: String,
    pub phase: String,
    pub version: Option<u32>,
    /// Updates that a quorum held.
    pub held: usize,
    /// Blocks from the seal to the recorded version.
    pub blocks: Option<u32>,
    pub seconds: u64,
    /// Largest resident memory of a node and of a worker, in KiB.
    pub node: u64,
    pub worker: u64,
    /// Bytes of the largest database and of the largest store.
    pub database: u64,
    pub store: u64,
}

impl Sample {
    pub(super) fn new(
        net: &Network,
        fault: String,
        (view, version, held): (&RoundView, Option<u32>, usize),
        took: Duration,
    ) -> Self {
        let memory: Vec<Memory> = net.nodes().iter().map(|node| node.memory_now()).collect();
        let largest = |of: fn(&Memory) -> Option<u64>| memory.iter().filter_map(of).max().unwrap_or_default();
        let bytes = |of: fn(&quorate_localnet::Node) -> u64| net.nodes().iter().map(of).max().unwrap_or_default();
        let blocks = view.recorded_at.zip(view.sealed_at);
        Self {
            round: view.id,
            fault,
            phase: format!("{:?}", view.phase),
            version,
            held,
            blocks: blocks.map(|(recorded, sealed)| recorded.saturating_sub(sealed)),
            seconds: took.as_secs(),
            node: largest(|memory| memory.node),
            worker: largest(|memory| memory.worker),
            database: bytes(|node| size(&node.base().join("chains"))),
            store: bytes(|node| size(&node.store())),
        }
    }

    /// A line of JSON, with what tells which run it belongs to.
    pub fn line(&self, seed: u64, validators: usize) -> String {
        json!({
            "seed": seed, "validators": validators, "round": self.round, "fault": self.fault, "phase": self.phase,
            "version": self.version, "held": self.held, "blocks": self.blocks, "seconds": self.seconds,
            "node_kib": self.node, "worker_kib": self.worker, "database": self.database, "store": self.store,
        })
        .to_string()
    }
}

/// Bytes of all files in a folder. Files may go away meanwhile.
fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(found) if found.is_dir() => size(&entry.path()),
            Ok(found) => found.len(),
            Err(_) => 0,
        })
        .sum()
}
