//! Blobs that other validators hold.

use crate::{chain::Chain, failure::local, life::Life, metrics::Metrics};
use bytes::Bytes;
use codec::Encode;
use prometheus::Gauge;
use quorate_blobs::{
    name,
    transfer::{order, Authorization, Client, Destination, Endpoint, Source, TransferError},
    BlobStore, Quota, Root,
};
use quorate_gateway::UPDATE_MARK;
use quorate_primitives::views::{gateway::Peer, BlobRef};
use quorate_protocol::Failure;
use quorate_tls::Pin;
use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex},
    time::Duration,
};

/// Note of an update whose opening this worker has not seen.
const UNOPENED: [u8; 32] = [0; 32];
/// Pauses before the peers are asked again. The first are short: a peer whose node hears of a block a little later shows the blobs
/// that it names a little later, and a block may pass meanwhile.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// What the chain says of a blob's length.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Size {
    Exactly(u64),
    AtMost(u64),
}

/// Held by whoever fetches a blob.
type Turn = Arc<tokio::sync::Mutex<()>>;

/// Fetches into the store.
pub(crate) struct Fetcher {
    store: BlobStore,
    client: Client,
    quota: Quota,
    chain: Arc<Chain>,
    life: Arc<Life>,
    metrics: Arc<Metrics>,
    /// A blob that several tasks want is fetched once.
    /// Anyone may name a root with another length: nobody waits for that.
    fetching: Mutex<HashMap<(Root, Size), Turn>>,
}

impl Fetcher {
    pub fn new(client: Client, quota: Quota, chain: Arc<Chain>, life: Arc<Life>, metrics: Arc<Metrics>) -> Self {
        Self {
            store: quota.store().clone(),
            client,
            quota,
            chain,
            life,
            metrics,
            fetching: Mutex::default(),
        }
    }

    /// Makes sure that a blob is held; asks every peer up to `tries` times.
    pub async fn ensure(&self, blob: &BlobRef, tries: usize) -> Result<(), Failure> {
        let into = Destination::from(&self.quota);
        self.get(blob.root.0, Size::Exactly(blob.len), into, tries).await
    }

    /// Makes sure that a detail is held, whose length the chain does not know: at most `limit` bytes. A fetched one goes when the
    /// chain no longer names it.
    pub async fn ensure_detail(&self, root: Root, limit: u64, tries: usize) -> Result<(), Failure> {
        let into = Destination::from(&self.quota).marked(UPDATE_MARK, Bytes::from_static(&UNOPENED));
        self.get(root, Size::AtMost(limit), into, tries).await
    }

    async fn get(&self, root: Root, size: Size, into: Destination<'_>, tries: usize) -> Result<(), Failure> {
        if self.held(&root, size).await? {
            return Ok(());
        }
        self.once((root, size), self.ask(root, size, into, tries)).await
    }

    /// Lets one task at a time fetch a blob.
    async fn once(&self, blob: (Root, Size), ask: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
        let turn = self.turn(blob)?;
        let _turn = turn.lock().await;
        let _fetching = Fetching::new(&self.metrics.fetching);
        let result = ask.await;
        // Whoever waits has the lock's other owner; the list needs it no longer.
        if let Ok(mut fetching) = self.fetching.lock() {
            fetching.remove(&blob);
        }
        result
    }

    async fn ask(&self, root: Root, size: Size, into: Destination<'_>, tries: usize) -> Result<(), Failure> {
        let nobody = |_: u64, _: u64| ();
        for round in 0..tries {
            if round > 0 {
                tokio::time::sleep(pause(round)).await;
            }
            if self.held(&root, size).await? {
                return Ok(());
            }
            let sources = self.sources(&root, round);
            let fetched = match size {
                Size::Exactly(len) => self.client.fetch(into.clone(), &sources, root, len, &nobody).await,
                Size::AtMost(limit) => self.client.fetch_unsized(into.clone(), &sources, root, limit).await,
            };
            match fetched {
                Ok(()) => {
                    let len = self.store.len(&root).await.map_err(local)?.unwrap_or_default();
                    tracing::info!(root = name(&root), len, "blob fetched");
                    self.metrics.fetched(len);
                    self.life.touch();
                    return Ok(());
                }
                // Without room this worker abstains, with a failure that names the reason.
                Err(TransferError::Blob(error)) => return Err(local(error)),
                Err(error) => {
                    self.metrics.failed(&sources, &error);
                    tracing::debug!(%error, round, "fetching");
                }
            }
        }
        Err(Failure::Missing(root.into()))
    }

    async fn held(&self, root: &Root, size: Size) -> Result<bool, Failure> {
        match (self.store.len(root).await.map_err(local)?, size) {
            (None, _) => Ok(false),
            (Some(len), Size::Exactly(expected)) if len != expected => Err(Failure::Local(format!(
                "blob {} has {len} bytes here, the chain says {expected}",
                name(root)
            ))),
            (Some(_), _) => Ok(true),
        }
    }

    fn turn(&self, blob: (Root, Size)) -> Result<Turn, Failure> {
        Ok(self.fetching.lock().map_err(local)?.entry(blob).or_default().clone())
    }

    /// All peers with a gateway: first those of this validator's organisation, then by a hash of this validator, the blob and the
    /// round. So not all ask the same one, and a slow one does not always come first.
    fn sources(&self, root: &Root, round: usize) -> Vec<Source> {
        let Some(snapshot) = self.chain.snapshot() else {
            return Vec::new();
        };
        let me = snapshot.me.as_ref();
        let own = me.and_then(|me| Some(snapshot.allowed.peer(me)?.organisation));
        let mut peers = self.chain.others();
        peers.retain(|peer| !peer.gateway.is_empty());
        let seed = (me, root, round as u64).encode();
        order(&mut peers, &seed, |peer| peer.validator.encode());
        peers.sort_by_key(|peer| Some(peer.organisation) != own);
        let source = |peer: Peer| {
            let token = self.chain.token(&peer.validator);
            let authorization =
                token.map(|(me, token)| Authorization::validator(me.into(), token.expires, token.signature.as_ref()));
            let gateway = Endpoint {
                url: peer.gateway,
                pin: peer.tls_key_hash.map(|hash| Pin(hash.0)),
            };
            Source { gateway, authorization }
        };
        peers.into_iter().map(source).collect()
    }
}

/// Counts as a fetch, until it is dropped.
struct Fetching<'a>(&'a Gauge);

impl<'a> Fetching<'a> {
    fn new(fetching: &'a Gauge) -> Self {
        fetching.inc();
        Self(fetching)
    }
}

impl Drop for Fetching<'_> {
    fn drop(&mut self) {
        self.0.dec();
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
