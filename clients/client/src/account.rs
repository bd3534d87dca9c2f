//! Keys that sign transactions.

use crate::{Error, Result};
use quorate_primitives::AccountId;
use std::{path::Path, str::FromStr};
use subxt::{
    config::{substrate::MultiSignature, SubstrateConfig},
    tx::Signer,
    utils::AccountId32,
};
use subxt_signer::{sr25519::Keypair, SecretUri};

/// A key pair (sr25519) and its account.
#[derive(Clone)]
pub struct Account {
    pair: Keypair,
}

impl Account {
    /// The account of a secret URI: `//Alice`, a mnemonic or a hex seed, with derivations.
    pub fn from_uri(uri: &str) -> Result<Self> {
        let parsed = SecretUri::from_str(uri.trim()).map_err(|_| {
            Error::Input("the key is no secret URI: use //Name, a mnemonic or 0x and 64 hex digits".into())
        })?;
        let pair = Keypair::from_uri(&parsed).map_err(|error| Error::Input(format!("the key is unusable: {error}")))?;
        Ok(Self { pair })
    }

    /// The account of a file that holds a secret URI, or of the text itself where no such file exists.
    pub fn load(text_or_path: &str) -> Result<Self> {
        let path = Path::new(text_or_path);
        match path.is_file() {
            true => Self::from_uri(&std::fs::read_to_string(path).map_err(Error::io(path))?),
            false => Self::from_uri(text_or_path).map_err(|error| match text_or_path.contains(['/', '.']) {
                true if !text_or_path.starts_with("//") => Error::Input(format!("{text_or_path}: no such key file")),
                _ => error,
            }),
        }
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
mod tests {
    use super::*;

    #[test]
    fn well_known_accounts_should_be_derived_as_everywhere() {
        let alice = Account::load("//Alice").unwrap().id();
        assert_eq!(alice.to_string(), "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY");
    }

    #[test]
    fn missing_key_file_should_be_named() {
        let error = Account::load("./nowhere.key").err().unwrap().to_string();
        assert!(error.contains("./nowhere.key"), "{error}");
    }
}
