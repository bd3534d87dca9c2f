//! Organisations, contributors, validators.

use crate::{
    context::Context,
    failure::{usage, Result},
    output::table,
};
use quorate_client::{calls::consortium, Account, Call, Client, Until};
use quorate_primitives::AccountId;
use serde_json::{json, Value};

#[derive(clap::Subcommand, Debug)]
pub enum OrganisationCommand {
    /// Propose to the council that an organisation be admitted; --account is a member's.
    Admit {
        name: String,
        /// Signs for the organisation, votes in the council and holds bonds.
        organisation_account: AccountId,
        /// Further members that vote for it now, for those who hold several keys. Others vote in polkadot.js.
        #[arg(long = "with", value_name = "KEY")]
        voters: Vec<String>,
    },
    /// All organisations.
    List,
}

#[derive(clap::Subcommand, Debug)]
pub enum ContributorCommand {
    /// Let an account contribute; --account is the organisation's. The contributor needs no tokens.
    Sponsor { contributor: AccountId },
    /// End that.
    Unsponsor { contributor: AccountId },
    /// All contributors.
    List,
}

#[derive(clap::Subcommand, Debug)]
pub enum ValidatorCommand {
    /// All validators.
    List,
}

pub async fn organisation(context: &Context, command: OrganisationCommand) -> Result {
    let client = context.client().await?;
    match command {
        OrganisationCommand::List => entries(context, &client, "Organisations").await,
        OrganisationCommand::Admit {
            name,
            organisation_account,
            voters,
        } => {
            let voters = voters
                .iter()
                .map(|key| Account::load(key))
                .collect::<quorate_client::Result<Vec<_>>>()?;
            propose(
                context,
                &client,
                consortium::admit(&name, &organisation_account),
                voters,
            )
            .await
        }
    }
}

async fn propose(context: &Context, client: &Client, call: Call, mut voters: Vec<Account>) -> Result {
    let proposer = context.account()?;
    let motion = client.propose(&proposer, call).await?;
    let value = json!({ "motion": motion.hash, "index": motion.index, "block": motion.last.number() });
    if voters.is_empty() {
        context.print(&value, || match motion.index {
            Some(index) => println!(
                "motion {index} ({:?}) awaits the votes of the other organisations",
                motion.hash
            ),
            None => println!("carried in block {}", motion.last.number()),
        });
        return Ok(());
    }
    voters.insert(0, proposer);
    let done = client.carry(&motion, &voters).await?;
    context.print(&json!({ "motion": motion.hash, "block": done.number() }), || {
        println!("carried in block {}", done.number());
    });
    Ok(())
}

pub async fn contributor(context: &Context, command: ContributorCommand) -> Result {
    let client = context.client().await?;
    let call = match command {
        ContributorCommand::List => return entries(context, &client, "Contributors").await,
        ContributorCommand::Sponsor { contributor } => consortium::sponsor(&contributor),
        ContributorCommand::Unsponsor { contributor } => consortium::unsponsor(&contributor),
    };
    let done = client.submit(&context.account()?, &call, Until::InBlock).await?;
    context.print(&json!({ "block": done.number() }), || {
        println!("done in block {}", done.number())
    });
    Ok(())
}

pub async fn validator(context: &Context, command: ValidatorCommand) -> Result {
    match command {
        ValidatorCommand::List => entries(context, &context.client().await?, "Validators").await,
    }
}

/// A map of the consortium as it is stored.
async fn entries(context: &Context, client: &Client, map: &'static str) -> Result {
    let mut entries = client.entries("Consortium", map).await?;
    // Numbers before their hashes' order, accounts by their bytes.
    entries.sort_by_key(|(keys, _)| keys.first().map(|key| (key.as_u64(), key.to_string())));
    let key = |keys: &[Value]| keys.first().cloned().unwrap_or(Value::Null);
    let all: Vec<Value> = entries
        .iter()
        .map(|(keys, value)| json!({ "id": key(keys), "value": value }))
        .collect();
    context.print(&Value::Array(all), || {
        let rows: Vec<_> = entries
            .iter()
            .map(|(keys, value)| [text(&key(keys)), line(value)])
            .collect();
        table([map, ""], &rows);
    });
    match entries.is_empty() {
        true => Err(usage(format!("the chain has no {}", map.to_lowercase()))),
        false => Ok(()),
    }
}

/// A value in a line: fields as `name value`.
fn line(value: &Value) -> String {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| format!("{name} {}", text(value)))
            .collect::<Vec<_>>()
            .join(", "),
        other => text(other),
    }
}

/// Accounts, which the storage shows as 32 bytes, in their own form.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => match text.strip_prefix("0x").and_then(|text| hex::decode(text).ok()) {
            Some(bytes) => match <[u8; 32]>::try_from(bytes) {
                Ok(bytes) => AccountId::new(bytes).to_string(),
                Err(_) => text.clone(),
            },
            None => text.clone(),
        },
        Value::Object(_) => format!("({})", line(value)),
        other => other.to_string(),
    }
}
