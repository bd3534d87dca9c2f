//! Reputation and pay.

use crate::{
    commands::preflight,
    context::Context,
    failure::Result,
    output::{json_of, optional, ppm, table, tokens},
};
use quorate_client::{calls::incentives, Until};
use quorate_primitives::AccountId;
use serde_json::json;

/// Of one account, or of all contributors and validators.
pub async fn standing(context: &Context, account: Option<AccountId>) -> Result {
    let client = context.client().await?;
    let standings = match account {
        Some(account) => vec![client.standing(&account).await?],
        None => client.standings().await?,
    };
    let mut rows = Vec::new();
    for standing in &standings {
        let funds = client.funds(&standing.account).await?;
        rows.push([
            standing.account.to_string(),
            optional(standing.organisation, |organisation| organisation.to_string()),
            optional(standing.contributor, ppm),
            optional(standing.validator, ppm),
            tokens(standing.claimable),
            tokens(funds.free),
        ]);
    }
    context.print(&json_of(&standings), || {
        table(
            [
                "account",
                "organisation",
                "contributor",
                "validator",
                "claimable",
                "balance",
            ],
            &rows,
        );
    });
    Ok(())
}

pub async fn claim(context: &Context) -> Result {
    let account = context.account()?;
    let client = context.client().await?;
    preflight::claim(&client, &account.id()).await?;
    let done = client.submit(&account, &incentives::claim(), Until::InBlock).await?;
    let funds = client.funds(&account.id()).await?;
    context.print(
        &json!({ "block": done.number(), "balance": funds.free.to_string() }),
        || {
            println!("claimed in block {}; balance {}", done.number(), tokens(funds.free));
        },
    );
    Ok(())
}
