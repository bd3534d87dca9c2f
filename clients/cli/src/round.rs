//! Rounds: opening, watching, showing.

use crate::{
    context::Context,
    failure::{Failure, Result},
    output::{json_of, optional, ppm, table, tokens},
};
use quorate_client::{calls::rounds, Client, Error, Until};
use quorate_primitives::{
    update::{Update, UpdateStatus},
    views::{RoundPhase, RoundView},
    ModelId, RoundId,
};
use serde_json::json;
use std::{cell::RefCell, time::Duration};

/// Longest that a round is watched.
const WATCH: Duration = Duration::from_secs(7 * 86_400);

#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// Open a round on a model's latest version; --account is the model's owner.
    Open { model: ModelId },
    /// Follow a round until it is settled.
    Watch { round: RoundId },
    /// A round and its updates.
    Show { round: RoundId },
}

pub async fn run(context: &Context, command: Command) -> Result {
    let client = context.client().await?;
    match command {
        Command::Open { model } => open(context, &client, model).await,
        Command::Watch { round } => watch(context, &client, round).await,
        Command::Show { round } => {
            let round = client.round(round).await?;
            context.print(&json_of(&round), || show(&round));
            Ok(())
        }
    }
}

async fn open(context: &Context, client: &Client, model: ModelId) -> Result {
    let done = client
        .submit(&context.account()?, &rounds::open_round(model), Until::InBlock)
        .await?;
    let round = done
        .event("Rounds.RoundOpened")
        .and_then(|fields| fields.first_chunk())
        .copied();
    let round = round.map(RoundId::from_le_bytes);
    let round = round.ok_or_else(|| Error::Incompatible("no Rounds.RoundOpened event".into()))?;
    context.print(&json!({ "round": round, "block": done.number() }), || {
        println!("round {round} opened in block {}", done.number());
    });
    Ok(())
}

async fn watch(context: &Context, client: &Client, id: RoundId) -> Result {
    let last = RefCell::new(None);
    let end = client
        .until(&format!("round {id} is not settled"), WATCH, || async {
            let round = client.round(id).await?;
            if last.borrow().as_ref() != Some(&round) {
                let block = client.best().await?.number;
                context.print_line(&json!({ "block": block, "round": round }), &line(block, &round));
                *last.borrow_mut() = Some(round.clone());
            }
            let over = matches!(
                round.phase,
                RoundPhase::Settled | RoundPhase::Aborted | RoundPhase::Failed
            );
            Ok(over.then_some(round))
        })
        .await?;
    if !context.is_json() {
        show(&end);
    }
    match end.phase {
        RoundPhase::Settled => Ok(()),
        phase => Err(Failure::Check(format!(
            "round {id} ended as {phase:?} and was refunded"
        ))),
    }
}

fn line(block: u32, round: &RoundView) -> String {
    let count = |wanted: fn(&UpdateStatus) -> bool| round.updates.iter().filter(|u| wanted(&u.status)).count();
    format!(
        "block {block}: {:?}, {} updates, {} available, {} invalid{}",
        round.phase,
        round.updates.len(),
        count(|status| *status == UpdateStatus::Available),
        count(|status| matches!(status, UpdateStatus::Invalid(_))),
        round
            .version
            .map_or_else(String::new, |version| format!(", version {version} recorded"))
    )
}

fn show(round: &RoundView) {
    println!("round {} on {}@{}", round.id, round.model, round.base);
    println!("  phase     {:?}", round.phase);
    println!("  opened    block {}", round.opened_at);
    println!(
        "  sealed    {}",
        optional(round.sealed_at, |block| format!("block {block}"))
    );
    println!(
        "  version   {}",
        optional(round.version, |version| format!("{}@{version}", round.model))
    );
    println!("  escrow    {}", tokens(round.escrow));
    updates(&round.updates);
}

/// A table of updates.
pub fn updates(updates: &[Update]) {
    let rows: Vec<_> = updates
        .iter()
        .map(|u| {
            [
                u.contributor.to_string(),
                u.organisation.to_string(),
                u.weight.to_string(),
                status(u),
                optional(u.index, |index| index.to_string()),
                optional(u.score, ppm),
                optional(u.root, |root| format!("{root:?}")),
            ]
        })
        .collect();
    table(
        [
            "contributor",
            "organisation",
            "weight",
            "status",
            "index",
            "score",
            "root",
        ],
        &rows,
    );
}

/// An update's status with its reason.
pub fn status(update: &Update) -> String {
    match &update.status {
        UpdateStatus::Invalid(reason) => format!("Invalid: {reason}"),
        other => format!("{other:?}"),
    }
}
