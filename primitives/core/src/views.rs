//! What the runtime API answers. Lists are bounded by the storage they come from or by the caller's `limit`.

use crate::{
    crypto::AiwkId,
    job::{Input, Job, JobSpec, Outcome},
    policy::{Access, Policy},
    update::{Subject, Update},
    version::{Settlement, VersionRecord, VersionStatus},
    AccountId, Balance, BlockNumber, Hash, JobId, ModelId, OrganisationId, Ppm, Root, RoundId, VersionIndex,
};
use alloc::{string::String, vec::Vec};
use codec::{Decode, Encode};
use quorate_exact::Pipeline;
use scale_info::TypeInfo;

macro_rules! view {
    ($($(#[$meta:meta])* pub struct $name:ident { $($body:tt)* })*) => { $(
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub struct $name { $($body)* }
    )* };
}

view! {
    /// What one authority has to do now. Nothing that it has done already is listed.
    pub struct Tasks {
        pub votes: Vec<VoteTask>,
        pub jobs: Vec<JobTask>,
        pub pages: Vec<PageTask>,
    }

    /// Blobs to fetch, check and vote on.
    pub struct VoteTask {
        pub subject: Subject,
        /// Position of this authority in the subject's snapshot.
        pub voter: u32,
        pub model: ModelId,
        pub against: Against,
        pub items: Vec<VoteItem>,
        /// Votes are counted until this block.
        pub until: BlockNumber,
    }

    /// One blob to vote on.
    pub struct VoteItem {
        pub item: u32,
        pub blob: BlobRef,
    }

    /// A blob's name and exact length in bytes.
    pub struct BlobRef {
        pub root: Root,
        pub len: u64,
    }

    /// A job in whose committee this authority is.
    pub struct JobTask {
        pub id: JobId,
        pub member: u32,
        pub spec: JobSpec,
        pub pipeline: Pipeline,
        pub base: BlobRef,
        pub previous: Option<BlobRef>,
        pub update_len: u64,
        /// In the sealed order; hashes to `spec.inputs_root`.
        pub inputs: Vec<Input>,
        pub stage: JobStage,
        pub until: BlockNumber,
    }

    /// A settlement page to show; its rows are in the detail blob of a job that this authority computed.
    pub struct PageTask {
        pub job: JobId,
        pub outcome: Outcome,
        pub page: u32,
    }

    /// What the gateway of a validator may take and show.
    pub struct GatewayView {
        pub peers: Vec<Peer>,
        pub uploads: Vec<Upload>,
        /// Updates that validators may fetch from each other.
        pub updates: Vec<BlobRef>,
        pub versions: Vec<VersionBlob>,
    }

    /// A validator of the current committee or one that is registered for the next.
    pub struct Peer {
        pub validator: AccountId,
        pub key: Option<AiwkId>,
        pub gateway: String,
        pub tls_key_hash: Option<Hash>,
    }

    /// A version's file, and who may read it.
    pub struct VersionBlob {
        pub blob: BlobRef,
        pub access: Access,
        /// Version 0 that awaits votes: an upload by anyone who has the bytes is taken, reads are for validators.
        pub pending: bool,
        /// State of the server optimiser beside the version; its length follows from the model's header.
        pub optimiser: Option<Root>,
    }

    /// An upload that a commitment on chain allows.
    pub struct Upload {
        pub round: RoundId,
        pub model: ModelId,
        pub contributor: AccountId,
        pub commitment: Hash,
        pub weight: u32,
        pub len: u64,
        /// Known from Opening on.
        pub root: Option<Root>,
    }

    /// A registry entry.
    pub struct ModelView {
        pub id: ModelId,
        pub name: String,
        pub owner: AccountId,
        pub organisation: OrganisationId,
        pub state: ModelState,
        pub policy: Policy,
        /// BLAKE3 hash and length, in bytes, of the header of every version's file.
        pub header_hash: Hash,
        pub header_len: u32,
        pub file_len: u64,
        pub update_len: u64,
        pub parent: Option<ModelId>,
        pub latest: Option<VersionIndex>,
        /// What the owner's fund for this model holds.
        #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
        pub fund: Balance,
        pub open_round: Option<RoundId>,
    }

    /// A version with what was learnt after its record was written.
    pub struct VersionView {
        pub record: VersionRecord,
        pub status: VersionStatus,
        pub settlement: Option<Settlement>,
    }

    /// Where a version comes from. `updates` and `job` are empty for version 0.
    pub struct Lineage {
        pub version: VersionView,
        pub parents: Vec<VersionRecord>,
        pub policy: Policy,
        pub updates: Vec<Update>,
        pub job: Option<Job>,
    }

    /// A round and its updates, in order of submission.
    pub struct RoundView {
        pub id: RoundId,
        pub model: ModelId,
        pub base: VersionIndex,
        pub policy: Policy,
        pub phase: RoundPhase,
        pub opened_at: BlockNumber,
        pub sealed_at: Option<BlockNumber>,
        pub recorded_at: Option<BlockNumber>,
        pub version: Option<VersionIndex>,
        pub job: Option<JobId>,
        #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
        pub escrow: Balance,
        pub updates: Vec<Update>,
    }

    /// Reputation and unclaimed pay of an account.
    pub struct StandingView {
        pub account: AccountId,
        pub organisation: Option<OrganisationId>,
        pub contributor: Option<Ppm>,
        pub validator: Option<Ppm>,
        #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
        pub claimable: Balance,
    }
}

/// What the blobs of a vote are checked against.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Against {
    /// Updates: the version whose header they follow.
    #[codec(index = 0)]
    Base(BlobRef),
    /// A version 0: what its model was registered with.
    #[codec(index = 1)]
    Registered(FileShape),
}

