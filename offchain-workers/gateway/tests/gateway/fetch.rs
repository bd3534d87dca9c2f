//! Downloads from gateways of which some are hostile.

use futures::TryStreamExt;
use quorate_blobs::{
    name,
    transfer::{Client, Destination, Source, Timeouts, TransferError},
    BlobStore, Root,
};
use quorate_gateway::{listen, serve, Allowed, Gateway, Limits, Protection, Snapshot};
use quorate_gateway_api::proven;
use quorate_primitives::{
    policy::Access,
    views::{
        gateway::{GatewayEntry, VersionBlob},
        BlobRef, Entry,
    },
    Hash,
};
use std::{
    future::Future,
    sync::{
        atomic::{AtomicU64, AtomicUsize, Ordering},
        Arc,
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{watch, Notify},
    time::timeout,
};

const PATIENCE: Duration = Duration::from_secs(60);
const LEN: usize = 1_000_003;

/// An honest gateway that shows these blobs to anybody.
struct Honest {
    folder: tempfile::TempDir,
    store: BlobStore,
    url: String,
    _stop: watch::Sender<bool>,
    _view: watch::Sender<Option<Arc<Snapshot>>>,
}

fn content(seed: u8) -> Vec<u8> {
    content_of(LEN, seed)
}

fn content_of(len: usize, seed: u8) -> Vec<u8> {
    (0..len as u64)
        .map(|i| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as u8 ^ seed)
        .collect()
}

async fn honest(blobs: usize) -> (Honest, Vec<Root>) {
    showing((0..blobs).map(|seed| content(seed as u8)).collect()).await
}

async fn showing(blobs: Vec<Vec<u8>>) -> (Honest, Vec<Root>) {
    let folder = tempfile::tempdir().unwrap();
    let store = BlobStore::local(folder.path().join("store")).unwrap();
    let (mut roots, mut entries) = (Vec::new(), Vec::new());
    for (version, bytes) in (0..).zip(blobs) {
        let len = bytes.len() as u64;
        let root = store.put_bytes(bytes.into()).await.unwrap();
        roots.push(root);
        entries.push(Entry::from(&GatewayEntry::Version(VersionBlob {
            model: 0,
            version,
            blob: BlobRef { root: root.into(), len },
            access: Access::Public,
            pending: false,
            optimiser: None,
        })));
    }
    let snapshot = Snapshot {
        genesis: Hash::zero(),
        best: 1,
        finalized: 0,
        me: None,
        allowed: Allowed::new(&entries).0.into(),
    };
    let (view, seen) = watch::channel(Some(Arc::new(snapshot)));
    let (stop, stopped) = watch::channel(false);
    let listener = listen("127.0.0.1:0".parse().unwrap(), Protection::ThisMachine)
        .await
        .unwrap();
    let url = listener.url().unwrap();
    tokio::spawn(serve(
        listener,
        Gateway::new(store.clone(), seen, Limits::default()),
        stopped,
    ));
    let honest = Honest {
        folder,
        store,
        url,
        _stop: stop,
        _view: view,
    };
    (honest, roots)
}

impl Honest {
    /// What it sends for these groups.
    async fn proof(&self, root: &Root, first: u64) -> Vec<u8> {
        let groups = first..proven::groups(LEN as u64);
        let stream = self.store.get_proven(root, groups).await.unwrap();
        let pieces: Vec<_> = stream.try_collect().await.unwrap();
        pieces.concat()
    }

    fn other_store(&self) -> BlobStore {
        let folder = tempfile::tempdir_in(self.folder.path()).unwrap().keep();
        BlobStore::local(folder).unwrap()
    }
}

/// What a hostile gateway's connections have been.
#[derive(Default)]
struct Seen {
    all: AtomicUsize,
    now: AtomicUsize,
}

impl Seen {
    fn all(&self) -> usize {
        self.all.load(Ordering::SeqCst)
    }
}

struct Open(Arc<Seen>);

impl Open {
    fn new(seen: &Arc<Seen>) -> Self {
        seen.all.fetch_add(1, Ordering::SeqCst);
        seen.now.fetch_add(1, Ordering::SeqCst);
        Self(seen.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A gateway that does with each connection what `act` does, given the first group that is asked for.
async fn hostile<F>(act: impl Fn(TcpStream, u64) -> F + Send + Sync + 'static) -> (Source, Arc<Seen>)
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let source = Source::public(format!("http://{}", listener.local_addr().unwrap()));
    let (seen, shown) = (Arc::new(Seen::default()), Arc::new(act));
    let counted = seen.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (open, act) = (Open::new(&counted), shown.clone());
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    let Ok(byte) = stream.read_u8().await else { return };
                    head.push(byte);
                }
                let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
                assert!(head.contains(proven::PROVEN), "{head}");
                let (_, range) = head.split_once("groups=").unwrap();
                let first = range.split('-').next().unwrap().parse().unwrap();
                act(stream, first).await;
                drop(open);
            });
        }
    });
    (source, seen)
}

