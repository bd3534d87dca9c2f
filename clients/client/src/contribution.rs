//! Submitting an update, step by step: commit, upload, reveal, wait until it is held. Every step may be repeated after a crash.

mod sending;

use crate::{
    calls::rounds,
    gateways::{Cargo, Gateways, Progress, CATCHING_UP},
    journal::{Entry, Journal},
    naming::{check_base, check_contributor, named_in},
    refusal::explained,
    root_of,
    watch::Limit,
    Account, Client, Error, Hashed, Included, Result,
};
use quorate_blobs::transfer::Opening;
use quorate_primitives::{
    policy::Policy,
    update::{Update, UpdateStatus},
    views::{RoundPhase, RoundView},
    AccountId, BlockNumber, ModelId, Root, RoundId, VersionIndex,
};
use rand::Rng;
use sending::Step;
use std::{
    fs::File,
    path::{Path, PathBuf},
};
use tokio::time::Instant;

/// Blocks without progress after which a step is done again, or with another gateway.
const PATIENCE: BlockNumber = 4;

/// An update that is committed to, or about to be.
#[derive(Clone)]
pub struct Contribution {
    pub account: Account,
    pub entry: Entry,
    /// Where the update's file is now.
    pub file: PathBuf,
    /// The version that the round stood on when the contribution was prepared.
    base: VersionIndex,
}

/// Whether a model's policy takes this number of samples.
///
/// # Errors
/// `Input` naming the range.
pub fn check_weight(policy: &Policy, weight: u32) -> Result<()> {
    match (1..=policy.max_weight).contains(&weight) {
        true => Ok(()),
        false => Err(Error::Input(format!(
            "the weight is {weight}; this round takes 1 to {}",
            policy.max_weight
        ))),
    }
}

/// A contributor's update in a round, whatever became of it.
pub fn update_of<'a>(round: &'a RoundView, contributor: &AccountId) -> Option<&'a Update> {
    round.updates.iter().find(|update| update.contributor == *contributor)
}

/// Whether nothing more is to be done for an update.
pub fn is_decided(update: &Update) -> bool {
    !matches!(update.status, UpdateStatus::Committed | UpdateStatus::Revealed)
}

/// Prepare the contribution of `account` to `round`; one that was begun earlier goes on with its salt.
///
/// # Errors
/// `Check` when the file was made against another version than the one that the round stands on, as a fork may leave it; `Input` when it is no update of this account, when the policy does not take the weight, or when the account committed to
/// another file or weight in this round, or to this one from elsewhere: one submission is all. `RoundClosed` when the round takes no commitments
/// any more.
///
/// `file`: hashed, unless that was done a moment ago.
pub async fn prepare(
    client: &Client,
    journal: &Journal,
    account: &Account,
    (model, round): (ModelId, RoundId),
    (file, hashed): (&Path, Option<&Hashed>),
    weight: u32,
) -> Result<Contribution> {
    let view = client.own_round(round, &account.id()).await?;
    if view.model != model {
        return Err(Error::Input(format!(
            "round {round} is of model {}, not {model}",
            view.model
        )));
    }
    check_weight(&view.policy, weight)?;
    let file = file.canonicalize().map_err(Error::io(file))?;
    let base = client.version(model, view.base).await?.record.root;
    let root = checked_root((&file, hashed), account.id(), (model, view.base, base)).await?;
    let entry = Entry {
        genesis: client.genesis(),
        model,
        round,
        contributor: account.id(),
        root,
        weight,
        salt: rand::rng().random(),
        file: file.clone(),
    };
    let known = journal.entries(entry.genesis, round, &entry.contributor)?;
    Ok(Contribution {
        account: account.clone(),
        entry: choose(&view, known, entry, journal.folder())?,
        file,
        base: view.base,
    })
}

/// The root of a contributor's update to a version.
async fn checked_root(
    (file, hashed): (&Path, Option<&Hashed>),
    contributor: AccountId,
    base: (ModelId, VersionIndex, Root),
) -> Result<Root> {
    let (path, hashed) = (file.to_path_buf(), hashed.cloned());
    let reading = tokio::task::spawn_blocking(move || {
        let (made_against, named) = named_in(&path)?;
        check_contributor(&path, named, &contributor)?;
        check_base(&path, made_against, base)?;
        match hashed.filter(|hashed| hashed.is(&path)) {
            Some(hashed) => Ok(hashed.root),
            None => Ok(root_of(&File::open(&path).map_err(Error::io(&path))?)?.0),
        }
    });
    reading.await.map_err(|error| Error::Input(error.to_string()))?
}

