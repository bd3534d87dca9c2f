//! Calls of `inference`.

use crate::{inference::Asking, Call};
use quorate_primitives::{availability::Named, Balance, BatchId, RequestId};

/// For an organisation's account, or a contributor that it sponsors: the organisation's fund pays, at most `max_fee`.
pub fn request(asking: &Asking, input: Named, max_fee: Balance) -> Call {
    let Asking {
        model,
        version,
        program,
        task,
        len,
        operations,
        memory,
    } = *asking;
    Call::new(
        "Inference",
        "request",
        (model, version, program, input, len, task, operations, memory, max_fee),
    )
}

/// For whoever asked, before a batch has taken the request.
pub fn cancel(request: RequestId) -> Call {
    Call::new("Inference", "cancel", request)
}

/// For the account of an organisation that runs a validator, while the batch's outcome is provisional: every validator that can computes it
/// anew. A bond is set aside, and lost unless they agree on something else.
pub fn call_all(batch: BatchId) -> Call {
    Call::new("Inference", "call_all", batch)
}
