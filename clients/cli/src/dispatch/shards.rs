//! `quorate shard`.

use crate::{args::shard::Command, commands::shard as run, context::Context, failure::Result};

pub(super) async fn shard(context: &Context, command: Command) -> Result {
    match command {
        Command::Commit {
            model,
            file,
            bond,
            state,
        } => {
            let wanted = run::Wanted {
                model,
                file,
                bond,
                state,
            };
            run::commit(context, wanted).await
        }
        Command::Reveal { watch: true, state, .. } => run::watch(context, state).await,
        Command::Reveal { round, file, state, .. } => run::reveal(context, round, file, state).await,
        Command::List { model, round } => run::list(context, model, round).await,
        Command::Withdraw { model } => run::withdraw(context, model).await,
    }
}
