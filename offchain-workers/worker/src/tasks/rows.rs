//! Show the score rows behind an outcome.

use super::Context;
use crate::fetch::local;
use codec::DecodeAll;
use quorate_exact::Detail;
use quorate_primitives::{job::ScoreRow, Hash};
use quorate_protocol::{Failure, Output};

/// Kind of the note beside a detail blob: its rows, with the claimed weights where the rule selects nothing.
pub(super) const ROWS_MARK: &str = "rows";
/// A detail of 1,024 updates over 2^35 coordinates is smaller.
const MAX_DETAIL: u64 = 32 << 20;

pub(super) async fn run(context: &Context, detail: Hash) -> Result<Output, Failure> {
    let store = &context.worker.store;
    if let Some(note) = store.mark(ROWS_MARK, &detail.0).await.map_err(local)? {
        let rows = Vec::<ScoreRow>::decode_all(&mut note.as_ref()).map_err(local)?;
        return Ok(Output::Rows(rows));
    }
    if store.len(&detail.0).await.map_err(local)?.is_none() {
        return Err(Failure::Missing(detail));
    }
    let bytes = store.get_small(&detail.0, MAX_DETAIL).await.map_err(local)?;
    let detail = Detail::decode(&bytes).map_err(local)?;
    if detail.selection_weights.is_empty() {
        return Err(local(
            "the rule selects nothing and the claimed weights are not at hand: compute the job again",
        ));
    }
    let rows = detail.scores_ppm.iter().zip(&detail.selection_weights);
    Ok(Output::Rows(
        rows.map(|(&score, &selection)| ScoreRow { score, selection }).collect(),
    ))
}
