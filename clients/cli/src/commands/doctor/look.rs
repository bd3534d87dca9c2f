//! What is looked at.

use super::check::{check, Check, Found};
use crate::{failure::Result, output::tokens};
use quorate_client::Client;
use quorate_contribute::folders::folder;
use quorate_primitives::AccountId;
use serde_json::Value;
use std::{
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

/// Seconds by which the newest block may be older or younger than this machine's clock.
const CLOCK: u64 = 60;
/// Blocks that may wait for finality.
const LAG: u32 = 20;
/// Bytes that should be free.
const FREE: u64 = 1 << 30;

/// Where salts and versions are kept.
pub fn places_of_files() -> Vec<Check> {
    let one = |name, variable, in_home| match folder(variable, in_home, "set HOME, or give --state") {
        Err(failure) => check(
            name,
            Found::Bad,
            failure.to_string(),
            "set HOME to a folder of your own",
        ),
        Ok(folder) => disk(name, &folder),
    };
    vec![
        one("folder of salts", "XDG_STATE_HOME", ".local/state"),
        one("folder of versions", "XDG_CACHE_HOME", ".cache"),
    ]
}

/// Free bytes where `folder` is, or will be.
fn disk(name: &'static str, folder: &Path) -> Check {
    let existing = folder.ancestors().find(|folder| folder.is_dir()).unwrap_or(folder);
    match rustix::fs::statvfs(existing) {
        Err(error) => check(
            name,
            Found::Bad,
            format!("{}: {error}", folder.display()),
            "make the folder",
        ),
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            let found = if free < FREE { Found::Poor } else { Found::Good };
            let detail = format!("{}: {} MiB free", folder.display(), free >> 20);
            check(
                name,
                found,
                detail,
                "free some of this disk: versions are as large as the model",
            )
        }
    }
}

pub async fn node(client: &Client) -> Result<Vec<Check>> {
    let facts = client.node().await?;
    let mine = env!("CARGO_PKG_VERSION");
    let version = if facts.version.starts_with(mine) {
        Found::Good
    } else {
        Found::Poor
    };
    let peers = match (facts.peers, facts.should_have_peers) {
        (0, true) => Found::Bad,
        _ => Found::Good,
    };
    let syncing = if facts.is_syncing { Found::Poor } else { Found::Good };
    Ok(vec![
        check(
            "chain",
            Found::Good,
            format!("{} ({})", facts.chain, facts.chain_type),
            "",
        ),
        check(
            "version",
            version,
            format!("node {}, this program {mine}", facts.version),
            "use the program of the node's release",
        ),
        check(
            "peers",
            peers,
            facts.peers.to_string(),
            "is the p2p port open from outside, are boot nodes given, is the node's peer id the registered one?",
        ),
        check(
            "synchronisation",
            syncing,
            if facts.is_syncing { "under way" } else { "done" },
            "wait: until then answers are old",
        ),
    ])
}

pub async fn chain(client: &Client) -> Result<Vec<Check>> {
    let (best, finalized) = (client.best().await?.number, client.finalized().await?.number);
    let lag = best.saturating_sub(finalized);
    let millis: u64 = client.value("Timestamp", "Now", &[]).await?.unwrap_or_default();
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    let age = now.abs_diff(millis / 1_000);
    let which = if now < millis / 1_000 { "younger" } else { "older" };
    let paused = client.entries("TxPause", "PausedCalls").await?;
    let paused: Vec<_> = paused
        .iter()
        .map(|(keys, _)| Value::Array(keys.clone()).to_string())
        .collect();
    let safe: Option<u32> = client.value("SafeMode", "EnteredUntil", &[]).await?;
    Ok(vec![
        check(
            "finality",
            if lag > LAG { Found::Bad } else { Found::Good },
            format!("block {best}, {lag} of them not final"),
            "more than a third of the validators is silent: look at their nodes",
        ),
        check(
            "clock",
            if age > CLOCK { Found::Bad } else { Found::Good },
            match millis {
                0 => "no block was made yet".into(),
                _ => format!("the newest block is {age} s {which} than this clock"),
            },
            "no blocks are made, the node is behind, or this clock is wrong (`timedatectl`)",
        ),
        match safe {
            Some(until) => check(
                "safe mode",
                Found::Poor,
                format!("until block {until}: only what brings the chain out of it is taken"),
                "the technical committee decides",
            ),
            None => check("safe mode", Found::Good, "off", ""),
        },
        match paused.is_empty() {
            true => check("paused calls", Found::Good, "none", ""),
            false => check(
                "paused calls",
                Found::Poor,
                paused.join(", "),
                "the technical committee decides",
            ),
        },
    ])
}

pub async fn account(client: &Client, id: &AccountId) -> Result<Check> {
    let funds = client.funds(id).await?;
    let role = match (
        client.organisation_of(id).await?,
        client.contributor(id).await?,
        client.validator(id).await?,
    ) {
        (Some(number), _, _) => Some(format!("organisation {number}")),
        (_, Some(contributor), _) => Some(format!("contributor of organisation {}", contributor.organisation)),
        (_, _, Some(validator)) => Some(format!("validator of organisation {}", validator.organisation)),
        _ => None,
    };
    let found = if role.is_some() { Found::Good } else { Found::Poor };
    let role = role.unwrap_or_else(|| "nobody on this chain".into());
    Ok(check(
        "account",
        found,
        format!("{id}: {role}, {} tokens free", tokens(funds.free)),
        "a contributor consents and is sponsored; an organisation is admitted; `quorate help contributor`",
    ))
}
