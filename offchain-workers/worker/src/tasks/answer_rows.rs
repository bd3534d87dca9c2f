//! The rows of a batch of answers, from the detail blob: this worker's own, or that of a peer which computed the job.

use super::context::Context;
use crate::{failure::local, held};
use codec::DecodeAll;
use quorate_primitives::{
    job::infer::{AnswerRow, MAX_BATCH, ROW_BYTES},
    views::BlobRef,
};
use quorate_protocol::{Failure, Output};

/// Rounds through all peers. The node asks again.
const TRIES: usize = 7;

pub(super) async fn run(context: &Context, detail: &BlobRef) -> Result<Output, Failure> {
    let (worker, root) = (&context.worker, &detail.root.0);
    if detail.len > u64::from(MAX_BATCH) * ROW_BYTES {
        return Err(local(
            "the detail of a batch has a row for each of its requests, and they are fewer",
        ));
    }
    rows(&held::detail(worker, root, detail.len, TRIES).await?).map(Output::Answers)
}

/// The rows, one after the other.
fn rows(bytes: &[u8]) -> Result<Vec<AnswerRow>, Failure> {
    let row = |bytes: &[u8]| AnswerRow::decode_all(&mut &*bytes).map_err(local);
    bytes.chunks(ROW_BYTES as usize).map(row).collect()
}
