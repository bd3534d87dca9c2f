//! The chain's specification: the `local` preset with the network's own validators, organisations and ports.
//!
//! It is written once for all nodes: from a preset's name every node would compute genesis by itself, for which it compiles the
//! runtime once more.

use crate::{error::io, identity::Identity, Error, Settings};
use quorate_client::Account;
use serde_json::{json, Value};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Organisations that a network has at least: those of the preset.
const ORGANISATIONS: usize = 5;
/// What organisations and validators begin with.
const ENDOWMENT: u64 = 1_000_000_000_000_000_000;

/// Number of organisations of a network that wants `asked`. The account of number `n` is `//Org{n}`, in the `n`th seat of the council.
pub(crate) fn organisations(validators: usize, asked: usize) -> usize {
    validators.max(ORGANISATIONS).max(asked)
}

/// Founding validators with the URLs of their gateways.
pub(crate) type Founders<'a> = [(&'a Identity, String)];

/// Write the raw specification into `folder`, unless it is there. Validators in reserve have tokens, and are no founders: they may join.
pub(crate) fn write(
    program: &Path,
    folder: &Path,
    founders: &Founders<'_>,
    settings: &Settings,
) -> Result<PathBuf, Error> {
    let path = folder.join("chain.json");
    if path.is_file() {
        return Ok(path);
    }
    let unreadable = |error: serde_json::Error| Error::Spec {
        status: "not as expected".into(),
        reason: error.to_string(),
    };
    let preset = export(program, &["--chain=local"])?;
    let mut spec: Value = serde_json::from_slice(&preset).map_err(unreadable)?;
    patch(&mut spec, founders, settings)?;
    if settings.links {
        // Nodes of a local chain tell each other their addresses on loopback: they would go round the proxies.
        spec["chainType"] = json!("Live");
    }
    let plain = folder.join("chain-plain.json");
    fs::write(&plain, spec.to_string()).map_err(io(&plain))?;
    let raw = export(program, &[&format!("--chain={}", plain.display()), "--raw"])?;
    fs::write(&path, raw).map_err(io(&path))?;
    Ok(path)
}

fn export(program: &Path, arguments: &[&str]) -> Result<Vec<u8>, Error> {
    let output = Command::new(program)
        .arg("export-chain-spec")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(io(program))?;
    match output.status.success() {
        true => Ok(output.stdout),
        false => Err(Error::Spec {
            status: output.status.to_string(),
            reason: String::from_utf8_lossy(&output.stderr).trim().to_string(),
        }),
    }
}

fn patch(spec: &mut Value, founders: &Founders<'_>, settings: &Settings) -> Result<(), Error> {
    let genesis = spec
        .pointer_mut("/genesis/runtimeGenesis/patch")
        .filter(|patch| patch.is_object())
        .ok_or_else(|| Error::Spec {
            status: "not as expected".into(),
            reason: "the preset's specification has no genesis patch".into(),
        })?;
    let count = organisations(founders.len(), settings.organisations);
    let accounts = (0..count)
        .map(|number| {
            let uri = format!("//Org{number}");
            let account = Account::from_uri(&uri).map_err(|error| Error::Key {
                uri,
                reason: error.to_string(),
            })?;
            Ok(account.id().to_string())
        })
        .collect::<Result<Vec<String>, Error>>()?;
    let later = (founders.len()..founders.len() + settings.reserve)
        .map(|index| Ok(Identity::new(index)?.account))
        .collect::<Result<Vec<String>, Error>>()?;
    let endowed = accounts
        .iter()
        .chain(founders.iter().map(|(who, _)| &who.account))
        .chain(&later);
    genesis["balances"]["balances"] = endowed.map(|account| json!([account, ENDOWMENT])).collect();
    let organisation = |(number, account): (usize, &String)| json!({ "name": format!("Organisation {number}"), "account": account, "contributors": [], "recovery": null });
    genesis["consortium"]["organisations"] = accounts.iter().enumerate().map(organisation).collect();
    let validator = |(number, (who, gateway)): (usize, &(&Identity, String))| {
        json!({
            "account": who.account,
            "organisation": number % count,
            "peerId": who.peer_id,
            "gateway": gateway,
            "tlsKeyHash": null,
        })
    };
    genesis["consortium"]["validators"] = founders.iter().enumerate().map(validator).collect();
    let keys = |(who, _): &(&Identity, String)| {
        // The preset's accounts are their own session keys, in the same text.
        let finality = quorate_primitives::AccountId::new(who.ed25519).to_string();
        json!([who.account, who.account, { "babe": who.account, "grandpa": finality, "aiwk": who.account }])
    };
    genesis["session"]["keys"] = founders.iter().map(keys).collect();
    Ok(())
}
