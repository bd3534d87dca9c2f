//! Submitting an update: commit, upload, open, wait until it is held. Every step may be repeated after a crash.

use crate::{
    calls::rounds,
    gateways::{Gateways, Progress},
    journal::{Entry, Journal},
    Account, Client, Error, Included, Result, Until,
};
use quorate_blobs::{root_of_file, transfer::Opening};
use quorate_primitives::{
    payload::update_commitment,
    update::{Update, UpdateStatus},
    views::RoundPhase,
    BlockNumber, ModelId, Root, RoundId,
};
use rand::Rng;
use std::{path::Path, time::Duration};

/// Blocks without a decision after which another gateway is given the update too.
const PATIENCE: BlockNumber = 4;

/// An update that is committed to, or about to be.
#[derive(Clone)]
pub struct Contribution {
    pub account: Account,
    pub entry: Entry,
}

/// Prepare the contribution of `account` to `round`; one that was begun earlier goes on with its salt.
///
/// # Errors
/// `Input` when an earlier run committed to another file or weight in this round: one submission is all.
pub async fn prepare(
    client: &Client,
    journal: &Journal,
    account: &Account,
    (model, round): (ModelId, RoundId),
    file: &Path,
    weight: u32,
) -> Result<Contribution> {
    let (root, _) = root_of_file(file)
        .await
        .map_err(|error| Error::Input(error.to_string()))?;
    let (root, contributor) = (Root::from(root), account.id());
    if let Some(entry) = journal.read(client.genesis(), round, &contributor)? {
        return match (entry.root, entry.weight) == (root, weight) {
            true => Ok(Contribution { account: account.clone(), entry }),
            false => Err(Error::Input(format!(
                "{contributor} committed to another update in round {round}: root {:?}, weight {}, file {}; one submission \
                 per round is all",
                entry.root,
                entry.weight,
                entry.file.display()
            ))),
        };
    }
    let file = file.canonicalize().map_err(Error::io(file))?;
    let salt = rand::rng().random();
    let entry = Entry {
        genesis: client.genesis(),
        model,
        round,
        contributor,
        root,
        weight,
        salt,
        file,
    };
    Ok(Contribution {
        account: account.clone(),
        entry,
    })
}

impl Contribution {
    fn commitment(&self) -> quorate_primitives::Hash {
        let Entry {
            genesis,
            round,
            contributor,
            root,
            weight,
            salt,
            ..
        } = &self.entry;
        update_commitment(*genesis, *round, contributor, *root, *weight, *salt)
    }

    /// The update on chain, if the commitment is there.
    pub async fn on_chain(&self, client: &Client) -> Result<Option<Update>> {
        let round = client.round(self.entry.round).await?;
        let commitment = self.commitment();
        Ok(round
            .updates
            .into_iter()
            .find(|u| u.contributor == self.entry.contributor && u.commitment == commitment))
    }

    /// Commit on chain, unless that was done before. The salt is on disk first.
    pub async fn commit(&self, client: &Client, journal: &Journal) -> Result<Option<Included>> {
        if self.on_chain(client).await?.is_some() {
            return Ok(None);
        }
        journal.write(&self.entry)?;
        let call = rounds::submit(self.entry.round, self.commitment(), self.entry.weight);
        client.submit(&self.account, &call, Until::InBlock).await.map(Some)
    }

    /// Upload to gateway `first`, or to the next one that takes it; returns its number.
    pub async fn upload(&self, gateways: &Gateways, first: usize, progress: Progress) -> Result<usize> {
        let Entry {
            round,
            contributor,
            root,
            weight,
            salt,
            file,
            ..
        } = &self.entry;
        let opening = Opening {
            round: *round,
            contributor: *contributor.as_ref(),
            weight: *weight,
            salt: *salt,
        };
        let mut last = Error::NotFound("a gateway: no validator is registered".into());
        for index in (first..first + gateways.count()).map(|index| index % gateways.count()) {
            match gateways
                .upload(index, *root, file, Some(opening), progress.clone())
                .await
            {
                Ok(()) => return Ok(index),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Wait for Opening, then show root and salt, unless that was done before.
    pub async fn open(&self, client: &Client, limit: Duration) -> Result<Option<Included>> {
        let what = format!("round {} is not opening", self.entry.round);
        client
            .until(&what, limit, || async {
                let phase = client.round(self.entry.round).await?.phase;
                match phase {
                    RoundPhase::Collecting { .. } => Ok(None),
                    RoundPhase::Aborted | RoundPhase::Failed => Err(Error::Check(format!("the round is {phase:?}"))),
                    _ => Ok(Some(())),
                }
            })
            .await?;
        let status = self.on_chain(client).await?.map(|update| update.status);
        if status != Some(UpdateStatus::Committed) {
            return Ok(None);
        }
        let call = rounds::open(self.entry.round, self.entry.root, self.entry.salt);
        client.submit(&self.account, &call, Until::InBlock).await.map(Some)
    }

    /// Wait until the validators have decided on the update; `uploaded` is the gateway that has it. When nothing happens
    /// for a while, further gateways get it too.
    pub async fn settle(
        &self,
        client: &Client,
        gateways: &Gateways,
        uploaded: usize,
        limit: Duration,
    ) -> Result<Update> {
        let mut tried = 1;
        let mut since = client.best().await?.number;
        loop {
            let step = client.until("the validators have not decided on the update", limit, || async {
                let update = self.on_chain(client).await?;
                let update = update.ok_or_else(|| Error::NotFound("the commitment: its block was replaced".into()))?;
                let decided = !matches!(update.status, UpdateStatus::Committed | UpdateStatus::Opened);
                let late = client.best().await?.number >= since + PATIENCE && tried < gateways.count();
                Ok((decided || late).then_some((decided, update)))
            });
            let (decided, update) = step.await?;
            if decided {
                return Ok(update);
            }
            self.upload(gateways, uploaded + tried, crate::gateways::no_progress())
                .await?;
            tried += 1;
            since = client.best().await?.number;
        }
    }
}
