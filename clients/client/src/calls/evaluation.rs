//! Calls of `evaluation`.

use crate::{evaluations::Wanted, Call};
use quorate_primitives::{Balance, EvaluationId};

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
