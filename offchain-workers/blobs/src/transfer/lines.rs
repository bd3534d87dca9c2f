//! Lines that a gateway sends as they come to be.

use super::{refused, Client, Source, TransferError};
use bytes::{Buf, BytesMut};
use reqwest::{
    header::{AUTHORIZATION, CONTENT_TYPE},
    StatusCode,
};
use tokio::time::timeout;

/// Lines that are still to come.
pub struct Lines {
    client: Client,
    source: Source,
    response: reqwest::Response,
    buffer: BytesMut,
    longest: usize,
}

impl Client {
    /// Asks a gateway for lines of this media type, of `longest` bytes at most. The source's token goes with it.
    ///
    /// # Errors
    /// `Refused`, `Http`, `Idle`.
    pub async fn lines(&self, source: &Source, url: &str, kind: &str, longest: usize) -> Result<Lines, TransferError> {
        let gateway = source.gateway.url.as_str();
        let mut request = self.connections.to(&source.gateway)?.get(url);
        if let Some(authorization) = &source.authorization {
            request = request.header(AUTHORIZATION, authorization.to_string());
        }
        let sent = timeout(self.timeouts.idle, request.send()).await;
        let sent = sent.map_err(|_| self.late(source))?;
        let response = sent.map_err(|error| self.connections.failed(&source.gateway, &error))?;
        let status = response.status();
        if !status.is_success() {
            let reason = timeout(self.timeouts.idle, refused(gateway, response)).await;
            return Err(reason.unwrap_or_else(|_| self.late(source)));
        }
        let got = response.headers().get(CONTENT_TYPE).and_then(|got| got.to_str().ok());
        if status != StatusCode::OK || got != Some(kind) {
            return Err(TransferError::Http {
                gateway: gateway.into(),
                reason: format!("answers with status {status} and {got:?}; {kind} was asked for"),
            });
        }
        Ok(Lines {
            client: self.clone(),
            source: source.clone(),
            response,
            buffer: BytesMut::new(),
            longest,
        })
    }

    fn late(&self, source: &Source) -> TransferError {
        TransferError::Idle {
            gateway: source.gateway.url.clone(),
            after: self.timeouts.idle,
        }
    }
}

impl Lines {
    /// The next line, without its end; `None` when there are no more. A last one without an end is none. It may be dropped while it waits.
    ///
    /// # Errors
    /// `Http`, also for a line that is too long; `Idle` where nothing comes for too long, not even an empty line.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, TransferError> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line = self.buffer.split_to(end).to_vec();
                self.buffer.advance(1);
                return Ok(Some(line));
            }
            if self.buffer.len() > self.longest {
                return Err(TransferError::Http {
                    gateway: self.source.gateway.url.clone(),
                    reason: format!("sends a line of more than {} bytes", self.longest),
                });
            }
            let part = timeout(self.client.timeouts.idle, self.response.chunk()).await;
            let part = part.map_err(|_| self.client.late(&self.source))?;
            match part.map_err(|error| self.client.connections.failed(&self.source.gateway, &error))? {
                Some(part) => self.buffer.extend_from_slice(&part),
                None => return Ok(None),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transfer::Timeouts;
    use std::time::Duration;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
        time::sleep,
    };

    const KIND: &str = "text/x";

    /// A gateway that answers once, with these pieces and pauses between them.
    async fn gateway(head: &'static str, pieces: &'static [&'static str], pause: Duration) -> Source {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let (mut read, mut byte) = (Vec::new(), [0]);
            while !read.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).await.is_ok() {
                read.push(byte[0]);
            }
            let head = format!("HTTP/1.1 {head}\r\nconnection: close\r\n\r\n");
            let _ = stream.write_all(head.as_bytes()).await;
            for piece in pieces {
                let _ = stream.write_all(piece.as_bytes()).await;
                sleep(pause).await;
            }
        });
        Source::public(url.as_str())
    }

    fn client() -> Client {
        Client::new(Timeouts {
            idle: Duration::from_millis(500),
            ..Timeouts::default()
        })
        .unwrap()
    }

    async fn read(source: &Source) -> (Vec<String>, Option<TransferError>) {
        let mut all = Vec::new();
        let mut lines = match client().lines(source, &source.gateway.url, KIND, 8).await {
            Ok(lines) => lines,
            Err(error) => return (all, Some(error)),
        };
        loop {
            match lines.next().await {
                Ok(Some(line)) => all.push(String::from_utf8(line).unwrap()),
                Ok(None) => return (all, None),
                Err(error) => return (all, Some(error)),
            }
        }
    }

    #[tokio::test]
    async fn lines_should_come_one_by_one_however_their_bytes_come() {
        let pause = Duration::from_millis(20);
        let source = gateway("200 ok\r\ncontent-type: text/x", &["a", "b\n\ncd", "\nef\ngh"], pause).await;
        let (lines, error) = read(&source).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(lines, ["ab", "", "cd", "ef"]);
    }

    #[tokio::test]
    async fn lines_that_are_too_long_or_too_late_should_end_it() {
        let head = "200 ok\r\ncontent-type: text/x";
        let (lines, error) = read(&gateway(head, &["a\n123456789"], Duration::from_millis(50)).await).await;
        assert_eq!(lines, ["a"]);
        assert!(matches!(error, Some(TransferError::Http { .. })), "{error:?}");
        let (lines, error) = read(&gateway(head, &["a\nb", "c\n"], Duration::from_secs(3)).await).await;
        assert_eq!(lines, ["a"]);
        assert!(matches!(error, Some(TransferError::Idle { .. })), "{error:?}");
    }

    #[tokio::test]
    async fn refusal_and_another_kind_of_answer_should_be_errors() {
        let none = Duration::ZERO;
        let (_, error) = read(&gateway("403 no\r\ncontent-length: 0", &[], none).await).await;
        assert!(
            matches!(error, Some(TransferError::Refused { status: 403, .. })),
            "{error:?}"
        );
        for head in [
            "200 ok\r\ncontent-type: text/html",
            "206 ok\r\ncontent-type: text/x",
            "200 ok",
        ] {
            let (_, error) = read(&gateway(head, &["a\n"], none).await).await;
            assert!(matches!(error, Some(TransferError::Http { .. })), "{head}: {error:?}");
        }
    }
}
