//! What shards there are, and how they stand.

use crate::{
    context::Context,
    failure::Result,
    output::{json_of, optional, table, tokens},
};
use quorate_client::Client;
use quorate_primitives::{
    views::assessments::{ShardState, ShardView},
    ModelId, RoundId,
};

/// Shards that wait, and those of rounds that are not assessed; or those of one round.
pub async fn list(context: &Context, model: Option<ModelId>, round: Option<RoundId>) -> Result {
    let client = context.client().await?;
    let shards = match round {
        Some(round) => {
            client.round(round).await?;
            client.round_shards(round).await?
        }
        None => all(&client, model).await?,
    };
    context.print(&json_of(&shards), || print(&shards));
    Ok(())
}

async fn all(client: &Client, model: Option<ModelId>) -> Result<Vec<ShardView>> {
    let models = match model {
        Some(model) => vec![client.model(model).await?.id],
        None => client.models().await?.iter().map(|model| model.id).collect(),
    };
    let mut shards = Vec::new();
    for round in client.shard_rounds().await? {
        shards.extend(client.round_shards(round).await?);
    }
    shards.retain(|shard| models.contains(&shard.model));
    for model in models {
        shards.extend(client.waiting_shards(model).await?);
    }
    Ok(shards)
}

fn print(shards: &[ShardView]) {
    let rows: Vec<_> = shards
        .iter()
        .map(|shard| {
            [
                shard.model.to_string(),
                optional(shard.round, |round| round.to_string()),
                shard.supplier.to_string(),
                shard.rows.to_string(),
                tokens(shard.bond),
                state(shard),
                format!("{:?}", shard.commitment),
            ]
        })
        .collect();
    table(
        ["model", "round", "supplier", "rows", "bond", "state", "commitment"],
        &rows,
    );
}

/// Whether its round is assessed: no bond is held any more.
pub fn is_over(shard: &ShardView) -> bool {
    shard.round.is_some() && shard.bond == 0
}

/// Where a shard stands, in words.
pub fn state(shard: &ShardView) -> String {
    match (&shard.state, shard.reveal_until) {
        (ShardState::Sealed, _) if is_over(shard) => "was not revealed in time".into(),
        (ShardState::Revealed(_), _) if is_over(shard) => "not held by a quorum in time".into(),
        (ShardState::Sealed, _) if shard.round.is_none() => "waits for a round".into(),
        (ShardState::Sealed, Some(until)) => format!("to be revealed before block {until}"),
        (ShardState::Sealed, None) => "sealed".into(),
        (ShardState::Revealed(_), _) => "revealed, awaiting votes".into(),
        (ShardState::Held(_), _) => "held by a quorum".into(),
        (ShardState::Rejected(_), _) => "rejected".into(),
    }
}
