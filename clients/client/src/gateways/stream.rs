//! Tokens of a request while it is answered: read from one validator, each chunk verified, and kept as proof of what it said.

use super::{expires, Gateways};
use crate::{Error, Result};
use quorate_blobs::transfer::{Lines, Source, TransferError};
use quorate_gateway_api::stream::{
    key_payload, read_line, stream_url, Broken, Reading, StreamId, LONGEST_LINE, STREAM,
};
use quorate_primitives::{crypto::AttestationId, views::gateway::Peer, AccountId, Hash, JobId, RequestId};
use serde::{Deserialize, Serialize};
use std::time::{SystemTime, UNIX_EPOCH};
use subxt_signer::sr25519::{verify, PublicKey, Signature};

pub use quorate_gateway_api::stream::{order, Chunk, StreamKey};

/// How far two clocks may be apart, in seconds.
const CLOCKS: u64 = 60;
/// Why a stream is not read.
const WRONG_KEY: &str =
    "the key of the stream is not one that its validator's attestation key has signed, or has expired";

/// What a validator said of a request while it answered it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    pub genesis: Hash,
    pub validator: AccountId,
    /// The validator's, as the chain named it when this was read.
    pub attestation_key: AttestationId,
    pub job: JobId,
    pub request: RequestId,
    /// Of its worker, signed by the attestation key.
    pub key: StreamKey,
    /// Signed by that key, from the first one on.
    pub chunks: Vec<Chunk>,
}

impl Said {
    pub fn tokens(&self) -> Vec<u32> {
        self.chunks.iter().flat_map(|chunk| chunk.tokens.clone()).collect()
    }

    /// Whether the last chunk is there.
    pub fn has_ended(&self) -> bool {
        self.chunks.last().is_some_and(|last| last.end)
    }

    /// That the validator has said exactly this, whenever it was. Whether the attestation key was the validator's the chain knows.
    ///
    /// # Errors
    /// `Check`.
    pub fn verify(&self) -> Result<()> {
        self.verify_key()?;
        let mut reading = Reading::new(self.id(), u32::MAX);
        for chunk in &self.chunks {
            self.take(&mut reading, chunk)
                .map_err(|broken| Error::Check(broken.to_string()))?;
        }
        Ok(())
    }

    fn id(&self) -> StreamId {
        StreamId {
            genesis: self.genesis,
            validator: self.validator.clone(),
            job: self.job,
            request: self.request,
        }
    }

    fn verify_key(&self) -> Result<()> {
        let StreamKey {
            key,
            expires,
            signature,
        } = &self.key;
        let payload = key_payload(self.genesis, &self.validator, key, *expires);
        let attestation = AsRef::<[u8]>::as_ref(&self.attestation_key).first_chunk().copied();
        match attestation.is_some_and(|by| verify(&Signature(*signature), payload, &PublicKey(by))) {
            true => Ok(()),
            false => Err(Error::Check(WRONG_KEY.into())),
        }
    }

    fn take(&self, reading: &mut Reading, chunk: &Chunk) -> Result<(), Broken> {
        let key = PublicKey(self.key.key);
        reading.take(chunk, |hash, signature| verify(&Signature(*signature), hash, &key))
    }
}

/// A stream that is read.
pub struct Stream {
    lines: Lines,
    said: Said,
    reading: Reading,
}

