//! Suppliers of sealed shards.

use anyhow::{Context, Result};
use quorate_client::{calls::shards, gateways::no_progress, Account, Until};
use quorate_primitives::{payload::shard_commitment, possession::Named, OrganisationId, RoundId};
use std::path::PathBuf;

use super::{network::Live, SHARD};

/// A data set that its supplier has committed to.
pub struct Shard {
    supplier: OrganisationId,
    named: Named,
    len: u64,
    path: PathBuf,
    salt: [u8; 32],
}

impl Shard {
    /// Commits to a file, for the model's next round.
    pub async fn commit(live: &Live, supplier: OrganisationId, file: &[u8]) -> Result<Self> {
        let genesis = live.client.genesis();
        let named = Named::new(genesis, supplier, file);
        let path = live.write(&format!("shard-{:?}", named.root), file)?;
        let salt = rand::random();
        let commitment = shard_commitment(genesis, live.model, supplier, named.root, SHARD as u32, salt);
        let bond = live.client.shard_bond(live.model).await?.context("shards are taken")?;
        let call = shards::commit(live.model, commitment, SHARD as u32, bond);
        let shard = Self {
            supplier,
            named,
            len: file.len() as u64,
            path,
            salt,
        };
        let committed = live.client.submit(shard.account(live), &call, Until::InBlock).await;
        committed.with_context(|| format!("the commitment of supplier {supplier}"))?;
        Ok(shard)
    }

    fn account<'a>(&self, live: &'a Live) -> &'a Account {
        &live.organisations[self.supplier as usize]
    }

    /// Names the file and brings it to the gateway of the supplier's own validator.
    pub async fn reveal(&self, live: &Live, round: RoundId) -> Result<()> {
        let account = self.account(live);
        let call = shards::reveal(round, self.named, self.len, self.salt);
        let revealed = live.client.submit(account, &call, Until::InBlock).await;
        revealed.with_context(|| format!("the shard of supplier {}", self.supplier))?;
        let blob = (self.named.root, self.path.as_path());
        let uploaded = live
            .gateways
            .upload(self.supplier as usize, blob, account, None, no_progress());
        uploaded.await.context("uploading a shard")
    }
}
