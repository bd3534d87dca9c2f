//! Follows finality. A notification may skip blocks, and the node may have been down: the blocks in between are found by
//! tree route from a cursor on disk.

use crate::LOG;
use codec::{Decode, Encode};
use quorate_primitives::{BlockNumber, Hash};
use sp_blockchain::{tree_route, HeaderMetadata};
use sp_runtime::traits::{Block as BlockT, Header as HeaderT};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The farthest that the cursor walks; from farther back it jumps, for the states in between are pruned anyway.
pub const LONGEST_WALK: BlockNumber = 1_024;

/// A finalized block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Finalized {
    pub number: BlockNumber,
    pub hash: Hash,
}

/// The last finalized block that was looked at.
#[derive(Debug)]
pub struct Cursor {
    path: PathBuf,
    at: Option<Finalized>,
}

impl Cursor {
    /// Open the cursor kept in the file `path`. One that is missing or damaged starts at the next finalized block.
    pub fn open(path: &Path) -> Self {
        let at = fs::read(path)
            .ok()
            .and_then(|bytes| Finalized::decode(&mut bytes.as_slice()).ok());
        Self {
            path: path.to_path_buf(),
            at,
        }
    }

    /// Walk to `to`; returns the finalized blocks after the cursor, ascending, `to` included.
    pub fn advance<B, C>(&mut self, client: &C, to: Finalized) -> Vec<Finalized>
    where
        B: BlockT<Hash = Hash>,
        B::Header: HeaderT<Number = BlockNumber>,
        C: HeaderMetadata<B>,
    {
        let from = self.at.replace(to);
        let blocks = match from {
            Some(from) if from.number >= to.number => Vec::new(),
            Some(from) if to.number - from.number <= LONGEST_WALK => walk::<B, C>(client, from, to),
            _ => vec![to],
        };
        if let Err(error) = self.store() {
            log::warn!(target: LOG, "{}: {error}; after a restart finality is followed from an older block", self.path.display());
        }
        blocks
    }

    fn store(&self) -> io::Result<()> {
        let unfinished = self.path.with_extension("part");
        fs::write(&unfinished, self.at.map(|at| at.encode()).unwrap_or_default())?;
        fs::rename(&unfinished, &self.path)
    }
}

fn walk<B, C>(client: &C, from: Finalized, to: Finalized) -> Vec<Finalized>
where
    B: BlockT<Hash = Hash>,
    B::Header: HeaderT<Number = BlockNumber>,
    C: HeaderMetadata<B>,
{
    match tree_route::<B, C>(client, from.hash, to.hash) {
        Ok(route) => {
            if let Some(lost) = route.retracted().first() {
                log::error!(
                    target: LOG,
                    "Block {} {:?} was final and is not on the finalized chain any more: was the database reverted?",
                    lost.number,
                    lost.hash
                );
            }
            route
                .enacted()
                .iter()
                .map(|block| Finalized {
                    number: block.number,
                    hash: block.hash,
                })
                .collect()
        }
        Err(error) => {
            log::warn!(target: LOG, "No way from finalized block {} to {}: {error}", from.number, to.number);
            vec![to]
        }
    }
}