/// What a model's owner said of its files.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct FileShape {
    /// BLAKE3 hash and length, in bytes, of the header of every version's file.
    pub header_hash: Hash,
    pub header_len: u32,
    /// Length of an update's file, in bytes.
    pub update_len: u64,
}

/// What a member still has to do in a job.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum JobStage {
    #[codec(index = 0)]
    Commit,
    /// Commit is closed since this block: when it is final, reveal what was committed to.
    #[codec(index = 1)]
    Reveal { closed_at: BlockNumber, commit: Hash },
}

/// Where a model stands.
#[derive(
    Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, codec::DecodeWithMemTracking, TypeInfo, codec::MaxEncodedLen,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ModelState {
    /// Version 0 awaits votes.
    #[codec(index = 0)]
    Pending,
    #[codec(index = 1)]
    Active,
    /// No quorum held version 0.
    #[codec(index = 2)]
    Rejected,
    #[codec(index = 3)]
    Frozen,
    #[codec(index = 4)]
    Retired,
}

/// Where a round stands.
#[derive(
    Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, codec::DecodeWithMemTracking, TypeInfo, codec::MaxEncodedLen,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum RoundPhase {
    #[codec(index = 0)]
    Collecting { until: BlockNumber },
    /// Roots may be shown until `open_until`; votes are counted until `vote_until`.
    #[codec(index = 1)]
    Opening {
        open_until: BlockNumber,
        vote_until: BlockNumber,
    },
    /// Sealed; the job runs, or waits for the blocks that its seed is drawn from.
    #[codec(index = 2)]
    Computing,
    /// The job is closed with a version; score pages are awaited until `until`.
    #[codec(index = 3)]
    Scoring { until: BlockNumber },
    /// All scores are in; updates from `next` on are still to be paid.
    #[codec(index = 4)]
    Paying { next: u32 },
    #[codec(index = 5)]
    Settled,
    /// Too few updates: refunded.
    #[codec(index = 6)]
    Aborted,
    /// No quorum in two attempts: refunded.
    #[codec(index = 7)]
    Failed,
}
