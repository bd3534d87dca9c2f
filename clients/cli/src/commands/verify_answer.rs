//! Computing answers again.

use crate::{
    commands::verify::{mark, outcome, unread, Sources},
    context::Context,
    failure::Result,
    output::spinner,
};
use quorate_client::gateways::Reader;
use quorate_primitives::RequestId;
use quorate_verify::{verify_answer, Blobs, Conclusion};

pub async fn run(context: &Context, id: RequestId, sources: Sources) -> Result {
    let client = context.client().await?;
    // Input and answer are never public.
    let reader = match sources.reader {
        None if context.has_account() => Some(Reader::Account(context.account()?)),
        given => given,
    };
    let blobs = Blobs::new(sources.stores, reader).map_err(unread)?;
    let bar = spinner("verifying");
    let progress = |step: &str| bar.set_message(step.to_string());
    let report = verify_answer(&client, id, &blobs, &progress).await;
    bar.finish_and_clear();
    let report = report.map_err(unread)?;
    context.print(&report.to_json(), || {
        for check in &report.checks {
            println!("{} {:<22} {}", mark(check.found), check.name, check.detail);
        }
        println!("state of block {}, which is final", report.block.number);
    });
    let what = format!("answer {id} of {}@{}", report.request.model, report.request.version);
    if report.conclusion() == Conclusion::Verified && !context.is_json() {
        println!("{what} is verified");
    }
    outcome(report.conclusion(), &what)
}
