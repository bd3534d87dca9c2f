//! Asking for an evaluation.

use crate::{
    commands::{
        artifact_cache::{cache, files},
        evaluation::print_one,
        infer::Screen,
    },
    context::Context,
    failure::{Failure, Result},
    output::tokens,
    version_ref::VersionRef,
};
use quorate_ask::{
    evaluation::{price, price_of, ready},
    own::{Own, OwnEvaluation},
    sending::meanwhile,
    waiting::{ended, Waiting},
    Asker,
};
use quorate_client::{evaluations::Wanted, words};
use quorate_primitives::{
    views::{EvaluationState, EvaluationView},
    ArtifactId, Balance,
};
use serde_json::json;

/// What is asked for.
pub struct Request {
    pub version: VersionRef,
    pub program: ArtifactId,
    pub data: ArtifactId,
    pub max_fee: Option<Balance>,
    /// In thousands of millions; counted here unless given.
    pub operations: Option<u64>,
    pub wait: bool,
}

pub async fn run(context: &Context, request: Request) -> Result {
    let (account, client) = (context.account()?, context.client().await?);
    let asker = Asker {
        client: &client,
        account: &account,
    };
    let (VersionRef { model, version }, program, data) = (request.version, request.program, request.data);
    let priced = match request.operations {
        Some(operations) => {
            let wanted = Wanted {
                model,
                version,
                program,
                data,
                operations,
            };
            price_of(asker, wanted).await?
        }
        None => {
            let say = |why: &str| eprintln!("{why}");
            price(asker, files(&cache()?), (model, version), [program, data], &say).await?
        }
    };
    let (fee, blocks, operations) = (priced.quote.fee, priced.quote.commit, priced.wanted.operations);
    let shown = json!({ "fee": fee.to_string(), "blocks": blocks, "thousandMillionOperations": operations });
    context.print(&json!({ "quote": shown }), || {
        let fee = tokens(fee);
        eprintln!("{operations} thousand million operations: {fee}, and at most {blocks} blocks to compute");
    });
    let ready = ready(asker, &priced, request.max_fee).await?;
    let (node, screen) = (context.node(), Screen::new(context, "waiting for the committee", false));
    let waiting = Waiting::new(&node, &ready.own, &screen);
    let awaited = async {
        let known = match (request.wait, context.is_finalized()) {
            (false, _) => waiting.until(|_| true).await?,
            (true, false) => waiting.until(OwnEvaluation::is_over).await?,
            (true, true) => waiting.finally(OwnEvaluation::is_over).await?,
        };
        Ok::<_, Failure>(known)
    };
    let (number, known) = meanwhile(ready.send(asker, || ()), awaited).await?;
    let id = match number {
        Ok(number) => number,
        Err(error) => {
            screen.line(&format!("{error}; its number is looked up in a final block"));
            waiting.finally(|_| true).await?.id
        }
    };
    // A fork gave it another one.
    let known = match known.id == id {
        true => known,
        false => client.evaluation(id).await?,
    };
    let known = match request.wait && !OwnEvaluation::is_over(&known) {
        true => ended(&node, &OwnEvaluation::of(&known), &screen).await?,
        false => known,
    };
    screen.clear();
    if request.wait {
        return report(context, &known);
    }
    let value = json!({ "evaluation": id, "job": known.job, "fee": known.fee.to_string() });
    context.print(&value, || println!("evaluation {id}"));
    Ok(())
}

/// What the committee agreed on.
fn report(context: &Context, known: &EvaluationView) -> Result {
    print_one(context, known);
    match known.state {
        EvaluationState::Done(_) | EvaluationState::Computing => Ok(()),
        EvaluationState::Failed(reason) => Err(Failure::Check(format!(
            "evaluation {} came to nothing: {}",
            known.id,
            words::evaluation_failure(reason)
        ))),
    }
}
