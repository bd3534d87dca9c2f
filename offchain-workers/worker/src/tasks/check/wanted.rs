//! What the node asks items to be checked against.

use crate::failure::local;
use quorate_blobs::Root;
use quorate_exact::{
    hash::{Key, Possession},
    Account, ModelHeader,
};
use quorate_primitives::{
    availability::ArtifactKind,
    job::infer::Task,
    possession::Shown,
    views::{tasks::FileShape, BlobRef},
};
use quorate_protocol::Failure;
use std::{collections::BTreeMap, sync::Arc};

/// What every item is checked against, read once.
#[derive(Clone)]
pub(super) enum Expected {
    /// Updates follow the header of the version with this root, and name it.
    Base(Arc<ModelHeader>, Root),
    /// A version that an owner gives is what its model was registered with.
    Registered(FileShape),
    /// An artifact is what its kind asks for.
    Artifact(ArtifactKind),
    /// A sealed shard is what this program reads, with as many rows as are said of its item.
    Shards(BlobRef, Arc<BTreeMap<u32, u32>>),
    /// A request's input is what this program reads for the task.
    Input(BlobRef, Task),
}

/// What one item is checked against.
#[derive(Clone)]
pub(super) enum Wanted {
    /// An update to this base, which names this contributor.
    Update(Arc<ModelHeader>, Root, Account),
    /// A version with this shape, whose possession under the key is what was shown.
    Version(FileShape, Key, Possession),
    /// An artifact of this kind, whose possession under the key is what was shown.
    Artifact(ArtifactKind, Key, Possession),
    /// A sealed shard for this program, with so many rows, whose possession under the key is what was shown.
    Shard(BlobRef, u32, Key, Possession),
    /// A request's input for this program and task, whose possession under the key is what was shown.
    Input(BlobRef, Task, Key, Possession),
}

impl Wanted {
    /// # Errors
    /// When the node asks for what does not go together.
    pub fn new(expected: Expected, item: u32, shown: &Shown) -> Result<Self, Failure> {
        match (expected, shown) {
            (Expected::Base(header, base), Shown::Contributor(account)) => {
                Ok(Self::Update(header, base, Account(*account.as_ref())))
            }
            (Expected::Registered(shape), Shown::Possession { key, possession }) => {
                Ok(Self::Version(shape, key.0, possession.0))
            }
            (Expected::Artifact(kind), Shown::Possession { key, possession }) => {
                Ok(Self::Artifact(kind, key.0, possession.0))
            }
            (Expected::Shards(program, rows), Shown::Possession { key, possession }) => {
                let rows = rows.get(&item);
                let rows = rows.ok_or_else(|| local(format!("the rows of shard {item} are not said")))?;
                Ok(Self::Shard(program, *rows, key.0, possession.0))
            }
            (Expected::Input(program, task), Shown::Possession { key, possession }) => {
                Ok(Self::Input(program, task, key.0, possession.0))
            }
            (Expected::Base(..), Shown::Possession { .. }) => Err(local("updates are checked for their contributors")),
            (
                Expected::Registered(_) | Expected::Artifact(_) | Expected::Shards(..) | Expected::Input(..),
                Shown::Contributor(_),
            ) => Err(local(
                "a version, an artifact, a shard or a request is checked for a possession",
            )),
        }
    }
}
