//! What clients and auditors ask.

use crate::{
    frozen::FrozenBaseView,
    job::Job,
    policy::Policy,
    refund::RefundReason,
    update::Update,
    version::{AssessmentRecord, PromotionRecord, Settlement, VersionRecord, VersionStatus},
    views::assessments::{AssessmentJobs, RoundAssessment},
    AccountId, Balance, BlockNumber, Hash, JobId, ModelId, OrganisationId, Ppm, RoundId, VersionIndex,
};
use alloc::{string::String, vec::Vec};
use codec::{Decode, Encode};
use scale_info::TypeInfo;

/// A registry entry.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ModelView {
    pub id: ModelId,
    pub name: String,
    /// The account of the organisation that owns the model, as it is at this block.
    pub owner: Option<AccountId>,
    pub organisation: OrganisationId,
    pub state: ModelState,
    pub policy: Policy,
    /// BLAKE3 hash and length, in bytes, of the header of every version's file.
    pub header_hash: Hash,
    pub header_len: u32,
    pub file_len: u64,
    pub update_len: u64,
    pub parent: Option<ModelId>,
    /// What the model's tensors are trained on top of, where they are an adapter's.
    pub frozen_base: Option<FrozenBaseView>,
    pub latest: Option<VersionIndex>,
    /// What the next round stands on: the newest version with a clean ancestry.
    pub head: Option<VersionIndex>,
    /// What the owner's fund for this model holds.
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
    pub fund: Balance,
    pub open_round: Option<RoundId>,
}

/// A version with what was learnt after its record was written.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct VersionView {
    pub record: VersionRecord,
    pub status: VersionStatus,
    pub settlement: Option<Settlement>,
    /// How the version was assessed, where its policy asks for that and it is known.
    pub assessment: Option<AssessmentRecord>,
    /// The vote that promoted the version, if there was one.
    pub promotion: Option<PromotionRecord>,
}

/// Where a version comes from. `updates`, `job` and `first_job` are empty for version 0.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Lineage {
    pub version: VersionView,
    pub parents: Vec<VersionRecord>,
    pub policy: Policy,
    pub updates: Vec<Update>,
    pub job: Option<Job>,
    /// The first attempt, which found no quorum, where `job` is its retry.
    pub first_job: Option<Job>,
    /// The jobs of the assessment, while they are kept.
    pub assessment: Option<AssessmentJobs>,
}

/// A round and its updates, in order of submission.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
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
    /// Why it was refunded, if it was.
    pub refund: Option<RefundReason>,
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
    pub escrow: Balance,
    pub updates: Vec<Update>,
    /// How the round is assessed, where its policy asks for that.
    pub assessment: Option<RoundAssessment>,
}

/// Reputation and unclaimed pay of an account.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StandingView {
    pub account: AccountId,
    pub organisation: Option<OrganisationId>,
    pub contributor: Option<Ppm>,
    pub validator: Option<Ppm>,
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
    pub claimable: Balance,
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
    /// No round may be opened. What the council froze, only the council unfreezes.
    #[codec(index = 3)]
    Frozen(Freezer),
    #[codec(index = 4)]
    Retired,
}

/// Who froze a model.
#[derive(
    Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, codec::DecodeWithMemTracking, TypeInfo, codec::MaxEncodedLen,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Freezer {
    #[codec(index = 0)]
    Owner,
    #[codec(index = 1)]
    Council,
}

/// Where a round stands.
#[derive(
    Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, codec::DecodeWithMemTracking, TypeInfo, codec::MaxEncodedLen,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum RoundPhase {
    #[codec(index = 0)]
    Collecting { until: BlockNumber },
    /// Roots may be revealed before `reveal_until`; votes are counted before `vote_until`.
    #[codec(index = 1)]
    Revealing {
        reveal_until: BlockNumber,
        vote_until: BlockNumber,
    },
    /// Sealed; the job runs, or waits for the blocks that its seed is drawn from.
    #[codec(index = 2)]
    Computing,
    /// The version stands; score pages are awaited, at most until `until`.
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
    /// All scores are in; paid from block `until` on, unless the version is revoked before.
    #[codec(index = 8)]
    Vesting { until: BlockNumber },
    /// The version is recorded; it and its updates are assessed.
    #[codec(index = 9)]
    Assessing,
}
