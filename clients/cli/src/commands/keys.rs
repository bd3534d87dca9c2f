//! Keys: a file that holds a mnemonic, readable by its owner only.

use crate::{
    context::Context,
    failure::{usage, Result},
};
use quorate_client::{Account, Error};
use rand::Rng;
use serde_json::json;
use std::{
    fs::OpenOptions,
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
};
use subxt_signer::bip39::Mnemonic;

/// Make a new key and write it to a file that did not exist.
pub fn generate(context: &Context, path: PathBuf) -> Result {
    let entropy: [u8; 16] = rand::rng().random();
    let words = Mnemonic::from_entropy(&entropy)
        .map_err(|error| usage(error.to_string()))?
        .to_string();
    let account = Account::from_uri(&words)?;
    let io = |source| Error::Io {
        path: path.display().to_string(),
        source,
    };
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
        .map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => usage(format!("{} exists: a key is never overwritten", path.display())),
            _ => io(error).into(),
        })?;
    writeln!(file, "{words}").and_then(|()| file.sync_all()).map_err(io)?;
    show(context, &account, Some(path))
}

/// Show the account of a key.
pub fn inspect(context: &Context, account: &Account) -> Result {
    show(context, account, None)
}

fn show(context: &Context, account: &Account, file: Option<PathBuf>) -> Result {
    let id = account.id();
    let public = format!("0x{}", hex::encode(AsRef::<[u8; 32]>::as_ref(&id)));
    context.print(&json!({ "account": id, "public": public, "file": file }), || {
        println!("account  {id}\npublic   {public}");
        if let Some(file) = &file {
            println!(
                "key      {} (whoever reads this file can sign for the account)",
                file.display()
            );
        }
    });
    Ok(())
}
