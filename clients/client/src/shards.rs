//! Sealed shards, and what assessments cost, as the chain knows them.

use crate::{storage::by_number, Client, Result};
use quorate_primitives::{views::assessments::ShardView, Balance, ModelId, Root, RoundId};
use sp_crypto_hashing::blake2_128;

impl Client {
    /// What is set aside for an assessment of at most so many thousands of millions of operations.
    pub async fn assessment_fee(&self, operations: u64) -> Result<Balance> {
        self.runtime("AssessmentsApi_assessment_fee", operations, None).await
    }

    /// Shards that wait for a round of a model, in the order in which they were committed to.
    pub async fn waiting_shards(&self, model: ModelId) -> Result<Vec<ShardView>> {
        self.runtime("AssessmentsApi_waiting_shards", model, None).await
    }

    /// Rounds that have shards and are not assessed yet, ascending.
    pub async fn shard_rounds(&self) -> Result<Vec<RoundId>> {
        self.runtime("AssessmentsApi_shard_rounds", (), None).await
    }

    /// Shards of a round, in the order of their suppliers; none where it has none, or its evidence is gone.
    pub async fn round_shards(&self, round: RoundId) -> Result<Vec<ShardView>> {
        self.runtime("AssessmentsApi_round_shards", round, None).await
    }

    /// The bond with which a round of the model takes a shard also where no more than the fewest wait; None where its rounds take none.
    pub async fn shard_bond(&self, model: ModelId) -> Result<Option<Balance>> {
        self.runtime("AssessmentsApi_shard_bond", model, None).await
    }

    /// Whether a data set is among those that were revealed for the model already, which are public.
    pub async fn is_used(&self, model: ModelId, root: Root) -> Result<bool> {
        let key = [&by_number(model)[..], &blake2_128(&root.0), &root.0].concat();
        Ok(self.raw("Evaluation", "UsedRoots", &key).await?.is_some())
    }
}
