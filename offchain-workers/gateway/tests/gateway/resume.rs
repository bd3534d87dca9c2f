//! Uploads that break off and are gone on with, and gateways that stand still.

use crate::common::{served, snapshot, Served, GENESIS, ME};
use quorate_blobs::{
    name,
    transfer::{Authorization, Client, Opening, Permit, Receipt, Timeouts, TransferError},
    BlobStore, Quota, Room, Root,
};
use quorate_gateway::{Gateway, Limits, UPDATE_MARK};
use quorate_primitives::{
    payload::{update_commitment, uploader_payload},
    views::{
        gateway::{GatewayEntry, Upload},
        Entry,
    },
    AccountId,
};
use sp_core::{sr25519, Pair};
use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{
        atomic::{AtomicU64, Ordering},
        Arc,
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

const LEN: usize = 6_000_000;

struct Setup {
    folder: tempfile::TempDir,
    store: BlobStore,
    address: SocketAddr,
    client: Client,
    _served: Served,
}

fn account(seed: u8) -> sr25519::Pair {
    sr25519::Pair::from_seed(&[seed; 32])
}

fn id(seed: u8) -> AccountId {
    AccountId::from(account(seed).public().0)
}

/// What the contributor of this seed brings.
fn content(seed: u8) -> Vec<u8> {
    (0..LEN as u32).map(|i| (i.wrapping_mul(i) >> 7) as u8 ^ seed).collect()
}

fn root(seed: u8) -> Root {
    let mut tree = quorate_blobs::TreeBuilder::new(LEN as u64);
    tree.push(&content(seed)).unwrap();
    tree.finish().unwrap().0
}

/// Contributors 9 and 10 of two organisations may bring what is theirs.
async fn start(room: Room) -> Setup {
    let folder = tempfile::tempdir().unwrap();
    let store = BlobStore::local(folder.path().join("store")).unwrap();
    let upload = |seed: u8| {
        Entry::from(&GatewayEntry::Upload(Upload {
            round: 4,
            model: 0,
            contributor: id(seed),
            organisation: seed.into(),
            commitment: update_commitment(GENESIS, 4, &id(seed), root(seed).into(), 1, [3; 32]),
            weight: 1,
            len: LEN as u64,
            root: None,
        }))
    };
    let quota = Quota::new(store.clone(), room);
    let served = served(|seen| Gateway::new(store.clone(), seen, Limits::default()).with_quota(quota)).await;
    served.view.send_replace(Some(snapshot(&[upload(9), upload(10)])));
    Setup {
        folder,
        store,
        address: served.address,
        client: Client::new(Timeouts::default()).unwrap(),
        _served: served,
    }
}

fn permit(seed: u8) -> Permit {
    let expires = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() + 600;
    let signature = account(seed).sign(&uploader_payload(GENESIS, &id(seed), &ME, root(seed).into(), expires));
    Permit {
        authorization: Authorization::uploader_sr25519(*id(seed).as_ref(), expires, &signature.0),
        opening: Some(Opening {
            round: 4,
            contributor: *id(seed).as_ref(),
            weight: 1,
            salt: [3; 32],
        }),
    }
}

impl Setup {
    fn file(&self, seed: u8) -> PathBuf {
        let path = self.folder.path().join(format!("upload{seed}"));
        std::fs::write(&path, content(seed)).unwrap();
        path
    }

    async fn upload(&self, at: SocketAddr, seed: u8) -> Result<Receipt, TransferError> {
        let (gateway, path) = (format!("http://{at}").into(), self.file(seed));
        self.client
            .upload(&gateway, root(seed), &path, &permit(seed), Arc::new(|_, _| ()))
            .await
    }

    fn head(&self, method: &str, seed: u8, more: &str) -> String {
        let (name, permit) = (name(&root(seed)), permit(seed));
        format!(
            "{method} /v1/blobs/{name} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: {}\r\nx-quorate-opening: {}\r\n{more}\r\n",
            permit.authorization,
            permit.opening.unwrap()
        )
    }

    /// The answer to one request.
    async fn ask(&self, head: String, body: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    async fn offset(&self, seed: u8) -> Option<usize> {
        let answer = self.ask(self.head("HEAD", seed, ""), &[]).await;
        let (_, rest) = answer.split_once("upload-offset: ")?;
        rest.split("\r\n").next()?.parse().ok()
    }

    /// Sends the first bytes of an upload and goes away; waits until they are kept.
    async fn break_off(&self, seed: u8, bytes: &[u8]) {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let head = self.head("PUT", seed, &format!("content-length: {LEN}\r\n"));
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        drop(stream);
        let kept = async {
            while self.offset(seed).await != Some(bytes.len()) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), kept)
            .await
            .expect("the part is lost");
    }
}

/// Passes connections on, and breaks each that sends more than so many bytes.
async fn breaking(to: SocketAddr, after: u64) -> (SocketAddr, Arc<AtomicU64>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, sent) = (listener.local_addr().unwrap(), Arc::new(AtomicU64::new(0)));
    let count = sent.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let count = count.clone();
            tokio::spawn(async move {
                let there = TcpStream::connect(to).await.unwrap();
                let ((mut read, mut write), (mut back, mut forth)) = (stream.into_split(), there.into_split());
                let answers = tokio::spawn(async move { tokio::io::copy(&mut back, &mut write).await });
                let mut limited = (&mut read).take(after);
                let passed = tokio::io::copy(&mut limited, &mut forth).await.unwrap_or(after);
                count.fetch_add(passed, Ordering::SeqCst);
                if passed == after {
                    answers.abort();
                }
            });
        }
    });
    (address, sent)
}

