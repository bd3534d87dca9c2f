//! Calls of `evaluation` for sealed shards.

use crate::Call;
use quorate_primitives::{availability::Named, Balance, Hash, ModelId, RoundId};

/// For an organisation's account, or a contributor that it sponsors: `bond` is held from the organisation's account.
pub fn commit(model: ModelId, commitment: Hash, rows: u32, bond: Balance) -> Call {
    Call::new("Evaluation", "commit_shard", (model, commitment, rows, bond))
}

/// For the same, while the shard waits for a round.
pub fn withdraw(model: ModelId) -> Call {
    Call::new("Evaluation", "withdraw_shard", model)
}

/// For the same, while the round's shards are revealed. `len`: bytes of the file.
pub fn reveal(round: RoundId, file: Named, len: u64, salt: [u8; 32]) -> Call {
    Call::new("Evaluation", "reveal_shard", (round, file, len, salt))
}
