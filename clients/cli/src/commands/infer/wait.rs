//! Waiting for a request to end.

use super::stream::Screen;
use crate::{context::Context, failure::Result};
use quorate_client::{link::Link, watch::Limit, Client, Error};
use quorate_primitives::{
    job::{Job, JobPhase},
    views::inference::{RequestState, RequestView},
    BatchId, RequestId,
};
use std::cell::RefCell;

/// The chain itself ends a request; until then the connection may break.
pub async fn ended(context: &Context, id: RequestId, screen: &Screen) -> Result<RequestView> {
    let link = Link::new(async || context.connect().await).await?;
    let what = "the request has not ended";
    let again = |error: &Error| screen.warn(&format!("connecting again: {error}"));
    let said = RefCell::new(String::new());
    let wait = async |client: Client| {
        let step = client.until(what, Limit::WhileBlocksCome, || async {
            let known = client.inference_request(id).await?;
            let (stage, far) = stage(&client, &known).await;
            screen.far(far);
            if *said.borrow() != stage {
                screen.line(&stage);
                *said.borrow_mut() = stage;
            }
            Ok(is_over(&known.state).then_some(known))
        });
        step.await
    };
    let known = link.keep(again, wait).await;
    screen.clear();
    Ok(known?)
}

fn is_over(state: &RequestState) -> bool {
    matches!(state, RequestState::Answered { .. } | RequestState::Failed(_))
}

/// What is going on, and how far it is.
async fn stage(client: &Client, known: &RequestView) -> (String, String) {
    match &known.state {
        RequestState::Pending { until } => {
            let text = format!("validators fetch and check the input, until block {until} at most");
            (text.clone(), text)
        }
        RequestState::Waiting => {
            let text = "a quorum holds the input; the request waits for a batch";
            (text.into(), text.into())
        }
        RequestState::Computing { batch } => {
            let batch = *batch;
            // What a fork has taken back is there again in a moment.
            let job = match client.batch_at(batch, None).await {
                Ok(Some(batch)) => client.job(batch.job).await.ok(),
                _ => None,
            };
            job.map_or_else(
                || (format!("in batch {batch}"), format!("in batch {batch}")),
                |job| of_job(batch, &job.job),
            )
        }
        RequestState::Provisional { batch, until } => {
            let text =
                format!("all that were drawn for batch {batch} agree; their outcome counts from block {until} on");
            (text.clone(), text)
        }
        RequestState::Answered { .. } => ("answered".into(), String::new()),
        RequestState::Failed(_) => ("ended without an answer".into(), String::new()),
    }
}

fn of_job(batch: BatchId, job: &Job) -> (String, String) {
    let (members, all) = (job.committee.len(), &job.statements);
    match job.phase {
        JobPhase::Commit { until } => {
            let done = all.iter().filter(|one| one.commit.is_some()).count();
            let text = format!("in batch {batch}, which {members} validators compute until block {until} at most");
            (text, format!("{done} of {members} validators are done"))
        }
        JobPhase::Reveal { until, .. } => {
            let done = all.iter().filter(|one| one.reveal.is_some()).count();
            let text = format!("validators say what they found, until block {until} at most");
            (text, format!("{done} of {members} have"))
        }
        JobPhase::Closed { .. } => {
            let text = match job.agreed {
                Some(_) => "a quorum agreed; the answer's row is awaited",
                None => "no quorum agreed",
            };
            (text.into(), text.into())
        }
    }
}
