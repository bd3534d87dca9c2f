//! What organisations do with sealed shards. Each has the number of its account.

use crate::{
    common::{model::POSSESSION, *},
    history::History,
    state::models,
};
use quorate_primitives::{
    availability::Named, payload, policy::assessment::MIN_SHARD_ROWS, views::assessments::ShardState, ModelId,
    OrganisationId, RoundId,
};
use quorate_runtime::{constants::UNIT, Evaluation, Runtime, RuntimeCall};

impl History {
    /// Reveal what is due, mostly; commit to a shard where none waits; sometimes anything.
    pub fn shard_call(&mut self, number: u64) -> Option<RuntimeCall> {
        let supplier = number as OrganisationId;
        if !self.random.one_in(5) {
            if let Some(call) = self.reveal_shard(supplier) {
                return Some(call);
            }
        }
        let takes: Vec<ModelId> = models()
            .into_iter()
            .filter(|model| Evaluation::shard_bond(*model).is_some())
            .collect();
        let model = self.random.pick(&takes)?;
        let waits = Evaluation::shards(model).iter().any(|shard| shard.supplier == supplier);
        match self.random.below(20) {
            0 => Some(pallet_evaluation::Call::withdraw_shard { model }.into()),
            1 => Some(self.commit_shard(model, supplier)),
            2..=13 if !waits => Some(self.commit_shard(model, supplier)),
            _ => None,
        }
    }

    /// Once in a while to a data set that was used before, or for which no other says how many rows it has.
    fn commit_shard(&mut self, model: ModelId, supplier: OrganisationId) -> RuntimeCall {
        let again = self.random.one_in(20);
        let which = if again { 0 } else { self.random.next() };
        let root = payload::tagged(b"shard", &(supplier, which));
        let salt = [self.random.next() as u8; 32];
        let rows = MIN_SHARD_ROWS - u32::from(self.random.one_in(30));
        let commitment = payload::shard_commitment(genesis_hash(), model, supplier, root, rows, salt);
        // Nothing opens it.
        if !self.random.one_in(30) {
            self.shards.insert(commitment, (root, salt));
        }
        let call = pallet_evaluation::Call::commit_shard {
            model,
            commitment,
            rows,
            bond: self.random.pick(&[100, 50, 1]).unwrap_or_default() * UNIT,
        };
        call.into()
    }

    /// Reveal a shard of the organisation's that is awaited; once in a while too long a file.
    fn reveal_shard(&mut self, supplier: OrganisationId) -> Option<RuntimeCall> {
        let rounds: Vec<RoundId> = pallet_evaluation::ShardRounds::<Runtime>::get().into_inner();
        let awaited = rounds.into_iter().flat_map(|round| {
            let shards = Evaluation::round_shards(round).into_iter();
            shards.map(move |shard| (round, shard))
        });
        let (round, shard) = awaited
            .filter(|(_, shard)| shard.supplier == supplier && shard.state == ShardState::Sealed)
            .find(|(_, shard)| shard.reveal_until.is_some())?;
        let (root, salt) = *self.shards.get(&shard.commitment)?;
        let len = if self.random.one_in(30) { u64::MAX } else { 1 << 20 };
        let possession = POSSESSION;
        let call = pallet_evaluation::Call::reveal_shard {
            round,
            named: Named { root, possession },
            len,
            salt,
        };
        Some(call.into())
    }
}
