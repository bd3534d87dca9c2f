//! What is written down of a round.

use crate::state::State;
use quorate_localnet::{Memory, Network};
use quorate_primitives::{update::UpdateStatus, views::RoundView};
use serde_json::json;
use std::{fs, os::unix::fs::MetadataExt, path::Path, time::Duration};

/// Bytes of a block of a file, as the system counts them.
const BLOCK: u64 = 512;
/// How names of a database's indices begin.
const INDEX: &str = "index_";

/// One line of a soak.
#[derive(Clone, Debug)]
pub struct Sample {
    pub model: u32,
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
    /// Seconds for which the node with the largest memory has run: faults start most of them again.
    pub age: u64,
    /// Bytes of the largest database and of the largest store, as the disk has them.
    pub database: u64,
    pub store: u64,
    /// A final block, and the entries and bytes of the chain's state after it.
    pub block: u32,
    pub entries: usize,
    pub state: usize,
}

impl Sample {
    pub(super) fn new(
        net: &Network,
        fault: String,
        (view, version): (&RoundView, Option<u32>),
        state: &State,
        took: Duration,
    ) -> Self {
        let memory: Vec<Memory> = net.nodes().iter().map(|node| node.memory_now()).collect();
        let largest = |of: fn(&Memory) -> Option<u64>| memory.iter().filter_map(of).max().unwrap_or_default();
        let nodes = net.nodes().iter().zip(&memory);
        let largest_node = nodes.max_by_key(|(_, memory)| memory.node).map(|(node, _)| node.age());
        let bytes = |of: fn(&quorate_localnet::Node) -> u64| net.nodes().iter().map(of).max().unwrap_or_default();
        let blocks = view.recorded_at.zip(view.sealed_at);
        let available = view
            .updates
            .iter()
            .filter(|update| update.status == UpdateStatus::Available);
        Self {
            model: view.model,
            round: view.id,
            fault,
            phase: format!("{:?}", view.phase),
            version,
            held: available.count(),
            blocks: blocks.map(|(recorded, sealed)| recorded.saturating_sub(sealed)),
            seconds: took.as_secs(),
            node: largest(|memory| memory.node),
            worker: largest(|memory| memory.worker),
            age: largest_node.unwrap_or_default().as_secs(),
            database: bytes(|node| size(&node.base().join("chains"))),
            store: bytes(|node| size(&node.store())),
            block: state.block,
            entries: state.entries,
            state: state.bytes,
        }
    }

    /// A line of JSON, with what tells which run it belongs to.
    pub fn line(&self, seed: u64, validators: usize) -> String {
        json!({
            "seed": seed, "validators": validators, "model": self.model, "round": self.round, "fault": self.fault, "phase": self.phase,
            "version": self.version, "held": self.held, "blocks": self.blocks, "seconds": self.seconds,
            "node_kib": self.node, "worker_kib": self.worker, "node_age": self.age, "database": self.database, "store": self.store,
            "block": self.block, "entries": self.entries, "state": self.state,
        })
        .to_string()
    }
}

/// Bytes that all files in a folder take on the disk. Files may go away meanwhile. A database's indices are left out: sparse files of a fixed
/// size, whose pages fill one after another for hours.
fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(found) if found.is_dir() => size(&entry.path()),
            Ok(_) if entry.file_name().to_string_lossy().starts_with(INDEX) => 0,
            Ok(found) => found.blocks() * BLOCK,
            Err(_) => 0,
        })
        .sum()
}
