//! Asking for answers.

mod answer;
mod prompt;
mod stream;
mod text;
mod wait;

pub use answer::{fetch, Shown};
pub use prompt::{Choosing, Given};

use crate::{
    commands::{artifact_cache::cached, evaluate::decoded, model, preflight},
    context::{folder, Context},
    failure::{usage, Result},
    output::{json_of, tokens},
    version_ref::ModelRef,
};
use prompt::{prompt, Prompt};
use quorate_ask::{
    fits::{may_use, Served},
    Asker,
};
use quorate_client::{
    calls::inference as calls, inference::Asking, inputs::Inputs, Account, Client, Error, Included, Until,
};
use quorate_inference::SALT;
use quorate_primitives::{
    availability::{ArtifactKind, Named},
    ArtifactId, Balance, RequestId,
};
use quorate_program::Program;
use rand::{rngs::OsRng, TryRngCore};
use serde_json::json;
use std::path::PathBuf;

/// What is asked.
pub struct Question {
    pub model: ModelRef,
    pub program: ArtifactId,
    pub given: Given,
    pub choosing: Choosing,
    pub shown: Shown,
    pub max_fee: Option<Balance>,
    pub wait: bool,
    /// Where inputs are kept.
    pub state: Option<PathBuf>,
}

/// Ask, and unless told otherwise wait for the answer.
pub async fn run(context: &Context, question: Question) -> Result {
    let text = question.shown.text()?;
    question.shown.check_folder()?;
    let (account, client) = (context.account()?, context.client().await?);
    // What can be found out here is found out before a price is shown: from who asks to each number of the input.
    let organisation = preflight::paying(&client, &account.id()).await?;
    let ModelRef { model, version } = question.model;
    let served = Served::of(&client, (model, version), organisation).await?;
    may_use(&client.artifact(question.program).await?, organisation)?;
    let program = program(context, &client, question.program).await?;
    let asked = prompt(&program, &question.given, &question.choosing, text.as_ref(), salt()?)?;
    let asker = Asker {
        client: &client,
        account: &account,
    };
    served.check(asker, &program, &|why| eprintln!("{why}")).await?;
    if question.wait {
        question.shown.check_room(&answer::files(&program, &asked.task))?;
    }
    let asking = Asking {
        model,
        version,
        program: question.program,
        task: asked.task,
        len: asked.input.len() as u64,
        operations: asked.operations,
        memory: asked.memory,
    };
    let quote = client.inference_quote(&asking).await?;
    let max_fee = question.max_fee.unwrap_or(quote.fee);
    if quote.fee > max_fee {
        return Err(usage(format!(
            "the answer costs {}, more than {}",
            tokens(quote.fee),
            tokens(max_fee)
        )));
    }
    preflight::fund_of(&client, organisation, ("the answer", quote.fee)).await?;
    let count = preflight::capable(&client, asked.memory).await?;
    let priced = json!({
        "fee": quote.fee.to_string(), "blocks": quote.commit, "millionOperations": asked.operations, "memory": asked.memory,
        "capable": json_of(&count),
    });
    context.print(&json!({ "quote": priced }), || {
        let (fee, blocks, operations) = (tokens(quote.fee), quote.commit, asked.operations);
        eprintln!("{operations} million operations at most: {fee} at most, and at most {blocks} blocks to compute");
        eprintln!(
            "{} MiB: {} of {} validators can answer, and {} have to",
            asked.memory, count.capable, count.validators, count.needed
        );
    });
    let inputs = Inputs::open(state_folder(question.state)?)?;
    let named = Named::new(client.genesis(), organisation, &asked.input);
    // Nothing goes out in a dry run, and nothing is kept.
    if !context.is_dry_run() {
        inputs.keep(&asked.input)?;
    }
    let call = calls::request(&asking, named, max_fee);
    // The input of a request that is refused is of no use.
    let over = || drop(inputs.forget(named.root));
    let done = client.submit_or(&account, &call, Until::InBlock, over).await?;
    let id = id_of(&done)?;
    if !context.is_json() {
        let version = client.inference_request(id).await?.version;
        let block = done.number();
        eprintln!("request {id} of {model}@{version} is in block {block}; uploading its input");
    }
    upload(&client, &account, &inputs, (id, &asked, named)).await?;
    match question.wait {
        true => answer::awaited(context, id, &question.shown, &inputs).await,
        false => {
            context.print(&json!({ "request": id }), || println!("request {id}"));
            Ok(())
        }
    }
}

async fn upload(
    client: &Client,
    account: &Account,
    inputs: &Inputs,
    (id, asked, named): (RequestId, &Prompt, Named),
) -> Result {
    let blob = (named.root, inputs.path(named.root));
    let uploaded = model::upload(client, account, (blob.0, &blob.1), asked.input.len() as u64).await;
    uploaded.map_err(|failure| {
        let why = failure.text();
        let text = format!("request {id} is on chain, and no gateway took its input: {why}; `quorate request fetch {id}` uploads it again");
        Error::Network(text).into()
    })
}

/// The program, fetched if need be.
async fn program(context: &Context, client: &Client, id: ArtifactId) -> Result<Program> {
    decoded(&cached(context, client, id, ArtifactKind::Program).await?)
}

/// Bytes that nobody else knows: whoever guesses an input could else tell it, and its answer, by the roots.
fn salt() -> Result<[u8; SALT]> {
    let mut salt = [0; SALT];
    let drawn = OsRng.try_fill_bytes(&mut salt);
    drawn.map_err(|error| usage(format!("the system gives no random bytes: {error}")))?;
    Ok(salt)
}

/// Where inputs are kept.
pub fn state_folder(given: Option<PathBuf>) -> Result<PathBuf> {
    match given {
        Some(folder) => Ok(folder),
        None => {
            let instead = "name a folder of your own with --state; answers cannot be checked without what lies there";
            Ok(folder("XDG_STATE_HOME", ".local/state", instead)?.join("requests"))
        }
    }
}

fn id_of(done: &Included) -> Result<RequestId> {
    let fields = done.event("Inference.Requested");
    let id = fields.and_then(|fields| fields.first_chunk()).copied();
    let id = id.map(RequestId::from_le_bytes);
    Ok(id.ok_or_else(|| Error::Incompatible("no Inference.Requested event".into()))?)
}
