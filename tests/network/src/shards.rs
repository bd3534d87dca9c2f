//! Suppliers of sealed shards: what they commit to before a round, reveal after the seal, and bring to gateways.

use crate::{
    learning::examples,
    measured::{data_set, rows},
    scenario::Scenario,
    wait,
    wait::MINUTE,
};
use anyhow::{ensure, Context, Result};
use quorate_client::{
    calls,
    gateways::{no_progress, Reader},
    Account, Until,
};
use quorate_exact::root;
use quorate_primitives::{payload::shard_commitment, possession::Named, Balance, OrganisationId, RoundId};
use std::path::PathBuf;

/// Rows of a shard: the fewest that a policy may ask for.
pub const ROWS: u32 = 1_000;

/// A data set that its supplier has committed to.
pub struct Shard {
    pub supplier: OrganisationId,
    pub file: Vec<u8>,
    named: Named,
    path: PathBuf,
    salt: [u8; 32],
}

impl Shard {
    /// Commits to rows that a seed gives, for the model's next round.
    pub async fn commit(scenario: &Scenario, supplier: OrganisationId, seed: u64, bond: Balance) -> Result<Self> {
        let client = &scenario.client;
        let (_, file) = data_set(&rows(&examples(seed, ROWS as usize))?)?;
        let shard = Self {
            supplier,
            named: Named::new(client.genesis(), supplier, &file),
            path: scenario.write(&format!("shard-{supplier}-{seed}"), &file)?,
            salt: root(&seed.to_le_bytes()),
            file,
        };
        let commitment = shard_commitment(
            client.genesis(),
            scenario.id,
            supplier,
            shard.named.root,
            ROWS,
            shard.salt,
        );
        let call = calls::shards::commit(scenario.id, commitment, ROWS, bond);
        let committed = client.submit(shard.account(scenario)?, &call, Until::InBlock).await;
        committed.with_context(|| format!("the commitment of supplier {supplier}"))?;
        Ok(shard)
    }

    fn account<'a>(&self, scenario: &'a Scenario) -> Result<&'a Account> {
        let account = scenario.organisations.get(self.supplier as usize);
        account.context("an organisation of the network")
    }

    /// Names the file, after the round's updates are sealed.
    pub async fn reveal(&self, scenario: &Scenario, round: RoundId) -> Result<()> {
        let call = calls::shards::reveal(round, self.named, self.file.len() as u64, self.salt);
        let revealed = scenario
            .client
            .submit(self.account(scenario)?, &call, Until::InBlock)
            .await;
        revealed.with_context(|| format!("the shard of supplier {}", self.supplier))?;
        Ok(())
    }

    /// Brings the file to a gateway, in the supplier's name.
    pub async fn upload(&self, scenario: &Scenario, gateway: usize) -> Result<()> {
        let (blob, account) = ((self.named.root, self.path.as_path()), self.account(scenario)?);
        let uploaded = scenario.gateways.upload(gateway, blob, account, None, no_progress());
        Ok(uploaded.await?)
    }

    /// The same in somebody's name, without a second attempt.
    pub async fn upload_once(&self, scenario: &Scenario, gateway: usize, uploader: &Account) -> Result<()> {
        let blob = (self.named.root, self.path.as_path());
        scenario.bring_once(gateway, blob, uploader).await
    }

    /// Whether gateways show the file to this reader, or to anybody; other bytes are an error.
    pub async fn is_shown(&self, scenario: &Scenario, reader: Option<Reader>) -> Result<bool> {
        let gateways = scenario.client.open_gateways(reader).await?;
        let folder = tempfile::tempdir()?;
        let (path, len) = (folder.path().join("shard"), self.file.len() as u64);
        let fetched = gateways.fetch(self.named.root, len, &path, no_progress()).await;
        ensure!(fetched.is_err() || std::fs::read(&path)? == self.file, "other bytes");
        Ok(fetched.is_ok())
    }

    /// Waits until everybody reads it.
    pub async fn until_public(&self, scenario: &Scenario) -> Result<()> {
        let what = format!("the shard of supplier {} is not public", self.supplier);
        wait::until(&what, MINUTE, || async {
            Ok(self.is_shown(scenario, None).await?.then_some(()))
        })
        .await
    }
}
