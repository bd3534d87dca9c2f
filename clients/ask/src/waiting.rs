//! Waiting until the chain has ended what was asked. The connection may break meanwhile.

use quorate_client::{link::Link, watch::Limit, Client, Error, Result};
use quorate_contribute::node::Node;
use quorate_primitives::{
    job::{Job, JobPhase},
    views::{
        inference::{RequestState, RequestView},
        EvaluationState, EvaluationView,
    },
    BatchId, EvaluationId, RequestId,
};
use std::cell::RefCell;

/// Wait for a request's end; `say` is told each stage once.
///
/// # Errors
/// `NotFound`; `Network` or `Timeout` when nobody answers for a quarter of an hour, or the chain stands still.
pub async fn request(node: &Node, id: RequestId, say: &dyn Fn(&str)) -> Result<RequestView> {
    let said = Said::new(say);
    let wait = async |client: Client| {
        let step = client.until("the request has not ended", Limit::WhileBlocksCome, || async {
            let known = client.inference_request(id).await?;
            said.once(&stage(&client, &known).await);
            Ok(is_over(&known.state).then_some(known))
        });
        step.await
    };
    keep(node, &said, wait).await
}

/// Wait until a final block has a request's end, and return it as it is there.
///
/// # Errors
/// As those of [`request`].
pub async fn final_request(node: &Node, id: RequestId, say: &dyn Fn(&str)) -> Result<RequestView> {
    let said = Said::new(say);
    let wait = async |client: Client| {
        let step = client.until(
            "the request has no end in a final block",
            Limit::WhileBlocksCome,
            || async {
                let block = client.finalized().await?;
                let known = client.inference_request_at(id, Some(block.hash)).await?;
                Ok(known.filter(|known| is_over(&known.state)))
            },
        );
        said.once("waiting for finality");
        step.await
    };
    keep(node, &said, wait).await
}

/// Wait for an evaluation's end; `say` is told each stage once.
///
/// # Errors
/// As those of [`request`].
pub async fn evaluation(node: &Node, id: EvaluationId, say: &dyn Fn(&str)) -> Result<EvaluationView> {
    let said = Said::new(say);
    let wait = async |client: Client| {
        let what = "the committee has not agreed on the evaluation";
        let step = client.until(what, Limit::WhileBlocksCome, || async {
            let known = client.evaluation(id).await?;
            if known.state != EvaluationState::Computing {
                return Ok(Some(known));
            }
            // A job that a fork has taken back is there again in a moment.
            if let Ok(job) = client.job(known.job).await {
                said.once(&of_job(&job.job));
            }
            Ok(None)
        });
        step.await
    };
    keep(node, &said, wait).await
}

/// Wait until a final block has an evaluation's end, and return it as it is there.
///
/// # Errors
/// As those of [`request`].
pub async fn final_evaluation(node: &Node, id: EvaluationId, say: &dyn Fn(&str)) -> Result<EvaluationView> {
    let said = Said::new(say);
    let wait = async |client: Client| {
        let what = "the evaluation has no end in a final block";
        let step = client.until(what, Limit::WhileBlocksCome, || async {
            let block = client.finalized().await?;
            let known = client.evaluation_at(id, Some(block.hash)).await?;
            Ok(known.filter(|known| known.state != EvaluationState::Computing))
        });
        said.once("waiting for finality");
        step.await
    };
    keep(node, &said, wait).await
}

async fn keep<T>(node: &Node, said: &Said<'_>, step: impl AsyncFnMut(Client) -> Result<T>) -> Result<T> {
    let link = Link::new(async || node.connect().await).await?;
    let again = |error: &Error| said.once(&format!("connecting again: {error}"));
    link.keep(again, step).await
}

/// Says what differs from what was said last.
struct Said<'a> {
    say: &'a dyn Fn(&str),
    last: RefCell<String>,
}

impl<'a> Said<'a> {
    fn new(say: &'a dyn Fn(&str)) -> Self {
        Self {
            say,
            last: RefCell::default(),
        }
    }

    fn once(&self, text: &str) {
        if *self.last.borrow() != text {
            *self.last.borrow_mut() = text.into();
            (self.say)(text);
        }
    }
}

/// Whether a request has come to its end.
pub fn is_over(state: &RequestState) -> bool {
    matches!(state, RequestState::Answered { .. } | RequestState::Failed(_))
}

/// What is going on.
async fn stage(client: &Client, known: &RequestView) -> String {
    match &known.state {
        RequestState::Pending { until } => {
            format!("validators fetch and check the input, until block {until} at most")
        }
        RequestState::Waiting => "a quorum holds the input; the request waits for a batch".into(),
        RequestState::Computing { batch } => in_batch(client, *batch).await,
        RequestState::Provisional { batch, until } => {
            format!("all that were drawn for batch {batch} agree; their outcome counts from block {until} on")
        }
        RequestState::Answered { .. } => "answered".into(),
        RequestState::Failed(_) => "ended without an answer".into(),
    }
}

async fn in_batch(client: &Client, batch: BatchId) -> String {
    // What a fork has taken back is there again in a moment.
    let job = match client.batch_at(batch, None).await {
        Ok(Some(batch)) => client.job(batch.job).await.ok(),
        _ => None,
    };
    match job {
        Some(job) => format!("in batch {batch}: {}", of_job(&job.job)),
        None => format!("in batch {batch}"),
    }
}

fn of_job(job: &Job) -> String {
    let (members, all) = (job.committee.len(), &job.statements);
    match job.phase {
        JobPhase::Commit { until } => {
            let done = all.iter().filter(|one| one.commit.is_some()).count();
            format!("{done} of {members} validators are done; until block {until} at most")
        }
        JobPhase::Reveal { until, .. } => {
            let done = all.iter().filter(|one| one.reveal.is_some()).count();
            format!("{done} of {members} validators have said what they found; until block {until} at most")
        }
        JobPhase::Closed { .. } => match job.agreed {
            Some(_) => "a quorum agreed".into(),
            None => "no quorum agreed".into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stage_should_be_said_once() {
        let heard = RefCell::new(Vec::new());
        let say = |text: &str| heard.borrow_mut().push(text.to_string());
        let said = Said::new(&say);
        ["a", "a", "b", "a"].iter().for_each(|text| said.once(text));
        assert_eq!(*heard.borrow(), ["a", "b", "a"]);
    }
}
