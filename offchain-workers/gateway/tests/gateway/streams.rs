//! Streams of tokens over real connections: who reads them, what is signed, and how many there are.

use crate::common::{served, snapshot, Served, GENESIS, ME};
use quorate_blobs::{
    transfer::{Authorization, Client, Lines, Source, Timeouts, TransferError},
    BlobStore,
};
use quorate_gateway::{Gateway, Limits, StreamKey, Streams, Telling};
use quorate_gateway_api::stream::{
    key_payload, read_line, stream_url, Broken, Chunk, Reading, StreamId, LONGEST_LINE, STREAM,
};
use quorate_primitives::{
    crypto::AttestationPair,
    payload::{reader_payload, token_payload},
    views::{
        gateway::{GatewayEntry, Members, Peer, RequestBlob},
        BlobRef, Entry,
    },
    AccountId, JobId, RequestId,
};
use sp_core::{sr25519, Pair};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

const JOB: JobId = JobId::repeat_byte(0x5a);
const REQUEST: RequestId = 7;
const PATIENCE: Duration = Duration::from_secs(20);

fn attestation() -> AttestationPair {
    AttestationPair::from_seed(&[1; 32])
}

fn account(seed: u8) -> sr25519::Pair {
    sr25519::Pair::from_seed(&[seed; 32])
}

