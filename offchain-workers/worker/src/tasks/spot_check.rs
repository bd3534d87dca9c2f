//! Spot checks: jobs of others, computed again while there is nothing else to compute. What is found is for whoever may call all validators.

use super::{context::Context, kinds};
use quorate_primitives::{job::WorkKind, JobId};
use quorate_protocol::{Failure, Output};

/// Computes the job whenever no job of this worker's own runs or waits: one that comes ends the attempt, and it begins again afterwards.
pub(super) async fn run(
    context: &Context,
    job: JobId,
    kind: (WorkKind, u32),
    work: &[u8],
    agreed: &[u8],
) -> Result<Output, Failure> {
    let compute = &context.worker.compute;
    let _turn = compute.spot_check_turn().await?;
    let own = loop {
        compute.until_idle().await;
        tokio::select! {
            biased;
            () = compute.until_busy() => tracing::info!(%job, "interrupted by a job of this validator's own"),
            own = kinds::again(context, kind, work) => break own?,
        }
    };
    match own == agreed {
        true => tracing::info!(%job, "computed again: the outcome of those that were drawn"),
        false => tracing::error!(%job, "computed again: another outcome than that of those that were drawn"),
    }
    Ok(Output::Outcome(own))
}
