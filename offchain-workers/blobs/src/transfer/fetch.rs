//! Downloads: several sources, each group verified as it comes, resumed, never longer than the blob.

use super::{
    race::Race,
    refused,
    target::{Destination, Sink, Target},
    Client, Progress, Source, TransferError,
};
use crate::{name, BlobError, Root};
use futures::{stream::FuturesUnordered, StreamExt};
use quorate_gateway_api::blob_url;
use reqwest::{
    header::{AUTHORIZATION, CONTENT_LENGTH},
    StatusCode,
};
use std::path::Path;
use tokio::time::{timeout_at, Instant};

impl Client {
    /// Fetches a blob of exactly `len` bytes into a store.
    ///
    /// # Errors
    /// `Nowhere`, and `Blob` for errors of the store.
    pub async fn fetch(
        &self,
        into: impl Into<Destination<'_>>,
        sources: &[Source],
        root: Root,
        len: u64,
        progress: Progress<'_>,
    ) -> Result<(), TransferError> {
        self.download(Target::Store(into.into()), sources, root, len, progress)
            .await
    }

    /// Fetches a blob of exactly `len` bytes into a file, which appears when it is whole. An interrupted download goes on where it
    /// stopped, also in another process; several at the same time do not disturb each other.
    ///
    /// # Errors
    /// `Nowhere`, and `Blob` for errors of the file.
    pub async fn fetch_to_file(
        &self,
        path: &Path,
        sources: &[Source],
        root: Root,
        len: u64,
        progress: Progress<'_>,
    ) -> Result<(), TransferError> {
        self.download(Target::File(path), sources, root, len, progress).await
    }

    /// Fetches a blob whose length the chain does not know, of at most `limit` bytes: the sources are asked for it. A wrong length costs
    /// a try, never the blob.
    ///
    /// # Errors
    /// `Nowhere`, and `Blob` for errors of the store.
    pub async fn fetch_unsized(
        &self,
        into: impl Into<Destination<'_>>,
        sources: &[Source],
        root: Root,
        limit: u64,
    ) -> Result<(), TransferError> {
        let into = into.into();
        let (lengths, errors) = self.lengths(sources, root).await;
        let denied = lengths.is_empty() && !errors.is_empty() && errors.iter().all(TransferError::is_denial);
        let mut causes: Vec<String> = errors.iter().map(ToString::to_string).collect();
        for (len, holders) in lengths {
            if len > limit {
                causes.push(BlobError::TooLong { expected: limit }.to_string());
                continue;
            }
            match self.fetch(into.clone(), &holders, root, len, &|_, _| ()).await {
                Ok(()) => return Ok(()),
                Err(TransferError::Nowhere { causes: more, .. }) => causes.extend(more),
                Err(error) => return Err(error),
            }
        }
        Err(TransferError::Nowhere {
            name: name(&root),
            causes,
            denied,
        })
    }

    /// Lengths of a blob as sources give them, and which do: what most say comes first. Those that are slow to answer are not waited
    /// for once one has.
    async fn lengths(&self, sources: &[Source], root: Root) -> (Vec<(u64, Vec<Source>)>, Vec<TransferError>) {
        let (mut lengths, mut causes): (Vec<(u64, Vec<Source>)>, _) = (Vec::new(), Vec::new());
        let asked = sources
            .iter()
            .map(|source| async move { (source, self.length(source, root).await) });
        let mut asked: FuturesUnordered<_> = asked.collect();
        let mut end = Instant::now() + self.timeouts.idle;
        while let Ok(Some((source, answer))) = timeout_at(end, asked.next()).await {
            match answer {
                Ok(len) => {
                    end = end.min(Instant::now() + self.timeouts.hedge);
                    match lengths.iter_mut().find(|(known, _)| *known == len) {
                        Some((_, holders)) => holders.push(source.clone()),
                        None => lengths.push((len, vec![source.clone()])),
                    }
                }
                Err(error) => causes.push(error),
            }
        }
        lengths.sort_by_key(|(_, holders)| std::cmp::Reverse(holders.len()));
        (lengths, causes)
    }

    /// The length of a blob, as one source gives it.
    ///
    /// # Errors
    /// `Refused` by a gateway that answers, which is the registered one if a pin is; `Http` when none does.
    pub async fn length(&self, source: &Source, root: Root) -> Result<u64, TransferError> {
        let gateway = source.gateway.url.as_str();
        let mut request = self.connections.to(&source.gateway)?.head(blob_url(gateway, &root));
        if let Some(authorization) = &source.authorization {
            request = request.header(AUTHORIZATION, authorization.to_string());
        }
        let response = request.timeout(self.timeouts.idle).send().await;
        let response = response.map_err(|error| self.connections.failed(&source.gateway, &error))?;
        let length = response
            .headers()
            .get(CONTENT_LENGTH)
            .and_then(|len| len.to_str().ok()?.parse().ok());
        match (response.status(), length) {
            (StatusCode::OK, Some(len)) => Ok(len),
            _ => Err(refused(gateway, response).await),
        }
    }

    async fn download(
        &self,
        target: Target<'_>,
        sources: &[Source],
        root: Root,
        len: u64,
        progress: Progress<'_>,
    ) -> Result<(), TransferError> {
        let (mut causes, mut denials) = (Vec::new(), 0);
        for fresh in [false, true] {
            let mut sink = Sink::new(&target, root, len, fresh).await?;
            let resumed = sink.seen() > 0;
            let mut race = Race::new(self, sources, root, len);
            let whole = race.run(&mut sink, progress).await;
            causes.append(&mut race.causes);
            denials += race.denials;
            match whole {
                Ok(true) => (),
                Ok(false) => {
                    sink.give_up().await;
                    break;
                }
                Err(error) => {
                    sink.give_up().await;
                    return Err(error.into());
                }
            }
            match sink.finish().await {
                Ok(()) => return Ok(()),
                // All that came now was verified.
                Err(error @ BlobError::WrongRoot { .. }) if resumed && !fresh => {
                    causes.push(format!(
                        "what an earlier try left is damaged, and is fetched again: {error}"
                    ));
                }
                Err(error) => return Err(error.into()),
            }
        }
        let denied = denials > 0 && denials == causes.len();
        Err(TransferError::Nowhere {
            name: name(&root),
            causes,
            denied,
        })
    }
}
