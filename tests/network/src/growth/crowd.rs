//! Many contributors of all organisations in one process. Each works through a node as its own program would, by the parts of the client
//! library.

use crate::{scenario::Scenario, wait, wait::MINUTE};
use anyhow::{Context, Result};
use futures::{stream, StreamExt, TryStreamExt};
use quorate_client::{
    calls, contribution, contribution::Contribution, gateways::no_progress, gateways::Gateways, journal::Journal,
    Account, Client, Included, Until,
};
use quorate_primitives::{BlockNumber, ModelId, OrganisationId, RoundId};
use std::{future::Future, path::PathBuf};
use tokio::sync::Semaphore;

/// Transactions under way at the same time: each waits for its block, and fewer would take more blocks than the chain needs.
const TRANSACTIONS: usize = 1_024;
/// Uploads at the same time: gateways take few from one address.
const UPLOADS: usize = 32;
/// Blocks for which a contributor's consent to be sponsored holds.
const CONSENT: BlockNumber = 300;

/// Contributors with their connections. Contributor `n` is of organisation `n`, beyond the last one from the first one on.
pub struct Crowd {
    pub(super) clients: Vec<Client>,
    gateways: Gateways,
    pub(super) organisations: Vec<Account>,
    pub(super) accounts: Vec<Account>,
    /// How many of them are sponsored.
    sponsored: usize,
}

/// What some contributors are about to do in a round.
pub struct Work {
    /// Number of the contributor of the first one.
    first: usize,
    all: Vec<Contribution>,
    journals: Vec<Journal>,
}

impl Crowd {
    /// `count` contributors, whom nobody has sponsored yet.
    pub async fn new(scenario: &mut Scenario, count: usize) -> Result<Self> {
        let mut clients = Vec::new();
        for index in 0..scenario.net.founders() {
            clients.push(scenario.net.connect(index, MINUTE).await?);
        }
        Ok(Self {
            clients,
            gateways: scenario.gateways.clone(),
            organisations: scenario.organisations.clone(),
            accounts: (0..count)
                .map(|number| Account::from_uri(&format!("//Crowd{number}")))
                .collect::<Result<_, _>>()?,
            sponsored: 0,
        })
    }

    /// Updates that one organisation gives at most when `count` contributors take part.
    pub fn of_one_organisation(&self, count: usize) -> usize {
        count.div_ceil(self.organisations.len())
    }

    fn organisation(&self, number: usize) -> usize {
        number % self.organisations.len()
    }

    /// Of a contributor and of its organisation: whoever has several transactions sends them through one node.
    fn client(&self, number: usize) -> &Client {
        &self.clients[self.organisation(number) % self.clients.len()]
    }

    /// The organisations sponsor the first `count` contributors, as far as they have not.
    pub async fn sponsor(&mut self, count: usize) -> Result<()> {
        let expires = self.clients[0].best().await?.number + CONSENT;
        let crowd = &*self;
        let sponsoring = (crowd.sponsored..count).map(|number| {
            let (client, contributor) = (crowd.client(number), &crowd.accounts[number]);
            let organisation = crowd.organisation(number);
            async move {
                let signed = contributor.consent(client.genesis(), organisation as OrganisationId, expires);
                let call = calls::consortium::sponsor(&signed.contributor, &signed.consent);
                client
                    .submit(&crowd.organisations[organisation], &call, Until::InBlock)
                    .await
                    .with_context(|| format!("sponsoring contributor {number}"))
            }
        });
        at_once(TRANSACTIONS, sponsoring).await?;
        self.sponsored = self.sponsored.max(count);
        Ok(())
    }

    /// Prepare the update of weight 1 of each contributor from `first` on, which lies in a file.
    pub async fn prepare(
        &self,
        scenario: &Scenario,
        place: (ModelId, RoundId),
        first: usize,
        files: &[PathBuf],
    ) -> Result<Work> {
        let preparing = files.iter().zip(first..).map(|(file, number)| async move {
            // Each has a journal of its own.
            let journal = Journal::open(scenario.folder().join(format!("journal-{number}")))?;
            let account = &self.accounts[number];
            let prepared = wait::until("the round is not there", MINUTE, || async {
                let prepared = contribution::prepare(self.client(number), &journal, account, place, (file, None), 1);
                Ok(Some(prepared.await?))
            });
            Ok((prepared.await?, journal))
        });
        let (all, journals) = at_once(UPLOADS, preparing).await?.into_iter().unzip();
        Ok(Work { first, all, journals })
    }

    /// Commit to all. Returns the block of the last commitment.
    pub async fn commit(&self, work: &Work) -> Result<BlockNumber> {
        let all = work.all.iter().zip(&work.journals).zip(work.first..);
        let committing = all.map(|((one, journal), number)| async move {
            let committed = one.commit(self.client(number), journal).await;
            committed.with_context(|| format!("the commitment of contributor {number}"))
        });
        let committed = at_once(TRANSACTIONS, committing).await?;
        let last = committed.iter().flatten().map(Included::number).max();
        Ok(last.unwrap_or_default())
    }

    /// Upload all, each to its gateway or the next one that takes it, reveal each as soon as it is there, and follow it until the
    /// validators have decided: what a fork loses is sent again. Returns the block of the last reveal.
    pub async fn upload_and_reveal(&self, work: &Work) -> Result<BlockNumber> {
        let places = &Semaphore::new(UPLOADS);
        let revealing = work.all.iter().zip(work.first..).map(|(one, number)| async move {
            let (client, gateways) = (self.client(number), &self.gateways);
            let place = places.acquire().await?;
            let uploaded = one.upload(gateways, number, no_progress()).await;
            let uploaded = uploaded.with_context(|| format!("the upload of contributor {number}"))?;
            drop(place);
            let revealed = one.reveal(client, 5 * MINUTE).await;
            let revealed = revealed.with_context(|| format!("the reveal of contributor {number}"))?;
            let decided = one.decided(client, gateways, uploaded, 5 * MINUTE).await;
            decided.with_context(|| format!("the update of contributor {number}"))?;
            Ok(revealed)
        });
        let revealed = at_once(TRANSACTIONS, revealing).await?;
        let last = revealed.iter().flatten().map(Included::number).max();
        Ok(last.unwrap_or_default())
    }
}

/// Updates as files of the scenario, of the contributors from `first` on.
pub(super) fn written(scenario: &Scenario, first: usize, updates: &[Vec<u8>]) -> Result<Vec<PathBuf>> {
    let numbered = updates.iter().zip(first..);
    let files = numbered.map(|(bytes, number)| scenario.write(&format!("update-{number}.safetensors"), bytes));
    files.collect()
}

/// Does all, so many at the same time.
pub(super) async fn at_once<T>(
    most: usize,
    all: impl Iterator<Item = impl Future<Output = Result<T>>>,
) -> Result<Vec<T>> {
    stream::iter(all).buffered(most).try_collect().await
}
