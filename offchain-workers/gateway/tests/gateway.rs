//! The gateway over real connections.

mod common;

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

#[tokio::test]
async fn update_should_be_taken_only_with_its_opening_and_exact_length() {
    let setup = start().await;
    let (path, root, len) = setup.file(&vec![5; 3_000_000]).await;
    assert_eq!(refusal(setup.put(root, &path, Some(opening())).await), 503);
    setup.show(&[]);
    assert_eq!(refusal(setup.put(root, &path, None).await), 403);
    assert_eq!(refusal(setup.put(root, &path, Some(opening())).await), 403);
    setup.show(&[GatewayEntry::Upload(awaited(root, len + 1))]);
    assert_eq!(refusal(setup.put(root, &path, Some(opening())).await), 400);
    setup.show(&[GatewayEntry::Upload(awaited(root, len))]);
    let stranger = Opening {
        contributor: [8; 32],
        ..opening()
    };
    for wrong in [
        Opening {
            weight: 101,
            ..opening()
        },
        Opening {
            salt: [4; 32],
            ..opening()
        },
        stranger,
    ] {
        assert_eq!(refusal(setup.put(root, &path, Some(wrong)).await), 403);
    }
    let (other, ..) = setup.file(&vec![6; 3_000_000]).await;
    assert_eq!(refusal(setup.put(root, &other, Some(opening())).await), 400);
    assert_eq!(setup.store.len(&root).await.unwrap(), None);

    let (path, ..) = setup.file(&vec![5; 3_000_000]).await;
    assert_eq!(setup.put(root, &path, Some(opening())).await.unwrap(), Receipt::Stored);
    assert_eq!(
        setup.put(root, &path, Some(opening())).await.unwrap(),
        Receipt::AlreadyHeld
    );
    let note = setup.store.mark(UPDATE_MARK, &root).await.unwrap().unwrap();
    assert_eq!(note, awaited(root, len).commitment.0[..]);
    assert_eq!(
        setup.get(&root, None).await,
        404,
        "shown to nobody before it is revealed"
    );
}

#[tokio::test]
async fn upload_should_be_taken_only_with_a_token_of_who_may_bring_it() {
    let setup = start().await;
    let (path, root, len) = setup.file(&vec![5; 100_000]).await;
    setup.show(&[GatewayEntry::Upload(awaited(root, len))]);
    let url = format!("{}/v1/blobs/{}", setup.url, name(&root));
    let put = http().put(&url).header("x-quorate-opening", opening().to_string());
    let answer = put.body(vec![5; 100_000]).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.headers()["www-authenticate"], "Quorate-Uploader");
    let bearer = contributor();
    let reader = account(9).sign(&reader_payload(GENESIS, &bearer, &ME, now() + 60));
    let reader = Authorization::reader_sr25519(*bearer.as_ref(), now() + 60, &reader.0);
    let mut forged = uploader(8, &ME, root, now() + 60);
    forged.bearer = *bearer.as_ref();
    for wrong in [
        uploader(8, &ME, root, now() + 60),
        uploader(9, &PEER, root, now() + 60),
        uploader(9, &ME, [1; 32], now() + 60),
        uploader(9, &ME, root, now() - 1),
        uploader(9, &ME, root, now() + 2 * 3_600),
        reader,
        forged,
    ] {
        let shown = wrong.to_string();
        let refused = setup.put_with(wrong, root, &path, Some(opening())).await;
        assert_eq!(refusal(refused), 403, "{shown}");
    }
    assert_eq!(setup.put(root, &path, Some(opening())).await.unwrap(), Receipt::Stored);
    // Nor is it good for reading.
    setup.show(&[GatewayEntry::Shared(BlobRef { root: root.into(), len })]);
    let token = uploader(9, &ME, root, now() + 60).to_string();
    assert_eq!(setup.get(&root, Some(&token)).await, 403);
}

