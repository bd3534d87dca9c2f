//! A validator's name and keys: the first four are those of the `local` preset, further ones are derived from their numbers.

use crate::Error;
use sp_core::{crypto::Pair, ed25519, sr25519};

/// Names of the preset's validators. Their accounts are `//Alice` and so on.
const NAMES: [&str; 4] = ["Alice", "Bob", "Charlie", "Dave"];
/// A public key of libp2p as a multihash of the identity: code, length, then in protobuf the kind (ed25519) and the key's length.
const PEER_ID: [u8; 6] = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20];

/// Who a validator is. Its account is its sr25519 key, which is its `babe` and `aiwk` key too.
#[derive(Clone, Debug)]
pub struct Identity {
    pub name: String,
    /// Secret of the account and of the session keys.
    pub uri: String,
    /// Account in the chain's format.
    pub account: String,
    pub peer_id: String,
    pub(crate) node_key: String,
    pub(crate) sr25519: [u8; 32],
    pub(crate) ed25519: [u8; 32],
}

impl Identity {
    pub fn new(index: usize) -> Result<Self, Error> {
        let name = NAMES
            .get(index)
            .map_or(format!("Validator{index}"), |name| name.to_string());
        let uri = format!("//{name}");
        let wrong = |error| Error::Key {
            uri: uri.clone(),
            reason: format!("{error:?}"),
        };
        let account = sr25519::Pair::from_string(&uri, None).map_err(wrong)?.public();
        let finality = ed25519::Pair::from_string(&uri, None).map_err(wrong)?.public();
        let mut seed = [0; 32];
        seed[24..].copy_from_slice(&(index as u64 + 1).to_be_bytes());
        Ok(Self {
            account: quorate_primitives::AccountId::new(account.0).to_string(),
            peer_id: peer_id(&seed),
            node_key: hex::encode(seed),
            sr25519: account.0,
            ed25519: finality.0,
            name,
            uri,
        })
    }

    /// The files of a keystore: name and content.
    pub(crate) fn keystore(&self) -> [(String, String); 3] {
        let file = |kind: &[u8; 4], key: &[u8; 32]| {
            let name = format!("{}{}", hex::encode(kind), hex::encode(key));
            (name, format!("\"{}\"", self.uri))
        };
        [
            file(b"babe", &self.sr25519),
            file(b"gran", &self.ed25519),
            file(b"aiwk", &self.sr25519),
        ]
    }
}

fn peer_id(seed: &[u8; 32]) -> String {
    let key = ed25519::Pair::from_seed(seed).public();
    bs58::encode([&PEER_ID[..], &key.0].concat()).into_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_validators_should_be_those_of_the_preset() {
        let alice = Identity::new(0).unwrap();
        assert_eq!(alice.account, "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY");
        assert_eq!(alice.peer_id, "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp");
        let dave = Identity::new(3).unwrap();
        assert_eq!(dave.peer_id, "12D3KooWSsChzF81YDUKpe9Uk5AHV5oqAaXAcWNSPYgoLauUk4st");
    }

    #[test]
    fn further_validators_should_have_keys_of_their_own() {
        let (five, six) = (Identity::new(5).unwrap(), Identity::new(6).unwrap());
        assert_eq!(five.name, "Validator5");
        assert_ne!(five.account, six.account);
        assert_ne!(five.peer_id, six.peer_id);
    }
}
