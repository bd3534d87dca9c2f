//! Organisations, contributors, validators.

use crate::{
    context::Context,
    failure::{usage, Result},
    output::table,
};
use quorate_client::{
    calls::consortium::{self, Change, Target},
    council::Majority,
    Account, Call, SignedConsent, Until,
};
use quorate_primitives::{AccountId, BlockNumber, OrganisationId};
use serde_json::{json, Value};

/// What can be listed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum List {
    Organisations,
    Contributors,
    Validators,
    /// Changes that wait for their block.
    Changes,
}

/// Propose a change of who votes or who validates.
pub async fn change(context: &Context, change: &Change, voters: Vec<Account>) -> Result {
    propose(context, consortium::propose_change(change), Majority::TwoThirds, voters).await
}

/// Propose a suspension: at once and for seven days, or until it is lifted.
pub async fn suspend(context: &Context, target: Target, long: bool, voters: Vec<Account>) -> Result {
    match long {
        true => change(context, &Change::Suspend { target }, voters).await,
        false => propose(context, consortium::suspend(&target), Majority::Simple, voters).await,
    }
}

/// Propose `call` to the council; with `voters` it is voted for and closed at once.
pub async fn propose(context: &Context, call: Call, majority: Majority, mut voters: Vec<Account>) -> Result {
    let (proposer, client) = (context.account()?, context.client().await?);
    let motion = client.propose(&proposer, call, majority).await?;
    let value = json!({
        "motion": motion.hash, "index": motion.index, "threshold": motion.threshold, "block": motion.last.number(),
    });
    if voters.is_empty() {
        context.print(&value, || match motion.index {
            Some(index) => println!(
                "motion {index} ({:?}) awaits the votes of {} organisations",
                motion.hash, motion.threshold
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

/// One call of an organisation or a validator.
pub async fn submit(context: &Context, call: &Call) -> Result {
    let client = context.client().await?;
    let done = client.submit(&context.account()?, call, Until::InBlock).await?;
    context.print(&json!({ "block": done.number() }), || {
        println!("done in block {}", done.number())
    });
    Ok(())
}

/// A contributor's consent, for its organisation.
pub async fn consent(context: &Context, organisation: OrganisationId, blocks: BlockNumber) -> Result {
    let (account, client) = (context.account()?, context.client().await?);
    let expires = client.best().await?.number.saturating_add(blocks);
    let consent = account.consent(client.genesis(), organisation, expires);
    let value = json!({
        "contributor": consent.contributor, "organisation": organisation, "expires": expires, "consent": consent.to_string(),
    });
    context.print(&value, || println!("{consent}"));
    Ok(())
}

/// Let the account that consented contribute.
pub async fn sponsor(context: &Context, consent: &SignedConsent) -> Result {
    let (account, client) = (context.account()?, context.client().await?);
    let organisation = client.organisation_of(&account.id()).await?;
    let organisation = organisation.ok_or_else(|| usage(format!("{} is no organisation's account", account.id())))?;
    consent.check(client.genesis(), organisation, client.best().await?.number)?;
    let call = consortium::sponsor(&consent.contributor, &consent.consent);
    let done = client.submit(&account, &call, Until::InBlock).await?;
    let value = json!({ "contributor": consent.contributor, "organisation": organisation, "block": done.number() });
    context.print(&value, || {
        println!("{} is sponsored since block {}", consent.contributor, done.number())
    });
    Ok(())
}

/// A map of the consortium as it is stored.
pub async fn list(context: &Context, list: List) -> Result {
    let (map, name) = match list {
        List::Organisations => ("Organisations", "organisations"),
        List::Contributors => ("Contributors", "contributors"),
        List::Validators => ("Validators", "validators"),
        List::Changes => ("PendingChanges", "changes"),
    };
    let mut entries = context.client().await?.entries("Consortium", map).await?;
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
        match rows.is_empty() {
            true => println!("there are no {name}"),
            false => table([name, ""], &rows),
        }
    });
    Ok(())
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
