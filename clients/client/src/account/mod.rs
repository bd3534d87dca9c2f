//! Keys that sign transactions.
//!
//! Which text names a file and which is a key is never guessed: [`KeyRef`] tells them apart by their form alone.

mod file;
mod keystore;
mod reference;
mod uri;

pub use file::{create, one_line};
pub use keystore::seal;
pub use reference::KeyRef;

use crate::{Error, Result};
use quorate_primitives::AccountId;
use std::{ffi::OsStr, path::Path};
use subxt::{
    config::{substrate::MultiSignature, SubstrateConfig},
    tx::Signer,
    utils::AccountId32,
};
use subxt_signer::{bip39::Mnemonic, sr25519::Keypair};
use zeroize::Zeroizing;

/// Asks for the passphrase of an encrypted key file.
pub type AskPassphrase<'a> = &'a dyn Fn(&Path) -> Result<Zeroizing<String>>;

/// A key pair (sr25519) and its account.
#[derive(Clone)]
pub struct Account {
    pair: Keypair,
}

impl Account {
    /// The account of a secret URI: a development name such as `//Alice`, or a mnemonic or 32 bytes in hex, with derivations.
    ///
    /// # Errors
    /// Anything else, the empty text first of all: its account is one that everybody can derive.
    pub fn from_uri(uri: &str) -> Result<Self> {
        let pair = uri::pair(uri)?;
        Ok(Self { pair })
    }

    /// A new account, and its mnemonic of twelve words.
    pub fn generate() -> Result<(Self, Zeroizing<String>)> {
        let entropy = Zeroizing::new(rand::random::<[u8; 16]>());
        let words = Mnemonic::from_entropy(&entropy[..]).map_err(|error| Error::Input(error.to_string()))?;
        let words = Zeroizing::new(words.to_string());
        Ok((Self::from_uri(&words)?, words))
    }

    /// The account of what [`KeyRef::parse`] takes, from a file that needs no passphrase.
    pub fn load(key: impl AsRef<OsStr>) -> Result<Self> {
        Self::open(&KeyRef::parse(key.as_ref())?, &|path| {
            Err(Error::Input(format!(
                "{}: the key is encrypted, and there is nowhere to ask for its passphrase",
                path.display()
            )))
        })
    }

    /// The account of a key; `passphrase` is asked for when its file is encrypted.
    pub fn open(key: &KeyRef, passphrase: AskPassphrase) -> Result<Self> {
        match key {
            KeyRef::Development(name) => Self::from_uri(name),
            KeyRef::Secret(secret) => Self::from_uri(secret),
            KeyRef::File(path) => Self::in_file(path, passphrase),
        }
    }

    /// Encrypt a key file that holds a mnemonic or a seed, in its place; `passphrase` is asked for once it is known that this can be done.
    ///
    /// # Errors
    /// `Input` when it is encrypted already, or holds a derived key; the file is then what it was.
    pub fn encrypt_file(path: &Path, passphrase: AskPassphrase) -> Result<AccountId> {
        let text = file::read(path)?;
        let wrong = |error: Error| Error::Input(format!("{}: {error}", path.display()));
        if text.trim_start().starts_with('{') {
            return Err(wrong(Error::Input("the key is encrypted already".into())));
        }
        let text = file::without_newline(&text);
        let seed = uri::seed(text).map_err(wrong)?;
        let account = Self::from_uri(text)?.id();
        let (sealed, encrypted) = seal(&seed, &passphrase(path)?)?;
        if sealed != account {
            return Err(wrong(Error::Input(
                "the key cannot be encrypted: its account would be another".into(),
            )));
        }
        file::replace(path, &encrypted)?;
        Ok(account)
    }

    fn in_file(path: &Path, passphrase: AskPassphrase) -> Result<Self> {
        let text = file::read(path)?;
        let wrong = |error: Error| Error::Input(format!("{}: {error}", path.display()));
        let pair = match text.trim_start().starts_with('{') {
            true => keystore::unseal(&text, &passphrase(path)?),
            false => uri::pair(file::without_newline(&text)),
        };
        pair.map(|pair| Self { pair }).map_err(wrong)
    }

    /// The account's number on chain.
    pub fn id(&self) -> AccountId {
        AccountId::new(self.pair.public_key().0)
    }

    /// Sign `message` as it is.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.pair.sign(message).0
    }
}

/// The account id as subxt has it.
pub(crate) fn subxt_id(id: &AccountId) -> AccountId32 {
    AccountId32(*AsRef::<[u8; 32]>::as_ref(id))
}

impl Signer<SubstrateConfig> for Account {
    fn account_id(&self) -> AccountId32 {
        AccountId32(self.pair.public_key().0)
    }

    fn sign(&self, signer_payload: &[u8]) -> MultiSignature {
        MultiSignature::Sr25519(self.pair.sign(signer_payload).0)
    }
}

#[cfg(test)]
mod tests;
