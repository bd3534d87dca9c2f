//! What the chain allows at one block, as the node sent it.

use crate::{
    address::Address,
    readers::{wider, Owned, ReadableBy, ReadersOf, Recorded, Window},
};
use quorate_gateway_api::Root;
use quorate_primitives::{
    policy::Access,
    views::{
        gateway::{ArtifactBlob, GatewayEntry, Peer, RequestBlob, ShardBlob, Upload, VersionBlob},
        BlobRef, Entry,
    },
    AccountId, ArtifactId, BlockNumber, Hash, ModelId, OrganisationId, RequestId, RoundId, VersionIndex,
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

/// What the chain allows at one block.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub genesis: Hash,
    /// The block.
    pub best: BlockNumber,
    /// The last final block before it.
    pub finalized: BlockNumber,
    /// The validator that this gateway serves.
    pub me: Option<AccountId>,
    pub allowed: Arc<Allowed>,
}

/// An account's place in an organisation.
#[derive(Clone, Copy, Debug)]
struct Place {
    organisation: OrganisationId,
    /// A contributor, or else the organisation's own account.
    contributor: bool,
}

/// What an organisation brings, and what awaits votes: an artifact, a sealed shard, or the input of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Awaited {
    pub organisation: OrganisationId,
    pub len: u64,
}

/// What the chain names, and what it lets whom do. Everything that it does not name is for nobody: uploads before their round reveals
/// them, outputs before they are versions.
#[derive(Clone, Debug, Default)]
pub struct Allowed {
    peers: Vec<Peer>,
    /// Addresses in the URLs of their gateways.
    addresses: HashSet<Address>,
    uploads: HashMap<(RoundId, AccountId), Upload>,
    readable: HashMap<Root, ReadableBy>,
    readers: HashMap<Owned, HashSet<OrganisationId>>,
    members: HashMap<AccountId, Vec<Place>>,
    /// Versions that owners give and that await votes.
    pending: HashMap<Root, BlobRef>,
    /// Artifacts, shards and inputs of requests that await votes: several may be named with one root.
    awaited: HashMap<Root, Vec<Awaited>>,
    /// Roots of blobs that are not to be removed.
    named: HashSet<Root>,
    public_versions: usize,
    recorded: HashMap<Root, Vec<Recorded>>,
    windows: HashMap<ModelId, Window>,
    /// Artifacts that a quorum holds.
    artifacts: BTreeMap<ArtifactId, BlobRef>,
    /// The newest version of each model.
    newest: BTreeMap<ModelId, (VersionIndex, BlobRef)>,
}

/// What the chain names for long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lasting {
    pub blob: BlobRef,
    /// A version, or else an artifact.
    pub is_version: bool,
}

impl Allowed {
    /// What the entries come to, and the kinds of those that this program does not know.
    pub fn new<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> (Self, BTreeSet<u8>) {
        let (mut allowed, mut unknown) = (Self::default(), BTreeSet::new());
        for entry in entries {
            match GatewayEntry::try_from(entry) {
                Ok(entry) => allowed.add(entry),
                Err(error) => drop(unknown.insert(error.kind)),
            }
        }
        (allowed, unknown)
    }

