//! How pallets meet. Each trait is implemented by one pallet and wired to the others in the runtime.

use crate::{
    job::{Committee, JobEnd, JobSpec, Outcome, ScoreRow, Verdict},
    policy::Policy,
    version::{RoundOrigin, Settlement},
    views::FileShape,
    AccountId, Balance, BlockNumber, Hash, JobId, ModelId, OrganisationId, Ppm, Root, RoundId, VersionIndex,
};
use alloc::vec::Vec;
use sp_runtime::{DispatchError, DispatchResult, Weight};

/// Who belongs to the consortium. Implemented by `consortium`.
pub trait Consortium {
    /// The organisation that sponsors `who`, while neither of them is suspended.
    fn contributor(who: &AccountId) -> Option<OrganisationId>;
    /// The organisation whose account `who` is, while it is not suspended.
    fn organisation_of(who: &AccountId) -> Option<OrganisationId>;
    /// The account that holds an organisation's bonds; also of a suspended one.
    fn organisation_account(id: OrganisationId) -> Option<AccountId>;
    /// The validators of the current session with their keys, at most [`crate::MAX_COMMITTEE`]. Never empty after genesis.
    fn committee() -> Committee;
    /// False for a validator that was removed or suspended since a snapshot was taken: it is heard no more.
    fn may_speak(validator: &AccountId) -> bool;
}

/// What a round needs to know of its model.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RoundBase {
    pub base: VersionIndex,
    pub base_root: Root,
    /// Root of the version before the base, if there is one.
    pub previous_root: Option<Root>,
    /// State of the server optimiser that the base came with, if the policy's optimiser can go on from it.
    pub optimiser: Option<Root>,
    pub policy: Policy,
    /// Exact length in bytes of an update's file.
    pub update_len: u64,
    /// Exact length in bytes of a version's file.
    pub file_len: u64,
}

/// A version 0 that awaits votes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GenesisBlob {
    pub root: Root,
    pub len: u64,
    /// What the file must look like, by the registration.
    pub shape: FileShape,
    /// Votes are counted until this block.
    pub until: BlockNumber,
}

/// The model registry. Implemented by `models`.
pub trait Models {
    /// The account that may open rounds on `model`.
    fn owner(model: ModelId) -> Option<AccountId>;
    /// What a new round stands on; `None` unless the model is active and its latest version usable.
    fn round_base(model: ModelId) -> Option<RoundBase>;
    /// Version 0 of `model`, while it awaits votes.
    fn genesis_blob(model: ModelId) -> Option<GenesisBlob>;
    /// Models whose version 0 awaits votes (bounded).
    fn awaiting_genesis() -> Vec<ModelId>;
    /// The votes on version 0 are in: record it, or reject the model.
    fn genesis_decided(model: ModelId, available: bool);
    /// Record the next version. `challenge`: blocks for which it stays Provisional.
    fn record(
        model: ModelId,
        origin: RoundOrigin,
        policy_hash: Hash,
        challenge: BlockNumber,
    ) -> Result<VersionIndex, DispatchError>;
    /// Keep the roots over what is known only now. At most once per version.
    fn settled(model: ModelId, version: VersionIndex, settlement: Settlement);
}

/// Jobs of the committee. Implemented by `attestation`.
pub trait Jobs {
    /// Start a job with the current committee.
    fn create(spec: JobSpec) -> Result<JobId, DispatchError>;
    /// Verdicts of a closed job, in the committee's order; empty before.
    fn verdicts(job: JobId) -> Vec<(AccountId, Verdict)>;
    /// Merkle root over (member, statement) of a closed job.
    fn statements_root(job: JobId) -> Hash;
}

/// Who asked for a job. Implemented by `rounds`, called by `attestation`.
pub trait JobHandler {
    /// A quorum revealed the same outcome: called once, as soon as that is so. Reveals may still follow.
    fn agreed(job: JobId, spec: &JobSpec, outcome: &Outcome);
    /// The job is closed; verdicts are set.
    fn closed(job: JobId, spec: &JobSpec, end: JobEnd);
    /// One settlement page, already checked against the agreed outcome. Pages come in order, each once.
    fn page(job: JobId, spec: &JobSpec, page: u32, rows: &[ScoreRow]) -> DispatchResult;
    /// The most that `agreed` weighs.
    fn agreed_weight() -> Weight;
    /// The most that `closed` weighs.
    fn closed_weight() -> Weight;
    /// The most that a `page` of so many rows weighs.
    fn page_weight(rows: u32) -> Weight;
}

/// Token flows. Implemented by `incentives`. Whatever happens, no unit is lost or made.
pub trait Escrow {
    /// Move `amount` from the model's fund into the round's escrow.
    fn lock(model: ModelId, round: RoundId, amount: Balance) -> DispatchResult;
    /// What the round's escrow still holds.
    fn escrowed(round: RoundId) -> Balance;
    /// Credit `amount` of the round's escrow to `to`, who pulls it by `claim`.
    fn pay(round: RoundId, to: &AccountId, amount: Balance) -> DispatchResult;
    /// Give the rest of the round's escrow to the treasury.
    fn close(round: RoundId);
    /// Give the rest of the round's escrow back to the model's fund.
    fn refund(model: ModelId, round: RoundId);
    /// Hold `amount` of the organisation's account for a submission.
    fn hold_bond(organisation: &AccountId, round: RoundId, contributor: &AccountId, amount: Balance) -> DispatchResult;
    /// Return a bond. Does nothing when there is none.
    fn release_bond(round: RoundId, contributor: &AccountId);
    /// Move a bond to the treasury. Does nothing when there is none.
    fn slash_bond(round: RoundId, contributor: &AccountId);
}

/// One contributor's showing in a settled round.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Showing {
    /// Score of the update.
    pub score: Ppm,
    /// Median score of the round (lower median).
    pub median: Ppm,
    /// Organisations with an Available update in the round: below three, reputation stands still.
    pub organisations: u32,
}

/// Scores of contributors and validators. Implemented by `reputation`.
pub trait Reputation {
    /// Current reputation of a contributor.
    fn contributor(who: &AccountId) -> Ppm;
    /// Current reputation of a validator.
    fn validator(who: &AccountId) -> Ppm;
    fn scored(who: &AccountId, organisation: OrganisationId, showing: Showing);
    /// The contributor's update was Invalid in a round with Available updates of this many organisations; below three,
    /// reputation stands still.
    fn invalid(who: &AccountId, organisation: OrganisationId, organisations: u32);
    fn judged(validator: &AccountId, verdict: Verdict);
}

/// Told when the set of organisations' accounts changes; the runtime keeps the governance membership equal to it.
pub trait MembershipSink {
    /// `members` is sorted.
    fn set_members(members: Vec<AccountId>);
}

/// Told when a reputation crosses a rank's threshold; the runtime moves the account in the ranked collective.
pub trait RankSink {
    /// `rank` 0 means: not a member.
    fn set_rank(who: &AccountId, rank: u16);
}

impl MembershipSink for () {
    fn set_members(_: Vec<AccountId>) {}
}

impl RankSink for () {
    fn set_rank(_: &AccountId, _: u16) {}
}
