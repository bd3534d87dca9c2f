//! Motions of both bodies and polls of contributors: reading them, voting, closing.

use crate::{
    commands::preflight,
    context::Context,
    failure::{nothing_sent, usage, Result},
    output::table,
    version_ref::VersionRef,
};
use quorate_client::{
    calls::{governance::ranked_polls, models, motions::Body, polls},
    motions::OpenMotion,
    Account, Client, Error, Until,
};
use quorate_primitives::{AccountId, Hash};
use serde_json::{json, Value};
use std::collections::BTreeMap;

/// How a motion is named.
#[derive(Clone, Copy)]
pub enum Named {
    Index(u32),
    Hash(Hash),
}

/// Names of organisations by their accounts.
type Names = BTreeMap<AccountId, String>;

async fn names(client: &Client) -> Result<Names> {
    let all = client.organisations().await?.into_iter();
    Ok(all
        .map(|(id, organisation)| (organisation.account, format!("{id} ({})", organisation.name)))
        .collect())
}

pub async fn motions(context: &Context, body: Body) -> Result {
    let client = context.client().await?;
    let (motions, names) = (client.open_motions(body).await?, names(&client).await?);
    let all = motions.iter().map(OpenMotion::to_json).collect();
    context.print(&Value::Array(all), || {
        let rows: Vec<_> = motions
            .iter()
            .map(|motion| {
                [
                    motion.index.to_string(),
                    format!("{} {}", motion.call.name, short(&motion.call.arguments)),
                    format!("{} of {} needed", motion.ayes.len(), motion.threshold),
                    voters(&motion.ayes, &names),
                    voters(&motion.nays, &names),
                    format!("block {}", motion.end),
                    format!("{:?}", motion.hash),
                ]
            })
            .collect();
        match rows.is_empty() {
            true => println!("no motion is open"),
            false => table(
                ["motion", "does", "ayes", "for it", "against it", "open until", "hash"],
                &rows,
            ),
        }
    });
    Ok(())
}

pub async fn motion(context: &Context, body: Body, named: Named) -> Result {
    let client = context.client().await?;
    let (motion, names) = (find(&client, body, named).await?, names(&client).await?);
    context.print(&motion.to_json(), || {
        println!("motion {} of {}", motion.index, body.pallet());
        println!("  hash        {:?}", motion.hash);
        println!("  does        {}", motion.call.name);
        println!("  arguments   {:#}", motion.call.arguments);
        println!(
            "  ayes        {} of {} needed: {}",
            motion.ayes.len(),
            motion.threshold,
            voters(&motion.ayes, &names)
        );
        println!("  nays        {}: {}", motion.nays.len(), voters(&motion.nays, &names));
        println!("  open until  block {}", motion.end);
    });
    Ok(())
}

pub async fn vote(context: &Context, body: Body, named: Named, approve: bool, more: Vec<Account>) -> Result {
    let (account, client) = (context.account()?, context.client().await?);
    let motion = find(&client, body, named).await?;
    let mut block = 0;
    for voter in std::iter::once(&account).chain(&more) {
        let id = voter.id();
        let same = if approve { &motion.ayes } else { &motion.nays };
        match same.contains(&id) {
            true => eprintln!("{id} has voted so already"),
            false => block = client.cast(&motion, voter, approve).await?.number(),
        }
    }
    let motion = find(&client, body, Named::Hash(motion.hash)).await?;
    context.print(&json!({ "block": block, "motion": motion.to_json() }), || {
        println!(
            "motion {} has {} of {} ayes that it needs, {} nays; `quorate motion close {}` carries it out when it has them",
            motion.index,
            motion.ayes.len(),
            motion.threshold,
            motion.nays.len(),
            motion.index
        );
    });
    Ok(())
}