    fn add(&mut self, entry: GatewayEntry) {
        match entry {
            GatewayEntry::Peer(peer) => {
                self.addresses.extend(Address::in_url(&peer.gateway));
                self.peers.push(peer);
            }
            GatewayEntry::Upload(upload) => {
                self.named.extend(upload.root.map(|root| root.0));
                self.uploads.insert((upload.round, upload.contributor.clone()), upload);
            }
            GatewayEntry::Shared(blob) => self.readable(blob.root.0, ReadableBy::Some(vec![])),
            GatewayEntry::Version(version) => {
                let by = match version.pending {
                    false => ReadableBy::of(Owned::Model(version.model), version.access),
                    true => ReadableBy::Some(vec![]),
                };
                if !version.pending {
                    self.record(&version);
                }
                self.public_versions += usize::from(by == ReadableBy::Anyone);
                for root in [version.blob.root].into_iter().chain(version.optimiser) {
                    self.readable(root.0, by.clone());
                }
                if version.pending {
                    self.pending.insert(version.blob.root.0, version.blob);
                }
            }
            GatewayEntry::Readers(readers) => {
                let known = self.readers.entry(Owned::Model(readers.model)).or_default();
                known.extend(readers.organisations);
            }
            GatewayEntry::Artifact(artifact) => self.add_artifact(artifact),
            GatewayEntry::Request(request) => self.add_request(&request),
            GatewayEntry::Shard(shard) => self.add_shard(&shard),
            GatewayEntry::Members(members) => {
                let own = std::iter::once((members.account, false));
                let contributors = members.contributors.into_iter().map(|account| (account, true));
                for (account, contributor) in own.chain(contributors) {
                    self.members.entry(account).or_default().push(Place {
                        organisation: members.organisation,
                        contributor,
                    });
                }
            }
        }
    }

    fn add_artifact(&mut self, artifact: ArtifactBlob) {
        let (root, owned) = (artifact.blob.root.0, Owned::Artifact(artifact.artifact));
        if artifact.pending {
            self.await_from(artifact.organisation, &artifact.blob);
            return;
        }
        let by = ReadableBy::of(owned, artifact.access);
        self.artifacts.insert(artifact.artifact, artifact.blob);
        self.readable(root, by);
        let admitted = self.readers.entry(owned).or_default();
        admitted.extend(artifact.readers);
        admitted.insert(artifact.organisation);
    }

    /// Whose root is named in another one's request stays hidden: what awaits votes is for validators, and they find that it is not theirs.
    fn add_request(&mut self, request: &RequestBlob) {
        let owned = Owned::Request(request.request);
        let own = ReadableBy::Some(vec![ReadersOf {
            owned,
            contributors: true,
        }]);
        self.readers.entry(owned).or_default().insert(request.organisation);
        match request.pending {
            true => self.await_from(request.organisation, &request.input),
            false => self.readable(request.input.root.0, own.clone()),
        }
        if let Some(answer) = &request.answer {
            self.readable(answer.root.0, own);
        }
    }

    /// Of validators alone until its round is assessed, then everybody's.
    fn add_shard(&mut self, shard: &ShardBlob) {
        let by = match shard.access {
            Access::Public => ReadableBy::Anyone,
            Access::Validators | Access::Contributors | Access::Organisations => ReadableBy::Some(vec![]),
        };
        match shard.pending {
            true => self.await_from(shard.supplier, &shard.blob),
            false => self.readable(shard.blob.root.0, by),
        }
    }

    fn await_from(&mut self, organisation: OrganisationId, blob: &BlobRef) {
        self.readable(blob.root.0, ReadableBy::Some(vec![]));
        let len = blob.len;
        let awaited = self.awaited.entry(blob.root.0).or_default();
        awaited.push(Awaited { organisation, len });
    }

    /// A blob that is named twice may be read by whoever may read either.
    fn readable(&mut self, root: Root, by: ReadableBy) {
        self.named.insert(root);
        let known = self.readable.entry(root).or_default();
        *known = std::mem::take(known).or(by);
    }

    fn record(&mut self, version: &VersionBlob) {
        let newest = self
            .newest
            .entry(version.model)
            .or_insert((version.version, version.blob.clone()));
        if newest.0 < version.version {
            *newest = (version.version, version.blob.clone());
        }
        let recorded = Recorded {
            model: version.model,
            version: version.version,
            access: version.access,
        };
        for root in [version.blob.root].into_iter().chain(version.optimiser) {
            self.recorded.entry(root.0).or_default().push(recorded.clone());
        }
        let window = self.windows.entry(version.model).or_insert(Window {
            first: version.version,
            access: version.access,
        });
        window.first = window.first.min(version.version);
        window.access = wider(window.access, version.access);
    }

