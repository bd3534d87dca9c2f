//! Contributors at work: commit, upload, reveal.

use crate::{scenario::Scenario, wait, wait::MINUTE};
use anyhow::Result;
use futures::future::try_join_all;
use quorate_client::{
    contribution, contribution::Contribution, gateways::no_progress, gateways::Gateways, journal::Journal, root_of,
    Client, Included,
};
use quorate_primitives::{update::Update, BlockNumber, RoundId};
use std::{fs::File, path::PathBuf, time::Duration};
use tokio::task::JoinHandle;

/// Contributions to a round, ready to be made. It owns all it needs: faults may happen meanwhile.
pub struct Contributing {
    client: Client,
    gateways: Gateways,
    journal: PathBuf,
    all: Vec<Contribution>,
    /// The gateways that have them, after [`Contributing::upload`].
    uploaded: Vec<usize>,
}

impl Scenario {
    /// Contributions of the first contributors, one for each update.
    pub async fn contributing(&self, round: RoundId, updates: &[Vec<u8>], weights: &[u32]) -> Result<Contributing> {
        let folder = self.folder().join("journal");
        let journal = Journal::open(folder.clone())?;
        let mut all = Vec::new();
        for (number, (bytes, weight)) in updates.iter().zip(weights).enumerate() {
            let file = self.write(&format!("update-{}-{number}.safetensors", self.id), bytes)?;
            let account = &self.contributors[number];
            let prepared = wait::until("the round is not there", MINUTE, || async {
                let place = (self.id, round);
                Ok(Some(
                    contribution::prepare(&self.client, &journal, account, place, (&file, None), *weight).await?,
                ))
            });
            all.push(prepared.await?);
        }
        Ok(Contributing {
            client: self.client.clone(),
            gateways: self.gateways.clone(),
            journal: folder,
            all,
            uploaded: Vec::new(),
        })
    }

    /// Commit to all updates, upload them to different gateways, reveal them, and wait until all are decided. Returns the block of the last
    /// commitment.
    pub async fn contribute(&self, round: RoundId, updates: &[Vec<u8>], weights: &[u32]) -> Result<BlockNumber> {
        let contributing = self.contributing(round, updates, weights).await?;
        let last = contributing.commit().await?;
        contributing.upload_and_reveal().await?;
        Ok(last)
    }
}

impl Contributing {
    /// Contributor `number` brings another file than the one that was prepared, whosever it is: no client of ours would.
    pub fn bring_instead(&mut self, number: usize, file: PathBuf) -> Result<()> {
        let one = &mut self.all[number];
        one.entry.root = root_of(&File::open(&file)?)?.0;
        one.entry.file = file.clone();
        one.file = file;
        Ok(())
    }

    /// Commits to all at once: contributors do not wait for each other. Returns the block of the last commitment.
    pub async fn commit(&self) -> Result<BlockNumber> {
        let journal = Journal::open(self.journal.clone())?;
        let committed = try_join_all(self.all.iter().map(|one| one.commit(&self.client, &journal))).await?;
        let last = committed.iter().flatten().map(Included::number).max();
        Ok(last.unwrap_or_default())
    }

    /// Uploads each to a gateway of its own, the next one if that does not take it.
    pub async fn upload(&mut self) -> Result<()> {
        let gateways = &self.gateways;
        let all = self.all.iter().enumerate();
        let uploads = all.map(|(number, one)| one.upload(gateways, number, no_progress()));
        self.uploaded = try_join_all(uploads).await?;
        Ok(())
    }

    /// The same, reveals, and waits until the validators have decided on each: a fork may lose a reveal, which is sent again then. The round's own
    /// deadlines decide on each in the end. Returns the gateways.
    pub async fn upload_and_reveal(&self) -> Result<Vec<usize>> {
        let one = |(number, one): (usize, &Contribution)| {
            let one = one.clone();
            async move {
                let gateway = one.upload(&self.gateways, number, no_progress()).await?;
                one.reveal(&self.client, 3 * MINUTE).await?;
                one.decided(&self.client, &self.gateways, gateway, 5 * MINUTE).await?;
                anyhow::Ok(gateway)
            }
        };
        try_join_all(self.all.iter().enumerate().map(one)).await
    }

    /// Everything until the validators have decided on each, one task for each; an update that they do not find is uploaded elsewhere too.
    pub fn until_decided(self, limit: Duration) -> Vec<JoinHandle<Result<Update>>> {
        let Self {
            client,
            gateways,
            journal,
            all,
            uploaded,
        } = self;
        let each = all.into_iter().enumerate().map(|(number, one)| {
            let (client, gateways, journal) = (client.clone(), gateways.clone(), journal.clone());
            let before = uploaded.get(number).copied();
            tokio::spawn(async move {
                one.commit(&client, &Journal::open(journal)?).await?;
                let uploaded = match before {
                    Some(gateway) => gateway,
                    None => one.upload(&gateways, number, no_progress()).await?,
                };
                one.reveal(&client, 3 * MINUTE).await?;
                Ok(one.decided(&client, &gateways, uploaded, limit).await?)
            })
        });
        each.collect()
    }
}