#[tokio::test]
async fn version_zero_should_be_taken_from_an_organisation_while_it_is_pending() {
    let setup = start().await;
    let (path, root, len) = setup.file(&vec![5; 100_000]).await;
    let blob = BlobRef { root: root.into(), len };
    let version = |pending| VersionBlob {
        model: 0,
        version: 0,
        blob: blob.clone(),
        access: Access::Public,
        pending,
        optimiser: None,
    };
    setup.show(&[GatewayEntry::Version(version(false))]);
    assert_eq!(refusal(setup.put(root, &path, None).await), 403);
    setup.show(&[GatewayEntry::Version(version(true))]);
    assert_eq!(refusal(setup.put(root, &path, None).await), 403, "of no organisation");
    let members = GatewayEntry::Members(Members {
        organisation: 3,
        account: PEER,
        contributors: vec![contributor()],
    });
    setup.show(&[GatewayEntry::Version(version(true)), members]);
    let stranger = uploader(8, &ME, root, now() + 60);
    assert_eq!(refusal(setup.put_with(stranger, root, &path, None).await), 403);
    assert_eq!(setup.put(root, &path, None).await.unwrap(), Receipt::Stored);
    assert_eq!(setup.get(&root, None).await, 401, "pending versions are for validators");
    setup.show(&[GatewayEntry::Version(version(false))]);
    assert_eq!(setup.get(&root, None).await, 200);
}

#[tokio::test]
async fn artifact_should_be_taken_from_its_owner_s_organisation_while_it_is_pending() {
    let setup = start().await;
    let (path, root, len) = setup.file(&vec![5; 100_000]).await;
    let artifact = |organisation, pending| {
        GatewayEntry::Artifact(ArtifactBlob {
            artifact: 7,
            organisation,
            blob: BlobRef { root: root.into(), len },
            access: Access::Public,
            readers: vec![],
            pending,
        })
    };
    let members = GatewayEntry::Members(Members {
        organisation: 3,
        account: PEER,
        contributors: vec![contributor()],
    });
    for view in [
        vec![artifact(3, true)],
        vec![artifact(3, false), members.clone()],
        vec![artifact(4, true), members.clone()],
    ] {
        setup.show(&view);
        assert_eq!(refusal(setup.put(root, &path, None).await), 403);
    }
    // Another organisation has registered the same root: each brings its own.
    setup.show(&[artifact(4, true), artifact(3, true), members]);
    let stranger = uploader(8, &ME, root, now() + 60);
    assert_eq!(refusal(setup.put_with(stranger, root, &path, None).await), 403);
    assert_eq!(setup.put(root, &path, None).await.unwrap(), Receipt::Stored);
    assert!(
        setup.store.mark(UPDATE_MARK, &root).await.unwrap().is_some(),
        "it goes some day"
    );
    assert_eq!(setup.get(&root, None).await, 401, "what awaits votes is for validators");
    setup.show(&[artifact(3, false)]);
    assert_eq!(setup.get(&root, None).await, 200);
    setup.show(&[]);
    assert_eq!(
        setup.get(&root, None).await,
        404,
        "nobody reads what was rejected or pruned"
    );
}