pub async fn close(context: &Context, body: Body, named: Named) -> Result {
    let (account, client) = (context.account()?, context.client().await?);
    let motion = find(&client, body, named).await?;
    let now = client.best().await?.number;
    let short = motion.ayes.len() < motion.threshold as usize;
    if short && now < motion.end {
        return Err(usage(format!(
            "motion {} has {} of {} ayes that it needs, and is open until block {}",
            motion.index,
            motion.ayes.len(),
            motion.threshold,
            motion.end
        )));
    }
    let done = client.close_open(&motion, &account).await?;
    context.print(&json!({ "motion": motion.hash, "block": done.number() }), || {
        println!("carried in block {}", done.number());
    });
    Ok(())
}

async fn find(client: &Client, body: Body, named: Named) -> Result<OpenMotion> {
    let all = client.open_motions(body).await?;
    let found = all.into_iter().find(|motion| match named {
        Named::Index(index) => motion.index == index,
        Named::Hash(hash) => motion.hash == hash,
    });
    let what = match named {
        Named::Index(index) => index.to_string(),
        Named::Hash(hash) => format!("{hash:?}"),
    };
    Ok(found.ok_or_else(|| {
        Error::NotFound(format!(
            "an open motion {what} of {}; `quorate motion list` shows all",
            body.pallet()
        ))
    })?)
}

fn voters(accounts: &[AccountId], names: &Names) -> String {
    let name = |account: &AccountId| names.get(account).cloned().unwrap_or_else(|| account.to_string());
    match accounts.is_empty() {
        true => "-".into(),
        false => accounts.iter().map(name).collect::<Vec<_>>().join(", "),
    }
}