/// Head of a right answer from this group on, but for its last lines.
fn head(first: u64) -> String {
    let (len, groups) = (LEN as u64, first..proven::groups(LEN as u64));
    format!(
        "HTTP/1.1 206 Partial Content\r\ncontent-type: {}\r\n{}: {len}\r\ncontent-range: {}\r\n",
        proven::PROVEN,
        proven::LENGTH_HEADER,
        proven::content_groups(&groups, groups.end)
    )
}

fn sized(first: u64) -> String {
    let len = proven::proven_len(LEN as u64, &(first..proven::groups(LEN as u64)));
    format!("{}content-length: {len}\r\n\r\n", head(first))
}

/// Until the other side has gone.
async fn until_closed(stream: &mut TcpStream) {
    let _ = stream.read(&mut [0; 16]).await;
}

fn client(idle: u64, hedge: u64) -> Client {
    let timeouts = Timeouts {
        idle: Duration::from_millis(idle),
        hedge: Duration::from_millis(hedge),
        ..Timeouts::default()
    };
    Client::new(timeouts).unwrap()
}

async fn fetch(client: &Client, into: &BlobStore, sources: &[Source], root: Root) -> Result<(), TransferError> {
    let fetched = client.fetch(into, sources, root, LEN as u64, &|_, _| ());
    timeout(PATIENCE, fetched).await.expect("fetching hangs")
}

fn causes(result: Result<(), TransferError>) -> String {
    match result {
        Err(TransferError::Nowhere { causes, .. }) => causes.join("; "),
        other => panic!("{other:?}"),
    }
}

