//! Downloads: several sources in turn, resumed, verified while streaming, never longer than the blob.

use super::{failed, file::FileWriter, refused, Client, Progress, Source, TransferError};
use crate::{name, BlobError, BlobStore, BlobWriter, Root};
use quorate_gateway_api::blob_url;
use reqwest::{
    header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_RANGE, RANGE},
    StatusCode,
};
use std::{path::Path, time::Duration};
use tokio::time::{timeout_at, Instant};

/// Tries at one source, as long as each brings some bytes.
const TRIES: usize = 5;
/// A source slower than this, in bytes a second, is left: it could keep a reader for ever otherwise.
const SLOWEST: u64 = 128 << 10;

/// Where the bytes go.
enum Sink {
    Store(Box<BlobWriter>),
    File(Box<FileWriter>),
}

impl Sink {
    fn seen(&self) -> u64 {
        match self {
            Self::Store(writer) => writer.seen(),
            Self::File(writer) => writer.seen(),
        }
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        match self {
            Self::Store(writer) => writer.write(bytes).await,
            Self::File(writer) => writer.write(bytes).await,
        }
    }

    async fn finish(self) -> Result<(), BlobError> {
        match self {
            Self::Store(writer) => writer.finish().await,
            Self::File(writer) => writer.finish().await,
        }
    }

    async fn give_up(self) {
        match self {
            Self::Store(writer) => writer.abort().await,
            Self::File(writer) => writer.keep().await,
        }
    }
}

/// Which sinks a download opens, one for each time that it has to start over.
enum Target<'a> {
    Store(&'a BlobStore),
    File(&'a Path),
}

impl Target<'_> {
    async fn open(&self, root: Root, len: u64, fresh: bool) -> Result<Sink, BlobError> {
        Ok(match self {
            Self::Store(store) => Sink::Store(Box::new(store.writer(root, len).await?)),
            Self::File(path) => Sink::File(Box::new(FileWriter::open(path, root, len, fresh).await?)),
        })
    }
}

impl Client {
    /// Fetches a blob of exactly `len` bytes into a store, from the first sources that give it.
    ///
    /// # Errors
    /// `Nowhere`, and `Blob` for errors of the store.
    pub async fn fetch(
        &self,
        store: &BlobStore,
        sources: &[Source],
        root: Root,
        len: u64,
        progress: Progress<'_>,
    ) -> Result<(), TransferError> {
        self.download(Target::Store(store), sources, root, len, progress).await
    }

    /// Fetches a blob of exactly `len` bytes into a file. An interrupted download goes on where it stopped, also in
    /// another process.
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

    /// Fetches a blob whose length the chain does not know, of at most `limit` bytes: each source is asked for it. A wrong length
    /// costs a download, never the blob.
    ///
    /// # Errors
    /// `Nowhere`, and `Blob` for errors of the store.
    pub async fn fetch_unsized(
        &self,
        store: &BlobStore,
        sources: &[Source],
        root: Root,
        limit: u64,
    ) -> Result<(), TransferError> {
        let mut all = Vec::new();
        for source in sources {
            let fetched = async {
                let len = self.length(source, root).await?;
                if len > limit {
                    return Err(BlobError::TooLong { expected: limit }.into());
                }
                self.fetch(store, std::slice::from_ref(source), root, len, &|_, _| ())
                    .await
            };
            match fetched.await {
                Ok(()) => return Ok(()),
                Err(TransferError::Nowhere { causes, .. }) => all.extend(causes),
                Err(error @ TransferError::Blob(BlobError::Store(_) | BlobError::Io { .. })) => return Err(error),
                Err(error) => all.push(error.to_string()),
            }
        }
        Err(TransferError::Nowhere {
            name: name(&root),
            causes: all,
        })
    }

    /// The length of a blob as a source gives it.
    async fn length(&self, source: &Source, root: Root) -> Result<u64, TransferError> {
        let gateway = source.gateway.url.as_str();
        let mut request = self.connections.to(&source.gateway)?.head(blob_url(gateway, &root));
        if let Some(authorization) = &source.authorization {
            request = request.header(AUTHORIZATION, authorization.to_string());
        }
        let response = request.timeout(self.timeouts.idle).send().await;
        let response = response.map_err(|error| failed(gateway, &error))?;
        let length = response
            .headers()
            .get(CONTENT_LENGTH)
            .and_then(|len| len.to_str().ok()?.parse().ok());
        match (response.status(), length) {
            (StatusCode::OK, Some(len)) => Ok(len),
            _ => Err(refused(gateway, response).await),
        }
    }