impl Gateways {
    /// The stream of `request` in `job` at a validator's gateway, from its beginning. No more than `most` tokens are taken. `None` where it has none
    /// now, or no more room for readers.
    ///
    /// # Errors
    /// `Denied`; `Network`; `Check` where the validator's key did not sign it.
    pub async fn stream(&self, peer: &Peer, job: JobId, request: RequestId, most: u32) -> Result<Option<Stream>> {
        let gateway = self.all.iter().find(|gateway| gateway.validator == peer.validator);
        let (Some(gateway), Some(attestation_key)) = (gateway, peer.key.clone()) else {
            return Ok(None);
        };
        gateway.check_way()?;
        let expires = expires();
        let source = Source {
            gateway: gateway.endpoint.clone(),
            authorization: self
                .reader
                .as_ref()
                .map(|reader| reader.token(self.genesis, &gateway.validator, expires)),
        };
        let url = stream_url(&gateway.endpoint.url, job, request);
        let mut lines = match self.http.lines(&source, &url, STREAM, LONGEST_LINE).await {
            Err(TransferError::Refused { status: 404 | 503, .. }) => return Ok(None),
            other => other?,
        };
        let Some(line) = next(&mut lines).await? else {
            return Ok(None);
        };
        let said = Said {
            genesis: self.genesis,
            validator: peer.validator.clone(),
            attestation_key,
            job,
            request,
            key: read_line(&line).map_err(|broken| Error::Check(broken.to_string()))?,
            chunks: Vec::new(),
        };
        said.verify_key()?;
        if said.key.expires.saturating_add(CLOCKS) < now() {
            return Err(Error::Check(WRONG_KEY.into()));
        }
        Ok(Some(Stream {
            lines,
            reading: Reading::new(said.id(), most),
            said,
        }))
    }
}

impl Stream {
    /// The next tokens, verified; `None` when no more come. It may be dropped while it waits.
    ///
    /// # Errors
    /// `Network`; `Check` for what the validator's worker has not signed, or not here.
    pub async fn next(&mut self) -> Result<Option<Chunk>> {
        if self.reading.has_ended() {
            return Ok(None);
        }
        let Some(line) = next(&mut self.lines).await? else {
            return Ok(None);
        };
        let taken = read_line(&line).and_then(|chunk| {
            self.said.take(&mut self.reading, &chunk)?;
            Ok(chunk)
        });
        let chunk: Chunk = taken.map_err(|broken| Error::Check(broken.to_string()))?;
        self.said.chunks.push(chunk.clone());
        Ok(Some(chunk))
    }

    /// What was said until now.
    pub fn said(&self) -> &Said {
        &self.said
    }
}

/// The next line that says something.
async fn next(lines: &mut Lines) -> Result<Option<Vec<u8>>> {
    loop {
        match lines.next().await? {
            Some(line) if line.is_empty() => (),
            other => return Ok(other),
        }
    }
}

fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    now.as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateways::{Gateway, IDLE};
    use quorate_blobs::transfer::{Client as Http, Endpoint, Timeouts};
    use quorate_gateway_api::stream::write_line;
    use subxt_signer::sr25519::Keypair;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    const JOB: JobId = Hash::repeat_byte(3);

    fn pair(seed: u8) -> Keypair {
        Keypair::from_secret_key([seed; 32]).unwrap()
    }

    fn validator() -> AccountId {
        AccountId::new([9; 32])
    }

    fn peer() -> Peer {
        Peer {
            validator: validator(),
            organisation: 0,
            key: Some(sr25519(pair(1).public_key().0)),
            gateway: String::new(),
            tls_key_hash: None,
        }
    }

    fn sr25519(key: [u8; 32]) -> AttestationId {
        codec::Decode::decode(&mut &key[..]).unwrap()
    }

    /// What a validator with attestation key `by` says, whose worker has key 2.
    fn said(by: u8, job: JobId, expires: u64, tokens: &[&[u32]]) -> Said {
        let key = pair(2).public_key().0;
        let signature = pair(by)
            .sign(&key_payload(Hash::default(), &validator(), &key, expires))
            .0;
        let mut said = Said {
            genesis: Hash::default(),
            validator: validator(),
            attestation_key: sr25519(pair(1).public_key().0),
            job,
            request: 7,
            key: StreamKey {
                key,
                expires,
                signature,
            },
            chunks: vec![],
        };
        let mut previous = [0; 32];
        for (number, piece) in tokens.iter().enumerate() {
            let mut chunk = Chunk {
                first: said.tokens().len() as u32,
                tokens: piece.to_vec(),
                end: number + 1 == tokens.len(),
                previous,
                signature: [0; 64],
            };
            previous = chunk.hash(&said.id());
            chunk.signature = pair(2).sign(&previous).0;
            said.chunks.push(chunk);
        }
        said
    }

    /// A gateway that answers everything with this status and body.
    async fn gateways(status: u16, body: Vec<u8>) -> Gateways {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (mut head, mut byte) = (Vec::new(), [0]);
                while !head.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).await.is_ok() {
                    head.push(byte[0]);
                }
                let text = format!("HTTP/1.1 {status} x\r\ncontent-type: {STREAM}\r\nconnection: close\r\n\r\n");
                let _ = stream.write_all(&[text.into_bytes(), body.clone()].concat()).await;
            }
        });
        let gateway = Gateway {
            validator: validator(),
            organisation: 0,
            usable: true,
            endpoint: Endpoint { url, pin: None },
        };
        Gateways {
            http: Http::new(Timeouts::default()).unwrap(),
            all: vec![gateway],
            genesis: Hash::default(),
            reader: None,
            idle: IDLE,
            dry_run: false,
        }
    }

    fn body(said: &Said) -> Vec<u8> {
        let mut body = write_line(&said.key);
        for chunk in &said.chunks {
            body.extend(b"\n");
            body.extend(write_line(chunk));
        }
        body
    }

    async fn read(said: &Said, most: u32) -> Result<Said> {
        let gateways = gateways(200, body(said)).await;
        let mut stream = gateways.stream(&peer(), JOB, 7, most).await?.expect("a stream");
        while stream.next().await?.is_some() {}
        Ok(stream.said().clone())
    }

    #[tokio::test]
    async fn stream_should_be_read_verified_and_be_its_own_proof() {
        let whole = said(1, JOB, now() + 60, &[&[5, 6], &[7], &[]]);
        let got = read(&whole, 3).await.unwrap();
        assert_eq!(got, whole);
        assert_eq!((got.tokens(), got.has_ended()), (vec![5, 6, 7], true));
        got.verify().unwrap();
        let text = serde_json::to_string(&got).unwrap();
        assert_eq!(serde_json::from_str::<Said>(&text).unwrap(), got);
        let mut changed = got.clone();
        changed.chunks[1].tokens[0] = 8;
        assert!(changed.verify().is_err());
        let other = AccountId::new([8; 32]);
        assert!(Said {
            validator: other,
            ..got
        }
        .verify()
        .is_err());
    }

    #[tokio::test]
    async fn stream_of_another_key_job_or_time_and_one_that_is_too_long_should_be_refused() {
        let soon = now() + 60;
        for (wrong, most) in [
            (said(4, JOB, soon, &[&[5]]), 9),
            (said(1, Hash::repeat_byte(4), soon, &[&[5]]), 9),
            (said(1, JOB, now() - 2 * CLOCKS, &[&[5]]), 9),
            (said(1, JOB, soon, &[&[5, 6], &[7]]), 2),
        ] {
            let read = read(&wrong, most).await;
            assert!(matches!(read, Err(Error::Check(_))), "{read:?}");
        }
    }

    #[tokio::test]
    async fn gateway_without_the_stream_should_be_no_error_and_one_that_refuses_be_one() {
        for status in [404, 503] {
            let found = gateways(status, vec![]).await.stream(&peer(), JOB, 7, 9).await;
            assert!(matches!(found, Ok(None)), "{status}");
        }
        let found = gateways(403, vec![]).await.stream(&peer(), JOB, 7, 9).await;
        assert!(matches!(found, Err(Error::Denied(_))));
        let nobody = Peer { key: None, ..peer() };
        let found = gateways(200, vec![]).await.stream(&nobody, JOB, 7, 9).await;
        assert!(matches!(found, Ok(None)));
    }
}