    /// What any task may need: artifacts that a quorum holds in the order of their numbers, then the newest version of each model.
    pub fn lasting(&self) -> Vec<Lasting> {
        let of = |blob: &BlobRef, is_version| Lasting {
            blob: blob.clone(),
            is_version,
        };
        let artifacts = self.artifacts.values().map(|blob| of(blob, false));
        artifacts
            .chain(self.newest.values().map(|(_, blob)| of(blob, true)))
            .collect()
    }

    /// Versions and states that the view names as recorded.
    pub(crate) fn recorded(&self) -> &HashMap<Root, Vec<Recorded>> {
        &self.recorded
    }

    /// Which versions of each model the view names.
    pub(crate) fn windows(&self) -> &HashMap<ModelId, Window> {
        &self.windows
    }

    /// Which versions of a model the view names; `None` if it names none.
    pub(crate) fn window(&self, model: ModelId) -> Option<Window> {
        self.windows.get(&model).copied()
    }

    pub(crate) fn readable_by(&self, root: &Root) -> &ReadableBy {
        self.readable.get(root).unwrap_or(&ReadableBy::Nobody)
    }

    /// Whether `account` is one of these readers.
    pub(crate) fn is_reader(&self, account: &AccountId, of: &[ReadersOf]) -> bool {
        let places = self.members.get(account).map_or(&[][..], Vec::as_slice);
        of.iter().any(|of| {
            let admitted = self.readers.get(&of.owned);
            places.iter().any(|place| {
                let counts = of.contributors || !place.contributor;
                counts && admitted.is_some_and(|admitted| admitted.contains(&place.organisation))
            })
        })
    }

    /// The organisation that asked what the view names.
    pub(crate) fn asked_by(&self, request: RequestId) -> Option<OrganisationId> {
        self.readers.get(&Owned::Request(request))?.iter().next().copied()
    }

    /// The organisation of an account that may bring any version which awaits votes.
    pub(crate) fn organisation(&self, account: &AccountId) -> Option<OrganisationId> {
        let places = self.members.get(account)?;
        places.first().map(|place| place.organisation)
    }

    /// Whether a validator's gateway is there.
    pub(crate) fn is_peers(&self, address: &Address) -> bool {
        self.addresses.contains(address)
    }

    pub(crate) fn pending(&self, root: &Root) -> Option<&BlobRef> {
        self.pending.get(root)
    }

    /// Whether an artifact, a shard or the input of a request with this root awaits votes.
    pub(crate) fn awaits(&self, root: &Root) -> bool {
        self.awaited.contains_key(root)
    }

    /// What awaits votes with this root and may be brought by this account: what its own organisation has named.
    pub(crate) fn awaited_from(&self, root: &Root, account: &AccountId) -> Option<Awaited> {
        let places = self.members.get(account)?;
        let is_own = |awaited: &&Awaited| {
            let own = |place: &Place| place.organisation == awaited.organisation;
            places.iter().any(own)
        };
        self.awaited.get(root)?.iter().find(is_own).copied()
    }

    pub(crate) fn upload(&self, round: RoundId, contributor: &AccountId) -> Option<&Upload> {
        self.uploads.get(&(round, contributor.clone()))
    }

    pub(crate) fn public_versions(&self) -> usize {
        self.public_versions
    }

    /// All validators with a gateway or a key.
    pub fn peers(&self) -> &[Peer] {
        &self.peers
    }

    pub fn peer(&self, validator: &AccountId) -> Option<&Peer> {
        self.peers.iter().find(|peer| peer.validator == *validator)
    }

    /// Whether the chain names this blob by its root.
    pub fn names(&self, root: &Root) -> bool {
        self.named.contains(root)
    }

    /// Whether the chain names this blob as a version, given or made, or as an optimiser's state.
    pub fn is_version(&self, root: &Root) -> bool {
        self.recorded.contains_key(root) || self.pending.contains_key(root)
    }

    /// Commitments whose uploads are taken.
    pub fn commitments(&self) -> impl Iterator<Item = Hash> + '_ {
        self.uploads.values().map(|upload| upload.commitment)
    }
}