/// A kind of hostile gateway: what is said of it, and whether it is remembered.
async fn check(what: &str, (bad, seen): (Source, Arc<Seen>), honest: &Honest, root: Root, remembered: bool) {
    let client = client(500, 100_000);
    let alone = causes(fetch(&client, &honest.other_store(), std::slice::from_ref(&bad), root).await);
    assert!(alone.contains(what) && alone.contains(&bad.gateway.url), "{alone}");
    let (before, store) = (seen.all(), honest.other_store());
    let sources = [bad, Source::public(&honest.url)];
    fetch(&client, &store, &sources, root).await.unwrap();
    let again = seen.all() > before;
    assert_eq!(again, !remembered, "{what}: asked again before others");
    assert_eq!(store.get_small(&root, LEN as u64).await.unwrap(), content(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_source_should_be_named_and_left_for_the_next_one() {
    let (honest, roots) = honest(1).await;
    let root = roots[0];
    let proof: Arc<Vec<u8>> = honest.proof(&root, 0).await.into();

    let drip = proof.clone();
    let dripping = hostile(move |mut stream, first| {
        let drip = drip.clone();
        async move {
            stream.write_all(sized(first).as_bytes()).await.unwrap();
            for byte in drip.iter() {
                if stream.write_all(&[*byte]).await.is_err() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    });
    check("too few", dripping.await, &honest, root, true).await;

    let stalled = hostile(|mut stream, first| async move {
        stream.write_all(sized(first).as_bytes()).await.unwrap();
        until_closed(&mut stream).await;
    });
    check("no byte", stalled.await, &honest, root, true).await;

    let silent = hostile(|mut stream, _| async move { until_closed(&mut stream).await });
    check("no byte", silent.await, &honest, root, true).await;

    let mut wrong = proof.to_vec();
    wrong[LEN / 2] ^= 1;
    let wrong = Arc::new(wrong);
    let lying = hostile(move |mut stream, first| {
        let wrong = wrong.clone();
        async move {
            stream.write_all(sized(first).as_bytes()).await.unwrap();
            let _ = stream.write_all(&wrong).await;
            until_closed(&mut stream).await;
        }
    });
    check("wrong bytes, from byte 4", lying.await, &honest, root, true).await;

    // What may be an error of this side, or of a proxy between, counts once it has happened again.
    let longer = hostile(|mut stream, first| async move {
        let head = format!("{}content-length: 9999999999\r\n\r\n", head(first));
        stream.write_all(head.as_bytes()).await.unwrap();
        until_closed(&mut stream).await;
    });
    check("sends 9999999999 bytes", longer.await, &honest, root, false).await;

    let elsewhere = hostile(|mut stream, _| async move {
        let head =
            "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:9/\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        until_closed(&mut stream).await;
    });
    check("status 302", elsewhere.await, &honest, root, false).await;

    let unproven = hostile(|mut stream, _| async move {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {LEN}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        until_closed(&mut stream).await;
    });
    check("status 200", unproven.await, &honest, root, false).await;

    // It may know better than the chain.
    let other = hostile(|mut stream, first| async move {
        let head = sized(first).replace(&format!("length: {LEN}"), "length: 77");
        stream.write_all(head.as_bytes()).await.unwrap();
        until_closed(&mut stream).await;
    });
    check("has 77 bytes", other.await, &honest, root, false).await;

    // A refusal is no misdeed.
    let without = hostile(|mut stream, _| async move {
        let head = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
    });
    check("refuses (404)", without.await, &honest, root, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn source_that_breaks_off_should_be_gone_on_with_where_it_stopped() {
    let (honest, roots) = honest(1).await;
    let root = roots[0];
    let mut proofs = Vec::new();
    for first in 0..proven::groups(LEN as u64) {
        proofs.push(honest.proof(&root, first).await);
    }
    let (breaking, seen) = hostile(move |mut stream, first| {
        let part = proofs[first as usize].clone();
        async move {
            stream.write_all(sized(first).as_bytes()).await.unwrap();
            // A fourth of the blob each time.
            let _ = stream.write_all(&part[..part.len().min(LEN / 4 + 70_000)]).await;
        }
    })
    .await;
    let store = honest.other_store();
    fetch(&client(5_000, 100_000), &store, &[breaking], root).await.unwrap();
    assert_eq!(store.get_small(&root, LEN as u64).await.unwrap(), content(0));
    assert!((2..=4).contains(&seen.all()), "{}", seen.all());
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_was_asked_for_should_not_be_read() {
    let (honest, roots) = honest(1).await;
    let root = roots[0];
    let proof: Arc<Vec<u8>> = honest.proof(&root, 0).await.into();
    let (endless, seen) = hostile(move |mut stream, first| {
        let proof = proof.clone();
        async move {
            let head = format!("{}transfer-encoding: chunked\r\n\r\n{:x}\r\n", head(first), proof.len());
            stream.write_all(head.as_bytes()).await.unwrap();
            stream.write_all(&proof).await.unwrap();
            while stream.write_all(b"\r\n4\r\nmore").await.is_ok() {}
        }
    })
    .await;
    let store = honest.other_store();
    fetch(&client(5_000, 100_000), &store, &[endless], root).await.unwrap();
    assert_eq!(store.len(&root).await.unwrap(), Some(LEN as u64));
    let gone = async {
        while seen.now.load(Ordering::SeqCst) > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, gone).await.expect("the connection is kept open");
}

#[tokio::test(flavor = "multi_thread")]
async fn second_source_should_be_asked_while_the_first_is_slow() {
    let (honest, roots) = honest(1).await;
    let root = roots[0];
    let proof: Arc<Vec<u8>> = honest.proof(&root, 0).await.into();
    // It keeps to the slowest rate that is borne, and would need minutes.
    let (slow, seen) = hostile(move |mut stream, first| {
        let proof = proof.clone();
        async move {
            stream.write_all(sized(first).as_bytes()).await.unwrap();
            for piece in proof.chunks(1_500) {
                if stream.write_all(piece).await.is_err() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            std::future::pending().await
        }
    })
    .await;
    let (client, store) = (client(600_000, 200), honest.other_store());
    let sources = [slow, Source::public(&honest.url)];
    fetch(&client, &store, &sources, root).await.unwrap();
    assert_eq!(store.get_small(&root, LEN as u64).await.unwrap(), content(0));
    assert_eq!(seen.all(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_source_should_not_hold_up_what_others_have() {
    const BLOBS: usize = 8;
    let (honest, roots) = honest(BLOBS).await;
    let (silent, seen) = hostile(|mut stream, _| async move { until_closed(&mut stream).await }).await;
    // Nobody is cut off: only slots and the second source help.
    let client = client(600_000, 200);
    let (store, sources) = (honest.other_store(), [silent.clone(), Source::public(&honest.url)]);
    // Some that only the silent one would have.
    let lost: Vec<_> = (0..4u8)
        .map(|n| {
            let (client, store, silent) = (client.clone(), store.clone(), silent.clone());
            tokio::spawn(async move { fetch(&client, &store, &[silent], [n; 32]).await })
        })
        .collect();
    let fetches = roots.iter().map(|root| fetch(&client, &store, &sources, *root));
    for result in futures::future::join_all(fetches).await {
        result.unwrap();
    }
    assert_eq!(store.list().await.unwrap().len(), BLOBS);
    assert!(seen.all() >= 2, "it had its slots");
    lost.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test(flavor = "multi_thread")]
async fn gateway_should_not_send_what_its_disk_has_damaged() {
    let (honest, roots) = honest(1).await;
    let root = roots[0];
    let file = honest.folder.path().join("store/blobs").join(name(&root));
    let mut bytes = content(0);
    bytes[LEN / 2] ^= 1;
    std::fs::write(file, bytes).unwrap();
    let alone = causes(
        fetch(
            &client(5_000, 100_000),
            &honest.other_store(),
            &[Source::public(&honest.url)],
            root,
        )
        .await,
    );
    assert!(!alone.contains("wrong bytes"), "{alone}");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_downloads_to_one_path_should_not_disturb_each_other() {
    let (honest, roots) = honest(1).await;
    let (root, path) = (roots[0], honest.folder.path().join("cache"));
    let sources = [Source::public(&honest.url)];
    // Clients of their own, as processes have them.
    let downloads = (0..4).map(|_| {
        let (path, sources) = (&path, &sources);
        async move {
            let client = client(5_000, 100_000);
            client.fetch_to_file(path, sources, root, LEN as u64, &|_, _| ()).await
        }
    });
    for result in futures::future::join_all(downloads).await {
        result.unwrap();
    }
    assert_eq!(std::fs::read(&path).unwrap(), content(0));
    let left: Vec<_> = std::fs::read_dir(honest.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left.len(), 2, "the store and the file: {left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn large_fetch_into_a_store_should_go_on_where_it_broke_off() {
    const LARGE: usize = 20 << 20;
    const HALF: u64 = 10 << 20;
    let bytes = content_of(LARGE, 0);
    let (honest, roots) = showing(vec![bytes.clone()]).await;
    let (root, len, store) = (roots[0], LARGE as u64, honest.other_store());
    let (client, sources) = (client(5_000, 100_000), [Source::public(&honest.url)]);
    let note = || Destination::from(&store).marked("updates", vec![7].into());
    let half = Notify::new();
    let progress = |seen, _| {
        if seen >= HALF {
            half.notify_one();
        }
    };
    tokio::select! {
        biased;
        () = half.notified() => (),
        whole = client.fetch(note(), &sources, root, len, &progress) => panic!("it was to be broken off: {whole:?}"),
    }
    // What was being written when it broke off ends in its own time.
    let part = async {
        loop {
            match store.part(&root, &format!("fetched-{len}"), len).await.unwrap() {
                Some(part) => break part,
                None => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    };
    let part = timeout(PATIENCE, part).await.expect("nobody leaves the part");
    assert!(
        part.seen() > HALF / 2 && part.seen() < len,
        "{} bytes are kept",
        part.seen()
    );
    part.keep().await;

    let first = AtomicU64::new(u64::MAX);
    let progress = |seen, _| {
        first.fetch_min(seen, Ordering::SeqCst);
    };
    client.fetch(note(), &sources, root, len, &progress).await.unwrap();
    assert!(first.into_inner() > HALF / 2, "it began anew");
    assert!(store.get_small(&root, len).await.unwrap() == bytes);
    assert_eq!(store.mark("updates", &root).await.unwrap().unwrap(), [7][..]);
    assert!(store.parts().unwrap().is_empty());

    // What a disk has changed of it begins anew.
    let store = honest.other_store();
    let mut part = store
        .part(&root, &format!("fetched-{len}"), len)
        .await
        .unwrap()
        .unwrap();
    part.write(&content_of(3 << 20, 1)).await.unwrap();
    part.keep().await;
    client.fetch(&store, &sources, root, len, &|_, _| ()).await.unwrap();
    assert!(store.get_small(&root, len).await.unwrap() == bytes);
    assert!(store.parts().unwrap().is_empty());
}
