//! Asking for answers.

mod answer;
mod prompt;
mod screen;
mod streamed;
mod text;

pub use answer::{fetch, Shown};
pub use prompt::{Choosing, Given};
pub use screen::Screen;

use crate::{
    commands::{artifact_cache::cached, request::print_own},
    context::Context,
    failure::{Failure, Result},
    output::json_of,
    request_ref::state_folder,
    version_ref::ModelRef,
};
use prompt::prompt;
use quorate_ask::{
    artifact::read_program,
    fits,
    going_on::GoingOn,
    question::salt,
    request::{self, Priced},
    sending::meanwhile,
    Asker,
};
use quorate_client::{inputs::Inputs, Client};
use quorate_primitives::{availability::ArtifactKind, ArtifactId, Balance};
use quorate_program::Program;
use serde_json::json;
use std::{cell::Cell, path::PathBuf};

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
    let asker = Asker {
        client: &client,
        account: &account,
    };
    // What can be found out here is found out before a price is shown: from who asks to each number of the input.
    let ModelRef { model, version } = question.model;
    let allowed = fits::allowed(asker, (model, version), &[question.program]).await?;
    let program = program(context, &client, question.program).await?;
    let asked = prompt(&program, &question.given, &question.choosing, text.as_ref(), salt()?)?;
    if question.wait {
        question.shown.check_room(&answer::files(&program, &asked.task))?;
    }
    let (of, program) = (((model, version), &allowed), (question.program, &program));
    let priced = request::price_of(asker, of, program, &asked, &|why| eprintln!("{why}")).await?;
    show_price(context, &priced);
    let inputs = Inputs::open(state_folder(question.state)?)?;
    let ready = request::ready(asker, &inputs, &asked, &priced, question.max_fee).await?;
    let root = ready.own.root;
    let is_sent = !context.is_dry_run();
    if !context.is_json() && is_sent {
        eprintln!("input {root:?}: if this is interrupted, `quorate request fetch {root:?}` goes on");
    }
    let node = context.node();
    let streams = question.wait && question.shown.streams(context, &asked.task);
    let screen = Screen::new(context, "waiting for the validators", streams);
    if is_sent {
        // For a program that is killed before this one ends.
        screen.event(&json!({ "input": root }));
    }
    let going_on = GoingOn::new(&node, &account, &inputs, &ready.own, &screen);
    let sent = ready.send(asker, &inputs);
    if !question.wait {
        let brought = async { Ok::<_, Failure>(going_on.brought().await?) };
        let (_, known) = meanwhile(sent, brought).await?;
        let known = going_on.numbered(known.id).await?;
        screen.clear();
        let value = json!({ "request": known.id, "input": root });
        context.print(&value, || println!("request {}", known.id));
        return Ok(());
    }
    let is_final = Cell::new(false);
    let sent = async {
        let number = sent.await;
        is_final.set(true);
        number
    };
    let awaited = async {
        let (this, shown) = ((&ready.own, &asked.task), &question.shown);
        let verdict = answer::awaited(context, &going_on, this, shown, (&screen, &inputs)).await;
        if !is_final.get() {
            screen.line("waiting until the request's number is final");
        }
        verdict
    };
    let (number, verdict) = meanwhile(sent, awaited).await?;
    if let Err(error) = number {
        screen.line(&format!("{error}; its number is looked up in a final block"));
        going_on.numbered(0).await?;
    }
    print_own(context, &ready.own).await?;
    verdict
}

fn show_price(context: &Context, priced: &Priced) {
    let Priced {
        asking, quote, count, ..
    } = priced;
    let document = json!({
        "fee": quote.fee.to_string(), "reading": quote.reading.to_string(), "blocks": quote.commit,
        "millionOperations": asking.operations, "memory": asking.memory, "capable": json_of(count),
    });
    context.print(&json!({ "quote": document }), || {
        eprintln!("{}", request::words(priced))
    });
}

/// The program, fetched if need be.
async fn program(context: &Context, client: &Client, id: ArtifactId) -> Result<Program> {
    let path = cached(context, client, id, ArtifactKind::Program).await?;
    Ok(read_program(&path)?)
}
