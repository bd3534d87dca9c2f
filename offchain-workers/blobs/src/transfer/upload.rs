//! Uploads.

use super::{refused, Authorization, Client, Endpoint, Opening, TransferError};
use crate::{BlobError, Root};
use bytes::Bytes;
use futures::Stream;
use quorate_gateway_api::{blob_url, OPENING_HEADER};
use reqwest::{
    header::{AUTHORIZATION, CONTENT_LENGTH},
    Body, StatusCode,
};
use std::{path::Path, sync::Arc, time::Duration};
use tokio::{fs::File, io::AsyncReadExt};

const CHUNK: usize = 256 << 10;
/// A transfer slower than this, in bytes a second, is given up.
const SLOWEST: u64 = 32 << 10;

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

impl Client {
    /// Uploads a file to one gateway.
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
        let wrong = || BlobError::io(path.display());
        let file = File::open(path).await.map_err(wrong())?;
        let len = file.metadata().await.map_err(wrong())?.len();
        let limit = self.timeouts.idle + Duration::from_secs(len / SLOWEST);
        let (http, endpoint, gateway) = (self.connections.to(gateway)?, gateway, gateway.url.as_str());
        let mut request = http
            .put(blob_url(gateway, &root))
            .timeout(limit)
            .header(CONTENT_LENGTH, len)
            .header(AUTHORIZATION, permit.authorization.to_string());
        if let Some(opening) = permit.opening {
            request = request.header(OPENING_HEADER, opening.to_string());
        }
        let body = Body::wrap_stream(read(file, len, progress));
        let response = request
            .body(body)
            .send()
            .await
            .map_err(|error| self.connections.failed(endpoint, &error))?;
        match response.status() {
            StatusCode::CREATED => Ok(Receipt::Stored),
            StatusCode::OK => Ok(Receipt::AlreadyHeld),
            _ => Err(refused(gateway, response).await),
        }
    }
}

fn read(
    file: File,
    len: u64,
    progress: Arc<dyn Fn(u64, u64) + Send + Sync>,
) -> impl Stream<Item = std::io::Result<Bytes>> + Send {
    futures::stream::try_unfold((file, 0), move |(mut file, sent)| {
        let progress = progress.clone();
        async move {
            let mut chunk = vec![0; CHUNK];
            let got = file.read(&mut chunk).await?;
            if got == 0 {
                return Ok(None);
            }
            chunk.truncate(got);
            let sent = sent + got as u64;
            progress(sent, len);
            Ok(Some((Bytes::from(chunk), (file, sent))))
        }
    })
}
