//! The gateway over real connections. One program, which is linked once.

mod artifacts;
mod common;
mod downloads;
mod fetch;
mod held;
mod hostile;
mod reads;
mod requests;
mod resume;
mod serving;
mod shards;
mod streams;
mod tls;
mod uploads;

use common::{served, Served};
use quorate_blobs::{
    name, root_of_file,
    transfer::{Client, Opening, Permit, Receipt, Source, Timeouts, TransferError},
    BlobStore, Root,
};
use quorate_gateway::{listen, Allowed, Gateway, Limits, ListenError, Protection, Snapshot, UPDATE_MARK};
use quorate_gateway_api::{Authorization, ErrorBody, StatusBody};
use quorate_primitives::{
    crypto::AttestationPair,
    payload::{reader_payload, token_payload, update_commitment, uploader_payload},
    policy::Access,
    views::{
        gateway::{ArtifactBlob, GatewayEntry, Members, Peer, Readers, RequestBlob, ShardBlob, Upload, VersionBlob},
        BlobRef, Entry,
    },
    AccountId, Hash,
};
use sp_core::{crypto::Ss58Codec, Pair};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::sync::watch;

struct Setup {
    dir: tempfile::TempDir,
    store: BlobStore,
    url: String,
    view: watch::Sender<Option<Arc<Snapshot>>>,
    client: Client,
    _served: Served,
}

const ME: AccountId = AccountId::new([1; 32]);
const PEER: AccountId = AccountId::new([2; 32]);
const GENESIS: Hash = Hash::repeat_byte(0x77);

fn key(seed: u8) -> AttestationPair {
    AttestationPair::from_seed(&[seed; 32])
}

fn account(seed: u8) -> sp_core::sr25519::Pair {
    sp_core::sr25519::Pair::from_seed(&[seed; 32])
}

fn contributor() -> AccountId {
    AccountId::from(account(9).public().0)
}

/// A token of the account with this seed to bring a blob.
fn uploader(seed: u8, audience: &AccountId, root: Root, expires: u64) -> Authorization {
    let bearer = AccountId::from(account(seed).public().0);
    let signature = account(seed).sign(&uploader_payload(GENESIS, &bearer, audience, root.into(), expires));
    Authorization::uploader_sr25519(*bearer.as_ref(), expires, &signature.0)
}

fn http() -> reqwest::Client {
    let tls = quorate_tls::no_roots().unwrap();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .build()
        .unwrap()
}

fn snapshot(entries: &[GatewayEntry]) -> Snapshot {
    let peer = |validator: &AccountId, seed| {
        GatewayEntry::Peer(Peer {
            validator: validator.clone(),
            organisation: 0,
            key: Some(key(seed).public()),
            gateway: String::new(),
            tls_key_hash: None,
        })
    };
    let unknown = Entry {
        kind: 200,
        body: vec![7],
    };
    let peers = [peer(&ME, 1), peer(&PEER, 2)];
    let entries: Vec<Entry> = peers.iter().chain(entries).map(Entry::from).chain([unknown]).collect();
    let (allowed, unknown) = Allowed::new(&entries);
    assert_eq!(
        unknown.into_iter().collect::<Vec<_>>(),
        [200],
        "a kind of a later version is left out"
    );
    Snapshot {
        genesis: GENESIS,
        best: 1,
        finalized: 0,
        me: Some(ME),
        allowed: allowed.into(),
    }
}

async fn start() -> Setup {
    let dir = tempfile::tempdir().unwrap();
    let store = BlobStore::local(dir.path().join("store")).unwrap();
    let served = served(|seen| Gateway::new(store.clone(), seen, Limits::default())).await;
    Setup {
        dir,
        store,
        url: format!("http://{}", served.address),
        view: served.view.clone(),
        client: Client::new(Timeouts::default()).unwrap(),
        _served: served,
    }
}

impl Setup {
    async fn file(&self, content: &[u8]) -> (PathBuf, Root, u64) {
        let path = self.dir.path().join("upload");
        std::fs::write(&path, content).unwrap();
        let (root, len) = root_of_file(&path).await.unwrap();
        (path, root, len)
    }

    fn show(&self, entries: &[GatewayEntry]) {
        self.view.send_replace(Some(Arc::new(snapshot(entries))));
    }

    /// By the contributor.
    async fn put(&self, root: Root, path: &Path, opening: Option<Opening>) -> Result<Receipt, TransferError> {
        let authorization = uploader(9, &ME, root, now() + 60);
        self.put_with(authorization, root, path, opening).await
    }

    async fn put_with(
        &self,
        authorization: Authorization,
        root: Root,
        path: &Path,
        opening: Option<Opening>,
    ) -> Result<Receipt, TransferError> {
        let permit = Permit { authorization, opening };
        self.client
            .upload(&self.url.as_str().into(), root, path, &permit, Arc::new(|_, _| ()))
            .await
    }

    async fn get(&self, root: &Root, token: Option<&str>) -> u16 {
        let mut request = http().get(format!("{}/v1/blobs/{}", self.url, name(root)));
        if let Some(token) = token {
            request = request.header("authorization", token);
        }
        request.send().await.unwrap().status().as_u16()
    }
}

fn refusal(result: Result<Receipt, TransferError>) -> u16 {
    match result {
        Err(TransferError::Refused { status, .. }) => status,
        other => panic!("{other:?}"),
    }
}

fn opening() -> Opening {
    Opening {
        round: 4,
        contributor: *contributor().as_ref(),
        weight: 100,
        salt: [3; 32],
    }
}

fn awaited(root: Root, len: u64) -> Upload {
    let commitment = update_commitment(GENESIS, 4, &contributor(), root.into(), 100, [3; 32]);
    Upload {
        round: 4,
        model: 0,
        contributor: contributor(),
        organisation: 0,
        commitment,
        weight: 100,
        len,
        root: None,
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// Accounts of an organisation: its own, and a contributor's.
fn members(organisation: u32, own: u8, contributor: u8) -> GatewayEntry {
    let id = |seed| AccountId::from(account(seed).public().0);
    GatewayEntry::Members(Members {
        organisation,
        account: id(own),
        contributors: vec![id(contributor)],
    })
}

fn reader_of(seed: u8) -> String {
    let (who, expires) = (AccountId::from(account(seed).public().0), now() + 60);
    let signature = account(seed).sign(&reader_payload(GENESIS, &who, &ME, expires));
    Authorization::reader_sr25519(*who.as_ref(), expires, &signature.0).to_string()
}

fn validator_of(seed: u8, who: &AccountId) -> String {
    let expires = now() + 60;
    let signature = key(seed).sign(&token_payload(GENESIS, who, &ME, expires));
    Authorization::validator(*who.as_ref(), expires, signature.as_ref()).to_string()
}
