//! Requests: listing them, taking them back, forgetting them.

use crate::{
    commands::{batch, consortium, preflight},
    context::Context,
    failure::{nothing_sent, Result},
    output::{json_of, table, tokens},
    request_ref::{state_folder, RequestRef},
};
use quorate_ask::{
    asked::Marks,
    own::{Own, OwnRequest},
    paying::paying,
};
use quorate_client::{calls::inference as calls, inputs::Inputs, words, Client, Error};
use quorate_primitives::{
    job::infer::{AnswerRow, Choice, Task},
    views::inference::{RequestState, RequestView},
    OrganisationId, RequestId, Root,
};
use serde_json::json;
use std::path::PathBuf;

/// All requests, or those of one organisation.
pub async fn list(context: &Context, organisation: Option<OrganisationId>) -> Result {
    let client = context.client().await?;
    if let Some(id) = organisation {
        preflight::organisation(&client, id).await?;
    }
    let all = client.inference_requests(organisation).await?;
    context.print(&json_of(&all), || {
        let rows: Vec<_> = all
            .iter()
            .map(|known| {
                [
                    known.id.to_string(),
                    format!("{}@{}", known.model, known.version),
                    known.program.to_string(),
                    task(&known.task),
                    state(&known.state),
                    known.organisation.to_string(),
                    tokens(known.cost),
                ]
            })
            .collect();
        table(
            ["request", "version", "program", "task", "state", "organisation", "cost"],
            &rows,
        );
    });
    Ok(())
}

/// A request that has a record; one that is named by its input is of this organisation.
pub async fn find(client: &Client, which: RequestRef, organisation: OrganisationId) -> Result<RequestView> {
    match which {
        RequestRef::Number(id) => Ok(client.inference_request(id).await?),
        RequestRef::Input(root) => {
            let known = OwnRequest::with_input(organisation, root).find(client, None).await?;
            let missing = || {
                Error::NotFound(format!(
                    "no request of organisation {organisation} has the input {root:?}: it is in no block, or was pruned; what was sent \
                     just now may come into a block within a few minutes"
                ))
            };
            Ok(known.ok_or_else(missing)?)
        }
    }
}

/// The inputs that are kept on this machine, each with its request.
pub async fn kept(context: &Context, state: Option<PathBuf>) -> Result {
    let inputs = Inputs::open(state_folder(state)?)?;
    let (account, client) = (context.account()?.id(), context.client().await?);
    let all = client
        .inference_requests(Some(paying(&client, &account).await?))
        .await?;
    let known = |root: &Root| all.iter().find(|known| known.input.root == *root);
    let roots = inputs.roots()?;
    let documents: Vec<_> = roots
        .iter()
        .map(|root| json!({ "input": root, "request": known(root).map(json_of) }))
        .collect();
    context.print(&json!(documents), || {
        let rows: Vec<_> = roots.iter().map(|root| row(root, known(root))).collect();
        table(["input", "request", "state"], &rows);
    });
    Ok(())
}

fn row(root: &Root, known: Option<&RequestView>) -> [String; 3] {
    match known {
        Some(known) => [format!("{root:?}"), known.id.to_string(), state(&known.state)],
        None => [
            format!("{root:?}"),
            "-".into(),
            "in no block, pruned, or another organisation's".into(),
        ],
    }
}

/// One request, and its batch.
pub async fn show(context: &Context, id: RequestId) -> Result {
    let client = context.client().await?;
    let known = client.inference_request(id).await?;
    print_one(context, &client, &known).await
}

/// The same of one's own, whatever its number is now.
pub async fn print_own(context: &Context, own: &OwnRequest) -> Result {
    let client = context.client().await?;
    match own.find(&client, None).await? {
        Some(known) => print_one(context, &client, &known).await,
        None => Err(Error::NotFound(format!(
            "a fork has just taken back the request with the input {:?}: `quorate request fetch` finds it again",
            own.root
        ))
        .into()),
    }
}

/// Take back a request that no batch has taken yet.
pub async fn cancel(context: &Context, which: RequestRef) -> Result {
    let (account, client) = (context.account()?.id(), context.client().await?);
    let known = match which {
        RequestRef::Number(id) => client.inference_request(id).await?,
        RequestRef::Input(_) => find(&client, which, paying(&client, &account).await?).await?,
    };
    let id = known.id;
    if let Err(why) = can_be_cancelled(&known) {
        return Err(nothing_sent(why));
    }
    if known.asked_by != account && client.organisation_of(&account).await? != Some(known.organisation) {
        return Err(nothing_sent(format!(
            "request {id} can be cancelled by {}, which asked, and by the account of organisation {}",
            known.asked_by, known.organisation
        )));
    }
    must_be_final(&client, &known).await?;
    consortium::submit(context, &calls::cancel(id)).await
}

/// Refuses a number that a fork may still give to another request: a cancellation names nothing else.
async fn must_be_final(client: &Client, known: &RequestView) -> Result {
    let last = client.finalized().await?.hash;
    let (id, root) = (known.id, known.input.root);
    match client.inference_request_at(id, Some(last)).await? {
        Some(last) if (last.organisation, last.input.root) == (known.organisation, root) => Ok(()),
        _ => Err(nothing_sent(format!(
            "request {id} is in no final block yet, and a fork may give its number to another one: try again in a few seconds, with the root of \
             its input in place of the number: {root:?}"
        ))),
    }
}

/// Whether no batch has taken it.
fn can_be_cancelled(known: &RequestView) -> std::result::Result<(), String> {
    match &known.state {
        RequestState::Pending { .. } | RequestState::Waiting => Ok(()),
        other => Err(format!(
            "request {} cannot be cancelled any more: {}",
            known.id,
            words::request_state(other)
        )),
    }
}

