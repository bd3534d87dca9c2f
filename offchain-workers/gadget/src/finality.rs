//! Follows finality. A notification may skip blocks, and the node may have been down: the blocks in between are found by
//! tree route from a cursor on disk.

use crate::{
    chain::Chain,
    disk::{self, Disk},
    LOG,
};
use codec::{Decode, Encode};
use quorate_primitives::BlockNumber;
use quorate_protocol::BlockId;
use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The farthest that the cursor walks; from farther back it jumps, for the states in between are pruned anyway.
pub const LONGEST_WALK: BlockNumber = 1_024;

/// The last finalized block that was looked at.
#[derive(Debug)]
pub struct Cursor {
    path: PathBuf,
    disk: Arc<dyn Disk>,
    at: Option<BlockId>,
}

impl Cursor {
    /// Open the cursor kept in the file `path`. One that is missing or damaged starts at the next finalized block.
    pub fn open(path: &Path, disk: Arc<dyn Disk>) -> Self {
        let at = disk
            .read(path)
            .ok()
            .and_then(|bytes| BlockId::decode(&mut bytes.as_slice()).ok());
        Self {
            path: path.to_path_buf(),
            disk,
            at,
        }
    }

    /// Walk to `to`; returns the finalized blocks after the cursor, ascending, `to` included.
    pub fn advance(&mut self, chain: &impl Chain, to: BlockId) -> Vec<BlockId> {
        let from = self.at.replace(to);
        let blocks = match from {
            Some(from) if from.number >= to.number => return Vec::new(),
            Some(from) if to.number - from.number <= LONGEST_WALK => walk(chain, from, to),
            _ => vec![to],
        };
        if let Err(error) = self.store() {
            log::warn!(target: LOG, "{}: {error}; after a restart finality is followed from an older block", self.path.display());
        }
        blocks
    }

    fn store(&self) -> io::Result<()> {
        let bytes = self.at.map(|at| at.encode()).unwrap_or_default();
        disk::write(&*self.disk, &self.path, &bytes)
    }
}

fn walk(chain: &impl Chain, from: BlockId, to: BlockId) -> Vec<BlockId> {
    match chain.route(from, to) {
        Ok(route) => {
            if let Some(lost) = route.retracted.first() {
                log::error!(
                    target: LOG,
                    "Block {} {:?} was final and is not on the finalized chain any more: was the database reverted?",
                    lost.number,
                    lost.hash
                );
            }
            route.enacted
        }
        Err(error) => {
            log::warn!(target: LOG, "No way from finalized block {} to {}: {error}", from.number, to.number);
            vec![to]
        }
    }
}
