//! Evaluations.

use crate::{
    asking::{text, view},
    net::Net,
    progress::Progress,
};
use pyo3::prelude::*;
use quorate_ask::{
    amount::tokens,
    asked::{Marked, Same},
    evaluation,
    own::{Own, OwnEvaluation},
    sending::meanwhile,
    waiting::{self, Waiting},
};
use quorate_client::Error;
use quorate_primitives::{views::EvaluationView, ArtifactId, Balance, EvaluationId, ModelId, VersionIndex};
use serde_json::json;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Whether something was sent that may be on chain, and has not come to its end.
#[pyclass(frozen, module = "quorate._quorate")]
#[derive(Default)]
pub struct Sent(AtomicBool);

#[pymethods]
impl Sent {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    #[getter]
    fn is_open(&self) -> bool {
        self.0.load(Relaxed)
    }
}

/// What an evaluation costs now, as JSON.
#[pyfunction]
pub fn quote_evaluation(
    py: Python<'_>,
    net: &Net,
    model: ModelId,
    version: VersionIndex,
    program: ArtifactId,
    data: ArtifactId,
) -> PyResult<String> {
    net.asking(py, &Progress::default(), async |asker, say| {
        let priced = evaluation::price(asker, &net.cache, (model, version), [program, data], say).await?;
        let (fee, blocks) = (priced.quote.fee.to_string(), priced.quote.commit);
        text(&json!({ "fee": fee, "blocks": blocks, "operations": priced.wanted.operations }))
    })
}

/// Evaluate a version, or go on with the same evaluation of the account: as JSON, when it has ended. `sent`: of it.
#[pyfunction]
#[pyo3(signature = (net, sent, model, version, program, data, max_fee = None, progress = None))]
#[allow(clippy::too_many_arguments)]
pub fn evaluate(
    py: Python<'_>,
    net: &Net,
    sent: &Sent,
    model: ModelId,
    version: VersionIndex,
    program: ArtifactId,
    data: ArtifactId,
    max_fee: Option<Balance>,
    progress: Option<Py<PyAny>>,
) -> PyResult<String> {
    net.asking(py, &Progress::new(progress), async |asker, say| {
        let (client, of) = (asker.client, [program, data]);
        let ((_, marks), who) = (net.kept()?, asker.account.id());
        let same = Same::evaluation((client, asker.account), (model, version), of);
        let tell = |text: &str| say(text);
        let earlier = async || evaluation::earlier(client, &who, (model, version), of).await;
        let go_on = async |known: &EvaluationView| {
            say(&format!("evaluation {} is the same: nothing more is paid", known.id));
            sent.0.store(true, Relaxed);
            let done = waiting::ended(&net.node, &OwnEvaluation::of(known), &tell).await?;
            marks.end(same)?;
            sent.0.store(false, Relaxed);
            evaluated(&done)
        };
        if let Some(known) = earlier().await? {
            return go_on(&known).await;
        }
        let priced = evaluation::price(asker, &net.cache, (model, version), of, say).await?;
        let (fee, blocks, operations) = (tokens(priced.quote.fee), priced.quote.commit, priced.wanted.operations);
        say(&format!(
            "{operations} thousand million operations: {fee}, and at most {blocks} blocks to compute"
        ));
        let ready = evaluation::ready(asker, &priced, max_fee).await?;
        while let Marked::Before(since) = marks.evaluation(same, client.best().await?.number)? {
            say("another call may have asked for the same, which is waited for: it comes into a block within a few minutes, or never");
            if let Some(known) = evaluation::awaited(client, (&marks, same, since), &earlier).await? {
                return go_on(&known).await;
            }
            marks.lapsed(same, since)?;
        }
        // Another call may have come to its end meanwhile.
        if let Some(known) = earlier().await? {
            return go_on(&known).await;
        }
        sent.0.store(true, Relaxed);
        let sending = async {
            let mut is_over = false;
            let done = ready.send(asker, || is_over = true).await;
            if is_over {
                sent.0.store(false, Relaxed);
                marks.end(same)?;
            }
            done
        };
        let waiting = Waiting::new(&net.node, &ready.own, &tell);
        let (number, mut known) = meanwhile(sending, waiting.until(OwnEvaluation::is_over)).await?;
        let id = match number {
            Ok(id) => id,
            Err(error) => {
                say(&format!("{error}; its number is looked up in a final block"));
                waiting.finally(|_| true).await?.id
            }
        };
        // A fork gave it another one.
        if known.id != id {
            known = net.client().await?.evaluation(id).await?;
            known = waiting::ended(&net.node, &OwnEvaluation::of(&known), &tell).await?;
        }
        marks.end(same)?;
        sent.0.store(false, Relaxed);
        evaluated(&known)
    })
}

/// The account's newest evaluation of a version, by a program on a data set, that has or may have its sums: as JSON.
#[pyfunction]
pub fn evaluation_of(
    py: Python<'_>,
    net: &Net,
    model: ModelId,
    version: VersionIndex,
    program: ArtifactId,
    data: ArtifactId,
) -> PyResult<String> {
    net.asking(py, &Progress::default(), async |asker, _| {
        let who = asker.account.id();
        let found = evaluation::earlier(asker.client, &who, (model, version), [program, data]).await?;
        let missing = || {
            Error::NotFound(format!(
                "{who} has no evaluation of version {model}@{version} by program {program} on data set {data} that has its sums or may have them"
            ))
        };
        evaluated(&found.ok_or_else(missing)?)
    })
}

fn evaluated(known: &EvaluationView) -> Result<String, Error> {
    let sums = evaluation::Sums::of(known);
    let (loss, accuracy) = (
        sums.map(evaluation::Sums::mean_loss),
        sums.map(evaluation::Sums::accuracy),
    );
    text(&json!({ "evaluation": known, "meanLoss": loss, "accuracy": accuracy }))
}

/// An evaluation as the chain has it, as JSON.
#[pyfunction]
pub fn evaluation_view(py: Python<'_>, net: &Net, id: EvaluationId) -> PyResult<String> {
    net.reading(py, async |client| evaluated(&client.evaluation(id).await?))
}

/// Wait for the end of an evaluation, as it was `known`: the evaluation as JSON.
#[pyfunction]
#[pyo3(signature = (net, known, progress = None))]
pub fn evaluation_ended(py: Python<'_>, net: &Net, known: &str, progress: Option<Py<PyAny>>) -> PyResult<String> {
    let known: EvaluationView = view(known)?;
    net.telling(py, &Progress::new(progress), async |_, say| {
        let own = OwnEvaluation::of(&known);
        evaluated(&waiting::ended(&net.node, &own, &|text: &str| say(text)).await?)
    })
}

/// Whether a final block has the evaluation as it is `known`.
#[pyfunction]
pub fn evaluation_is_final(py: Python<'_>, net: &Net, known: &str) -> PyResult<bool> {
    let known: EvaluationView = view(known)?;
    net.reading(py, async |client| {
        let block = client.finalized().await?;
        let there = client.evaluation_at(known.id, Some(block.hash)).await?;
        Ok(there.is_some_and(|there| (&there.work, there.state) == (&known.work, known.state)))
    })
}
