//! Batches of requests: who computes them, and the call of all.

use crate::{
    context::Context,
    failure::{usage, Result},
    output::{json_of, tokens},
};
use quorate_client::{calls::inference as calls, Until};
use quorate_primitives::{
    views::inference::{BatchState, BatchView, Escalation},
    BatchId,
};
use serde_json::json;

/// One batch.
pub async fn show(context: &Context, id: BatchId) -> Result {
    let batch = context.client().await?.batch(id).await?;
    context.print(&json_of(&batch), || {
        println!("batch {id} of version {}@{}", batch.model, batch.version);
        let numbers: Vec<String> = batch.requests.iter().map(u64::to_string).collect();
        println!("  requests      {}", numbers.join(" "));
        print(&batch);
    });
    Ok(())
}

/// Have all validators compute a batch anew.
pub async fn call_all(context: &Context, id: BatchId) -> Result {
    let (account, client) = (context.account()?, context.client().await?);
    let batch = client.batch(id).await?;
    let Some(bond) = batch.call_bond else {
        return Err(usage(format!(
            "all validators cannot be called for batch {id}: {}",
            state(&batch.state)
        )));
    };
    if client.organisation_of(&account.id()).await?.is_none() {
        return Err(usage(format!(
            "{} is no organisation's account: one that runs a validator can call all",
            account.id()
        )));
    }
    if !context.is_json() {
        eprintln!("a bond of {}: lost unless they agree on something else", tokens(bond));
    }
    let done = client.submit(&account, &calls::call_all(id), Until::InBlock).await?;
    let block = done.number();
    context.print(
        &json!({ "batch": id, "bond": bond.to_string(), "block": block }),
        || {
            println!("all validators that can were called in block {block}");
        },
    );
    Ok(())
}

/// The lines of a batch in the record of a request.
pub fn print(batch: &BatchView) {
    println!("  state         {}", state(&batch.state));
    println!("  version       {:?}", batch.file.root);
    println!("  program       {:?}", batch.program_file.root);
    println!("  job           {:?}", batch.job);
    if !batch.members.is_empty() {
        let members = batch.members.len();
        println!("  members       {members}, of which {} have to agree", batch.quorum);
        for member in &batch.members {
            println!("                {member}");
        }
    }
    if let Some(why) = &batch.escalation {
        println!("  asked again   of all that can: {}", escalation(why));
    }
}

fn state(state: &BatchState) -> String {
    match state {
        BatchState::Computing => "its job runs".into(),
        BatchState::Provisional { until } => {
            format!("all that were drawn agree; their outcome counts from block {until} on")
        }
        BatchState::Settling { until } => format!("a quorum agreed; rows are taken before block {until}"),
        BatchState::Failing(why) => format!("it comes to nothing: {why:?}"),
        BatchState::Ended { at } => format!("ended in block {at}"),
    }
}

fn escalation(why: &Escalation) -> String {
    match why {
        Escalation::Dissent => "those that were drawn did not all agree".into(),
        Escalation::Drawn => "one of sixteen batches is, and this one was drawn".into(),
        Escalation::Called { organisation, by, bond } => {
            format!(
                "{by} of organisation {organisation} called them, with a bond of {}",
                tokens(*bond)
            )
        }
    }
}