fn id(seed: u8) -> AccountId {
    account(seed).public().0.into()
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn reader(seed: u8) -> Authorization {
    let expires = now() + 60;
    let signature = account(seed).sign(&reader_payload(GENESIS, &id(seed), &ME, expires));
    Authorization::reader_sr25519(*id(seed).as_ref(), expires, &signature.0)
}

struct Setup {
    streams: Streams,
    served: Served,
    client: Client,
    _dir: tempfile::TempDir,
}

impl Setup {
    /// Request 7 is organisation 3's, with account 40 and contributor 9; organisation 4 has 41 and 42.
    async fn start(limits: Limits) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (store, streams) = (BlobStore::local(dir.path().join("store")).unwrap(), Streams::default());
        let served = served(|seen| Gateway::new(store, seen, limits).with_streams(streams.clone())).await;
        let members = |organisation, own, contributor| {
            GatewayEntry::Members(Members {
                organisation,
                account: id(own),
                contributors: vec![id(contributor)],
            })
        };
        let request = GatewayEntry::Request(RequestBlob {
            request: REQUEST,
            organisation: 3,
            input: BlobRef {
                root: [1; 32].into(),
                len: 9,
            },
            answer: None,
            pending: false,
        });
        let peer = GatewayEntry::Peer(Peer {
            validator: ME,
            organisation: 0,
            key: Some(attestation().public()),
            gateway: String::new(),
            tls_key_hash: None,
        });
        let all = [request, peer, members(3, 40, 9), members(4, 41, 42)];
        served
            .view
            .send_replace(Some(snapshot(&all.iter().map(Entry::from).collect::<Vec<_>>())));
        let setup = Self {
            streams,
            served,
            client: Client::new(Timeouts::default()).unwrap(),
            _dir: dir,
        };
        setup.vouch();
        setup
    }

    /// With a computation of the request that has told its first token, 11.
    async fn telling(limits: Limits) -> (Self, Telling) {
        let setup = Self::start(limits).await;
        let mut telling = setup.begin();
        telling.token(0, 11);
        (setup, telling)
    }

    /// The node signs the worker's key.
    fn vouch(&self) {
        let (key, expires) = (self.streams.key(), now() + 600);
        let signature = attestation().sign(&key_payload(GENESIS, &ME, &key, expires));
        let signature = *AsRef::<[u8]>::as_ref(&signature).first_chunk().unwrap();
        let word = StreamKey {
            key,
            expires,
            signature,
        };
        self.streams.set_word(Some((ME, word)));
    }

    fn begin(&self) -> Telling {
        self.streams.begin(JOB, &[Some(REQUEST)])
    }

    fn url(&self) -> String {
        format!("http://{}", self.served.address)
    }

    async fn open(&self, authorization: Option<Authorization>, url: &str) -> Result<Lines, TransferError> {
        let source = Source {
            gateway: self.url().as_str().into(),
            authorization,
        };
        self.client.lines(&source, url, STREAM, LONGEST_LINE).await
    }

    async fn status(&self, authorization: Option<Authorization>, url: &str) -> u16 {
        match self.open(authorization, url).await {
            Ok(_) => 200,
            Err(TransferError::Refused { status, .. }) => status,
            Err(other) => panic!("{other}"),
        }
    }

    fn stream(&self) -> String {
        stream_url(&self.url(), JOB, REQUEST)
    }

    /// The stream as the account with this seed reads it.
    async fn followed_by(&self, seed: u8) -> Follower {
        Follower::new(self.open(Some(reader(seed)), &self.stream()).await.unwrap()).await
    }

    /// Until account 9 may read a stream again.
    async fn until_free(&self, late: &str) {
        let end = tokio::time::Instant::now() + PATIENCE;
        while self.status(Some(reader(9)), &self.stream()).await != 200 {
            assert!(tokio::time::Instant::now() < end, "{late}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// The next line that is not empty.
async fn line(lines: &mut Lines) -> Option<Vec<u8>> {
    loop {
        let line = timeout(PATIENCE, lines.next()).await.expect("a line").unwrap()?;
        if !line.is_empty() {
            return Some(line);
        }
    }
}

/// A stream whose key its validator has signed.
struct Follower {
    lines: Lines,
    key: StreamKey,
    reading: Reading,
}

impl Follower {
    async fn new(mut lines: Lines) -> Self {
        let key: StreamKey = read_line(&line(&mut lines).await.unwrap()).unwrap();
        let signature = (&key.signature[..]).try_into().unwrap();
        let payload = key_payload(GENESIS, &ME, &key.key, key.expires);
        assert!(AttestationPair::verify(&signature, payload, &attestation().public()));
        let of = StreamId {
            genesis: GENESIS,
            validator: ME,
            job: JOB,
            request: REQUEST,
        };
        Self {
            lines,
            key,
            reading: Reading::new(of, 1_000),
        }
    }

    fn take(&mut self, chunk: &Chunk) -> Result<(), Broken> {
        let key = sr25519::Public::from_raw(self.key.key);
        self.reading.take(chunk, |hash, signature| {
            sr25519::Pair::verify(&sr25519::Signature::from_raw(*signature), hash, &key)
        })
    }

    /// All tokens until it has so many or ends.
    async fn tokens(&mut self, count: usize) -> Vec<u32> {
        let mut all = Vec::new();
        while all.len() < count {
            let Some(line) = line(&mut self.lines).await else { break };
            let chunk: Chunk = read_line(&line).unwrap();
            self.take(&chunk).unwrap();
            all.extend(chunk.tokens);
        }
        all
    }
}

#[tokio::test]
async fn tokens_should_be_streamed_as_they_come_signed_to_their_end() {
    let (setup, mut telling) = Setup::telling(Limits::default()).await;
    let mut follower = setup.followed_by(9).await;
    assert_eq!(follower.tokens(1).await, [11]);
    telling.token(0, 12);
    telling.token(0, 13);
    assert_eq!(follower.tokens(2).await, [12, 13]);
    assert!(!follower.reading.has_ended());
    telling.end(0);
    assert!(follower.tokens(9).await.is_empty());
    assert!(follower.reading.has_ended());
    // Whoever comes later reads the same, also after the computation.
    drop(telling);
    let mut later = setup.followed_by(40).await;
    assert_eq!(later.tokens(9).await, [11, 12, 13]);
    assert!(later.reading.has_ended());
    // From a token on: the chunk that has it, and those after.
    let mut lines = setup
        .open(Some(reader(40)), &format!("{}?from=2", setup.stream()))
        .await
        .unwrap();
    line(&mut lines).await.unwrap();
    let chunk: Chunk = read_line(&line(&mut lines).await.unwrap()).unwrap();
    assert_eq!((chunk.first, chunk.tokens), (1, vec![12, 13]));
}

#[tokio::test]
async fn chunks_should_be_good_for_no_other_key() {
    let (setup, _telling) = Setup::telling(Limits::default()).await;
    let mut follower = setup.followed_by(9).await;
    follower.key.key = account(77).public().0;
    let chunk: Chunk = read_line(&line(&mut follower.lines).await.unwrap()).unwrap();
    assert_eq!(follower.take(&chunk), Err(Broken::Signature));
}

#[tokio::test]
async fn stream_that_breaks_off_should_end_without_a_last_chunk() {
    let (setup, telling) = Setup::telling(Limits::default()).await;
    let mut follower = setup.followed_by(9).await;
    assert_eq!(follower.tokens(1).await, [11]);
    drop(telling);
    assert!(follower.tokens(9).await.is_empty());
    assert!(!follower.reading.has_ended());
}

#[tokio::test]
async fn only_those_that_asked_should_read_a_stream() {
    let (setup, _telling) = Setup::telling(Limits::default()).await;
    let url = setup.stream();
    for (who, expected) in [(40, 200), (9, 200), (41, 403), (42, 403), (8, 403)] {
        assert_eq!(setup.status(Some(reader(who)), &url).await, expected, "{who}");
    }
    assert_eq!(setup.status(None, &url).await, 401);
    // A validator computes it, and does not copy it.
    let expires = now() + 60;
    let signature = attestation().sign(&token_payload(GENESIS, &ME, &ME, expires));
    let validator = Authorization::validator(*ME.as_ref(), expires, signature.as_ref());
    assert_eq!(setup.status(Some(validator), &url).await, 403);
    let other = |job, request| stream_url(&setup.url(), job, request);
    assert_eq!(setup.status(Some(reader(9)), &other(JobId::zero(), REQUEST)).await, 404);
    assert_eq!(setup.status(Some(reader(9)), &other(JOB, 8)).await, 404);
    for wrong in [
        format!("{}/v1/streams/12/7", setup.url()),
        url.replace("/7", "/x"),
        format!("{url}?from=x"),
    ] {
        assert_eq!(setup.status(Some(reader(9)), &wrong).await, 400, "{wrong}");
    }
    setup.streams.set_word(None);
    assert_eq!(setup.status(Some(reader(9)), &url).await, 503);
}

#[tokio::test]
async fn streams_should_be_few_and_be_free_again_when_readers_go() {
    let limits = Limits {
        streams: 2,
        streams_of_organisation: 2,
        ..Limits::default()
    };
    let (setup, _telling) = Setup::telling(limits).await;
    let url = setup.stream();
    let first = setup.open(Some(reader(9)), &url).await.unwrap();
    let _second = setup.open(Some(reader(40)), &url).await.unwrap();
    assert_eq!(setup.status(Some(reader(9)), &url).await, 503);
    drop(first);
    setup.until_free("a reader that went away still counts").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reader_that_takes_nothing_should_be_cut_off_and_hold_up_nobody() {
    const MANY: u32 = 3_000_000;
    let limits = Limits {
        idle: Duration::from_millis(500),
        streams_of_organisation: 2,
        ..Limits::default()
    };
    let setup = Setup::start(limits).await;
    let mut telling = setup.begin();
    let mut slow = TcpStream::connect(setup.served.address).await.unwrap();
    let path = setup.stream().replace(&setup.url(), "");
    let head = format!("GET {path} HTTP/1.1\r\nhost: a\r\nauthorization: {}\r\n\r\n", reader(9));
    slow.write_all(head.as_bytes()).await.unwrap();
    let mut begin = [0; 12];
    slow.read_exact(&mut begin).await.unwrap();
    assert_eq!(&begin, b"HTTP/1.1 200");
    // Far more than all buffers on the way have room for; the computation waits for none of it.
    let before = std::time::Instant::now();
    (0..MANY).for_each(|token| telling.token(0, token));
    telling.end(0);
    assert!(before.elapsed() < PATIENCE);
    // Its place is free when it is cut off.
    let _other = setup.open(Some(reader(40)), &setup.stream()).await.unwrap();
    setup.until_free("a reader that takes nothing still counts").await;
}
