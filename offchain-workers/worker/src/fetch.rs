//! Blobs that other validators hold.

use crate::{chain::Chain, failure::local, life::Life, marks::mark_update};
use quorate_blobs::{
    name,
    transfer::{Authorization, Client, Endpoint, Source},
    BlobStore, Quota, Root,
};
use quorate_primitives::views::BlobRef;
use quorate_protocol::Failure;
use quorate_tls::Pin;
use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::Semaphore;

/// Blobs that are fetched at the same time.
const FETCHES: usize = 4;
/// Pauses before the peers are asked again. The first are short: a peer whose node hears of a block a little later shows the blobs
/// that it names a little later, and a block may pass meanwhile.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Fetches into the store.
pub(crate) struct Fetcher {
    store: BlobStore,
    client: Client,
    quota: Quota,
    chain: Arc<Chain>,
    life: Arc<Life>,
    slots: Semaphore,
    /// A blob that several tasks want is fetched once.
    fetching: Mutex<HashMap<Root, Arc<tokio::sync::Mutex<()>>>>,
}

impl Fetcher {
    pub fn new(store: BlobStore, client: Client, quota: Quota, chain: Arc<Chain>, life: Arc<Life>) -> Self {
        Self {
            store,
            client,
            quota,
            chain,
            life,
            slots: Semaphore::new(FETCHES),
            fetching: Mutex::default(),
        }
    }

    /// Makes sure that a blob is held; asks every peer up to `tries` times.
    pub async fn ensure(&self, blob: &BlobRef, tries: usize) -> Result<(), Failure> {
        if self.held(blob).await? {
            return Ok(());
        }
        self.once(blob.root.0, self.ask(blob, tries)).await
    }

    /// Makes sure that a detail is held, whose length the chain does not know: at most `limit` bytes. A fetched one goes when the
    /// chain no longer names it.
    pub async fn ensure_detail(&self, root: Root, limit: u64, tries: usize) -> Result<(), Failure> {
        if self.store.len(&root).await.map_err(local)?.is_some() {
            return Ok(());
        }
        let ask = async {
            for round in 0..tries {
                if round > 0 {
                    tokio::time::sleep(pause(round)).await;
                }
                if self.store.len(&root).await.map_err(local)?.is_some() {
                    return Ok(());
                }
                let _room = self.quota.reserve(limit).await.map_err(local)?;
                let _slot = self.slots.acquire().await.map_err(local)?;
                let sources = self.sources(&root, round);
                match self.client.fetch_unsized(&self.store, &sources, root, limit).await {
                    Ok(()) => {
                        mark_update(&self.store, &root).await.map_err(local)?;
                        tracing::info!(root = name(&root), "detail fetched");
                        self.life.touch();
                        return Ok(());
                    }
                    Err(error) => tracing::debug!(%error, round, "fetching a detail"),
                }
            }
            Err(Failure::Missing(root.into()))
        };
        self.once(root, ask).await
    }

    /// Lets one task at a time fetch a blob.
    async fn once(&self, root: Root, ask: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
        let turn = self.turn(root)?;
        let _turn = turn.lock().await;
        let result = ask.await;
        // Whoever waits has the lock's other owner; the list needs it no longer.
        if let Ok(mut fetching) = self.fetching.lock() {
            fetching.remove(&root);
        }
        result
    }

    async fn ask(&self, blob: &BlobRef, tries: usize) -> Result<(), Failure> {
        let (root, nobody) = (blob.root.0, |_: u64, _: u64| ());
        for round in 0..tries {
            if round > 0 {
                tokio::time::sleep(pause(round)).await;
            }
            if self.held(blob).await? {
                return Ok(());
            }
            let sources = self.sources(&root, round);
            // Without room this worker abstains, with a failure that names the reason.
            let _room = self.quota.reserve(blob.len).await.map_err(local)?;
            let _slot = self.slots.acquire().await.map_err(local)?;
            match self.client.fetch(&self.store, &sources, root, blob.len, &nobody).await {
                Ok(()) => {
                    tracing::info!(root = name(&root), len = blob.len, "blob fetched");
                    self.life.touch();
                    return Ok(());
                }
                Err(error) => tracing::debug!(%error, round, "fetching"),
            }
        }
        Err(Failure::Missing(blob.root))
    }

    async fn held(&self, blob: &BlobRef) -> Result<bool, Failure> {
        match self.store.len(&blob.root.0).await.map_err(local)? {
            None => Ok(false),
            Some(len) if len == blob.len => Ok(true),
            Some(len) => {
                let name = name(&blob.root.0);
                Err(Failure::Local(format!(
                    "blob {name} has {len} bytes here, the chain says {}",
                    blob.len
                )))
            }
        }
    }

    fn turn(&self, root: Root) -> Result<Arc<tokio::sync::Mutex<()>>, Failure> {
        Ok(self.fetching.lock().map_err(local)?.entry(root).or_default().clone())
    }

    /// All peers with a gateway; which comes first depends on the blob, so that not all ask the same one, and on the round,
    /// so that a slow one does not always come first.
    fn sources(&self, root: &Root, round: usize) -> Vec<Source> {
        let peers = self.chain.others();
        let mut sources: Vec<Source> = peers
            .into_iter()
            .filter(|peer| !peer.gateway.is_empty())
            .map(|peer| {
                let token = self.chain.token(&peer.validator);
                let authorization = token
                    .map(|(me, token)| Authorization::validator(me.into(), token.expires, token.signature.as_ref()));
                let gateway = Endpoint {
                    url: peer.gateway,
                    pin: peer.tls_key_hash.map(|hash| Pin(hash.0)),
                };
                Source { gateway, authorization }
            })
            .collect();
        let first = usize::from(root[0]).wrapping_add(round) % sources.len().max(1);
        sources.rotate_left(first);
        sources
    }
}

/// The pause before the peers are asked for the `round`-th time again.
fn pause(round: usize) -> Duration {
    let doublings = u32::try_from(round.saturating_sub(1)).unwrap_or(u32::MAX);
    let factor = 1u32.checked_shl(doublings).unwrap_or(u32::MAX);
    FIRST_PAUSE.saturating_mul(factor).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_pauses_should_be_short_and_later_ones_bounded() {
        let millis: Vec<u128> = (1..8).map(|round| pause(round).as_millis()).collect();
        assert_eq!(millis, [100, 200, 400, 800, 1_600, 2_000, 2_000]);
        assert_eq!([33, usize::MAX].map(pause), [LONGEST_PAUSE; 2]);
    }
}
