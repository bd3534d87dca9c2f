//! Levers that bodies pull: parameters, the technical committee's, what root alone may do.

use crate::{
    args::levers::{CallName, CodeRef},
    commands::consortium::{propose, Decision},
    context::Context,
    failure::{usage, Result},
    output::{optional, table, tokens},
};
use quorate_client::{
    calls::{
        governance::{
            parameters::{self, Periods},
            safe_mode, system, tx_pause,
        },
        whitelist,
    },
    council::Majority,
    Account, Call, Error,
};
use quorate_primitives::{Balance, BlockNumber, Hash};
use serde_json::json;
use sp_crypto_hashing::blake2_256;
use std::{io::Read, path::Path};

/// Groups and numbers of the parameters, as the runtime has them.
pub const GENESIS_VOTING: (u8, u8) = (0, 0);
pub const CHANGE_DELAY: (u8, u8) = (0, 1);
pub const PREIMAGE_BASE_DEPOSIT: (u8, u8) = (1, 0);
pub const PREIMAGE_BYTE_DEPOSIT: (u8, u8) = (1, 1);
pub const POLL_PERIODS: (u8, u8) = (2, 0);

/// The longest runtime that is read: more than a block takes.
const LONGEST_CODE: u64 = 16 << 20;

/// All parameters with what was set.
pub async fn parameters(context: &Context) -> Result {
    let client = context.client().await?;
    let voting: Option<BlockNumber> = client.parameter(GENESIS_VOTING).await?;
    let delay: Option<BlockNumber> = client.parameter(CHANGE_DELAY).await?;
    let base: Option<Balance> = client.parameter(PREIMAGE_BASE_DEPOSIT).await?;
    let byte: Option<Balance> = client.parameter(PREIMAGE_BYTE_DEPOSIT).await?;
    let periods: Option<Periods> = client.parameter(POLL_PERIODS).await?;
    let value = json!({
        "genesisVoting": voting, "changeDelay": delay, "preimageBaseDeposit": base.map(|amount| amount.to_string()),
        "preimageByteDeposit": byte.map(|amount| amount.to_string()), "pollPeriods": periods,
    });
    context.print(&value, || {
        let set = |value: Option<String>| value.unwrap_or_else(|| "as the runtime has it".into());
        let blocks = |value: Option<BlockNumber>| set(value.map(|blocks| format!("{blocks} blocks")));
        let periods = periods.map(|p| format!("{},{},{},{} blocks", p.prepare, p.decide, p.confirm, p.enact));
        let rows = [
            ["genesis-voting".into(), blocks(voting)],
            ["change-delay".into(), blocks(delay)],
            ["preimage-base-deposit".into(), set(base.map(tokens))],
            ["preimage-byte-deposit".into(), set(byte.map(tokens))],
            ["poll-periods".into(), set(periods)],
        ];
        table(["parameter", "set to"], &rows);
    });
    Ok(())
}

/// Propose another value for a parameter.
pub async fn set(context: &Context, key: (u8, u8), value: Option<impl codec::Encode>, voters: Vec<Account>) -> Result {
    propose(context, parameters::set(key, value), Majority::TwoThirds, voters).await
}

/// Propose to enter or to leave safe mode.
pub async fn safe_mode(context: &Context, enter: bool, voters: Vec<Account>) -> Result {
    context.account()?;
    let until: Option<BlockNumber> = context.client().await?.value("SafeMode", "EnteredUntil", &[]).await?;
    let call = match (enter, until) {
        (true, Some(until)) => return Err(usage(format!("safe mode is on already, until block {until}"))),
        (false, None) => return Err(usage("safe mode is off")),
        (true, None) => safe_mode::enter(),
        (false, Some(_)) => safe_mode::exit(),
    };
    propose(context, call, Decision::Committee, voters).await
}

/// Propose to pause a call, or to let it go on.
pub async fn pause(context: &Context, name: &CallName, pause: bool, voters: Vec<Account>) -> Result {
    context.account()?;
    let (client, name) = (context.client().await?, (name.pallet.as_str(), name.call.as_str()));
    client.check_call(name).await?;
    let call = match (pause, client.is_paused(name).await?) {
        (true, true) => return Err(usage(format!("{}.{} is paused already", name.0, name.1))),
        (false, false) => return Err(usage(format!("{}.{} is not paused", name.0, name.1))),
        (true, false) => tx_pause::pause(name),
        (false, true) => tx_pause::unpause(name),
    };
    propose(context, call, Decision::Committee, voters).await
}

