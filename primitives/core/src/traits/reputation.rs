use crate::{AccountId, OrganisationId, Ppm};
use sp_runtime::{DispatchResult, Weight};

/// One contributor's result in a settled round.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RoundResult {
    /// Score of the update.
    pub score: Ppm,
    /// Median score of the round (lower median).
    pub median: Ppm,
    /// Organisations with an update in the round's job: below three, reputation stands still.
    pub organisations: u32,
}

/// Scores of contributors and validators. Implemented by `reputation`.
pub trait Reputation {
    /// Current reputation of a contributor.
    fn contributor(who: &AccountId) -> Ppm;
    /// Current reputation of a validator.
    fn validator(who: &AccountId) -> Ppm;
    fn scored(who: &AccountId, organisation: OrganisationId, result: RoundResult);
    /// The contributor's update was Invalid in a round with updates of this many organisations; below three, reputation stands
    /// still.
    fn invalid(who: &AccountId, organisation: OrganisationId, organisations: u32);
    /// The contributor committed and did not make its update available, not for the first time.
    fn withheld(who: &AccountId, organisation: OrganisationId, organisations: u32);
}

/// Told when a reputation crosses a rank's threshold; the runtime moves the account in the ranked collective.
pub trait RankSink {
    /// `rank` 0 means: not a member.
    ///
    /// # Errors
    /// The collective refuses the rank. Whatever was changed is rolled back, and the account keeps the rank that it has.
    fn set_rank(who: &AccountId, rank: u16) -> DispatchResult;
}

impl RankSink for () {
    fn set_rank(_: &AccountId, _: u16) -> DispatchResult {
        Ok(())
    }
}

/// Told when an account leaves the consortium. Called by `consortium`; `reputation` ends its rank and forgets its reputation.
pub trait DepartureSink {
    /// The account is no longer sponsored.
    fn contributor_left(who: &AccountId);
    /// The validator is no longer registered.
    fn validator_left(who: &AccountId);
    /// The most that one of them weighs.
    fn left_weight() -> Weight;
}

impl DepartureSink for () {
    fn contributor_left(_: &AccountId) {}

    fn validator_left(_: &AccountId) {}

    fn left_weight() -> Weight {
        Weight::zero()
    }
}
