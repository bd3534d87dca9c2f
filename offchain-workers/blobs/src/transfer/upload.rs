//! Uploads: gone on with where they stopped.

use super::{refused, Authorization, Client, Endpoint, Opening, TransferError};
use crate::{BlobError, Patience, Root};
use bytes::Bytes;
use futures::Stream;
use quorate_gateway_api::{blob_url, OFFSET_HEADER, OPENING_HEADER};
use reqwest::{
    header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_RANGE},
    Body, RequestBuilder, StatusCode,
};
use std::{
    future::Future,
    io::SeekFrom,
    path::Path,
    sync::{
        atomic::{AtomicU64, Ordering},
        Arc,
    },
    time::Duration,
};
use tokio::{
    fs::File,
    io::{AsyncReadExt, AsyncSeekExt},
    sync::Notify,
    time::{sleep, timeout, Instant},
};

/// Bytes that are read and sent at once: each takes a turn of a thread that reads.
const CHUNK: usize = 512 << 10;
/// Tries after a broken connection that bring nothing, and the pause before each.
const VAIN: usize = 10;
const AGAIN: Duration = Duration::from_millis(200);
/// Bytes a second that a gateway has to take whenever it is waited for.
const SLOWEST: u64 = 32 << 10;
/// Bytes that the buffers between two programs hold, at most.
const IN_FLIGHT: u64 = 8 << 20;
/// Bytes a second that a gateway's disk reads and writes, at least.
const WRITTEN: u64 = 64 << 20;

/// What a gateway did with an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// It took the bytes.
    Stored,
    /// It has had them already.
    AlreadyHeld,
}

/// What lets somebody bring a blob to one gateway.
#[derive(Clone, Debug)]
pub struct Permit {
    /// Who brings it: `Authorization::uploader_sr25519`.
    pub authorization: Authorization,
    /// Of an update's commitment; `None` for a version that an owner gives.
    pub opening: Option<Opening>,
}

/// Called with the bytes that are sent and the bytes that there are.
type Watch = Arc<dyn Fn(u64, u64) + Send + Sync>;

/// What is uploaded, and where.
struct Upload<'a> {
    gateway: &'a Endpoint,
    root: Root,
    path: &'a Path,
    len: u64,
    permit: &'a Permit,
    progress: Watch,
}

impl Client {
    /// Uploads a file to one gateway. What the gateway has of it already is not sent again; after a broken connection it is gone on with where
    /// it stopped, as long as each try brings some bytes. There is no limit to the time, but to standing still.
    ///
    /// # Errors
    /// `Refused` with the gateway's reason, `Http`, `Idle`, `Blob` if the file cannot be read.
    pub async fn upload(
        &self,
        gateway: &Endpoint,
        root: Root,
        path: &Path,
        permit: &Permit,
        progress: Arc<dyn Fn(u64, u64) + Send + Sync>,
    ) -> Result<Receipt, TransferError> {
        let meta = tokio::fs::metadata(path).await;
        let upload = Upload {
            gateway,
            root,
            path,
            len: meta.map_err(BlobError::io(path.display()))?.len(),
            permit,
            progress,
        };
        let (mut before, mut vain) = (None, 0);
        loop {
            let held = self.offset(&upload).await?;
            if held == Some(upload.len) && upload.len > 0 {
                return Ok(Receipt::AlreadyHeld);
            }
            let from = held.unwrap_or(0);
            vain = match before {
                Some(before) if from <= before => vain + 1,
                _ => 0,
            };
            let error = match self.put(&upload, from).await {
                Err(error @ TransferError::Http { .. }) => error,
                // The gateway has not noticed yet that the last connection is broken.
                Err(error @ TransferError::Refused { status: 409, .. }) if before.is_some() => error,
                other => return other,
            };
            // Only bytes that have stayed are a reason to go on for ever.
            if vain >= VAIN {
                return Err(error);
            }
            before = before.max(Some(from));
            sleep(AGAIN).await;
        }
    }

    /// How much of the blob the gateway has; `None` if it does not say, and then says why not to who uploads.
    async fn offset(&self, upload: &Upload<'_>) -> Result<Option<u64>, TransferError> {
        let request = self.connections.to(upload.gateway)?.head(upload.url());
        let response = upload.permitted(request).timeout(self.timeouts.idle).send().await;
        let response = response.map_err(|error| self.connections.failed(upload.gateway, &error))?;
        let offset = response.headers().get(OFFSET_HEADER);
        let offset = offset.and_then(|offset| offset.to_str().ok()?.parse().ok());
        Ok(offset.filter(|offset| response.status().is_success() && *offset <= upload.len))
    }

