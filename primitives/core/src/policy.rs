//! A model's policy: how its rounds run and how a round's escrow is split.

pub mod assessment;

pub use assessment::{Assessment, AssessmentError, Contribution, Gate};

use crate::{Balance, BlockNumber, Hash, OrganisationId, Ppm, PPM};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use quorate_exact::{rule::MAX_WEIGHT, Pipeline, PipelineError, PreAggregator, ServerOptimiser};
use scale_info::TypeInfo;

/// How the escrow of a settled round is split. The three parts sum to one million.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Split {
    pub contributors: Ppm,
    pub validators: Ppm,
    pub treasury: Ppm,
}

/// Lengths of a round's phases, in blocks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Deadlines {
    /// Commitments are taken for at most this long.
    pub collect: BlockNumber,
    /// Then roots and salts are revealed for at most this long.
    pub reveal_updates: BlockNumber,
    /// Then votes may still arrive for this long.
    pub vote: BlockNumber,
    pub commit: BlockNumber,
    pub reveal: BlockNumber,
}

/// Who may fetch the versions of a model from a gateway.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Access {
    #[codec(index = 0)]
    Public,
    #[codec(index = 1)]
    Validators,
    /// Contributors and accounts of the organisations that the owner admitted to the model, and validators.
    #[codec(index = 2)]
    Contributors,
    /// Accounts of the organisations that the owner admitted to the model, and validators.
    #[codec(index = 3)]
    Organisations,
}

impl Access {
    /// Whether an organisation, with those that it sponsors, may use what `owner` owns and admitted `readers` to. What an owner hides from
    /// all others it may use itself.
    pub fn admits(self, organisation: OrganisationId, owner: OrganisationId, readers: &[OrganisationId]) -> bool {
        let admitted = match self {
            Self::Public => true,
            Self::Validators => false,
            Self::Contributors | Self::Organisations => readers.contains(&organisation),
        };
        admitted || organisation == owner
    }
}

/// What a version must be promoted for (`models.promote`).
#[derive(
    Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Promotion {
    /// Rounds stand on promoted versions only.
    pub bases: bool,
    /// Gateways show promoted versions only, except to validators.
    pub served: bool,
}

/// A model's policy. A round keeps the copy that was in force when it was opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Policy {
    /// What becomes of the updates of a round; see docs/exactness.md.
    pub pipeline: Pipeline,
    /// With fewer Available updates than this the round aborts with refunds.
    pub min_updates: u32,
    /// With this many commitments the round goes on without waiting for the deadline.
    pub max_updates: u32,
    pub max_weight: u32,
    pub max_updates_per_organisation: u32,
    pub deadlines: Deadlines,
    /// Held from the organisation's account for each submission, [`MIN_BOND`] to [`MAX_BOND`]; taken when the update is Invalid.
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
    pub bond: Balance,
    /// Escrow of one round, at most [`MAX_REWARD`].
    #[cfg_attr(feature = "serde", serde(with = "crate::decimal"))]
    pub reward: Balance,
    pub split: Split,
    /// Largest part of the contributors' pool that one organisation may earn.
    pub max_organisation_share: Ppm,
    /// Blocks after settlement for which validators keep a round's blobs and the chain its evidence; at least `challenge`.
    pub retention: BlockNumber,
    /// Blocks for which a new version stays Provisional.
    pub challenge: BlockNumber,
    pub access: Access,
    pub promotion: Promotion,
    /// What versions are assessed by; None: they stand as they are recorded, and scores come from the aggregation alone.
    pub assessment: Option<Assessment>,
}

/// Why a policy cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PolicyError {
    /// A parameter of the pipeline is out of range.
    Pipeline(PipelineError),
    /// The pipeline cannot run for every number of updates from `min_updates` to `max_updates`.
    CannotRun(PipelineError),
    /// `min_updates` must be at least 1 and at most `max_updates`, which is at most 1,024.
    Updates,
    /// `max_weight` must be in `1..=2^20`.
    Weight,
    /// At least one update per organisation, and at most as many as the pipeline tolerates of `max_updates` where it does.
    OrganisationCap,
    /// The pipeline tolerates some part of the updates, and of `min_updates` this is none: a round of so few would be aborted, as
    /// each organisation could then move the result at will.
    ToleratesNothing,
    /// A phase is shorter than the runtime's minimum or longer than its maximum.
    Deadline,
    /// The parts of the split must sum to one million.
    Split,
    /// `max_organisation_share` must be in `1..=1_000_000`.
    Share,
    /// The bond is below [`MIN_BOND`] or above [`MAX_BOND`].
    Bond,
    /// The reward is above [`MAX_REWARD`].
    Reward,
    /// `retention` must be in [`MIN_RETENTION`]`..=`[`MAX_RETENTION`] and at least `challenge`.
    Retention,
    /// `challenge` is above [`MAX_CHALLENGE`].
    Challenge,
    /// The assessment cannot be used.
    Assessment(AssessmentError),
    /// Revealing or the votes last shorter than moving all updates takes: see [`transfer_blocks`].
    Transfer {
        /// What each of both must last at least; above [`MAX_PHASE`]: no policy has so many updates of this length.
        blocks: BlockNumber,
    },
    /// Revealing sealed shards or the votes on them last shorter than moving them takes: see [`transfer_blocks`].
    ShardTransfer {
        /// What each of both must last at least.
        blocks: BlockNumber,
    },
}

