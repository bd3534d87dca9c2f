//! Sealed shards: data sets that an organisation commits to before a round begins, and reveals when its updates are sealed.

mod check;
mod commit;
mod opened;
mod reveal;
mod show;
mod watch;

pub use commit::{commit, withdraw, Wanted};
pub use reveal::reveal;
pub use show::list;
pub use watch::watch;

use crate::{context::folder, failure::Result};
use quorate_client::{shard_journal::ShardJournal, Client};
use quorate_primitives::{views::assessments::ShardView, OrganisationId};
use std::path::PathBuf;

/// Where salts are kept.
fn journal(given: Option<PathBuf>) -> Result<ShardJournal> {
    let state = match given {
        Some(folder) => folder,
        None => {
            let instead = "name a folder of your own with --state; salts of shards lie there";
            folder("XDG_STATE_HOME", ".local/state", instead)?.join("shards")
        }
    };
    Ok(ShardJournal::open(state)?)
}

/// An organisation's shards in rounds that are not assessed, in the order of their rounds.
async fn in_rounds(client: &Client, supplier: OrganisationId) -> quorate_client::Result<Vec<ShardView>> {
    let mut own = Vec::new();
    for round in client.shard_rounds().await? {
        let shards = client.round_shards(round).await?.into_iter();
        own.extend(shards.filter(|shard| shard.supplier == supplier));
    }
    Ok(own)
}
