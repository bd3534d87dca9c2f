//! Calls of `inference`.

use crate::{inference::Asking, Call};
use quorate_primitives::{availability::Named, Balance, RequestId};

/// For an organisation's account, or a contributor that it sponsors: the organisation's fund pays, at most `max_fee`.
pub fn request(asking: &Asking, input: Named, max_fee: Balance) -> Call {
    let Asking {
        model,
        version,
        program,
        task,
        len,
        operations,
    } = *asking;
    Call::new(
        "Inference",
        "request",
        (model, version, program, input, len, task, operations, max_fee),
    )
}

/// For whoever asked, before a batch has taken the request.
pub fn cancel(request: RequestId) -> Call {
    Call::new("Inference", "cancel", request)
}