impl From<PipelineError> for PolicyError {
    fn from(error: PipelineError) -> Self {
        match error {
            PipelineError::Parameter { .. } => Self::Pipeline(error),
            PipelineError::Rows { .. } => Self::CannotRun(error),
            PipelineError::Updates { .. } | PipelineError::Range { .. } => Self::Updates,
        }
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pipeline(error) => write!(f, "pipeline: {error}"),
            Self::CannotRun(error) => write!(
                f,
                "the pipeline cannot run for every number of updates allowed: {error}"
            ),
            Self::Updates => f.write_str("1 ≤ min_updates ≤ max_updates ≤ 1024 does not hold"),
            Self::Weight => write!(f, "max_weight must be in 1..={MAX_WEIGHT}"),
            Self::OrganisationCap => f.write_str(
                "max_updates_per_organisation must be at least 1 and at most the number of updates that the pipeline \
                 tolerates",
            ),
            Self::Deadline => write!(f, "every phase has {MIN_PHASE} to {MAX_PHASE} blocks"),
            Self::Split => f.write_str("the parts of the split must sum to 1000000"),
            Self::Share => write!(f, "max_organisation_share must be in 1..={PPM}"),
            Self::ToleratesNothing => f.write_str(
                "of min_updates the pipeline tolerates none (f is 0: nothing is trimmed or left out), so that one \
                 organisation could move the result at will: raise min_updates, or the part that it tolerates",
            ),
            Self::Transfer { blocks } if *blocks > MAX_PHASE => write!(
                f,
                "moving max_updates updates of this model takes {blocks} blocks, and a phase has at most {MAX_PHASE}: lower \
                 max_updates"
            ),
            Self::Transfer { blocks } => write!(
                f,
                "reveal_updates and vote must be at least {blocks} blocks each: in this time a validator can take, and fetch, \
                 max_updates updates of this model"
            ),
            Self::Bond => write!(f, "the bond must be in {MIN_BOND}..={MAX_BOND} units"),
            Self::Reward => write!(f, "the reward has at most {MAX_REWARD} units"),
            Self::Retention => write!(
                f,
                "retention must be in {MIN_RETENTION}..={MAX_RETENTION} blocks and at least the challenge window"
            ),
            Self::ShardTransfer { blocks } => write!(
                f,
                "contribution: reveal and vote must last {blocks} blocks at least, which moving max_suppliers shards of max_len \
                 bytes takes: give both as many, or ask for fewer or smaller shards"
            ),
            Self::Assessment(error) => write!(f, "assessment: {error}"),
            Self::Challenge => write!(f, "the challenge window has at most {MAX_CHALLENGE} blocks"),
        }
    }
}

/// Whether a pipeline draws from a job's seed.
pub fn needs_seed(pipeline: &Pipeline) -> bool {
    pipeline
        .pre
        .stages()
        .any(|pre| matches!(pre, PreAggregator::Bucketing { .. }))
}

/// Whether an optimiser can go on from the state that another one left: they are of the same kind and keep the same things.
/// Rates and decays may differ.
pub fn continues(former: &ServerOptimiser, next: &ServerOptimiser) -> bool {
    match (former, next) {
        (ServerOptimiser::Momentum { .. }, ServerOptimiser::Momentum { .. })
        | (ServerOptimiser::Adagrad { .. }, ServerOptimiser::Adagrad { .. })
        | (ServerOptimiser::Yogi { .. }, ServerOptimiser::Yogi { .. }) => true,
        (ServerOptimiser::Adam { bias_correction: a, .. }, ServerOptimiser::Adam { bias_correction: b, .. }) => a == b,
        _ => false,
    }
}

