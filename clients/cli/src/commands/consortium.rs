//! Organisations, contributors, validators.

use crate::{
    context::Context,
    failure::{usage, Result},
    output::table,
};
use quorate_client::{
    calls::consortium::{self, Change, Target},
    council::Majority,
    Account, Call, Client, SignedConsent, Until,
};
use quorate_primitives::{AccountId, BlockNumber, OrganisationId};
use serde_json::{json, Value};
use std::collections::BTreeSet;

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
    voters.insert(0, proposer.clone());
    check_votes(&client, &call, majority, &voters).await?;
    let motion = client.propose(&proposer, call, majority).await?;
    if voters.len() == 1 {
        client.vote(&motion, &voters).await?;
        let block = motion.proposed.as_ref().map(|proposed| proposed.number());
        let value = json!({
            "motion": motion.hash, "index": motion.index, "threshold": motion.threshold, "block": block,
        });
        context.print(&value, || match (motion.index, block) {
            (None, Some(block)) => println!("carried in block {block}"),
            (index, _) => println!(
                "motion {} ({:?}) awaits the votes of {} organisations",
                index.unwrap_or_default(),
                motion.hash,
                motion.threshold
            ),
        });
        return Ok(());
    }
    let done = client.carry(&motion, &voters).await?;
    context.print(&json!({ "motion": motion.hash, "block": done.number() }), || {
        println!("carried in block {}", done.number());
    });
    Ok(())
}

/// Whether these votes can be given and, if others than the proposer's are, are enough: a motion that is proposed and not carried stays
/// open for days, and each organisation may have few of them.
async fn check_votes(client: &Client, call: &Call, majority: Majority, voters: &[Account]) -> Result {
    let council = client.council().await?;
    let mut ayes: BTreeSet<AccountId> = client.ayes(call).await?.into_iter().flatten().collect();
    for voter in voters.iter().map(Account::id) {
        if !council.contains(&voter) {
            return Err(usage(format!(
                "{voter} has no vote: it is the account of no organisation, or of a suspended one"
            )));
        }
        ayes.insert(voter);
    }
    let needed = majority.of(client.admitted().await?) as usize;
    if voters.len() > 1 && ayes.len() < needed {
        return Err(usage(format!(
            "{} organisations vote for it, {needed} must: name more with --with, or none to propose it and let the others vote",
            ayes.len()
        )));
    }
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
