//! `quorate evaluate` and `quorate evaluation`.

use crate::{
    args::evaluation::{Arguments, Command},
    commands::{
        evaluate::{self, Request},
        evaluation as run,
    },
    context::Context,
    failure::Result,
};

pub(super) async fn evaluate(context: &Context, arguments: Arguments) -> Result {
    let Arguments {
        version,
        program,
        data,
        max_fee,
        operations,
        wait,
    } = arguments;
    let request = Request {
        version,
        program,
        data,
        max_fee,
        operations,
        wait,
    };
    evaluate::run(context, request).await
}

pub(super) async fn evaluation(context: &Context, command: Command) -> Result {
    match command {
        Command::List { version } => run::list(context, version).await,
        Command::Show { evaluation } => run::show(context, evaluation).await,
        Command::Funds { organisation } => run::funds(context, organisation).await,
        Command::Fund { organisation, amount } => run::fund(context, organisation, amount).await,
        Command::Withdraw { amount } => run::withdraw(context, amount).await,
        Command::Prune { evaluation } => run::prune(context, evaluation).await,
    }
}