/// Shortest phase that a policy may ask for, in blocks: a statement waits for the finality of the block before its phase, and
/// crosses a wide-area network twice.
pub const MIN_PHASE: BlockNumber = 10;
/// Longest phase that a policy may ask for, in blocks (about 30 days).
pub const MAX_PHASE: BlockNumber = 1_296_000;
/// Longest challenge window, in blocks (about 14 days).
pub const MAX_CHALLENGE: BlockNumber = 604_800;
/// Shortest and longest retention, in blocks (about 10 minutes and 90 days).
pub const MIN_RETENTION: BlockNumber = 300;
pub const MAX_RETENTION: BlockNumber = 3_888_000;
/// Smallest bond, in units (a tenth of a token): what is free could be repeated for ever.
pub const MIN_BOND: Balance = 100_000_000_000;
/// Largest bond, in units (100 tokens): an owner sets what other organisations' contributors stake, so that no policy may put an
/// organisation's whole balance at stake.
pub const MAX_BOND: Balance = 100_000_000_000_000;
/// Largest escrow of one round, in units (a million tokens): no single round takes a model's whole fund.
pub const MAX_REWARD: Balance = 1_000_000_000_000_000_000;

/// Blocks that a phase must last in which one machine moves `updates` files of `len` bytes, at so many bytes in a block's time
/// (the constant `Models.BytesPerBlock`): [`MIN_PHASE`] for what any phase needs, and the transfer.
pub fn transfer_blocks(len: u64, updates: u32, bytes_per_block: u64) -> BlockNumber {
    let bytes = u128::from(len).saturating_mul(u128::from(updates));
    let blocks = bytes.checked_div(u128::from(bytes_per_block)).unwrap_or(u128::MAX);
    MIN_PHASE.saturating_add(BlockNumber::try_from(blocks).unwrap_or(BlockNumber::MAX))
}

impl Policy {
    /// Whether Revealing and the votes last long enough for `max_updates` updates of `update_len` bytes: in the worst case all are
    /// uploaded to one validator's gateway while roots are revealed, and every validator fetches them all before it votes. The same
    /// of sealed shards.
    ///
    /// # Errors
    /// `Transfer`, `ShardTransfer`.
    pub fn check_transfers(&self, update_len: u64, bytes_per_block: u64) -> Result<(), PolicyError> {
        let blocks = transfer_blocks(update_len, self.max_updates, bytes_per_block);
        if self.deadlines.reveal_updates.min(self.deadlines.vote) < blocks {
            return Err(PolicyError::Transfer { blocks });
        }
        let contribution = self.assessment.and_then(|assessment| assessment.contribution);
        let Some(rules) = contribution else {
            return Ok(());
        };
        let blocks = transfer_blocks(rules.max_len, rules.max_suppliers, bytes_per_block);
        match rules.reveal.min(rules.vote) < blocks {
            true => Err(PolicyError::ShardTransfer { blocks }),
            false => Ok(()),
        }
    }

    /// Check every bound that does not depend on the model; a policy that passes can be run.
    pub fn check(&self) -> Result<(), PolicyError> {
        self.pipeline.check_range(self.min_updates, self.max_updates)?;
        if self.max_weight == 0 || self.max_weight > MAX_WEIGHT {
            return Err(PolicyError::Weight);
        }
        if self.pipeline.tolerated(self.min_updates) == Some(0) {
            return Err(PolicyError::ToleratesNothing);
        }
        let most = self.pipeline.tolerated(self.max_updates).unwrap_or(self.max_updates);
        if self.max_updates_per_organisation == 0 || self.max_updates_per_organisation > most {
            return Err(PolicyError::OrganisationCap);
        }
        let d = &self.deadlines;
        if [d.collect, d.reveal_updates, d.vote, d.commit, d.reveal]
            .iter()
            .any(|b| !(MIN_PHASE..=MAX_PHASE).contains(b))
        {
            return Err(PolicyError::Deadline);
        }
        let sum = [self.split.contributors, self.split.validators, self.split.treasury]
            .iter()
            .try_fold(0u32, |sum, part| sum.checked_add(*part));
        if sum != Some(PPM) {
            return Err(PolicyError::Split);
        }
        if self.max_organisation_share == 0 || self.max_organisation_share > PPM {
            return Err(PolicyError::Share);
        }
        if !(MIN_BOND..=MAX_BOND).contains(&self.bond) {
            return Err(PolicyError::Bond);
        }
        if self.reward > MAX_REWARD {
            return Err(PolicyError::Reward);
        }
        if self.challenge > MAX_CHALLENGE {
            return Err(PolicyError::Challenge);
        }
        if !(MIN_RETENTION..=MAX_RETENTION).contains(&self.retention) || self.retention < self.challenge {
            return Err(PolicyError::Retention);
        }
        if let Some(assessment) = &self.assessment {
            assessment.check(self.max_weight).map_err(PolicyError::Assessment)?;
        }
        Ok(())
    }

    /// Hash that jobs and version records carry.
    pub fn hash(&self) -> Hash {
        crate::tagged::tagged(b"policy", self)
    }
}

#[cfg(test)]
pub(crate) mod tests;
