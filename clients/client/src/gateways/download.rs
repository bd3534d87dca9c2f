//! Downloads into files.

use super::{expires, Gateway, Gateways, Progress};
use crate::{Error, Result};
use quorate_blobs::transfer::Source;
use quorate_primitives::Root;
use std::path::Path;

impl Gateways {
    /// Fetch a blob of `len` bytes into the file `path`, verified. The file has its name only when it is whole; several processes
    /// may fetch the same at the same time.
    pub async fn fetch(&self, root: Root, len: u64, path: &Path, progress: Progress) -> Result<()> {
        let sources = self.sources()?;
        let fetched = self.http.fetch_to_file(path, &sources, root.0, len, &*progress);
        fetched.await.map_err(Error::from)
    }

    /// All gateways that may be talked to, each with a token of the reader's.
    pub(super) fn sources(&self) -> Result<Vec<Source>> {
        let expires = expires();
        let source = |gateway: &Gateway| Source {
            gateway: gateway.endpoint.clone(),
            authorization: self
                .reader
                .as_ref()
                .map(|reader| reader.token(self.genesis, &gateway.validator, expires)),
        };
        let usable = self.all.iter().filter(|gateway| gateway.usable);
        let sources: Vec<Source> = usable.map(source).collect();
        if let (true, Some(gateway)) = (sources.is_empty(), self.all.first()) {
            gateway.check_way()?;
        }
        Ok(sources)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateways::{no_progress, IDLE};
    use quorate_blobs::transfer::{Client as Http, Endpoint, Timeouts};
    use quorate_primitives::{AccountId, Hash};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    /// A gateway that answers everything with one status.
    async fn gateway(status: u16) -> Gateway {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (mut head, mut byte) = (Vec::new(), [0]);
                while !head.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).await.is_ok() {
                    head.push(byte[0]);
                }
                let text = format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                let _ = stream.write_all(text.as_bytes()).await;
            }
        });
        Gateway {
            validator: AccountId::new([1; 32]),
            organisation: 0,
            usable: true,
            endpoint: Endpoint { url, pin: None },
        }
    }

    #[tokio::test]
    async fn fetch_should_be_denied_only_when_every_gateway_refuses_whoever_asks() {
        let folder = tempfile::tempdir().unwrap();
        for (statuses, denied) in [([403, 401], true), ([403, 404], false), ([404, 503], false)] {
            let gateways = Gateways {
                http: Http::new(Timeouts::default()).unwrap(),
                all: vec![gateway(statuses[0]).await, gateway(statuses[1]).await],
                genesis: Hash::default(),
                reader: None,
                idle: IDLE,
                dry_run: false,
            };
            let path = folder.path().join("version");
            let fetched = gateways.fetch(Root::repeat_byte(7), 9, &path, no_progress()).await;
            match fetched {
                Err(Error::Denied(_)) => assert!(denied, "{statuses:?}"),
                Err(Error::Network(_)) => assert!(!denied, "{statuses:?}"),
                other => panic!("{statuses:?}: {other:?}"),
            }
            assert!(!path.exists());
        }
    }
}