/// The entry to go on with: the one whose commitment stands on chain, one that was begun for the same update, or the new one.
fn choose(view: &RoundView, known: Vec<Entry>, new: Entry, folder: &Path) -> Result<Entry> {
    let same = |entry: &Entry| (entry.root, entry.weight) == (new.root, new.weight);
    let Some(update) = update_of(view, &new.contributor) else {
        return match view.phase {
            RoundPhase::Collecting { .. } => Ok(known.into_iter().find(same).unwrap_or(new)),
            phase => Err(Error::RoundClosed { round: view.id, phase }),
        };
    };
    match known.into_iter().find(|entry| entry.commitment() == update.commitment) {
        Some(entry) if same(&entry) => Ok(entry),
        Some(entry) => Err(Error::Input(format!(
            "{} committed to another update in round {}: root {:?}, weight {}, file {}; one submission per round is all",
            entry.contributor,
            entry.round,
            entry.root,
            entry.weight,
            entry.file.display()
        ))),
        None => Err(Error::Input(format!(
            "{} has committed in round {}, and {} does not hold the salt: go on where it was submitted, with the same state \
             folder",
            new.contributor,
            view.id,
            folder.display()
        ))),
    }
}

impl Contribution {
    fn find<'a>(&self, round: &'a RoundView) -> Option<&'a Update> {
        let commitment = self.entry.commitment();
        update_of(round, &self.entry.contributor).filter(|update| update.commitment == commitment)
    }

    /// The round with this contributor's update alone.
    async fn round(&self, client: &Client) -> Result<RoundView> {
        client.own_round(self.entry.round, &self.entry.contributor).await
    }

    /// The update on chain, if the commitment is there.
    pub async fn on_chain(&self, client: &Client) -> Result<Option<Update>> {
        Ok(self.find(&self.round(client).await?).cloned())
    }

    /// Commit on chain, unless that was done before. The salt is on disk first, and stays there whatever is said of the transaction: another
    /// fork, or another process, may bring the commitment on chain all the same.
    pub async fn commit(&self, client: &Client, journal: &Journal) -> Result<Option<Included>> {
        if self.on_chain(client).await?.is_some() {
            return Ok(None);
        }
        journal.write(&self.entry)?;
        let call = rounds::submit(self.entry.round, self.entry.commitment(), self.entry.weight);
        match self.send(client, &call, Step::Commit).await {
            Ok(included) => Ok(Some(included)),
            // Sent before the connection broke, for example.
            Err(failure) if !failure.pending && self.on_chain(client).await?.is_some() => Ok(None),
            Err(failure) if failure.error.is_refused("Rounds", "NotCollecting") => Err(Error::RoundClosed {
                round: self.entry.round,
                phase: self.round(client).await?.phase,
            }),
            Err(failure) => Err(explained(&call, failure.error)),
        }
    }

    /// Upload to gateway `first`, or to the next one that takes it; returns its number.
    pub async fn upload(&self, gateways: &Gateways, first: usize, progress: Progress) -> Result<usize> {
        let count = gateways.count().max(1);
        let order: Vec<usize> = (first..first + count).map(|index| index % count).collect();
        let deadline = Instant::now() + CATCHING_UP;
        self.upload_in(gateways, &order, deadline, progress).await
    }

    /// Upload to the first gateway of `order` that takes it, in turns until `deadline`; returns its number.
    pub async fn upload_in(
        &self,
        gateways: &Gateways,
        order: &[usize],
        deadline: Instant,
        progress: Progress,
    ) -> Result<usize> {
        let opening = Opening {
            round: self.entry.round,
            contributor: *self.entry.contributor.as_ref(),
            weight: self.entry.weight,
            salt: self.entry.salt,
        };
        let cargo = Cargo {
            root: self.entry.root,
            path: &self.file,
            uploader: &self.account,
            opening: Some(opening),
        };
        gateways.bring(order, cargo, deadline, progress).await
    }

    /// Wait until the round takes no commitments any more. A commitment that a fork lost is made again.
    pub async fn collected(&self, client: &Client, limit: impl Into<Limit>) -> Result<RoundView> {
        let limit = limit.into();
        loop {
            let since = client.best().await?.number;
            let what = format!("round {} is still collecting", self.entry.round);
            let step = client.until(&what, limit, || async {
                let round = self.round(client).await?;
                match round.phase {
                    RoundPhase::Aborted | RoundPhase::Failed => Err(refunded(&round)),
                    RoundPhase::Collecting { .. } if self.find(&round).is_some() => Ok(None),
                    RoundPhase::Collecting { .. } => Ok(late(client, since).await?.then_some(None)),
                    _ => Ok(Some(Some(round))),
                }
            });
            match step.await? {
                Some(round) => return Ok(round),
                None => self.commit_again(client).await?,
            }
        }
    }

    /// What a fork lost may come back by itself: its transaction waits in the pool once more.
    async fn commit_again(&self, client: &Client) -> Result<()> {
        let call = rounds::submit(self.entry.round, self.entry.commitment(), self.entry.weight);
        match self
            .send(client, &call, Step::Commit)
            .await
            .map_err(|failure| failure.error)
        {
            Ok(_) => Ok(()),
            Err(error) if says_nothing(&error) && self.on_chain(client).await?.is_some() => Ok(()),
            Err(error) => Err(explained(&call, error)),
        }
    }

    /// Wait until the round is revealing, then reveal root and salt, unless that was done before.
    pub async fn reveal(&self, client: &Client, limit: impl Into<Limit>) -> Result<Option<Included>> {
        let limit = limit.into();
        loop {
            self.collected(client, limit).await?;
            let sent = self.send_reveal(client).await?;
            // A fork may take the end of Collecting back.
            let again = sent.is_none() && matches!(self.round(client).await?.phase, RoundPhase::Collecting { .. });
            if !again {
                return Ok(sent);
            }
        }
    }

    /// Reveal if the round takes it now.
    pub(crate) async fn send_reveal(&self, client: &Client) -> Result<Option<Included>> {
        if !self.takes_reveal(&self.round(client).await?) {
            return Ok(None);
        }
        let call = rounds::reveal_update(self.entry.round, self.entry.root, self.entry.salt);
        match self
            .send(client, &call, Step::Reveal)
            .await
            .map_err(|failure| failure.error)
        {
            Ok(included) => Ok(Some(included)),
            // Sent before the connection broke, for example; or a fork has taken back what it follows.
            Err(error) if says_nothing(&error) && !self.takes_reveal(&self.round(client).await?) => Ok(None),
            Err(error) => Err(explained(&call, error)),
        }
    }

    /// Whether the round takes the reveal of this update, and has none yet.
    fn takes_reveal(&self, round: &RoundView) -> bool {
        let committed = |update: &Update| update.status == UpdateStatus::Committed;
        matches!(round.phase, RoundPhase::Revealing { .. }) && self.find(round).is_some_and(committed)
    }

    /// Wait until the validators have decided on the update; `uploaded` is the gateway that has it. When nothing happens
    /// for a while, further gateways get it too; a commitment or a reveal that a fork lost is sent again.
    pub async fn decided(
        &self,
        client: &Client,
        gateways: &Gateways,
        uploaded: usize,
        limit: impl Into<Limit>,
    ) -> Result<Update> {
        let limit = limit.into();
        let mut tried = 1;
        loop {
            let since = client.best().await?.number;
            let step = client.until("the validators have not decided on the update", limit, || async {
                let round = self.round(client).await?;
                let next = next(&round, self.find(&round), tried < gateways.count())?;
                match next {
                    Next::Wait => Ok(None),
                    Next::Decided(update) => Ok(Some(Next::Decided(update))),
                    step => Ok(late(client, since).await?.then_some(step)),
                }
            });
            match step.await? {
                Next::Decided(update) => return Ok(*update),
                Next::Wait => (),
                Next::Commit => self.commit_again(client).await?,
                Next::Upload => {
                    let next = (uploaded + tried) % gateways.count().max(1);
                    // A further copy, to be safe: one gateway has it.
                    let _ = self
                        .upload_in(gateways, &[next], Instant::now(), crate::gateways::no_progress())
                        .await;
                    tried += 1;
                }
                Next::Reveal => drop(self.send_reveal(client).await?),
            }
        }
    }
}