#[tokio::test]
async fn artifact_should_be_read_by_whom_its_owner_admits() {
    let setup = start().await;
    let root = setup.store.put_bytes(vec![1; 50_000].into()).await.unwrap();
    let artifact = |access, readers: &[u32]| {
        GatewayEntry::Artifact(ArtifactBlob {
            artifact: 7,
            organisation: 3,
            blob: BlobRef {
                root: root.into(),
                len: 50_000,
            },
            access,
            readers: readers.to_vec(),
            pending: false,
        })
    };
    let who = AccountId::from(account(40).public().0);
    let members = |organisation, contributor: bool| {
        GatewayEntry::Members(Members {
            organisation,
            account: if contributor { PEER } else { who.clone() },
            contributors: contributor.then(|| who.clone()).into_iter().collect(),
        })
    };
    let expires = now() + 60;
    let signature = account(40).sign(&reader_payload(GENESIS, &who, &ME, expires));
    let token = Authorization::reader_sr25519(*who.as_ref(), expires, &signature.0).to_string();
    let cases = [
        (Access::Validators, &[][..], members(3, false), 403),
        (Access::Organisations, &[], members(3, false), 200),
        (Access::Organisations, &[], members(3, true), 403),
        (Access::Organisations, &[], members(4, false), 403),
        (Access::Organisations, &[4], members(4, false), 200),
        (Access::Organisations, &[4], members(4, true), 403),
        (Access::Contributors, &[], members(4, true), 403),
        (Access::Contributors, &[4], members(4, true), 200),
        (Access::Contributors, &[4], members(3, true), 200),
        // Narrowed again.
        (Access::Contributors, &[5], members(4, true), 403),
    ];
    for (access, readers, members, expected) in cases {
        // The readers of a model with the same number are others.
        let model = GatewayEntry::Readers(Readers {
            model: 7,
            organisations: vec![3, 4],
        });
        setup.show(&[artifact(access, readers), members, model]);
        assert_eq!(setup.get(&root, Some(&token)).await, expected, "{access:?} {readers:?}");
        assert_eq!(setup.get(&root, None).await, 401);
    }
    setup.show(&[artifact(Access::Public, &[])]);
    assert_eq!(setup.get(&root, None).await, 200);
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

#[tokio::test]
async fn input_of_a_request_should_be_taken_from_whoever_asked_and_be_shown_to_nobody_else() {
    let setup = start().await;
    let (path, root, len) = setup.file(&vec![5; 100_000]).await;
    let input = |organisation, pending| {
        GatewayEntry::Request(RequestBlob {
            request: 7,
            organisation,
            input: BlobRef { root: root.into(), len },
            answer: None,
            pending,
        })
    };
    let all = [members(3, 40, 9), members(4, 41, 42)];
    for view in [input(3, false), input(4, true)] {
        setup.show(&[vec![view], all.to_vec()].concat());
        assert_eq!(refusal(setup.put(root, &path, None).await), 403);
    }
    setup.show(&[vec![input(3, true)], all.to_vec()].concat());
    for stranger in [41, 42, 8] {
        let token = uploader(stranger, &ME, root, now() + 60);
        assert_eq!(refusal(setup.put_with(token, root, &path, None).await), 403);
    }
    assert_eq!(setup.put(root, &path, None).await.unwrap(), Receipt::Stored);
    assert!(
        setup.store.mark(UPDATE_MARK, &root).await.unwrap().is_some(),
        "it goes some day"
    );
    assert_eq!(
        setup.get(&root, Some(&reader_of(40))).await,
        403,
        "before votes it is for validators"
    );
    assert_eq!(setup.get(&root, Some(&validator_of(2, &PEER))).await, 200);
    setup.show(&[vec![input(3, false)], all.to_vec()].concat());
    for (reader, expected) in [(40, 200), (9, 200), (41, 403), (42, 403), (8, 403)] {
        assert_eq!(setup.get(&root, Some(&reader_of(reader))).await, expected, "{reader}");
    }
    assert_eq!(setup.get(&root, None).await, 401);
    assert_eq!(setup.get(&root, Some(&validator_of(2, &PEER))).await, 200);
    // Another organisation names the same root: while validators vote on that, it reads nothing.
    let other = GatewayEntry::Request(RequestBlob {
        request: 8,
        organisation: 4,
        input: BlobRef { root: root.into(), len },
        answer: None,
        pending: true,
    });
    setup.show(&[vec![input(3, false), other], all.to_vec()].concat());
    for (reader, expected) in [(40, 200), (41, 403), (42, 403)] {
        assert_eq!(setup.get(&root, Some(&reader_of(reader))).await, expected, "{reader}");
    }
    setup.show(&all);
    assert_eq!(setup.get(&root, Some(&reader_of(40))).await, 404, "it was pruned");
}

#[tokio::test]
async fn answer_should_be_read_by_validators_and_whoever_asked_alone() {
    let setup = start().await;
    let mut roots = vec![];
    for content in [1, 2, 3] {
        roots.push(setup.store.put_bytes(vec![content; 50_000].into()).await.unwrap());
    }
    let blob = |root: &Root| BlobRef {
        root: (*root).into(),
        len: 50_000,
    };
    let request = |number, organisation, input: &Root, answer: &Root| {
        GatewayEntry::Request(RequestBlob {
            request: number,
            organisation,
            input: blob(input),
            answer: Some(blob(answer)),
            pending: false,
        })
    };
    // The readers of a model and of an artifact with the same number are others.
    let model = GatewayEntry::Readers(Readers {
        model: 7,
        organisations: vec![4],
    });
    let artifact = GatewayEntry::Artifact(ArtifactBlob {
        artifact: 7,
        organisation: 4,
        blob: blob(&[9; 32]),
        access: Access::Contributors,
        readers: vec![],
        pending: false,
    });
    let (first, second) = (request(7, 3, &roots[0], &roots[1]), request(8, 4, &[8; 32], &roots[2]));
    setup.show(&[first, second, members(3, 40, 9), members(4, 41, 42), model, artifact]);
    for (answer, readers) in [
        (1, [(40, 200), (9, 200), (41, 403), (42, 403)]),
        (2, [(40, 403), (9, 403), (41, 200), (42, 200)]),
    ] {
        for (reader, expected) in readers {
            assert_eq!(
                setup.get(&roots[answer], Some(&reader_of(reader))).await,
                expected,
                "{answer} {reader}"
            );
        }
        assert_eq!(setup.get(&roots[answer], Some(&validator_of(2, &PEER))).await, 200);
        assert_eq!(setup.get(&roots[answer], Some(&validator_of(3, &PEER))).await, 403);
        assert_eq!(setup.get(&roots[answer], None).await, 401);
    }
    // An organisation that is not in good standing has no members in the view.
    setup.show(&[request(7, 3, &roots[0], &roots[1]), members(4, 41, 42)]);
    assert_eq!(setup.get(&roots[1], Some(&reader_of(40))).await, 403);
}

fn shard(root: &Root, supplier: u32, access: Access, pending: bool) -> GatewayEntry {
    GatewayEntry::Shard(ShardBlob {
        round: 7,
        supplier,
        blob: BlobRef {
            root: (*root).into(),
            len: 100_000,
        },
        access,
        pending,
    })
}

#[tokio::test]
async fn shard_should_be_taken_from_its_supplier_alone_while_it_awaits_votes() {
    let setup = start().await;
    let (path, root, _) = setup.file(&vec![5; 100_000]).await;
    let all = [members(3, 40, 9), members(4, 41, 42)];
    let show = |shards: &[GatewayEntry]| setup.show(&[shards, &all].concat());
    let put = |seed: u8| setup.put_with(uploader(seed, &ME, root, now() + 60), root, &path, None);
    // Before it is revealed nobody knows its root; afterwards others' accounts are not its supplier's, and what was voted on is there.
    for view in [
        vec![],
        vec![shard(&root, 4, Access::Validators, true)],
        vec![shard(&root, 3, Access::Validators, false)],
        vec![shard(&root, 3, Access::Public, false)],
    ] {
        show(&view);
        assert_eq!(refusal(put(9).await), 403, "{view:?}");
    }
    show(&[shard(&root, 3, Access::Validators, true)]);
    for stranger in [41, 42, 8] {
        assert_eq!(refusal(put(stranger).await), 403, "{stranger}");
    }
    let (other, ..) = setup.file(&vec![6; 100_000]).await;
    assert_eq!(refusal(setup.put(root, &other, None).await), 400, "other bytes");
    let (shorter, ..) = setup.file(&vec![5; 99_999]).await;
    assert_eq!(refusal(setup.put(root, &shorter, None).await), 400, "another length");
    assert_eq!(setup.store.len(&root).await.unwrap(), None);
    // A member that is suspended is not in the view.
    setup.show(&[shard(&root, 3, Access::Validators, true), members(4, 41, 42)]);
    assert_eq!(refusal(put(9).await), 403);

    // A supplier that committed to the same file brings its own.
    show(&[4, 3].map(|supplier| shard(&root, supplier, Access::Validators, true)));
    let (path, ..) = setup.file(&vec![5; 100_000]).await;
    let put = |seed: u8| setup.put_with(uploader(seed, &ME, root, now() + 60), root, &path, None);
    assert_eq!(put(9).await.unwrap(), Receipt::Stored);
    assert_eq!(put(40).await.unwrap(), Receipt::AlreadyHeld);
    let mark = setup.store.mark(UPDATE_MARK, &root).await.unwrap();
    assert!(mark.is_some(), "it goes some day");
}

#[tokio::test]
async fn shard_should_be_read_by_validators_alone_until_it_is_public() {
    let setup = start().await;
    let root = setup.store.put_bytes(vec![5; 100_000].into()).await.unwrap();
    let all = [members(3, 40, 9), members(4, 41, 42)];
    // The readers of a model and of an artifact with the same number as its round are others.
    let model = GatewayEntry::Readers(Readers {
        model: 7,
        organisations: vec![3, 4],
    });
    let artifact = GatewayEntry::Artifact(ArtifactBlob {
        artifact: 7,
        organisation: 3,
        blob: BlobRef {
            root: Hash::repeat_byte(9),
            len: 1,
        },
        access: Access::Contributors,
        readers: vec![4],
        pending: false,
    });
    let show = |shards: &[GatewayEntry]| setup.show(&[shards, &all, &[model.clone(), artifact.clone()]].concat());
    show(&[]);
    assert_eq!(setup.get(&root, None).await, 404, "it is sealed");
    let hidden = [
        (Access::Validators, true),
        (Access::Public, true),
        (Access::Validators, false),
        (Access::Organisations, false),
        (Access::Contributors, false),
    ];
    for (access, pending) in hidden {
        show(&[shard(&root, 3, access, pending)]);
        let case = format!("{access:?} {pending}");
        assert_eq!(setup.get(&root, None).await, 401, "{case}");
        for reader in [40, 9, 41, 42, 8] {
            assert_eq!(setup.get(&root, Some(&reader_of(reader))).await, 403, "{case} {reader}");
        }
        let uploads = uploader(9, &ME, root, now() + 60).to_string();
        assert_eq!(setup.get(&root, Some(&uploads)).await, 403, "{case}");
        assert_eq!(setup.get(&root, Some(&validator_of(3, &PEER))).await, 403, "{case}");
        assert_eq!(setup.get(&root, Some(&validator_of(2, &PEER))).await, 200, "{case}");
    }
    show(&[shard(&root, 3, Access::Public, false)]);
    assert_eq!(setup.get(&root, None).await, 200, "its round is assessed");
    show(&[]);
    assert_eq!(setup.get(&root, None).await, 404, "it was rejected, or pruned");
}

#[tokio::test]
async fn reads_should_follow_the_view_and_the_token() {
    let setup = start().await;
    let root = setup.store.put_bytes(vec![1; 50_000].into()).await.unwrap();
    let blob = BlobRef {
        root: root.into(),
        len: 50_000,
    };
    setup.show(&[]);
    assert_eq!(setup.get(&root, None).await, 404);
    setup.show(&[GatewayEntry::Shared(blob.clone())]);
    assert_eq!(setup.get(&root, None).await, 401);
    assert_eq!(setup.get(&root, Some("Bearer x")).await, 401);

    let sign = |seed: u8, bearer: &AccountId, audience: &AccountId, genesis, expires| {
        let signature = key(seed).sign(&token_payload(genesis, bearer, audience, expires));
        Authorization::validator(*bearer.as_ref(), expires, signature.as_ref()).to_string()
    };
    let later = now() + 60;
    let good = sign(2, &PEER, &ME, GENESIS, later);
    assert_eq!(setup.get(&root, Some(&good)).await, 200);
    let ss58 = good.replacen(&format!("0x{}", hex::encode([2; 32])), &PEER.to_ss58check(), 1);
    assert_eq!(setup.get(&root, Some(&ss58)).await, 200);
    for wrong in [
        sign(2, &PEER, &ME, GENESIS, now() - 1),
        sign(2, &PEER, &ME, GENESIS, now() + 2 * 3_600),
        sign(2, &PEER, &PEER, GENESIS, later),
        sign(2, &PEER, &ME, Hash::zero(), later),
        sign(3, &PEER, &ME, GENESIS, later),
        sign(3, &AccountId::new([3; 32]), &ME, GENESIS, later),
        good.replacen(&later.to_string(), &(later + 1).to_string(), 1),
    ] {
        assert_eq!(setup.get(&root, Some(&wrong)).await, 403);
    }
    setup.show(&[GatewayEntry::Version(VersionBlob {
        model: 0,
        version: 0,
        blob: blob.clone(),
        access: Access::Validators,
        pending: false,
        optimiser: None,
    })]);
    assert_eq!(setup.get(&root, None).await, 401);
    assert_eq!(setup.get(&root, Some(&good)).await, 200);
}

#[tokio::test]
async fn optimiser_s_state_should_be_read_by_whom_its_version_is() {
    let setup = start().await;
    let root = setup.store.put_bytes(vec![4; 3_000].into()).await.unwrap();
    let version = |access, optimiser| VersionBlob {
        model: 0,
        version: 0,
        blob: BlobRef {
            root: Hash::repeat_byte(6),
            len: 50_000,
        },
        access,
        pending: false,
        optimiser,
    };
    setup.show(&[GatewayEntry::Version(version(Access::Public, None))]);
    assert_eq!(setup.get(&root, None).await, 404, "no version names it");
    setup.show(&[GatewayEntry::Version(version(Access::Public, Some(root.into())))]);
    assert_eq!(setup.get(&root, None).await, 200);
    setup.show(&[GatewayEntry::Version(version(Access::Validators, Some(root.into())))]);
    assert_eq!(setup.get(&root, None).await, 401);
}

#[tokio::test]
async fn downloads_should_resume_and_take_the_next_source() {
    let setup = start().await;
    let content: Vec<u8> = (0..2_000_000u32).map(|i| (i >> 3) as u8).collect();
    let root = setup.store.put_bytes(content.clone().into()).await.unwrap();
    let len = content.len() as u64;
    let blob = BlobRef { root: root.into(), len };
    setup.show(&[GatewayEntry::Version(VersionBlob {
        model: 0,
        version: 0,
        blob,
        access: Access::Public,
        pending: false,
        optimiser: None,
    })]);
    let path = setup.dir.path().join("download");
    std::fs::write(setup.dir.path().join("download.part"), &content[..700_000]).unwrap();
    let sources = [Source::public("http://127.0.0.1:9"), Source::public(&setup.url)];
    let first = std::sync::Mutex::new(None);
    let progress = |done, _| {
        first.lock().unwrap().get_or_insert(done);
    };
    setup
        .client
        .fetch_to_file(&path, &sources, root, len, &progress)
        .await
        .unwrap();
    assert!(first.lock().unwrap().unwrap() > 700_000, "went on where it stopped");
    assert_eq!(std::fs::read(&path).unwrap(), content);

    // A part that was wrong costs one more download, not the blob.
    std::fs::write(setup.dir.path().join("download.part"), vec![0; 700_000]).unwrap();
    setup
        .client
        .fetch_to_file(&path, &sources, root, len, &|_, _| ())
        .await
        .unwrap();

    let other = BlobStore::local(setup.dir.path().join("other")).unwrap();
    assert!(setup
        .client
        .fetch(&other, &sources, root, len - 1, &|_, _| ())
        .await
        .is_err());
    setup
        .client
        .fetch(&other, &sources, root, len, &|_, _| ())
        .await
        .unwrap();
    assert_eq!(other.len(&root).await.unwrap(), Some(len));

    let http = http();
    let url = format!("{}/v1/blobs/{}", setup.url, name(&root));
    let part = http.get(&url).header("range", "bytes=10-19").send().await.unwrap();
    assert_eq!(part.status(), 206);
    assert_eq!(part.headers()["content-range"], format!("bytes 10-19/{len}"));
    assert_eq!(part.bytes().await.unwrap(), content[10..20]);
    assert_eq!(
        http.get(&url)
            .header("range", "bytes=9999999-")
            .send()
            .await
            .unwrap()
            .status(),
        416
    );
    let head = http.head(&url).send().await.unwrap();
    assert_eq!(head.headers()["content-length"], len.to_string());
    let proven = http
        .get(&url)
        .header("accept", "application/vnd.quorate.bao, */*;q=0.1");
    let part = proven.header("range", "groups=2-3").send().await.unwrap();
    assert_eq!(part.status(), 206);
    assert_eq!(part.headers()["content-range"], "groups 2-3/123");
    assert_eq!(part.headers()["content-type"], "application/vnd.quorate.bao");
    assert_eq!(part.headers()["x-quorate-length"], len.to_string());
    assert!(part.bytes().await.unwrap().ends_with(&content[48 << 10..64 << 10]));
    let wrong = http.get(&url).header("accept", "application/vnd.quorate.bao");
    assert_eq!(wrong.header("range", "groups=123-").send().await.unwrap().status(), 416);
}

#[tokio::test]
async fn refusals_should_be_json_and_headers_bounded() {
    let setup = start().await;
    setup.show(&[]);
    let http = http();
    for (path, status) in [("/", 404), ("/v1/blobs/xyz", 400), ("/v1/blobs/../../etc/passwd", 404)] {
        let answer = http.get(format!("{}{path}", setup.url)).send().await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
        assert!(!answer.json::<ErrorBody>().await.unwrap().error.is_empty());
    }
    let status: StatusBody = http
        .get(format!("{}/v1/status", setup.url))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert!(status.ready);
    let long = http
        .get(format!("{}/v1/status", setup.url))
        .header("x", "y".repeat(40_000))
        .send()
        .await;
    assert!(long.map_or(true, |answer| answer.status() == 431));
}

#[tokio::test]
async fn silent_upload_should_be_given_up() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let dir = tempfile::tempdir().unwrap();
    let store = BlobStore::local(dir.path()).unwrap();
    let limits = Limits {
        idle: Duration::from_millis(300),
        ..Limits::default()
    };
    let served = served(|seen| Gateway::new(store.clone(), seen, limits)).await;
    let entries = [GatewayEntry::Upload(awaited([5; 32], 1000))];
    served.view.send_replace(Some(Arc::new(snapshot(&entries))));
    let mut stream = tokio::net::TcpStream::connect(served.address).await.unwrap();
    let head = format!(
        "PUT /v1/blobs/{} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\nx-quorate-opening: {}\r\n\
         authorization: {}\r\n\r\nhalf",
        name(&[5; 32]),
        opening(),
        uploader(9, &ME, [5; 32], now() + 60)
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let read = stream.read_to_string(&mut answer);
    tokio::time::timeout(Duration::from_secs(10), read)
        .await
        .unwrap()
        .unwrap();
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(store.list().await.unwrap().is_empty());
}

#[tokio::test]
async fn other_machines_should_not_be_served_in_plaintext_unless_told() {
    let address = "0.0.0.0:0".parse().unwrap();
    let refused = listen(address, Protection::ThisMachine).await;
    assert!(matches!(refused, Err(ListenError::Plaintext(_))));
    assert!(listen(address, Protection::PrivateNetwork).await.is_ok());
}

#[tokio::test]
async fn versions_of_a_confidential_model_should_be_read_by_its_readers_and_nobody_else() {
    let setup = start().await;
    let root = setup.store.put_bytes(vec![1; 50_000].into()).await.unwrap();
    let state = setup.store.put_bytes(vec![2; 5_000].into()).await.unwrap();
    let update = setup.store.put_bytes(vec![3; 5_000].into()).await.unwrap();
    let blob = |root: Root, len| BlobRef { root: root.into(), len };
    let version = |access, pending| {
        GatewayEntry::Version(VersionBlob {
            model: 7,
            version: 0,
            blob: blob(root, 50_000),
            access,
            pending,
            optimiser: Some(state.into()),
        })
    };
    let reader = AccountId::from(account(40).public().0);
    // Organisation 3 has the reader as a contributor, organisation 4 as its account.
    let readers = |model, organisation| {
        GatewayEntry::Readers(Readers {
            model,
            organisations: vec![organisation],
        })
    };
    let members = |organisation, account: &AccountId, contributors: &[&AccountId]| {
        GatewayEntry::Members(Members {
            organisation,
            account: account.clone(),
            contributors: contributors.iter().copied().cloned().collect(),
        })
    };
    let members = [
        members(3, &PEER, &[]),
        members(3, &PEER, &[&contributor(), &reader]),
        members(4, &reader, &[]),
    ];
    let show = |entries: &[GatewayEntry]| setup.show(&[entries, &members].concat());
    let sign = |seed: u8, bearer: &AccountId, audience: &AccountId, genesis, expires| {
        let signature = account(seed).sign(&reader_payload(genesis, bearer, audience, expires));
        Authorization::reader_sr25519(*bearer.as_ref(), expires, &signature.0).to_string()
    };
    let good = sign(40, &reader, &ME, GENESIS, now() + 60);
    for (access, organisation) in [
        (Access::Contributors, 3),
        (Access::Contributors, 4),
        (Access::Organisations, 4),
    ] {
        let shared = GatewayEntry::Shared(blob(update, 5_000));
        show(&[version(access, false), readers(7, organisation), shared]);
        for root in [root, state] {
            assert_eq!(setup.get(&root, None).await, 401);
            assert_eq!(setup.get(&root, Some(&good)).await, 200);
        }
        assert_eq!(setup.get(&update, Some(&good)).await, 403, "updates are for validators");
        for wrong in [
            sign(40, &reader, &ME, GENESIS, now() - 1),
            sign(40, &reader, &ME, GENESIS, now() + 2 * 3_600),
            sign(40, &reader, &PEER, GENESIS, now() + 60),
            sign(40, &reader, &ME, Hash::zero(), now() + 60),
            sign(41, &reader, &ME, GENESIS, now() + 60),
            sign(41, &AccountId::from(account(41).public().0), &ME, GENESIS, now() + 60),
            good.replacen("Quorate-Reader", "Quorate", 1),
        ] {
            assert_eq!(setup.get(&root, Some(&wrong)).await, 403);
        }
        // Validators read it as they read all else.
        let expires = now() + 60;
        let signature = key(2).sign(&token_payload(GENESIS, &PEER, &ME, expires));
        let validator = Authorization::validator(*PEER.as_ref(), expires, signature.as_ref()).to_string();
        assert_eq!(setup.get(&root, Some(&validator)).await, 200);
        // Readers of another model, readers that are no longer admitted, and a version that awaits votes.
        show(&[version(access, false), readers(8, organisation)]);
        assert_eq!(setup.get(&root, Some(&good)).await, 403);
        show(&[version(access, true), readers(7, organisation)]);
        assert_eq!(setup.get(&root, Some(&good)).await, 403);
    }
    // A contributor where the access is the organisations' alone.
    show(&[version(Access::Organisations, false), readers(7, 3)]);
    assert_eq!(setup.get(&root, Some(&good)).await, 403);
    show(&[version(Access::Validators, false), readers(7, 4)]);
    assert_eq!(setup.get(&root, Some(&good)).await, 403);
    setup.show(&[version(Access::Public, false)]);
    assert_eq!(setup.get(&root, None).await, 200);
}

#[tokio::test]
async fn blob_of_unknown_length_should_be_fetched_from_the_first_source_that_has_it() {
    let setup = start().await;
    let content = vec![3u8; 300_000];
    let root = setup.store.put_bytes(content.clone().into()).await.unwrap();
    let version = VersionBlob {
        model: 0,
        version: 0,
        blob: BlobRef {
            root: root.into(),
            len: 0,
        },
        access: Access::Public,
        pending: false,
        optimiser: None,
    };
    setup.show(&[GatewayEntry::Version(version)]);
    let other = BlobStore::local(setup.dir.path().join("other")).unwrap();
    let sources = [Source::public("http://127.0.0.1:9"), Source::public(&setup.url)];
    let fetch = |limit| setup.client.fetch_unsized(&other, &sources, root, limit);
    assert!(fetch(299_999).await.is_err());
    fetch(300_000).await.unwrap();
    assert_eq!(other.len(&root).await.unwrap(), Some(300_000));
}
