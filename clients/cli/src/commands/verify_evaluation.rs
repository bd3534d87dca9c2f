//! Computing evaluations again.

use crate::{
    commands::verify::{unread, Sources, Verified},
    context::Context,
    failure::Result,
    output::spinner,
};
use quorate_client::{gateways::Reader, Client};
use quorate_primitives::{policy::Access, views::EvaluationView, EvaluationId};
use quorate_verify::{verify_evaluation, Blobs};

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
    let work = &report.evaluation.work;
    let what = format!("evaluation {id} of {}@{}", work.model, work.version);
    let found = Verified {
        json: report.to_json(),
        checks: &report.checks,
        block: report.block.number,
        conclusion: report.conclusion(),
    };
    found.tell(context, &what, "")
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
