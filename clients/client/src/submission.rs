//! A whole submission: every step of a [`Contribution`] in its order, over a connection that may break in between.

use crate::{
    contribution::{check_weight, is_decided, prepare, update_of, Contribution},
    gateways::{Gateways, Progress, CATCHING_UP},
    journal::Journal,
    link::Link,
    watch::Limit,
    Account, Client, Error, Hashed, Result,
};
use quorate_primitives::{
    update::{Update, UpdateStatus},
    views::{RoundPhase, RoundView},
    BlockNumber, RoundId,
};
use std::{path::Path, time::Duration};
use tokio::time::Instant;

/// Time of one block.
const BLOCK: Duration = Duration::from_secs(2);

/// What is to be submitted.
#[derive(Clone, Copy)]
pub struct Plan<'a> {
    pub round: RoundId,
    pub file: &'a Path,
    /// Where that was done a moment ago; else it is hashed.
    pub hashed: Option<&'a Hashed>,
    /// Number of samples that the update was trained on.
    pub weight: u32,
    /// The gateway to begin with.
    pub gateway: Option<usize>,
    /// Gateways that must have taken the file before the update is revealed.
    pub copies: usize,
    /// Whether to wait for the votes.
    pub wait: bool,
}

/// What happens on the way.
#[derive(Debug)]
pub enum Note<'a> {
    /// In this block, or it was there before.
    Committed(Option<BlockNumber>),
    Uploaded {
        gateway: &'a str,
    },
    /// The own organisation's gateway did not take the file early; it is uploaded once all commitments are in.
    NotYetUploaded(&'a Error),
    WaitingForCommitments,
    Revealed(BlockNumber),
    WaitingForVotes,
    /// The connection broke, and is made again.
    Reconnecting(&'a Error),
}

/// Who follows a submission.
pub trait Observer {
    fn note(&self, note: Note<'_>);
    /// Who follows an upload of so many bytes.
    fn upload(&self, len: u64) -> Progress;
}

/// What became of the account's update in a round, if nothing more is to be done for it.
///
/// # Errors
/// `Input` if there is none yet and the policy does not take the weight.
pub fn settled(round: &RoundView, account: &Account, weight: u32) -> Result<Option<Update>> {
    match update_of(round, &account.id()) {
        Some(update) if is_decided(update) => Ok(Some(update.clone())),
        Some(_) => Ok(None),
        None => check_weight(&round.policy, weight).map(|()| None),
    }
}

/// Commit, upload, reveal, and wait for the votes. It may be done again at any time, after a crash for example: each step that was done
/// is left out.
///
/// The file goes to a gateway early only where that is the account's own organisation's: whoever has it early has root and salt, too.
/// Else it goes out once all commitments are in.
pub async fn submit<F: AsyncFn() -> Result<Client>>(
    link: &Link<Client, F>,
    journal: &Journal,
    account: &Account,
    plan: Plan<'_>,
    observer: &impl Observer,
) -> Result<Update> {
    let again = |error: &Error| observer.note(Note::Reconnecting(error));
    let contributor = account.id();
    let round = link
        .keep(again, async |client| client.own_round(plan.round, &contributor).await)
        .await?;
    if let Some(update) = settled(&round, account, plan.weight)? {
        return Ok(update);
    }
    let place = (round.model, round.id);
    let prepared =
        async |client: Client| prepare(&client, journal, account, place, (plan.file, plan.hashed), plan.weight).await;
    let contribution = link.keep(again, prepared).await?;
    let committed = link
        .keep(again, async |client| contribution.commit(&client, journal).await)
        .await?;
    observer.note(Note::Committed(committed.map(|included| included.number())));
    if link.client().options().dry_run {
        return Err(rehearse(&link.client(), &contribution).await?);
    }
    let uploads = Uploads::new(link, &contribution, plan, observer, again).await?;
    let (early, waiting) = (uploads.early().await, Note::WaitingForCommitments);
    observer.note(waiting);
    let limit = Limit::WhileBlocksCome;
    let collected = async |client: Client| contribution.collected(&client, limit).await;
    let round = link.keep(again, collected).await?;
    let held = uploads.complete(early, &round).await?;
    let revealed = async |client: Client| contribution.reveal(&client, limit).await;
    if let Some(included) = link.keep(again, revealed).await? {
        observer.note(Note::Revealed(included.number()));
    }
    let lost = || Error::NotFound("the commitment: its block was replaced; run this again".into());
    if !plan.wait {
        let now = link
            .keep(again, async |client| contribution.on_chain(&client).await)
            .await?;
        return now.ok_or_else(lost);
    }
    observer.note(Note::WaitingForVotes);
    let gateways = &uploads.gateways;
    let decided = async |client: Client| contribution.decided(&client, gateways, held, limit).await;
    link.keep(again, decided).await
}

/// What comes after a commitment that is on chain, tried: the reveal, if the round takes it now.
async fn rehearse(client: &Client, contribution: &Contribution) -> Result<Error> {
    contribution.send_reveal(client).await?;
    Ok(Error::Input(
        "the commitment is on chain already, and no transaction is due now: what comes next is the upload, which --dry-run leaves out"
            .into(),
    ))
}

/// The uploads of one submission.
struct Uploads<'a, O> {
    contribution: &'a Contribution,
    gateways: Gateways,
    /// In the order in which they are tried.
    order: Vec<usize>,
    /// Those to which it may go before all commitments are in.
    own: Vec<usize>,
    copies: usize,
    observer: &'a O,
}

impl<'a, O: Observer> Uploads<'a, O> {
    async fn new<F: AsyncFn() -> Result<Client>>(
        link: &Link<Client, F>,
        contribution: &'a Contribution,
        plan: Plan<'_>,
        observer: &'a O,
        again: impl Fn(&Error),
    ) -> Result<Self> {
        let asked = async |client: Client| {
            let update = contribution.on_chain(&client).await?;
            Ok((update, client.open_gateways(None).await?))
        };
        let (update, gateways) = link.keep(again, asked).await?;
        // Not there: a fork lost it just now.
        let organisation = update.map(|update| update.organisation);
        let own = organisation.map_or_else(Vec::new, |organisation| gateways.of(organisation));
        let order = gateways.order(
            &contribution.account.id(),
            organisation.unwrap_or(u32::MAX),
            plan.gateway,
        );
        Ok(Self {
            contribution,
            copies: plan.copies.clamp(1, order.len().max(1)),
            own: order.iter().copied().filter(|index| own.contains(index)).collect(),
            order,
            gateways,
            observer,
        })
    }

    /// To the own organisation's gateways; returns those that have it.
    async fn early(&self) -> Vec<usize> {
        let mut held = Vec::new();
        for index in self.own.iter().take(self.copies) {
            match self.upload(&[*index], Instant::now() + CATCHING_UP).await {
                Ok(index) => held.push(index),
                Err(error) => self.observer.note(Note::NotYetUploaded(&error)),
            }
        }
        held
    }

    /// To as many as are wanted, once all commitments are in; returns the last one that took it.
    async fn complete(&self, mut held: Vec<usize>, round: &RoundView) -> Result<usize> {
        let deadline = deadline_of(round, self.contribution);
        loop {
            let rest: Vec<usize> = self
                .order
                .iter()
                .copied()
                .filter(|index| !held.contains(index))
                .collect();
            match held.last() {
                Some(last) if held.len() >= self.copies || rest.is_empty() => return Ok(*last),
                _ => held.push(self.upload(&rest, deadline).await?),
            }
        }
    }

    async fn upload(&self, order: &[usize], deadline: Instant) -> Result<usize> {
        let len = std::fs::metadata(&self.contribution.file).map_or(0, |meta| meta.len());
        let progress = self.observer.upload(len);
        let uploaded = self.contribution.upload_in(&self.gateways, order, deadline, progress);
        let index = uploaded.await?;
        let gateway = self.gateways.url(index).unwrap_or("a gateway");
        self.observer.note(Note::Uploaded { gateway });
        Ok(index)
    }
}

/// Until when gateways are tried: as long as the update may still be revealed, and for a while in any case.
fn deadline_of(round: &RoundView, contribution: &Contribution) -> Instant {
    let least = Instant::now() + CATCHING_UP;
    let waits = update_of(round, &contribution.entry.contributor)
        .is_some_and(|update| update.status == UpdateStatus::Committed);
    match round.phase {
        RoundPhase::Revealing { .. } if waits => {
            Instant::now() + CATCHING_UP.max(BLOCK * round.policy.deadlines.reveal_updates)
        }
        _ => least,
    }
}

#[cfg(test)]
mod tests;