/// A round that ended without a version.
fn refunded(round: &RoundView) -> Error {
    let why = round.refund.map_or_else(String::new, |reason| format!(", {reason:?}"));
    Error::RoundFailed {
        round: round.id,
        why: format!("it is {:?}{why}", round.phase),
    }
}

/// What is to be done after the reveal, if nothing happens by itself.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Next {
    Wait,
    Commit,
    Reveal,
    Upload,
    Decided(Box<Update>),
}

/// The round was past all this once, but a fork may have set it back, even to before the commitment.
fn next(round: &RoundView, update: Option<&Update>, more_gateways: bool) -> Result<Next> {
    match (update, round.phase) {
        (Some(update), _) if is_decided(update) => Ok(Next::Decided(Box::new(update.clone()))),
        (_, RoundPhase::Aborted | RoundPhase::Failed) => Err(refunded(round)),
        (None, RoundPhase::Collecting { .. }) => Ok(Next::Commit),
        // The commitment's block was replaced.
        (None, phase) => Err(Error::RoundClosed { round: round.id, phase }),
        (Some(update), RoundPhase::Revealing { .. }) if update.status == UpdateStatus::Committed => Ok(Next::Reveal),
        (Some(update), _) if update.status == UpdateStatus::Revealed && more_gateways => Ok(Next::Upload),
        (Some(_), _) => Ok(Next::Wait),
    }
}

/// Whether the round alone can tell what became of a step: the call was done before, waits, or follows what a fork has taken back.
fn says_nothing(error: &Error) -> bool {
    matches!(error, Error::Refused { .. } | Error::Rejected(_) | Error::Timeout(_))
}

/// Whether nothing has happened for long enough.
async fn late(client: &Client, since: BlockNumber) -> Result<bool> {
    Ok(client.best().await?.number >= since + PATIENCE)
}

#[cfg(test)]
mod tests;