#[tokio::test(flavor = "multi_thread")]
async fn upload_should_be_gone_on_with_after_broken_connections() {
    let setup = start(Room::default()).await;
    let (through, sent) = breaking(setup.address, 2_500_000).await;
    assert_eq!(setup.upload(through, 9).await.unwrap(), Receipt::Stored);
    assert_eq!(setup.store.get_small(&root(9), LEN as u64).await.unwrap(), content(9));
    assert!(setup.store.parts().unwrap().is_empty());
    let sent = sent.load(Ordering::SeqCst);
    assert!(sent < 2 * LEN as u64, "{sent} bytes for {LEN}");
    assert_eq!(setup.upload(setup.address, 9).await.unwrap(), Receipt::AlreadyHeld);
}

#[tokio::test(flavor = "multi_thread")]
async fn gateway_that_keeps_nothing_should_be_given_up() {
    let setup = start(Room::default()).await;
    let (through, _) = breaking(setup.address, 1_000).await;
    assert!(setup.upload(through, 9).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn part_should_be_told_kept_and_gone_on_with_exactly() {
    let setup = start(Room::default()).await;
    let bytes = content(9);
    assert_eq!(setup.offset(9).await, Some(0));
    setup.break_off(9, &bytes[..1_000_000]).await;
    assert_eq!(setup.offset(10).await, Some(0), "another one's upload is another one");
    let last = LEN - 1;
    let put = |from: usize, range: String| {
        let head = setup.head("PUT", 9, &format!("content-length: {}\r\n{range}", LEN - from));
        setup.ask(head, &bytes[from..])
    };
    let range = |from: usize| format!("content-range: bytes {from}-{last}/{LEN}\r\n");
    let apart = put(2_000_000, range(2_000_000)).await;
    assert!(
        apart.starts_with("HTTP/1.1 409") && apart.contains(r#""held":1000000"#),
        "{apart}"
    );
    for wrong in [
        format!("content-range: bytes 1000000-{last}/{}\r\n", LEN + 1),
        format!("content-range: bytes 1000000-{}/{LEN}\r\n", last - 1),
        "content-range: bytes */6\r\n".into(),
    ] {
        let refused = put(1_000_000, wrong.clone()).await;
        assert!(refused.starts_with("HTTP/1.1 400"), "{wrong}: {refused}");
    }
    assert_eq!(setup.offset(9).await, Some(1_000_000));
    let stored = put(1_000_000, range(1_000_000)).await;
    assert!(stored.starts_with("HTTP/1.1 201"), "{stored}");
    assert_eq!(setup.offset(9).await, Some(LEN));
    let note = setup.store.mark(UPDATE_MARK, &root(9)).await.unwrap();
    assert!(note.is_some_and(|note| note[..] != [0; 32]));
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_place_should_be_named_before_the_part_is_opened_and_read() {
    let setup = start(Room::default()).await;
    setup.break_off(9, &content(9)[..1_000_000]).await;
    let owner = format!("{}-9", name(id(9).as_ref()));
    // While it is held here nobody else can open it.
    let part = loop {
        match setup.store.part(&root(9), &owner, LEN as u64).await.unwrap() {
            Some(part) => break part,
            // The gateway is just letting go of it.
            None => tokio::task::yield_now().await,
        }
    };
    let last = LEN - 1;
    let range = format!("content-length: 1\r\ncontent-range: bytes {last}-{last}/{LEN}\r\n");
    let answer = setup.ask(setup.head("PUT", 9, &range), &[0]).await;
    assert!(
        answer.starts_with("HTTP/1.1 409") && answer.contains(r#""held":1000000"#),
        "{answer}"
    );
    part.keep().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whole_part_that_was_not_made_visible_should_be_taken() {
    let setup = start(Room::default()).await;
    let owner = format!("{}-9", name(id(9).as_ref()));
    let part = setup.store.part(&root(9), &owner, LEN as u64).await.unwrap();
    let mut part = part.unwrap();
    part.write(&content(9)).await.unwrap();
    part.keep().await;
    let (through, sent) = breaking(setup.address, u64::MAX).await;
    assert_eq!(setup.upload(through, 9).await.unwrap(), Receipt::Stored);
    assert_eq!(setup.store.get_small(&root(9), LEN as u64).await.unwrap(), content(9));
    drop(setup);
    assert!(sent.load(Ordering::SeqCst) < 100_000, "nothing is sent again");
}

#[tokio::test(flavor = "multi_thread")]
async fn part_with_wrong_bytes_should_cost_its_uploader_one_upload() {
    let setup = start(Room::default()).await;
    setup.break_off(9, &vec![0; 500_000]).await;
    let refused = setup.upload(setup.address, 9).await;
    assert!(
        matches!(refused, Err(TransferError::Refused { status: 400, .. })),
        "{refused:?}"
    );
    assert_eq!(setup.offset(9).await, Some(0));
    assert_eq!(setup.upload(setup.address, 9).await.unwrap(), Receipt::Stored);
}

#[tokio::test(flavor = "multi_thread")]
async fn part_that_nobody_writes_should_give_way_to_a_whole_upload() {
    let room = Room {
        max: Some(LEN as u64 + 1_000_000),
        keep_free: 0,
    };
    let setup = start(room).await;
    setup.break_off(9, &content(9)[..3_000_000]).await;
    assert_eq!(setup.upload(setup.address, 10).await.unwrap(), Receipt::Stored);
    assert_eq!(setup.offset(9).await, Some(0));
    let refused = setup.upload(setup.address, 9).await;
    assert!(
        matches!(refused, Err(TransferError::Refused { status: 507, .. })),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_uploader_heard_to_be_held_should_not_be_collected() {
    let setup = start(Room::default()).await;
    setup.upload(setup.address, 9).await.unwrap();
    // It was decided long ago that nobody needs it.
    setup.store.forget_promises().await;
    assert_eq!(setup.upload(setup.address, 9).await.unwrap(), Receipt::AlreadyHeld);
    assert!(!setup.store.collect(UPDATE_MARK, &root(9)).await.unwrap());
    setup.store.forget_promises().await;
    assert!(setup.store.collect(UPDATE_MARK, &root(9)).await.unwrap());
    assert_eq!(setup.upload(setup.address, 9).await.unwrap(), Receipt::Stored);
}

#[tokio::test(flavor = "multi_thread")]
async fn gateway_that_accepts_and_never_reads_should_be_left() {
    let setup = start(Room::default()).await;
    let path = setup.folder.path().join("large");
    // More than the buffers of two sockets hold.
    std::fs::File::create(&path).unwrap().set_len(64 << 20).unwrap();
    let still = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gateway = format!("http://{}", still.local_addr().unwrap()).into();
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = still.accept().await {
            // The first request is answered.
            let mut first = [0; 4];
            if stream.read_exact(&mut first).await.is_ok() && &first == b"HEAD" {
                let answer = b"HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
                stream.write_all(answer).await.unwrap();
            }
            open.push(stream);
        }
    });
    let timeouts = Timeouts {
        idle: Duration::from_millis(500),
        ..Timeouts::default()
    };
    let client = Client::new(timeouts).unwrap();
    let uploaded = client
        .upload(&gateway, [5; 32], &path, &permit(9), Arc::new(|_, _| ()))
        .await;
    assert!(matches!(uploaded, Err(TransferError::Idle { .. })), "{uploaded:?}");
}
