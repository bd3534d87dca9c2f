//! What a validator's gateway may take and show, as a list of entries. What may change in any block is a paged snapshot at one block;
//! what rounds share is asked for round by round, and stays as it was answered before a named block. The size of both follows from
//! what is live and retained, never from the chain's history.

use super::{tasks::UnknownEntry, BlobRef, Entry};
use crate::{
    crypto::AttestationId, policy::Access, AccountId, ArtifactId, BlockNumber, Hash, ModelId, OrganisationId,
    RequestId, Root, RoundId, VersionIndex,
};
use alloc::{string::String, vec::Vec};
use codec::{Decode, Encode};
use scale_info::TypeInfo;

/// One thing that a gateway knows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GatewayEntry {
    Peer(Peer),
    Upload(Upload),
    /// A blob that validators may fetch from each other and nobody else: an update, or the detail of an agreed job. The chain does
    /// not know how long a detail is: its length is 0 here.
    Shared(BlobRef),
    Version(VersionBlob),
    Readers(Readers),
    Members(Members),
    Artifact(ArtifactBlob),
    Request(RequestBlob),
    Shard(ShardBlob),
}

impl GatewayEntry {
    pub const PEER: u8 = 0;
    pub const UPLOAD: u8 = 1;
    pub const SHARED: u8 = 2;
    pub const VERSION: u8 = 3;
    pub const READERS: u8 = 4;
    pub const MEMBERS: u8 = 5;
    pub const ARTIFACT: u8 = 6;
    pub const REQUEST: u8 = 7;
    pub const SHARD: u8 = 8;
}

impl From<&GatewayEntry> for Entry {
    fn from(entry: &GatewayEntry) -> Self {
        match entry {
            GatewayEntry::Peer(peer) => Entry::new(GatewayEntry::PEER, peer),
            GatewayEntry::Upload(upload) => Entry::new(GatewayEntry::UPLOAD, upload),
            GatewayEntry::Shared(blob) => Entry::new(GatewayEntry::SHARED, blob),
            GatewayEntry::Version(version) => Entry::new(GatewayEntry::VERSION, version),
            GatewayEntry::Readers(readers) => Entry::new(GatewayEntry::READERS, readers),
            GatewayEntry::Members(members) => Entry::new(GatewayEntry::MEMBERS, members),
            GatewayEntry::Artifact(artifact) => Entry::new(GatewayEntry::ARTIFACT, artifact),
            GatewayEntry::Shard(shard) => Entry::new(GatewayEntry::SHARD, shard),
            GatewayEntry::Request(request) => Entry::new(GatewayEntry::REQUEST, request),
        }
    }
}

impl TryFrom<&Entry> for GatewayEntry {
    type Error = UnknownEntry;

    fn try_from(entry: &Entry) -> Result<Self, UnknownEntry> {
        let unknown = |_| UnknownEntry { kind: entry.kind };
        match entry.kind {
            Self::PEER => entry.decode().map(Self::Peer).map_err(unknown),
            Self::UPLOAD => entry.decode().map(Self::Upload).map_err(unknown),
            Self::SHARED => entry.decode().map(Self::Shared).map_err(unknown),
            Self::VERSION => entry.decode().map(Self::Version).map_err(unknown),
            Self::READERS => entry.decode().map(Self::Readers).map_err(unknown),
            Self::MEMBERS => entry.decode().map(Self::Members).map_err(unknown),
            Self::ARTIFACT => entry.decode().map(Self::Artifact).map_err(unknown),
            Self::SHARD => entry.decode().map(Self::Shard).map_err(unknown),
            Self::REQUEST => entry.decode().map(Self::Request).map_err(unknown),
            kind => Err(UnknownEntry { kind }),
        }
    }
}

/// A page of the view at one block, without what rounds share.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct GatewayPage {
    pub entries: Vec<Entry>,
    /// Where the next page begins; `None` after the last one.
    pub next: Option<GatewayCursor>,
}

/// A place in the view. Clients pass it on as it came.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct GatewayCursor {
    /// Which part of the view.
    pub part: u8,
    /// Position within the part: a model or a round, and a place in it.
    pub id: u32,
    pub position: u32,
}

/// What validators may fetch from each other of a round, as [`GatewayEntry::Shared`].
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct RoundShare {
    pub round: RoundId,
    /// The same holds at every block before this one that descends from the block that was asked; `None`: at each that descends from it.
    pub until: Option<BlockNumber>,
    pub entries: Vec<Entry>,
}

/// What some of the rounds share that were asked for: those that are due in their order, then all others from a number on.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct SharePage {
    pub rounds: Vec<RoundShare>,
    /// From this number on rounds are not answered for yet.
    pub next: RoundId,
    /// There is no other round at this block.
    pub ended: bool,
}

/// A validator of the current committee or one that is registered for the next.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Peer {
    pub validator: AccountId,
    pub organisation: OrganisationId,
    pub key: Option<AttestationId>,
    pub gateway: String,
    pub tls_key_hash: Option<Hash>,
}

/// A version's file, and who may read it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct VersionBlob {
    pub model: ModelId,
    pub version: VersionIndex,
    pub blob: BlobRef,
    pub access: Access,
    /// A version that awaits votes: any of the [`Members`] may bring it, reads are for validators.
    pub pending: bool,
    /// State of the server optimiser beside the version; its length follows from the model's header.
    pub optimiser: Option<Root>,
}

/// Organisations whose accounts, and with access `Contributors` also whose contributors, may read the versions of a model.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct Readers {
    pub model: ModelId,
    pub organisations: Vec<OrganisationId>,
}

/// Accounts of an organisation in good standing that some model's [`Readers`], some [`ArtifactBlob`], [`RequestBlob`] or [`ShardBlob`] names; of every
/// organisation while a version awaits votes.
/// An organisation with many contributors comes in several entries.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct Members {
    pub organisation: OrganisationId,
    pub account: AccountId,
    pub contributors: Vec<AccountId>,
}

/// An artifact's file, and who may read it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct ArtifactBlob {
    pub artifact: ArtifactId,
    /// Whose it is: its account and its contributors may bring the file while votes are awaited, and read it where access names readers.
    pub organisation: OrganisationId,
    pub blob: BlobRef,
    pub access: Access,
    /// Organisations that the owner admitted, where access asks for that.
    pub readers: Vec<OrganisationId>,
    /// It awaits votes: reads are for validators.
    pub pending: bool,
}

/// The input of a request and its answer: for validators and for the organisation that asked, nobody else.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct RequestBlob {
    pub request: RequestId,
    /// Who asked: its account and its contributors may bring the input while votes are awaited, and read input and answer after it.
    pub organisation: OrganisationId,
    pub input: BlobRef,
    /// Known once a quorum agreed on it and its row was shown.
    pub answer: Option<BlobRef>,
    /// The input awaits votes: reads are for validators.
    pub pending: bool,
}

/// A sealed shard that was revealed, and who may read it: validators until its round is assessed, then everybody.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct ShardBlob {
    pub round: RoundId,
    /// Its account and its contributors may bring the file while votes are awaited.
    pub supplier: OrganisationId,
    pub blob: BlobRef,
    pub access: Access,
    /// It awaits votes: reads are for validators.
    pub pending: bool,
}

/// An upload that a commitment on chain allows.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct Upload {
    pub round: RoundId,
    pub model: ModelId,
    pub contributor: AccountId,
    pub organisation: OrganisationId,
    pub commitment: Hash,
    pub weight: u32,
    pub len: u64,
    /// Known once it is revealed.
    pub root: Option<Root>,
}
