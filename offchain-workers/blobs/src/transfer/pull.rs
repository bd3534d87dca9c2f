//! Groups of a blob from one source, each verified as it comes.

use super::{failed, refused, Client, Source, TransferError};
use crate::{tree::BLOCK, verified::chunks, Patience, Root};
use bao_tree::{
    io::{
        fsm::{ResponseDecoder, ResponseDecoderNext},
        BaoContentItem, DecodeError,
    },
    BaoTree,
};
use bytes::{Buf, Bytes, BytesMut};
use iroh_io::AsyncStreamReader;
use quorate_gateway_api::{blob_url, proven};
use reqwest::{
    header::{HeaderName, ACCEPT, AUTHORIZATION, CONTENT_RANGE, CONTENT_TYPE, RANGE},
    StatusCode,
};
use std::{io, ops::Range, time::Duration};
use tokio::time::{timeout, Instant};

/// Bytes a second that a source has to give whenever it is waited for.
const SLOWEST: u64 = 128 << 10;
/// How long the end of an answer is waited for, so that its connection can be used again.
const LAST_WORD: Duration = Duration::from_millis(200);

/// What is wanted of a source.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub root: Root,
    pub len: u64,
    /// Number of the first group.
    pub first: u64,
}

impl Wanted {
    fn groups(&self) -> Range<u64> {
        self.first..proven::groups(self.len)
    }
}

/// An answer whose bytes are still to come.
struct Incoming {
    response: reqwest::Response,
    buffer: BytesMut,
    patience: Patience,
    /// The error behind an `io::Error` that the decoder passes on.
    error: Option<TransferError>,
    gateway: String,
    idle: Duration,
}

impl Client {
    /// Hands the groups to `give`, in order. Only the time in which the source is waited for counts against it.
    ///
    /// # Errors
    /// `Wrong` at the first group that is not the blob's; `Refused`, `Http`, `Idle`; those of `give`.
    pub(super) async fn pull<F>(
        &self,
        source: &Source,
        wanted: &Wanted,
        mut give: impl FnMut(u64, Bytes) -> F,
    ) -> Result<(), TransferError>
    where
        F: std::future::Future<Output = Result<(), TransferError>>,
    {
        let mut incoming = self.ask(source, wanted).await?;
        let tree = BaoTree::new(wanted.len, BLOCK);
        let ranges = chunks(&wanted.groups(), wanted.len);
        let mut decoder = ResponseDecoder::new(wanted.root.into(), ranges, tree, &mut incoming);
        loop {
            let item = match decoder.next().await {
                ResponseDecoderNext::Done(_) => break,
                ResponseDecoderNext::More((next, Ok(item))) => {
                    decoder = next;
                    item
                }
                ResponseDecoderNext::More((next, Err(error))) => {
                    drop(next);
                    return Err(incoming.why(error));
                }
            };
            if let BaoContentItem::Leaf(leaf) = item {
                give(leaf.offset, leaf.data).await?;
            }
        }
        let _ = timeout(LAST_WORD, incoming.response.chunk()).await;
        Ok(())
    }

