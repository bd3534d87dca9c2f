//! Computing answers again.

use crate::{
    commands::verify::{unread, Sources, Verified},
    context::Context,
    failure::Result,
    output::spinner,
};
use quorate_client::gateways::Reader;
use quorate_primitives::RequestId;
use quorate_verify::{verify_answer, Blobs, Level};

/// `most`: of this processor's instructions.
pub async fn run(context: &Context, id: RequestId, most: Level, sources: Sources) -> Result {
    let client = context.client().await?;
    // Input and answer are never public.
    let reader = match sources.reader {
        None if context.has_account() => Some(Reader::Account(context.account()?)),
        given => given,
    };
    let blobs = Blobs::new(sources.stores, reader).map_err(unread)?;
    let bar = spinner("verifying");
    let progress = |step: &str| bar.set_message(step.to_string());
    let report = verify_answer(&client, id, &blobs, most, &progress).await;
    bar.finish_and_clear();
    let report = report.map_err(unread)?;
    let what = format!("answer {id} of {}@{}", report.request.model, report.request.version);
    let found = Verified {
        json: report.to_json(),
        checks: &report.checks,
        block: report.block.number,
        conclusion: report.conclusion(),
    };
    found.tell(context, &what, "")
}
