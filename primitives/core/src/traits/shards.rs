use crate::{job::assess::Shard, policy::Contribution, Balance, BlockNumber, ModelId, OrganisationId, RoundId};
use alloc::vec::Vec;
use sp_runtime::{DispatchError, Weight};

/// Sealed shards of the rounds that are paid by what updates improve. Implemented by `evaluation`, used by `rounds`.
pub trait Shards {
    /// How many shards `begin` would take now.
    fn waiting(model: ModelId, rules: &Contribution, pot: Balance) -> u32;
    /// Take the shards that wait for a round of `model` for this one: at most `rules.max_suppliers`, in the order in which they were
    /// committed to. `pot` is what the round pays contributors, for the bond of each. Returns how many there are.
    ///
    /// # Errors
    /// Fewer than `rules.min_suppliers` wait with a sufficient bond and number of rows.
    fn begin(round: RoundId, model: ModelId, rules: &Contribution, pot: Balance) -> Result<u32, DispatchError>;
    /// The round's updates are sealed: its shards are revealed before block `reveal_until`, votes on them count before `vote_until`. Both
    /// shift by blocks without transactions.
    fn reveal(round: RoundId, reveal_until: BlockNumber, vote_until: BlockNumber);
    /// Whether nothing is left to wait for. True for a round that has no shards.
    fn is_decided(round: RoundId) -> bool;
    /// Shards of the round that a quorum holds, in the order of their suppliers.
    fn held(round: RoundId) -> Vec<Shard>;
    /// The round is assessed. Suppliers whose shard counts get their bond back, the others' bonds go into the escrow of
    /// [`crate::purpose::Purpose::Assessment`], which exists; returns how much that is, and whose it was. Called at most once for a
    /// round, and not after `released`.
    fn assessed(round: RoundId, counted: &[OrganisationId]) -> (Balance, Vec<OrganisationId>);
    /// The round ended before its shards were assessed, or no outcome says which count. Before the time to reveal has passed those that
    /// were not revealed wait for the model's next round, and the others' bonds return. After it the bonds of what is held return, and
    /// those of what was withheld or is malformed go to the treasury: a round that fails makes nothing of it good. The round has no shards
    /// any more.
    fn released(round: RoundId);
    /// The evidence of the round is gone, and with it what is kept of its shards. Called once for every round whose shards were assessed.
    fn pruned(round: RoundId);
    /// The most that `begin`, `reveal`, `assessed`, `released` or `pruned` weighs.
    fn weight() -> Weight;
}
