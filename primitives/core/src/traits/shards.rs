use crate::{job::assess::Shard, policy::Contribution, Balance, BlockNumber, ModelId, OrganisationId, RoundId};
use alloc::vec::Vec;
use sp_runtime::{DispatchError, Weight};

/// Sealed shards of the rounds that are paid by what updates improve. Implemented by `evaluation`, used by `rounds`.
pub trait Shards {
    /// Take the shards that wait for a round of `model` for this one: at most `rules.max_suppliers`, in the order in which they were
    /// committed to. `pot` is what the round pays contributors, for the bond of each. Returns how many there are.
    ///
    /// # Errors
    /// Fewer than `rules.min_suppliers` wait with a sufficient bond and number of rows.
    fn begin(round: RoundId, model: ModelId, rules: &Contribution, pot: Balance) -> Result<u32, DispatchError>;
    /// The round's updates are sealed: its shards are revealed before block `reveal_until`, votes on them count before `vote_until`.
    fn reveal(round: RoundId, reveal_until: BlockNumber, vote_until: BlockNumber);
    /// Whether nothing is left to wait for. True for a round that has no shards.
    fn is_decided(round: RoundId) -> bool;
    /// Shards of the round that a quorum holds, in the order of their suppliers.
    fn held(round: RoundId) -> Vec<Shard>;
    /// The round is assessed. Suppliers whose shard counts get their bond back, the others' bonds go into the round's escrow; returns how
    /// much that is, and whose it was.
    fn assessed(round: RoundId, counted: &[OrganisationId]) -> (Balance, Vec<OrganisationId>);
    /// The round ended before its shards were assessed. Those that were not revealed wait for the model's next round; the others' bonds
    /// return.
    fn released(round: RoundId);
    /// The most that `begin`, `reveal`, `assessed` or `released` weighs.
    fn weight() -> Weight;
}