/// Propose to whitelist a call.
pub async fn whitelist_hash(context: &Context, hash: Hash, voters: Vec<Account>) -> Result {
    context.account()?;
    if context.client().await?.is_whitelisted(hash).await? {
        return Err(usage(format!("{hash:?} is whitelisted already")));
    }
    propose(context, whitelist::whitelist_call(hash), Decision::Committee, voters).await
}

/// What root alone may do, in two steps: the technical committee whitelists the call, then two thirds of the council carry it out. Which
/// one is due is read from the chain.
pub async fn as_root(context: &Context, call: Call, voters: Vec<Account>) -> Result {
    context.account()?;
    let client = context.client().await?;
    let hash = client.hash_of(&call).await?;
    if client.is_whitelisted(hash).await? {
        eprintln!("the technical committee has whitelisted {hash:?}: the council decides now, by two thirds");
        return propose(context, whitelist::dispatch(call), Majority::TwoThirds, voters).await;
    }
    eprintln!("first the technical committee whitelists {hash:?}; then run the same again, for the council");
    propose(context, whitelist::whitelist_call(hash), Decision::Committee, voters).await
}

/// Let a runtime take the place of the present one.
pub async fn authorize_upgrade(context: &Context, code: &CodeRef, voters: Vec<Account>) -> Result {
    let hash = match code {
        CodeRef::Hash(hash) => *hash,
        CodeRef::File(path) => hash_of(&read_code(path)?),
    };
    eprintln!("runtime {hash:?}");
    as_root(context, system::authorize_upgrade(hash), voters).await
}

/// Bring the runtime that was authorized.
pub async fn apply_upgrade(context: &Context, path: &Path) -> Result {
    let code = read_code(path)?;
    let (account, client) = (context.account()?, context.client().await?);
    let authorized = client.authorized_upgrade().await?;
    let hash = hash_of(&code);
    if authorized != Some(hash) {
        let authorized = optional(authorized, |hash| format!("{hash:?}"));
        return Err(Error::NotFound(format!(
            "an authorization for {} ({hash:?}); authorized is: {authorized}",
            path.display()
        ))
        .into());
    }
    let done = client.apply_upgrade(&account, &code).await?;
    context.print(&json!({ "code": hash, "block": done.number() }), || {
        println!("applied in block {}: the next one is made by it", done.number())
    });
    Ok(())
}

fn hash_of(code: &[u8]) -> Hash {
    Hash::from(blake2_256(code))
}

/// A runtime's file.
fn read_code(path: &Path) -> Result<Vec<u8>> {
    /// How compressed runtimes begin, and Wasm.
    const BEGINNINGS: [&[u8]; 2] = [&[82, 188, 83, 118, 70, 219, 142, 5], b"\0asm"];
    let wrong = |what: &str| usage(format!("{}: {what}", path.display()));
    let read = |error: std::io::Error| Error::io(path)(error);
    let mut code = Vec::new();
    let file = std::fs::File::open(path).map_err(read)?;
    file.take(LONGEST_CODE + 1).read_to_end(&mut code).map_err(read)?;
    match BEGINNINGS.iter().any(|beginning| code.starts_with(beginning)) {
        _ if code.len() as u64 > LONGEST_CODE => Err(wrong("too long for a runtime")),
        true => Ok(code),
        false => Err(wrong("no runtime: it is neither Wasm nor compressed Wasm")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_runtime_should_be_authorized_or_applied() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runtime");
        for (bytes, fine) in [
            (&b"\0asm\x01"[..], true),
            (&[82, 188, 83, 118, 70, 219, 142, 5, 9], true),
            (b"ELF", false),
            (b"", false),
        ] {
            std::fs::write(&path, bytes).unwrap();
            assert_eq!(read_code(&path).is_ok(), fine, "{bytes:?}");
        }
        assert!(read_code(folder.path()).is_err() && read_code(Path::new("/no/such/file")).is_err());
    }
}