    /// First all sources together, each going on where the one before stopped. Only the whole shows whether bytes are
    /// wrong, so if they are, each source alone from the start.
    async fn download(
        &self,
        target: Target<'_>,
        sources: &[Source],
        root: Root,
        len: u64,
        progress: Progress<'_>,
    ) -> Result<(), TransferError> {
        let mut causes = Vec::new();
        let plans = std::iter::once(sources).chain(sources.chunks(1));
        for (index, plan) in plans.enumerate() {
            let mut sink = target.open(root, len, index > 0).await?;
            let one_origin = sources.len() == 1 && sink.seen() == 0;
            for source in plan {
                if sink.seen() < len {
                    self.pull_all(source, root, len, &mut sink, progress, &mut causes)
                        .await?;
                }
            }
            if sink.seen() < len && index == 0 {
                sink.give_up().await;
                break;
            }
            match sink.finish().await {
                Ok(()) => return Ok(()),
                Err(error @ (BlobError::WrongRoot { .. } | BlobError::TooShort { .. })) => {
                    causes.push(error.to_string());
                    if index == 0 && one_origin {
                        break;
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(TransferError::Nowhere {
            name: name(&root),
            causes,
        })
    }

    /// One source, again after a break as long as it brings bytes.
    async fn pull_all(
        &self,
        source: &Source,
        root: Root,
        len: u64,
        sink: &mut Sink,
        progress: Progress<'_>,
        causes: &mut Vec<String>,
    ) -> Result<(), TransferError> {
        for _ in 0..TRIES {
            let before = sink.seen();
            match self.pull(source, root, len, sink, progress).await {
                Ok(()) => return Ok(()),
                Err(TransferError::Blob(error)) => return Err(error.into()),
                Err(error) => {
                    let idle = matches!(error, TransferError::Idle { .. });
                    causes.push(error.to_string());
                    if idle || sink.seen() == before {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    async fn pull(
        &self,
        source: &Source,
        root: Root,
        len: u64,
        sink: &mut Sink,
        progress: Progress<'_>,
    ) -> Result<(), TransferError> {
        let gateway = source.gateway.url.as_str();
        let http = |reason: String| TransferError::Http {
            gateway: gateway.into(),
            reason,
        };
        let idle = || TransferError::Idle {
            gateway: gateway.into(),
            after: self.timeouts.idle,
        };
        let from = sink.seen();
        let end = Instant::now() + self.timeouts.idle + Duration::from_secs((len - from) / SLOWEST);
        let next = || end.min(Instant::now() + self.timeouts.idle);
        let mut request = self.connections.to(&source.gateway)?.get(blob_url(gateway, &root));
        if let Some(authorization) = &source.authorization {
            request = request.header(AUTHORIZATION, authorization.to_string());
        }
        if from > 0 {
            request = request.header(RANGE, format!("bytes={from}-"));
        }
        let sent = timeout_at(next(), request.send()).await.map_err(|_| idle())?;
        let mut response = sent.map_err(|error| failed(gateway, &error))?;
        let expected = if from > 0 {
            StatusCode::PARTIAL_CONTENT
        } else {
            StatusCode::OK
        };
        if response.status() != expected {
            let reason = timeout_at(next(), refused(gateway, response)).await;
            return Err(reason.unwrap_or_else(|_| idle()));
        }
        let range = response
            .headers()
            .get(CONTENT_RANGE)
            .and_then(|range| range.to_str().ok());
        if from > 0 && range != Some(&format!("bytes {from}-{}/{len}", len.saturating_sub(1))) {
            return Err(http(format!("asked for bytes from {from}, was offered {range:?}")));
        }
        if let Some(got) = response.content_length().filter(|got| *got != len - from) {
            return Err(http(format!("{got} bytes; {} were expected", len - from)));
        }
        loop {
            let chunk = timeout_at(next(), response.chunk()).await.map_err(|_| idle())?;
            match chunk.map_err(|error| failed(gateway, &error))? {
                None if sink.seen() == len => return Ok(()),
                None => return Err(http(format!("ended after {} of {len} bytes", sink.seen()))),
                Some(chunk) if sink.seen() + chunk.len() as u64 > len => {
                    return Err(http(format!("more than {len} bytes")))
                }
                Some(chunk) => sink.write(&chunk).await?,
            }
            progress(sink.seen(), len);
        }
    }
}
