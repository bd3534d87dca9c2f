//! Keys: a file that holds a mnemonic, or an encrypted one, readable by its owner only.

use crate::{
    context::Context,
    failure::{usage, Result},
};
use quorate_client::{account, Account};
use quorate_primitives::AccountId;
use serde_json::json;
use std::path::Path;
use zeroize::Zeroizing;

/// Make a new key and write it to a file that did not exist.
pub fn generate(context: &Context, path: &Path, encrypt: bool) -> Result {
    // Before a passphrase is thought of.
    if path.symlink_metadata().is_ok() {
        return Err(usage(format!("{} exists: a key is never overwritten", path.display())));
    }
    let (id, text) = match encrypt {
        true => {
            let seed = Zeroizing::new(rand::random::<[u8; 32]>());
            let (id, text) = account::seal(&seed, &context.keys().new_passphrase(path)?)?;
            (id, Zeroizing::new(text))
        }
        false => {
            let (made, words) = Account::generate()?;
            (made.id(), Zeroizing::new(format!("{}\n", *words)))
        }
    };
    account::create(path, &text)?;
    show(context, &id, Some((path, encrypt)));
    Ok(())
}

/// Encrypt a key file in its place.
pub fn encrypt(context: &Context, path: &Path) -> Result {
    let keys = context.keys();
    let id = Account::encrypt_file(path, &|path| keys.new_passphrase(path))?;
    show(context, &id, Some((path, true)));
    Ok(())
}

/// Show the account of a key.
pub fn inspect(context: &Context, account: &Account) -> Result {
    show(context, &account.id(), None);
    Ok(())
}

fn show(context: &Context, id: &AccountId, file: Option<(&Path, bool)>) {
    let public = format!("0x{}", hex::encode(AsRef::<[u8; 32]>::as_ref(id)));
    let value = json!({
        "account": id, "public": public, "file": file.map(|(path, _)| path.display().to_string()),
        "encrypted": file.map(|(_, encrypted)| encrypted),
    });
    context.print(&value, || {
        println!("account  {id}\npublic   {public}");
        match file {
            Some((path, true)) => println!("key      {} (lost without its passphrase)", path.display()),
            Some((path, false)) => println!(
                "key      {} (whoever reads this file can sign for the account)",
                path.display()
            ),
            None => (),
        }
    });
}