    /// Sends the request, and looks whether the answer is what was asked for.
    async fn ask(&self, source: &Source, wanted: &Wanted) -> Result<Incoming, TransferError> {
        let gateway = source.gateway.url.as_str();
        let http = |reason: String| TransferError::Http {
            gateway: gateway.into(),
            reason,
        };
        let idle = self.timeouts.idle;
        let late = || TransferError::Idle {
            gateway: gateway.into(),
            after: idle,
        };
        let (connection, groups) = (self.connections.to(&source.gateway)?, wanted.groups());
        let mut request = connection
            .get(blob_url(gateway, &wanted.root))
            .header(ACCEPT, proven::PROVEN);
        if let Some(authorization) = &source.authorization {
            request = request.header(AUTHORIZATION, authorization.to_string());
        }
        request = request.header(RANGE, proven::groups_from(groups.start));
        let mut patience = Patience::new(idle, SLOWEST);
        let asked = Instant::now();
        let sent = timeout(patience.left(), request.send()).await.map_err(|_| late())?;
        let response = sent.map_err(|error| self.connections.failed(&source.gateway, &error))?;
        patience.waited(asked.elapsed());
        if response.status() != StatusCode::PARTIAL_CONTENT {
            if response.status().is_success() || response.status().is_redirection() {
                let status = response.status().as_u16();
                return Err(http(format!(
                    "answered with status {status}, not with the groups that were asked for"
                )));
            }
            let reason = timeout(patience.left(), refused(gateway, response)).await;
            return Err(reason.unwrap_or_else(|_| late()));
        }
        let header = |name: HeaderName| response.headers().get(name).and_then(|value| value.to_str().ok());
        let length = header(HeaderName::from_static(proven::LENGTH_HEADER)).and_then(|len| len.parse::<u64>().ok());
        match (header(CONTENT_TYPE), length) {
            (Some(proven::PROVEN), Some(length)) if length == wanted.len => (),
            (Some(proven::PROVEN), Some(length)) => {
                return Err(http(format!("has {length} bytes; {} were expected", wanted.len)));
            }
            (kind, _) => {
                return Err(http(format!(
                    "sends {kind:?} without proof; {} was asked for",
                    proven::PROVEN
                )))
            }
        }
        let (range, expected) = (
            header(CONTENT_RANGE),
            proven::content_groups(&groups, proven::groups(wanted.len)),
        );
        if range != Some(&expected) {
            return Err(http(format!("asked for {expected}, was offered {range:?}")));
        }
        let expected = proven::proven_len(wanted.len, &groups);
        if let Some(got) = response.content_length().filter(|got| *got != expected) {
            return Err(http(format!("sends {got} bytes; {expected} were expected")));
        }
        Ok(Incoming {
            response,
            buffer: BytesMut::new(),
            patience,
            error: None,
            gateway: gateway.into(),
            idle,
        })
    }
}

impl Incoming {
    /// Until so many bytes are there.
    async fn fill(&mut self, len: usize) -> io::Result<()> {
        while self.buffer.len() < len {
            let asked = Instant::now();
            let part = timeout(self.patience.left(), self.response.chunk()).await;
            self.patience.waited(asked.elapsed());
            let error = match part {
                Ok(Ok(Some(part))) => {
                    self.patience.moved(part.len());
                    self.buffer.extend_from_slice(&part);
                    continue;
                }
                Ok(Ok(None)) => TransferError::Http {
                    gateway: self.gateway.clone(),
                    reason: "ended early".into(),
                },
                Ok(Err(error)) => failed(&self.gateway, &error),
                Err(_) => TransferError::Idle {
                    gateway: self.gateway.clone(),
                    after: self.idle,
                },
            };
            self.error = Some(error);
            return Err(io::ErrorKind::Other.into());
        }
        Ok(())
    }

    fn why(&mut self, error: DecodeError) -> TransferError {
        if let Some(error) = self.error.take() {
            return error;
        }
        let offset = match error {
            DecodeError::ParentHashMismatch(node) => node.chunk_range().start.to_bytes(),
            DecodeError::LeafHashMismatch(chunk) => chunk.to_bytes(),
            other => {
                return TransferError::Http {
                    gateway: self.gateway.clone(),
                    reason: other.to_string(),
                }
            }
        };
        TransferError::Wrong {
            gateway: self.gateway.clone(),
            offset,
        }
    }
}

impl AsyncStreamReader for Incoming {
    async fn read_bytes(&mut self, len: usize) -> io::Result<Bytes> {
        self.fill(len).await?;
        Ok(self.buffer.split_to(len).freeze())
    }

    async fn read<const L: usize>(&mut self) -> io::Result<[u8; L]> {
        self.fill(L).await?;
        let mut read = [0; L];
        self.buffer.copy_to_slice(&mut read);
        Ok(read)
    }
}
