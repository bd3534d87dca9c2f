//! Submitting an update: commit, upload, reveal, wait until it is held. Every step may be repeated after a crash.

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
    views::{RoundPhase, RoundView},
    BlockNumber, ModelId, Root, RoundId,
};
use rand::Rng;
use std::{path::Path, time::Duration};

/// Blocks without progress after which a step is done again, or with another gateway.
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

    fn find<'a>(&self, round: &'a RoundView) -> Option<&'a Update> {
        let commitment = self.commitment();
        round
            .updates
            .iter()
            .find(|u| u.contributor == self.entry.contributor && u.commitment == commitment)
    }

    /// The update on chain, if the commitment is there.
    pub async fn on_chain(&self, client: &Client) -> Result<Option<Update>> {
        Ok(self.find(&client.round(self.entry.round).await?).cloned())
    }

    /// Commit on chain, unless that was done before. The salt is on disk first.
    pub async fn commit(&self, client: &Client, journal: &Journal) -> Result<Option<Included>> {
        if self.on_chain(client).await?.is_some() {
            return Ok(None);
        }
        journal.write(&self.entry)?;
        self.submit_commitment(client).await.map(Some)
    }

    async fn submit_commitment(&self, client: &Client) -> Result<Included> {
        let call = rounds::submit(self.entry.round, self.commitment(), self.entry.weight);
        client.submit(&self.account, &call, Until::InBlock).await
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
            let blob = (*root, file.as_path());
            let uploaded = gateways.upload(index, blob, &self.account, Some(opening), progress.clone());
            match uploaded.await {
                Ok(()) => return Ok(index),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Wait until the round is revealing, then reveal root and salt, unless that was done before. A commitment that a fork lost is
    /// made again.
    pub async fn reveal(&self, client: &Client, limit: Duration) -> Result<Option<Included>> {
        loop {
            let since = client.best().await?.number;
            let what = format!("round {} is not revealing", self.entry.round);
            let step = client.until(&what, limit, || async {
                let round = client.round(self.entry.round).await?;
                match round.phase {
                    RoundPhase::Aborted | RoundPhase::Failed => {
                        Err(Error::Check(format!("the round is {:?}", round.phase)))
                    }
                    RoundPhase::Collecting { .. } if self.find(&round).is_some() => Ok(None),
                    RoundPhase::Collecting { .. } => Ok(late(client, since).await?.then_some(Step::Commit)),
                    _ => Ok(Some(Step::Reveal)),
                }
            });
            match step.await? {
                Step::Commit => {
                    self.submit_commitment(client).await?;
                }
                _ => return self.send_reveal(client).await,
            }
        }
    }

    async fn send_reveal(&self, client: &Client) -> Result<Option<Included>> {
        let status = self.on_chain(client).await?.map(|update| update.status);
        if status != Some(UpdateStatus::Committed) {
            return Ok(None);
        }
        let call = rounds::reveal_update(self.entry.round, self.entry.root, self.entry.salt);
        client.submit(&self.account, &call, Until::InBlock).await.map(Some)
    }

    /// Wait until the validators have decided on the update; `uploaded` is the gateway that has it. When nothing happens
    /// for a while, further gateways get it too; a reveal that a fork lost is sent again.
    pub async fn decided(
        &self,
        client: &Client,
        gateways: &Gateways,
        uploaded: usize,
        limit: Duration,
    ) -> Result<Update> {
        let mut tried = 1;
        loop {
            let since = client.best().await?.number;
            let step = client.until("the validators have not decided on the update", limit, || async {
                let round = client.round(self.entry.round).await?;
                let update = self.find(&round).cloned();
                let update = update.ok_or_else(|| Error::NotFound("the commitment: its block was replaced".into()))?;
                let revealing = matches!(round.phase, RoundPhase::Revealing { .. });
                match update.status {
                    UpdateStatus::Committed if revealing => Ok(late(client, since).await?.then_some(Step::Reveal)),
                    UpdateStatus::Revealed if tried < gateways.count() => {
                        Ok(late(client, since).await?.then_some(Step::Upload))
                    }
                    UpdateStatus::Committed | UpdateStatus::Revealed => Ok(None),
                    _ => Ok(Some(Step::Decided(Box::new(update)))),
                }
            });
            match step.await? {
                Step::Decided(update) => return Ok(*update),
                Step::Upload => {
                    self.upload(gateways, uploaded + tried, crate::gateways::no_progress())
                        .await?;
                    tried += 1;
                }
                Step::Reveal | Step::Commit => {
                    self.send_reveal(client).await?;
                }
            }
        }
    }
}

/// What is to be done next.
enum Step {
    Commit,
    Reveal,
    Upload,
    Decided(Box<Update>),
}

/// Whether nothing has happened for long enough.
async fn late(client: &Client, since: BlockNumber) -> Result<bool> {
    Ok(client.best().await?.number >= since + PATIENCE)
}
