//! What is stored of a round, and of what organisations have open.
// The derived codecs name variants so.
#![allow(clippy::cast_possible_truncation)]

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{pallet_prelude::ConstU32, BoundedBTreeMap, BoundedVec};
pub use quorate_primitives::refund::RefundReason;
use quorate_primitives::{
    job::assess::{AssessOutcome, Benchmark, MAX_SHARDS},
    policy::{Contribution, Gate, Policy},
    update::Update,
    views::{BlobRef, RoundPhase},
    AccountId, Balance, BlockNumber, Hash, JobId, ModelId, OrganisationId, Ppm, Root, RoundId, VersionIndex,
    MAX_UPDATES, SETTLEMENT_PAGE,
};
use scale_info::TypeInfo;
use sp_runtime::Perbill;

/// The most that `MaxActiveRounds` may be: every block looks at each active round.
pub const MAX_ACTIVE_ROUNDS: u32 = 32;
/// The most rounds of one organisation that are not over: a revocation looks at each of a model's.
pub const MAX_ORGANISATION_ROUNDS: u32 = 64;
/// What the beginning of a block may spend on rounds, of all that fits into a block.
pub const HOOK_SHARE: Perbill = Perbill::from_percent(10);
/// Updates that one block pays or refunds, over all rounds.
pub const PAGE_BUDGET: u32 = SETTLEMENT_PAGE;
/// Updates of rounds that one block seals, and as many again of rounds that it settles. One round always fits.
pub const TOUCH_BUDGET: u32 = MAX_UPDATES;
/// As many updates a round counts for at least when it is sealed or settled: small ones are work too.
pub const LEAST_TOUCHED: u32 = MAX_UPDATES / 4;
/// Updates whose evidence one block removes, over all rounds.
pub const PRUNE_BUDGET: u32 = 128;
/// Entries of the agenda that one block looks at, and as many of rounds whose evidence expires.
pub const AGENDA_BUDGET: u32 = 16;
/// Blocks after the seal whose randomness goes into a round's seed. Only whoever authors all of them could know the seed at the
/// seal (docs/decisions/006).
pub const SEED_BLOCKS: u32 = 4;
/// Offenders that are remembered of one organisation. With that many, nobody has a free first time.
pub const MAX_STRIKES: u32 = 64;
/// Free calls that an organisation loses for an update that was revealed and never made available, from the second time on.
pub const WITHHELD_CALLS: u32 = 16;
/// The number of the offence from which on an update that was revealed and never made available costs its bond too.
pub const BOND_OFFENCE: u32 = 3;

/// What a job reads of each update, and where the update is found, in the sealed order.
pub type SealedOrder = BoundedVec<SealedUpdate, ConstU32<MAX_UPDATES>>;

/// One update of the sealed order.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct SealedUpdate {
    pub position: u32,
    pub organisation: OrganisationId,
    /// The claimed weight.
    pub weight: u32,
    pub root: Root,
}

/// Where a round stands, with what only that stage knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub enum RoundStage {
    #[codec(index = 0)]
    Collecting { until: BlockNumber },
    #[codec(index = 1)]
    Revealing {
        reveal_until: BlockNumber,
        vote_until: BlockNumber,
    },
    /// Sealed; `seed` holds the randomness of the first `blocks` blocks after the seal. The job follows when it has enough.
    #[codec(index = 2)]
    Drawing { blocks: u32, seed: Hash },
    /// The job runs, with this seed.
    #[codec(index = 3)]
    Computing { seed: Hash },
    #[codec(index = 4)]
    Scoring { until: BlockNumber },
    /// Paid from block `until` on, unless the version is revoked before.
    #[codec(index = 5)]
    Vesting { until: BlockNumber },
    /// Updates from `next` on are still to be paid.
    #[codec(index = 6)]
    Paying { next: u32 },
    /// Bonds of updates from `next` on are still to be returned.
    #[codec(index = 7)]
    Refunding { next: u32, end: RoundEnd },
    /// Over; the evidence is kept before block `until`.
    #[codec(index = 8)]
    Over { until: BlockNumber, end: RoundEnd },
    /// The evidence of updates below `next` is removed.
    #[codec(index = 9)]
    Pruning { next: u32, end: RoundEnd },
    /// The version is recorded, and what it and the updates are worth is found out: sealed shards are waited for, then a job runs.
    #[codec(index = 10)]
    Assessing,
}

/// How a round ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub enum RoundEnd {
    #[codec(index = 0)]
    Settled,
    /// Before there was a result.
    #[codec(index = 1)]
    Aborted,
    /// The job yielded no version, or the version was revoked before it was paid.
    #[codec(index = 2)]
    Failed,
}