    /// Sends the bytes from `from` on.
    async fn put(&self, upload: &Upload<'_>, from: u64) -> Result<Receipt, TransferError> {
        let wrong = || BlobError::io(upload.path.display());
        let mut file = File::open(upload.path).await.map_err(wrong())?;
        file.seek(SeekFrom::Start(from)).await.map_err(wrong())?;
        let rest = upload.len - from;
        let request = self.connections.to(upload.gateway)?.put(upload.url());
        let mut request = upload.permitted(request).header(CONTENT_LENGTH, rest);
        if from > 0 {
            let (last, len) = (upload.len - 1, upload.len);
            request = request.header(CONTENT_RANGE, format!("bytes {from}-{last}/{len}"));
        }
        let sent = Arc::new(Sent::default());
        let body = Body::wrap_stream(upload.read(file, from, sent.clone()));
        let answer = self.watched(request.body(body).send(), rest, &sent, upload).await?;
        let response = answer.map_err(|error| self.connections.failed(upload.gateway, &error))?;
        match response.status() {
            StatusCode::CREATED => Ok(Receipt::Stored),
            StatusCode::OK => Ok(Receipt::AlreadyHeld),
            _ => Err(refused(&upload.gateway.url, response).await),
        }
    }

    /// The answer, as long as the gateway takes the bytes at some rate, and soon after the last one.
    async fn watched<T>(
        &self,
        answer: impl Future<Output = T>,
        rest: u64,
        sent: &Sent,
        upload: &Upload<'_>,
    ) -> Result<T, TransferError> {
        let idle = || TransferError::Idle {
            gateway: upload.gateway.url.clone(),
            after: self.timeouts.idle,
        };
        let mut patience = Patience::new(self.timeouts.idle, SLOWEST);
        // What it has already is read and hashed again first.
        let reading = Duration::from_secs((upload.len - rest) / WRITTEN);
        let (mut answer, mut known) = (std::pin::pin!(answer), 0);
        while known < rest {
            let asked = Instant::now();
            tokio::select! {
                answer = &mut answer => return Ok(answer),
                () = sent.more.notified() => (),
                () = sleep(patience.left() + if known > IN_FLIGHT { Duration::ZERO } else { reading }) => return Err(idle()),
            }
            patience.waited(asked.elapsed());
            let now = sent.bytes.load(Ordering::Relaxed);
            patience.moved(usize::try_from(now - known).unwrap_or(usize::MAX));
            known = now;
        }
        // Some of it is still on its way, and then it is written to a disk.
        let last = Duration::from_secs(rest.min(IN_FLIGHT) / SLOWEST + upload.len / WRITTEN);
        timeout(self.timeouts.idle + last, answer).await.map_err(|_| idle())
    }
}

/// Bytes that were handed over to the connection.
#[derive(Default)]
struct Sent {
    bytes: AtomicU64,
    more: Notify,
}

impl Upload<'_> {
    fn url(&self) -> String {
        blob_url(&self.gateway.url, &self.root)
    }

    fn permitted(&self, request: RequestBuilder) -> RequestBuilder {
        let request = request.header(AUTHORIZATION, self.permit.authorization.to_string());
        match self.permit.opening {
            Some(opening) => request.header(OPENING_HEADER, opening.to_string()),
            None => request,
        }
    }

    /// The file from here on. A piece counts as sent when the next one is asked for.
    fn read(&self, file: File, from: u64, sent: Arc<Sent>) -> impl Stream<Item = std::io::Result<Bytes>> + Send {
        let (progress, len) = (self.progress.clone(), self.len);
        futures::stream::try_unfold((file, 0), move |(mut file, given)| {
            let (progress, sent) = (progress.clone(), sent.clone());
            async move {
                sent.bytes.store(given, Ordering::Relaxed);
                sent.more.notify_one();
                let mut chunk = vec![0; CHUNK];
                let got = file.read(&mut chunk).await?;
                if got == 0 {
                    return Ok(None);
                }
                chunk.truncate(got);
                let given = given + got as u64;
                if from + given == len {
                    // Nothing more is asked for then.
                    sent.bytes.store(given, Ordering::Relaxed);
                }
                progress(from + given, len);
                Ok(Some((Bytes::from(chunk), (file, given))))
            }
        })
    }
}
