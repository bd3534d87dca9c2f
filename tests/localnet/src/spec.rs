//! The chain's specification: the `local` preset with the network's own validators, organisations and ports.
//!
//! It is written once for all nodes: from a preset's name every node would compute genesis by itself, for which it compiles the
//! runtime once more. Networks of the same settings have it from one another.

use crate::{cache::Cache, error::io, identity::Identity, Error, Settings};
use quorate_client::Account;
use serde_json::{json, Value};
use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Organisations that a network has at least: those of the preset.
const ORGANISATIONS: usize = 5;
/// What organisations and validators begin with.
const ENDOWMENT: u64 = 1_000_000_000_000_000_000;
/// First port of the gateways in a specification that networks have in common: below those that networks have.
const STAND_IN: u16 = 10_000;

/// Number of organisations of a network that wants `asked`. The account of number `n` is `//Org{n}`, in the `n`th seat of the council.
pub(crate) fn organisations(validators: usize, asked: usize) -> usize {
    validators.max(ORGANISATIONS).max(asked)
}

/// Founding validators with the ports of their gateways.
pub(crate) type Founders<'a> = [(&'a Identity, u16)];

/// Write the raw specification into `folder`, unless it is there. Validators in reserve have tokens, and are no founders: they may join.
pub(crate) fn write(
    program: &Path,
    folder: &Path,
    founders: &Founders<'_>,
    settings: &Settings,
    cache: Option<&Cache>,
) -> Result<PathBuf, Error> {
    let path = folder.join("chain.json");
    if path.is_file() {
        return Ok(path);
    }
    // Gateways alone differ between networks of the same settings: others of the same length take their place.
    let last = usize::from(STAND_IN) + founders.len();
    let cache = cache.filter(|_| founders.iter().all(|(_, port)| usize::from(*port) >= last));
    let preset = || export(program, &["--chain=local"]);
    let mut spec = match cache {
        None => read(&raw(program, folder, &plain(&preset()?, founders, settings)?)?)?,
        Some(cache) => {
            let others = (STAND_IN..).zip(founders);
            let others: Vec<_> = others.map(|(port, (who, _))| (*who, port)).collect();
            let plain = plain(&cache.kept("preset", preset)?, &others, settings)?;
            let mut hash = DefaultHasher::new();
            plain.hash(&mut hash);
            let name = format!("specification-{:016x}", hash.finish());
            let mut spec = read(&cache.kept(&name, || raw(program, folder, &plain))?)?;
            for ((_, other), (_, own)) in others.iter().zip(founders) {
                replace(&mut spec, &url(*other), &url(*own))?;
            }
            spec
        }
    };
    if settings.links {
        // Nodes of a local chain tell each other their addresses on loopback: they would go round the proxies.
        spec["chainType"] = json!("Live");
    }
    fs::write(&path, spec.to_string()).map_err(io(&path))?;
    Ok(path)
}

fn url(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

fn read(json: &[u8]) -> Result<Value, Error> {
    serde_json::from_slice(json).map_err(|error| Error::Spec {
        status: "not as expected".into(),
        reason: error.to_string(),
    })
}

/// The preset's specification with the network's own genesis.
fn plain(preset: &[u8], founders: &Founders<'_>, settings: &Settings) -> Result<String, Error> {
    let mut spec = read(preset)?;
    patch(&mut spec, founders, settings)?;
    Ok(spec.to_string())
}

/// The same with the state at genesis.
fn raw(program: &Path, folder: &Path, plain: &str) -> Result<Vec<u8>, Error> {
    let path = folder.join("chain-plain.json");
    fs::write(&path, plain).map_err(io(&path))?;
    export(program, &[&format!("--chain={}", path.display()), "--raw"])
}

/// A text in the entries of a raw specification, by another one of the same length.
fn replace(spec: &mut Value, before: &str, after: &str) -> Result<(), Error> {
    let missing = || Error::Spec {
        status: "not as expected".into(),
        reason: format!("the genesis state has no {before}"),
    };
    let entries = spec.pointer_mut("/genesis/raw/top").and_then(Value::as_object_mut);
    let (old, new) = (hex::encode(before), hex::encode(after));
    let mut found = false;
    for entry in entries.ok_or_else(missing)?.values_mut() {
        let text = entry.as_str().unwrap_or_default();
        if text.contains(&old) {
            *entry = text.replace(&old, &new).into();
            found = true;
        }
    }
    found.then_some(()).ok_or_else(missing)
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
    let validator = |(number, (who, gateway)): (usize, &(&Identity, u16))| {
        json!({
            "account": who.account,
            "organisation": number % count,
            "peerId": who.peer_id,
            "gateway": url(*gateway),
            "tlsKeyHash": null,
        })
    };
    genesis["consortium"]["validators"] = founders.iter().enumerate().map(validator).collect();
    let keys = |(who, _): &(&Identity, u16)| {
        // The preset's accounts are their own session keys, in the same text.
        let finality = quorate_primitives::AccountId::new(who.ed25519).to_string();
        json!([who.account, who.account, { "babe": who.account, "grandpa": finality, "aiwk": who.account }])
    };
    genesis["session"]["keys"] = founders.iter().map(keys).collect();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gateways_should_take_the_place_of_the_stand_ins_and_nothing_else() {
        let entry = |port| format!("0x0801{}02", hex::encode(url(port)));
        let mut raw = json!({ "genesis": { "raw": { "top": { "0x01": entry(10_000), "0x02": entry(10_001), "0x03": "0x07" } } } });
        replace(&mut raw, &url(10_000), &url(22_333)).unwrap();
        replace(&mut raw, &url(10_001), &url(10_999)).unwrap();
        let expected = json!({ "0x01": entry(22_333), "0x02": entry(10_999), "0x03": "0x07" });
        assert_eq!(raw["genesis"]["raw"]["top"], expected);
        let error = replace(&mut raw, &url(10_002), &url(11_000)).unwrap_err().to_string();
        assert!(error.contains("10002"), "{error}");
    }
}