impl RoundEnd {
    /// Aborted while nothing was computed, Failed after that.
    pub fn of_refund(reason: RefundReason) -> Self {
        match reason {
            RefundReason::NoQuorum | RefundReason::NoRecord | RefundReason::VersionRevoked | RefundReason::Held => {
                Self::Failed
            }
            _ => Self::Aborted,
        }
    }
}

/// How a round is assessed.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct RoundAssessment {
    /// The policy's artifacts, as they were when the round was opened: whatever becomes of their entries, these bytes are meant.
    pub program_root: Root,
    pub program_len: u64,
    pub benchmark: Option<Benchmark>,
    /// Of the model.
    pub frozen_base: Option<BlobRef>,
    /// What was set aside for it, and what of that is kept when the program does not fit or no quorum agrees.
    pub fee: Balance,
    pub base_fee: Balance,
    /// Blocks that its operations and bytes take by themselves.
    pub blocks: BlockNumber,
    /// Merkle root over the inputs of the aggregation, once that is closed.
    pub inputs_root: Hash,
    /// The last job; of the retry, if there was one.
    pub job: Option<JobId>,
    /// The first job, if there was a retry.
    pub first_job: Option<JobId>,
    /// What a quorum agreed on.
    pub outcome: Option<AssessOutcome>,
    /// Whether the version passed the policy's gate, or there is none; known from the outcome on, or when there will be none.
    pub passed: Option<bool>,
    /// Set when it is over: the fee is paid or back, and the shards' bonds are.
    pub done: bool,
    /// Suppliers whose bonds were lost, and what each update of the others gets of them.
    pub withheld: BoundedVec<OrganisationId, ConstU32<MAX_SHARDS>>,
    pub bonus: Balance,
}

/// How far the deadlines of a round have moved.
#[derive(
    Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
pub struct Shift {
    /// Blocks so far.
    pub blocks: BlockNumber,
    /// Set while they move, to the blocks before this shift began.
    pub before: Option<BlockNumber>,
}

/// A round.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Round {
    pub model: ModelId,
    /// The organisation that opened it.
    pub owner: OrganisationId,
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
    pub stage: RoundStage,
    pub opened_at: BlockNumber,
    pub sealed_at: Option<BlockNumber>,
    pub recorded_at: Option<BlockNumber>,
    pub version: Option<VersionIndex>,
    /// The last job; of the retry, if there was one.
    pub job: Option<JobId>,
    /// The first job, if there was a retry.
    pub first_job: Option<JobId>,
    /// Set where the policy asks for an assessment.
    pub assessment: Option<RoundAssessment>,
    /// Why it was refunded.
    pub refund: Option<RefundReason>,
    /// Withdrawn submissions.
    pub withdrawn: u32,
    /// Submissions, withdrawn ones included; positions are below it. 0 while the round is Collecting: `submit` does not write the round.
    pub submissions: u32,
    /// Updates that are Committed (0 while Collecting), Revealed and Available.
    pub committed: u32,
    pub revealed: u32,
    pub available: u32,
    /// Organisations with an Available update, counted at sealing; 0 before.
    pub organisations: u32,
    pub shift: Shift,
    /// Blocks without transactions in the chain's history when the round went onto the agenda.
    pub lost: BlockNumber,
    /// Its place in the agenda.
    pub due: Option<BlockNumber>,
}

impl Round {
    /// Whether nothing is left to wait for: every root that can still come has come, and every revealed update is decided.
    pub fn is_decided(&self, reveal_until: BlockNumber, now: BlockNumber) -> bool {
        self.revealed == 0 && (self.committed == 0 || now >= reveal_until)
    }

    /// Whether the round is over.
    pub fn is_over(&self) -> bool {
        matches!(self.stage, RoundStage::Over { .. } | RoundStage::Pruning { .. })
    }

    /// Whether the round waits for people or a job: it is in the list that every block looks at.
    pub fn is_active(&self) -> bool {
        matches!(
            self.stage,
            RoundStage::Collecting { .. }
                | RoundStage::Revealing { .. }
                | RoundStage::Drawing { .. }
                | RoundStage::Computing { .. }
                | RoundStage::Assessing
        )
    }

    /// What versions have to pass, if anything.
    pub fn gate(&self) -> Option<Gate> {
        self.policy.assessment.and_then(|assessment| assessment.gate)
    }

    /// How contributions are measured, if they are.
    pub fn contribution(&self) -> Option<Contribution> {
        self.policy.assessment.and_then(|assessment| assessment.contribution)
    }

