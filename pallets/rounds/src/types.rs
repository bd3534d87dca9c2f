//! What is stored of a round.
// The derived codecs name variants so.
#![allow(clippy::cast_possible_truncation)]

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{pallet_prelude::ConstU32, BoundedBTreeMap, BoundedVec};
use quorate_exact::Pipeline;
use quorate_primitives::{
    job::{Committee, Input},
    policy::Policy,
    update::Tally,
    views::{BlobRef, RoundPhase},
    BlockNumber, Hash, JobId, ModelId, OrganisationId, Ppm, Root, RoundId, VersionIndex, MAX_UPDATES, SETTLEMENT_PAGE,
};
use scale_info::TypeInfo;

/// The most that `MaxActiveRounds` may be: every block looks at each active round.
pub const MAX_ACTIVE_ROUNDS: u32 = 32;
/// Updates that one block pays or refunds, over all rounds.
pub const PAGE_BUDGET: u32 = SETTLEMENT_PAGE;
/// Updates of rounds that one block seals by deadline or settles, over all rounds. One round always fits.
pub const TOUCH_BUDGET: u32 = MAX_UPDATES;
/// Blocks after the seal whose randomness goes into a round's seed. Who authors all of them, and only they, could know the seed at
/// the seal (docs/decisions/006).
pub const SEED_BLOCKS: u32 = 4;
/// Ended retention periods that are looked for whenever a round is settled; more than one, so that the list shrinks.
pub const RETENTION_SWEEP: u32 = 4;

/// Submissions of each organisation in a round.
pub type Submissions = BoundedBTreeMap<OrganisationId, u32, ConstU32<MAX_UPDATES>>;
/// Positions in the sealed order.
pub type SealedOrder = BoundedVec<u32, ConstU32<MAX_UPDATES>>;

/// Where a round stands, with what only that stage knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub enum Stage {
    #[codec(index = 0)]
    Collecting { until: BlockNumber },
    #[codec(index = 1)]
    Opening {
        open_until: BlockNumber,
        vote_until: BlockNumber,
    },
    #[codec(index = 2)]
    Computing,
    #[codec(index = 3)]
    Scoring { until: BlockNumber },
    /// Updates from `next` on are still to be paid.
    #[codec(index = 4)]
    Paying { next: u32 },
    #[codec(index = 5)]
    Settled,
    /// Bonds of updates from `next` on are still to be returned.
    #[codec(index = 6)]
    Refunding { next: u32, end: RefundEnd },
    #[codec(index = 7)]
    Refunded { end: RefundEnd },
    /// Sealed; `seed` holds the randomness of the first `blocks` blocks after the seal. The job follows when it has enough.
    #[codec(index = 8)]
    Drawing { blocks: u32, seed: Hash },
}

/// How a refunded round ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub enum RefundEnd {
    /// Before a job ran.
    #[codec(index = 0)]
    Aborted,
    /// The job yielded no version.
    #[codec(index = 1)]
    Failed,
}

/// Why a round was refunded.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub enum RefundReason {
    /// The model's owner aborted it.
    #[codec(index = 0)]
    Owner,
    /// The council aborted it.
    #[codec(index = 1)]
    Council,
    /// Fewer updates than the policy or its rule asks for.
    #[codec(index = 2)]
    TooFewUpdates,
    /// The job could not be made; see `JobRefused`.
    #[codec(index = 3)]
    NoJob,
    /// No quorum of equal outcomes in two attempts.
    #[codec(index = 4)]
    NoQuorum,
    /// The registry did not take the version; see `RecordRefused`.
    #[codec(index = 5)]
    NoRecord,
}

impl RefundReason {
    /// Aborted while nothing was computed, Failed after that.
    pub fn end(self) -> RefundEnd {
        match self {
            Self::Owner | Self::Council | Self::TooFewUpdates | Self::NoJob => RefundEnd::Aborted,
            Self::NoQuorum | Self::NoRecord => RefundEnd::Failed,
        }
    }
}

/// A round.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Round {
    pub model: ModelId,
    pub base: VersionIndex,
    pub base_root: Root,
    pub previous_root: Option<Root>,
    /// State that the server optimiser goes on from.
    pub optimiser: Option<Root>,
    /// In force when the round was opened.
    pub policy: Policy,
    /// Bytes of an update's file.
    pub update_len: u64,
    /// Bytes of a version's file.
    pub file_len: u64,
    pub stage: Stage,
    pub opened_at: BlockNumber,
    pub sealed_at: Option<BlockNumber>,
    pub recorded_at: Option<BlockNumber>,
    pub version: Option<VersionIndex>,
    /// The last job; of the retry, if there was one.
    pub job: Option<JobId>,
    /// Submissions so far, withdrawn ones included; positions are below it.
    pub submissions: u32,
    /// Updates that are Committed, Opened and Available.
    pub committed: u32,
    pub opened: u32,
    pub available: u32,
    /// Organisations with an Available update, counted at sealing; 0 before.
    pub organisations: u32,
}

impl Round {
    /// Whether nothing is left to wait for: every root that can still come has come, and every opened update is decided.
    pub fn is_decided(&self, open_until: BlockNumber, now: BlockNumber) -> bool {
        self.opened == 0 && (self.committed == 0 || now >= open_until)
    }

    /// Whether the round is over.
    pub fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Settled | Stage::Refunded { .. })
    }

    /// Whether the round keeps its model from opening another.
    pub fn occupies_model(&self) -> bool {
        matches!(
            self.stage,
            Stage::Collecting { .. } | Stage::Opening { .. } | Stage::Drawing { .. } | Stage::Computing
        )
    }

    /// The phase as clients see it.
    pub fn phase(&self) -> RoundPhase {
        match self.stage {
            Stage::Collecting { until } => RoundPhase::Collecting { until },
            Stage::Opening { open_until, vote_until } => RoundPhase::Opening { open_until, vote_until },
            Stage::Drawing { .. } | Stage::Computing => RoundPhase::Computing,
            Stage::Scoring { until } => RoundPhase::Scoring { until },
            Stage::Paying { next } => RoundPhase::Paying { next },
            Stage::Settled => RoundPhase::Settled,
            Stage::Refunding {
                end: RefundEnd::Aborted,
                ..
            }
            | Stage::Refunded {
                end: RefundEnd::Aborted,
            } => RoundPhase::Aborted,
            Stage::Refunding {
                end: RefundEnd::Failed, ..
            }
            | Stage::Refunded { end: RefundEnd::Failed } => RoundPhase::Failed,
        }
    }
}

/// Which update of a model showed a root.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct RootUse {
    pub round: RoundId,
    pub position: u32,
}

/// The votes on version 0 of a model.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct GenesisBallot {
    pub committee: Committee,
    pub tally: Tally,
}

/// One row of a round's scores.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Row {
    pub score: Ppm,
    /// Score times reputation factor; at most 10^12.
    pub points: u64,
}

/// The scores of a round, by index, as far as pages have come.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Scores {
    pub rows: BoundedVec<Row, ConstU32<MAX_UPDATES>>,
    /// Points of each organisation with an Available update; they sum to `total`.
    pub organisations: BoundedBTreeMap<OrganisationId, u64, ConstU32<MAX_UPDATES>>,
    pub total: u64,
    /// Lower median of all scores; set with the last page.
    pub median: Ppm,
}

/// Everything that a job of a round reads, for the tasks of its committee.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JobContext {
    pub pipeline: Pipeline,
    pub base: BlobRef,
    pub previous: Option<BlobRef>,
    pub update_len: u64,
    /// In the sealed order.
    pub inputs: Vec<Input>,
}
