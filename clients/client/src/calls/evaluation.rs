//! Calls of `evaluation`.

use crate::{evaluations::Wanted, Call};
use quorate_primitives::{availability::Named, Balance, EvaluationId, Hash, ModelId, RoundId};

/// For an organisation's account, or a contributor that it sponsors: the organisation's fund pays, at most `max_fee`.
pub fn request(wanted: &Wanted, max_fee: Balance) -> Call {
    let Wanted {
        model,
        version,
        program,
        data,
        operations,
    } = *wanted;
    Call::new(
        "Evaluation",
        "request",
        (model, version, program, data, operations, max_fee),
    )
}

/// For anyone, when the record's retention has ended.
pub fn prune(evaluation: EvaluationId) -> Call {
    Call::new("Evaluation", "prune", evaluation)
}

/// For an organisation's account, or a contributor that it sponsors: a sealed shard for a round of the model, with a bond of at most
/// `max_bond`. The commitment is `payload::shard_commitment`; whoever loses its salt cannot reveal.
pub fn commit_shard(model: ModelId, commitment: Hash, rows: u32, max_bond: Balance) -> Call {
    Call::new("Evaluation", "commit_shard", (model, commitment, rows, max_bond))
}

/// For the same: takes the shard back that waits for a round of the model.
pub fn withdraw_shard(model: ModelId) -> Call {
    Call::new("Evaluation", "withdraw_shard", model)
}

/// For the same, when the round's updates are sealed: `named` and `len` are those of the data set's file.
pub fn reveal_shard(round: RoundId, named: Named, len: u64, salt: [u8; 32]) -> Call {
    Call::new("Evaluation", "reveal_shard", (round, named, len, salt))
}