/// Arguments in a line of a table; `motion show` has all of them.
fn short(arguments: &Value) -> String {
    const LONGEST: usize = 120;
    let text = arguments.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

pub async fn polls(context: &Context) -> Result {
    let polls = context.client().await?.polls().await?;
    let all = polls
        .iter()
        .map(|(number, poll)| json!({ "poll": number, "state": poll }))
        .collect();
    context.print(&Value::Array(all), || {
        let rows: Vec<_> = polls.iter().map(|(number, poll)| row(*number, poll)).collect();
        match rows.is_empty() {
            true => println!("there are no polls"),
            false => table(["poll", "state", "rank", "votes for it", "votes against it"], &rows),
        }
    });
    Ok(())
}

fn row(number: u32, poll: &Value) -> [String; 5] {
    let ongoing = poll.get("Ongoing");
    let state = match (poll, ongoing.and_then(|ongoing| ongoing.get("deciding"))) {
        (Value::Object(fields), None) => fields.keys().next().cloned().unwrap_or_default(),
        (_, None | Some(Value::Null)) => "in preparation".into(),
        (_, Some(deciding)) if deciding.get("confirming").is_some_and(|block| !block.is_null()) => "confirming".into(),
        _ => "deciding".into(),
    };
    let part = |path: &[&str]| {
        let found = path.iter().try_fold(ongoing?, |value, name| value.get(name));
        found.map(ToString::to_string)
    };
    [
        number.to_string(),
        state,
        part(&["track"]).unwrap_or_else(|| "-".into()),
        part(&["tally", "ayes"]).unwrap_or_else(|| "-".into()),
        part(&["tally", "nays"]).unwrap_or_else(|| "-".into()),
    ]
}

pub async fn poll(context: &Context, number: u32) -> Result {
    let poll = context.client().await?.poll(number).await?;
    context.print(&json!({ "poll": number, "state": poll }), || {
        println!("poll {number}\n{poll:#}");
    });
    Ok(())
}

/// Open a poll on whether a version be promoted.
pub async fn open_poll(context: &Context, version: VersionRef, rank: u16) -> Result {
    let (account, client) = (context.account()?, context.client().await?);
    preflight::version(&client, version.model, version.version, false).await?;
    let call = models::promote(version.model, version.version);
    let (poll, done) = client.open_poll(&account, rank, &call).await?;
    context.print(&json!({ "poll": poll, "block": done.number() }), || {
        println!(
            "poll {poll} opened in block {}; it is decided once somebody has placed its deposit: `quorate poll deposit {poll}`",
            done.number()
        );
    });
    Ok(())
}

/// Place the deposit without which a poll is not decided.
pub async fn place_deposit(context: &Context, poll: u32) -> Result {
    let (account, client) = (context.account()?, context.client().await?);
    let known = ongoing(&client, poll).await?;
    let call = ranked_polls::place_decision_deposit(poll);
    let done = client.submit(&account, &call, Until::InBlock).await?;
    context.print(
        &json!({ "poll": poll, "call": known.get("call"), "block": done.number() }),
        || {
            println!("deposit placed in block {} for {}", done.number(), decided(&known));
        },
    );
    Ok(())
}

/// A poll that goes on and has its number for good. One that is in no final block may be another one in the block in which a transaction comes,
/// which names nothing but the number.
async fn ongoing(client: &Client, number: u32) -> Result<Value> {
    let poll = client.poll(number).await?;
    let Some(subject) = subject(&poll) else {
        return Err(usage(format!("poll {number} is over")));
    };
    let last = client.poll_at(number, Some(client.finalized().await?.hash)).await?;
    match last.as_ref().and_then(self::subject) == Some(subject) {
        true => Ok(poll),
        false => Err(nothing_sent(format!(
            "poll {number} is in no final block yet, and a fork may give its number to another one: try again in a few seconds, and look at \
             `quorate poll show {number}` once more"
        ))),
    }
}

/// What a poll that goes on is about, and which rank votes.
fn subject(poll: &Value) -> Option<(&Value, &Value)> {
    let ongoing = poll.get("Ongoing")?;
    Some((ongoing.get("proposal")?, ongoing.get("track")?))
}

/// What a poll decides on, in a line.
fn decided(poll: &Value) -> String {
    match (
        poll.pointer("/call/name").and_then(Value::as_str),
        poll.pointer("/call/arguments"),
    ) {
        (Some(name), Some(arguments)) => format!("{name} {}", short(arguments)),
        _ => "a call whose bytes the chain does not have".into(),
    }
}

pub async fn vote_in_poll(context: &Context, number: u32, approve: bool) -> Result {
    let (account, client) = (context.account()?, context.client().await?);
    let known = ongoing(&client, number).await?;
    let done = client
        .submit(&account, &polls::vote(number, approve), Until::InBlock)
        .await?;
    context.print(
        &json!({ "poll": number, "call": known.get("call"), "block": done.number() }),
        || {
            let side = if approve { "for" } else { "against" };
            println!("voted in block {} {side} {}", done.number(), decided(&known));
        },
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polls_should_be_shown_by_their_state() {
        let ongoing = json!({ "Ongoing": { "track": 1, "deciding": null, "tally": { "ayes": 3, "nays": 1 } } });
        assert_eq!(
            row(4, &ongoing),
            ["4", "in preparation", "1", "3", "1"].map(String::from)
        );
        let deciding =
            json!({ "Ongoing": { "track": 2, "deciding": { "since": 5, "confirming": null }, "tally": {} } });
        assert_eq!(row(4, &deciding)[1], "deciding");
        assert_eq!(
            row(4, &json!({ "Approved": [7, null, null] })),
            ["4", "Approved", "-", "-", "-"].map(String::from)
        );
    }

    #[test]
    fn poll_should_be_told_by_what_it_decides_on_and_by_its_rank_whatever_the_votes_are() {
        let poll = |call: &str, track: u32, ayes: u32| json!({ "Ongoing": { "track": track, "proposal": { "Inline": call }, "tally": { "ayes": ayes } } });
        let known = poll("0x01", 1, 3);
        assert_eq!(subject(&known), subject(&poll("0x01", 1, 7)));
        assert_ne!(subject(&known), subject(&poll("0x02", 1, 3)));
        assert_ne!(subject(&known), subject(&poll("0x01", 2, 3)));
        assert_eq!(subject(&json!({ "Approved": [7, null, null] })), None);
    }

    #[test]
    fn votes_should_say_what_they_are_about() {
        let poll = json!({ "Ongoing": {}, "call": { "name": "Models.promote", "arguments": { "model": 0 } } });
        assert_eq!(decided(&poll), r#"Models.promote {"model":0}"#);
        assert!(decided(&json!({ "Ongoing": {} })).contains("does not have"));
    }
}