    /// Whether the version has still to pass its gate.
    pub fn awaits_gate(&self) -> bool {
        let undecided = |assessment: &RoundAssessment| assessment.passed.is_none();
        self.version.is_some() && self.gate().is_some() && self.assessment.as_ref().is_some_and(undecided)
    }

    /// Whether the round keeps its model from opening another.
    pub fn occupies_model(&self) -> bool {
        self.is_active() && (self.version.is_none() || self.awaits_gate())
    }

    /// The phase as clients see it.
    pub fn phase(&self) -> RoundPhase {
        match self.stage {
            RoundStage::Collecting { until } => RoundPhase::Collecting { until },
            RoundStage::Revealing {
                reveal_until,
                vote_until,
            } => RoundPhase::Revealing {
                reveal_until,
                vote_until,
            },
            RoundStage::Drawing { .. } | RoundStage::Computing { .. } => RoundPhase::Computing,
            RoundStage::Assessing => RoundPhase::Assessing,
            RoundStage::Scoring { until } => RoundPhase::Scoring { until },
            RoundStage::Vesting { until } => RoundPhase::Vesting { until },
            RoundStage::Paying { next } => RoundPhase::Paying { next },
            RoundStage::Refunding { end, .. } | RoundStage::Over { end, .. } | RoundStage::Pruning { end, .. } => {
                match end {
                    RoundEnd::Settled => RoundPhase::Settled,
                    RoundEnd::Aborted => RoundPhase::Aborted,
                    RoundEnd::Failed => RoundPhase::Failed,
                }
            }
        }
    }
}

/// An update with its place.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Submission {
    /// In order of submission.
    pub position: u32,
    pub update: Update,
    /// What its contributor did, known from the seal on; it costs when the round is paid or refunded. No part of the evidence.
    pub offence: Option<Offence>,
}

/// A place in the agenda: block and round, in bytes that sort as they do.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
pub struct Due {
    block: [u8; 4],
    round: [u8; 4],
}

impl Due {
    pub fn new(block: BlockNumber, round: RoundId) -> Self {
        Self {
            block: block.to_be_bytes(),
            round: round.to_be_bytes(),
        }
    }

    pub fn block(&self) -> BlockNumber {
        BlockNumber::from_be_bytes(self.block)
    }

    pub fn round(&self) -> RoundId {
        RoundId::from_be_bytes(self.round)
    }
}

/// What an organisation has open, and its free calls.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Usage {
    /// First block of the period in which `calls` are counted.
    pub since: BlockNumber,
    /// Calls that are free for as long as there are few; more of them are a debt, which later periods take off.
    pub calls: u32,
    /// Rounds that it opened and that are active.
    pub active: u32,
    /// Rounds that it opened and that are not over.
    pub rounds: u32,
    /// Updates of its contributors that are neither paid nor refunded, and the bytes of their files.
    pub updates: u32,
    pub bytes: u64,
    /// Rounds that it opened whose evidence is kept, open ones included, the updates in them, whoever sent these, and the bytes of the
    /// rounds' versions and of the updates together. A round that is Collecting counts for as much as may come.
    pub kept_rounds: u32,
    pub kept_updates: u32,
    pub kept_bytes: u64,
    /// Submissions to each round that is Collecting; entries of other rounds mean nothing.
    pub submitted: BoundedBTreeMap<RoundId, u32, ConstU32<MAX_ACTIVE_ROUNDS>>,
}

/// What is left to an organisation of each of its quotas: calls without a fee, rounds that it may open, updates that its
/// contributors may submit, and evidence that is kept of both.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct Allowance {
    pub free_calls: u32,
    pub active_rounds: u32,
    pub rounds: u32,
    pub updates: u32,
    pub bytes: u64,
    pub kept_rounds: u32,
    pub kept_updates: u32,
    pub kept_bytes: u64,
}

/// What a contributor did that costs nothing once.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub enum Offence {
    /// It committed to an update and never revealed its root.
    #[codec(index = 0)]
    NeverRevealed,
    /// It revealed a root, and of those who may have come to hold the bytes nobody need be honest.
    #[codec(index = 1)]
    NeverAvailable,
}

/// A contributor's offences that are remembered; no more than [`BOND_OFFENCE`].
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Strike {
    pub contributor: AccountId,
    /// One of the offences is forgotten a period after this block, the next one a period later.
    pub block: BlockNumber,
    pub offences: u32,
}

/// The offenders among an organisation's contributors.
pub type StrikeList = BoundedVec<Strike, ConstU32<MAX_STRIKES>>;

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
