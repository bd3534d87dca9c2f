//! Blobs that other validators hold.

use crate::worker::Worker;
use quorate_blobs::{
    name,
    transfer::{Endpoint, Source},
    Root,
};
use quorate_gateway::token;
use quorate_primitives::views::BlobRef;
use quorate_protocol::Failure;
use quorate_tls::Pin;
use std::{sync::Arc, time::Duration};

/// Pause before the peers are asked again.
const PAUSE: Duration = Duration::from_secs(2);

impl Worker {
    /// Makes sure that a blob is held; asks every peer up to `tries` times.
    pub async fn ensure(&self, blob: &BlobRef, tries: usize) -> Result<(), Failure> {
        let root = blob.root.0;
        if self.held(blob).await? {
            return Ok(());
        }
        let turn = self.turn(root)?;
        let _turn = turn.lock().await;
        let result = self.ask(blob, tries).await;
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
                tokio::time::sleep(PAUSE).await;
            }
            if self.held(blob).await? {
                return Ok(());
            }
            let sources = self.sources(&root, round);
            // Without room this worker abstains, and says so.
            let _room = self.quota.reserve(blob.len).await.map_err(local)?;
            let _slot = self.fetch_slots.acquire().await.map_err(local)?;
            match self.client.fetch(&self.store, &sources, root, blob.len, &nobody).await {
                Ok(()) => {
                    tracing::info!(root = name(&root), len = blob.len, "blob fetched");
                    self.touch();
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
        let snapshot = self.view.borrow().clone();
        let Some(snapshot) = snapshot else { return Vec::new() };
        let tokens = self.tokens.lock().map_or_else(|_| Vec::new(), |tokens| tokens.clone());
        let peers = snapshot.view.peers.iter();
        let others = peers.filter(|peer| Some(&peer.validator) != snapshot.me.as_ref() && !peer.gateway.is_empty());
        let mut sources: Vec<Source> = others
            .map(|peer| {
                let token_for = tokens.iter().find(|token| token.audience == peer.validator);
                let authorization = token_for.zip(snapshot.me.as_ref());
                let authorization = authorization.map(|(found, me)| token(me, found.expires, &found.signature));
                let gateway = Endpoint {
                    url: peer.gateway.clone(),
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

pub(crate) fn local(error: impl std::fmt::Display) -> Failure {
    Failure::Local(error.to_string())
}
