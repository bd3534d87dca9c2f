//! What a network uses meanwhile: memory, processors, disk.

use anyhow::Result;
use quorate_localnet::{Computed, Memory, Network, Node};
use std::{fs, os::unix::fs::MetadataExt, path::Path, time::Duration};

/// Bytes of a block, as the file system counts them whatever its own are.
const BLOCK: u64 = 512;
/// KiB in a MiB.
const KIB: u64 = 1_024;

/// Where everything was when it began.
pub struct Gauge {
    computed: Computed,
    database: u64,
    store: u64,
}

/// What was used since then: the largest of all validators, and the sum of all of time on a processor.
#[derive(Clone, Copy, Debug)]
pub struct Used {
    /// Peaks of resident memory, in MiB.
    pub node: u64,
    pub worker: u64,
    pub computed: Computed,
    /// By how many bytes a database and a store grew on disk.
    pub database: u64,
    pub store: u64,
}

impl Gauge {
    pub fn begin(net: &Network) -> Result<Self> {
        net.nodes().iter().try_for_each(Node::forget_peak)?;
        Ok(Self {
            computed: computed(net),
            database: largest(net, database),
            store: largest(net, store),
        })
    }

    pub fn end(&self, net: &Network) -> Used {
        let memory = net.memory();
        let peak = |of: fn(&Memory) -> Option<u64>| memory.iter().filter_map(of).max().unwrap_or_default() / KIB;
        let computed = computed(net);
        Used {
            node: peak(|memory| memory.node),
            worker: peak(|memory| memory.worker),
            computed: Computed {
                node: computed.node.saturating_sub(self.computed.node),
                worker: computed.worker.saturating_sub(self.computed.worker),
            },
            database: largest(net, database).saturating_sub(self.database),
            store: largest(net, store).saturating_sub(self.store),
        }
    }
}

/// Of all validators together.
fn computed(net: &Network) -> Computed {
    let each = net.nodes().iter().map(Node::computed);
    each.fold(Computed::default(), |sum, one| Computed {
        node: sum.node + one.node,
        worker: sum.worker + one.worker,
    })
}

/// Time on a processor of this process, which is all contributors.
pub fn own() -> Duration {
    quorate_localnet::computed(std::process::id()).unwrap_or_default()
}

fn largest(net: &Network, of: fn(&Node) -> u64) -> u64 {
    net.nodes().iter().map(of).max().unwrap_or_default()
}

fn database(node: &Node) -> u64 {
    on_disk(&node.base().join("chains"))
}

fn store(node: &Node) -> u64 {
    on_disk(&node.store())
}

/// Bytes that the files of a folder take on the disk. Files may go away meanwhile.
fn on_disk(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(found) if found.is_dir() => on_disk(&entry.path()),
            Ok(found) => found.blocks() * BLOCK,
            Err(_) => 0,
        })
        .sum()
}