/// Remove a request's input from this machine.
pub async fn forget(context: &Context, which: RequestRef, state: Option<PathBuf>) -> Result {
    let root = match which {
        RequestRef::Number(id) => context.client().await?.inference_request(id).await?.input.root,
        RequestRef::Input(root) => root,
    };
    let folder = state_folder(state)?;
    // The same call of the Python package asks anew.
    Marks::open(&folder)?.forget(root)?;
    let inputs = Inputs::open(&folder)?;
    let (removed, path) = (inputs.forget(root)?, inputs.path(root));
    let value = json!({ "input": root, "removed": removed, "file": path.display().to_string() });
    context.print(&value, || match removed {
        true => println!("removed {}", path.display()),
        false => println!("{} was not there", path.display()),
    });
    Ok(())
}

/// Prints a request with the record of its batch.
async fn print_one(context: &Context, client: &Client, known: &RequestView) -> Result {
    let batch = match &known.state {
        RequestState::Computing { batch }
        | RequestState::Provisional { batch, .. }
        | RequestState::Answered { batch, .. } => client.batch_at(*batch, None).await?,
        _ => None,
    };
    let document = json!({ "request": json_of(known), "batch": batch.as_ref().map(json_of) });
    context.print(&document, || {
        let (id, model, version) = (known.id, known.model, known.version);
        println!("request {id} of version {model}@{version}: {}", state(&known.state));
        println!("  task          {}", task(&known.task));
        println!("  program       {}", known.program);
        println!("  input         {:?} ({} bytes)", known.input.root, known.input.len);
        match &known.state {
            RequestState::Answered { row, .. } => print_row(row),
            RequestState::Failed(reason) => println!("  because       {}", words::request_failure(*reason)),
            _ => (),
        }
        println!(
            "  named         {} million operations, {} MiB",
            known.operations, known.memory
        );
        if let Some(of) = &batch {
            println!(
                "  batch         {} of {} requests, root {:?}",
                of.id,
                of.requests.len(),
                of.requests_root
            );
            batch::print(of);
        }
        println!(
            "  asked for by  {} of organisation {}",
            known.asked_by, known.organisation
        );
        println!(
            "  cost          {} of {} set aside",
            tokens(known.cost),
            tokens(known.fee)
        );
        println!("  since block   {}", known.requested_at);
        if let Some(ended) = known.ended_at {
            println!("  ended         block {ended}");
        }
        if !known.clean {
            println!("  the version, or one that it descends from, is revoked: do not use it");
        }
    });
    Ok(())
}

fn print_row(row: &AnswerRow) {
    println!("  answer        {:?} ({} bytes)", row.answer.root, row.answer.len);
    if row.tokens > 0 {
        println!("  trace         {:?}", row.trace);
        println!("  tokens        {}", row.tokens);
    }
    println!("  operations    {} million", row.operations);
}

fn state(state: &RequestState) -> String {
    match state {
        RequestState::Pending { .. } => "pending".into(),
        RequestState::Waiting => "waiting".into(),
        RequestState::Computing { .. } => "computing".into(),
        RequestState::Provisional { until, .. } => format!("provisional until block {until}"),
        RequestState::Answered { row, .. } => words::answer_status(row.status).into(),
        RequestState::Failed(_) => "failed".into(),
    }
}

fn task(task: &Task) -> String {
    let Task::Generate(generation) = task else {
        return "run".into();
    };
    let most = generation.max_tokens;
    match generation.choice {
        Choice::Largest => format!("up to {most} tokens, the likeliest"),
        Choice::Drawn { temperature, top } => {
            format!(
                "up to {most} tokens, at temperature {} of {top}",
                f32::from_bits(temperature)
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::scripted::{Block, Chain, Scripted};
    use quorate_primitives::{job::infer::Generation, views::BlobRef, AccountId};

    /// Request 7, with an input of this root.
    fn with_input(root: Root) -> RequestView {
        RequestView {
            id: 7,
            asked_by: AccountId::new([1; 32]),
            organisation: 3,
            model: 0,
            version: 1,
            program: 2,
            input: BlobRef { root, len: 40 },
            task: Task::Run,
            operations: 1,
            memory: 1,
            fee: 7,
            reading: 0,
            cost: 5,
            clean: true,
            state: RequestState::Waiting,
            requested_at: 5,
            ended_at: None,
        }
    }

    #[tokio::test]
    async fn number_should_be_cancelled_where_the_last_final_block_has_the_same_request_under_it() {
        let (own, other) = (with_input(Root::repeat_byte(1)), with_input(Root::repeat_byte(2)));
        let voted_on = RequestView {
            state: RequestState::Pending { until: 9 },
            ..own.clone()
        };
        for (last, counts) in [(vec![voted_on], true), (vec![other], false), (vec![], false)] {
            let chain = Chain {
                last: Block {
                    requests: last,
                    ..Block::default()
                },
                ..Chain::default()
            };
            let node = Scripted::start(chain).await;
            let checked = must_be_final(&node.client().await, &own).await;
            assert_eq!(checked.is_ok(), counts);
            if let Err(failure) = checked {
                let text = failure.text();
                assert!(
                    text.starts_with("nothing was sent: request 7") && text.contains("0x0101"),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn task_should_say_how_tokens_are_chosen() {
        let generate = |choice| {
            task(&Task::Generate(Generation {
                max_tokens: 9,
                choice,
                stop: None,
            }))
        };
        assert_eq!(task(&Task::Run), "run");
        assert_eq!(generate(Choice::Largest), "up to 9 tokens, the likeliest");
        let drawn = Choice::Drawn {
            temperature: 0.5f32.to_bits(),
            top: 40,
        };
        assert_eq!(generate(drawn), "up to 9 tokens, at temperature 0.5 of 40");
    }
}
