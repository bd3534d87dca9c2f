//! `quorate infer`, `quorate request`, `quorate batch` and `quorate capability`.

use crate::{
    args::{
        batch, capability,
        compile::existing,
        infer::{Answer, Arguments, Command},
    },
    commands::{
        self,
        infer::{self, Choosing, Given, Question, Shown},
        request as run,
    },
    context::Context,
    failure::{usage, Result},
};

/// Tokens that are drawn among unless it is said.
const TOP: u32 = 40;

pub(super) async fn infer(context: &Context, arguments: Arguments) -> Result {
    let Arguments {
        model,
        program,
        inputs,
        text,
        prompt_file,
        tokens,
        generation,
        answer,
        max_fee,
        no_wait,
        state,
    } = arguments;
    let given = match (text, prompt_file) {
        (Some(text), _) => Given::Text(text),
        (None, Some(file)) => Given::File(file),
        (None, None) if !tokens.is_empty() => Given::Tokens(tokens),
        (None, None) if !inputs.is_empty() => Given::Files(inputs),
        (None, None) => return Err(usage("what is asked? --input, --text, --prompt-file or --tokens")),
    };
    let question = Question {
        model,
        program,
        given,
        choosing: Choosing {
            max_tokens: generation.max_tokens,
            temperature: generation.temperature,
            top: generation.top.unwrap_or(TOP),
            stop: generation.stop,
        },
        shown: shown(answer),
        max_fee,
        wait: !no_wait,
        state,
    };
    infer::run(context, question).await
}

pub(super) async fn request(context: &Context, command: Command) -> Result {
    match command {
        Command::List { organisation } => run::list(context, organisation).await,
        Command::Show { request } => run::show(context, request).await,
        Command::Fetch { request, answer, state } => infer::fetch(context, request, &shown(answer), state).await,
        Command::Kept { state } => run::kept(context, state).await,
        Command::Cancel { request } => run::cancel(context, request).await,
        Command::Forget { request, state } => run::forget(context, request, state).await,
    }
}

pub(super) async fn batch(context: &Context, command: batch::Command) -> Result {
    match command {
        batch::Command::List => commands::batch::list(context).await,
        batch::Command::Show { batch } => commands::batch::show(context, batch).await,
        batch::Command::CallAll { batch, max_bond } => commands::batch::call_all(context, batch, max_bond).await,
        batch::Command::Disputed => commands::batch::disputed(context).await,
        batch::Command::Watch { max_bond } => commands::batch::watch(context, max_bond).await,
    }
}

pub(super) async fn capability(context: &Context, command: &capability::Command) -> Result {
    match command {
        capability::Command::List { memory } => commands::capability::list(context, *memory).await,
    }
}

fn shown(answer: Answer) -> Shown {
    Shown {
        out: answer.out,
        existing: existing(answer.force),
        tokenizer: answer.tokenizer,
        stream: match (answer.stream, answer.no_stream) {
            (true, _) => Some(true),
            (false, true) => Some(false),
            (false, false) => None,
        },
    }
}
