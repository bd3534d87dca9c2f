//! Computing evaluations again.

use crate::{
    commands::verify::{mark, outcome, unread, Sources},
    context::Context,
    failure::Result,
    output::spinner,
};
use quorate_client::{gateways::Reader, Client};
use quorate_primitives::{policy::Access, views::EvaluationView, EvaluationId};
use quorate_verify::{verify_evaluation, Blobs, Conclusion};

pub async fn run(context: &Context, id: EvaluationId, sources: Sources) -> Result {
    let client = context.client().await?;
    let reader = match sources.reader {
        Some(reader) => Some(reader),
        None => reader(context, &client, &client.evaluation(id).await?).await?,
    };
    let blobs = Blobs::new(sources.stores, reader).map_err(unread)?;
    let bar = spinner("verifying");
    let progress = |step: &str| bar.set_message(step.to_string());
    let report = verify_evaluation(&client, id, &blobs, &progress).await;
    bar.finish_and_clear();
    let report = report.map_err(unread)?;
    context.print(&report.to_json(), || {
        for check in &report.checks {
            println!("{} {:<22} {}", mark(check.found), check.name, check.detail);
        }
        println!("state of block {}, which is final", report.block.number);
    });
    let work = &report.evaluation.work;
    let what = format!("evaluation {id} of {}@{}", work.model, work.version);
    if report.conclusion() == Conclusion::Verified && !context.is_json() {
        println!("{what} is verified");
    }
    outcome(report.conclusion(), &what)
}

/// With whose token its files are read: nobody's, where anyone may read all of them.
async fn reader(context: &Context, client: &Client, evaluation: &EvaluationView) -> Result<Option<Reader>> {
    let work = &evaluation.work;
    let mut public = client.model(work.model).await?.policy.access == Access::Public;
    for id in [work.program, work.data] {
        // A record that was pruned says nothing any more.
        public &= client
            .artifact(id)
            .await
            .is_ok_and(|artifact| artifact.access == Access::Public);
    }
    match !public && context.has_account() {
        true => Ok(Some(Reader::Account(context.account()?))),
        false => Ok(None),
    }
}
