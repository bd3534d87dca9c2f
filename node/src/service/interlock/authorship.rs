//! Who made the blocks that came while this node did not run. Pure.

use quorate_primitives::{BlockNumber, Hash};
use quorate_runtime::opaque::Block;
use sp_consensus_babe::{digests::CompatibleDigestItem, AuthorityId};
use sp_runtime::{
    app_crypto::RuntimeAppPublic,
    traits::{Block as BlockT, Header as _},
};

pub type Header = <Block as BlockT>::Header;

/// So many headers are read at most: where more came meanwhile, others make blocks, and they can be watched.
const MOST: u32 = 20_000;

/// What the newer blocks tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// Nobody used the keys.
    Nothing,
    /// This block was signed with them.
    Signed(BlockNumber),
    /// There are too many blocks, or one is not there.
    Unknown,
}

/// Whether one of `keys` sealed the block. Its seal tells, whatever became of the state that knows its authorities.
pub fn is_by(header: &Header, keys: &[AuthorityId]) -> bool {
    let mut sealed = header.clone();
    let seal = sealed.digest_mut().pop();
    let Some(signature) = seal.as_ref().and_then(|seal| seal.as_babe_seal()) else {
        return false;
    };
    let signed = sealed.hash();
    keys.iter().any(|key| key.verify(&signed, &signature))
}

/// Looks at the block `best` and those before it, down to the last that this installation noted.
pub fn since(noted: BlockNumber, best: Hash, keys: &[AuthorityId], header: impl Fn(Hash) -> Option<Header>) -> Since {
    let mut at = best;
    for _ in 0..MOST {
        let Some(block) = header(at) else {
            return Since::Unknown;
        };
        if *block.number() <= noted {
            return Since::Nothing;
        }
        if is_by(&block, keys) {
            return Since::Signed(*block.number());
        }
        at = *block.parent_hash();
    }
    Since::Unknown
}

#[cfg(test)]
mod tests {
    use super::*;
    use sp_keystore::{testing::MemoryKeystore, Keystore};
    use sp_runtime::{app_crypto::key_types::BABE, DigestItem};
    use std::collections::HashMap;

    /// A chain whose block `number` was sealed by the account that `author` names.
    fn chain(blocks: BlockNumber, author: impl Fn(BlockNumber) -> &'static str) -> (HashMap<Hash, Header>, Hash) {
        let (keystore, mut headers, mut parent) = (MemoryKeystore::new(), HashMap::new(), Hash::zero());
        for number in 0..=blocks {
            let mut header = Header::new(
                number,
                Hash::default(),
                Hash::default(),
                parent,
                sp_runtime::Digest::default(),
            );
            let key = keystore.sr25519_generate_new(BABE, Some(author(number))).unwrap();
            let signature = keystore.sr25519_sign(BABE, &key, header.hash().as_ref()).unwrap();
            header
                .digest_mut()
                .push(DigestItem::babe_seal(signature.unwrap().into()));
            parent = header.hash();
            headers.insert(parent, header);
        }
        (headers, parent)
    }

    fn keys(of: &str) -> Vec<AuthorityId> {
        let key = MemoryKeystore::new().sr25519_generate_new(BABE, Some(of)).unwrap();
        vec![key.into()]
    }

    #[test]
    fn block_that_was_signed_with_the_own_keys_since_the_note_should_be_found() {
        let (headers, best) = chain(40, |number| if number == 25 { "//Alice" } else { "//Bob" });
        let told = |noted, of| since(noted, best, &keys(of), |hash| headers.get(&hash).cloned());
        assert_eq!(told(24, "//Alice"), Since::Signed(25), "made by another node");
        assert_eq!(told(25, "//Alice"), Since::Nothing, "made here: the note came after it");
        assert_eq!(told(0, "//Charlie"), Since::Nothing);
    }

    #[test]
    fn chain_that_stands_still_should_show_nothing_new() {
        // All nodes were stopped, and start again at the block that they noted last, or before it.
        let (headers, best) = chain(40, |_| "//Alice");
        for noted in [40, 41, 100] {
            let told = since(noted, best, &keys("//Alice"), |hash| headers.get(&hash).cloned());
            assert_eq!(told, Since::Nothing, "{noted}");
        }
    }

    #[test]
    fn blocks_that_cannot_be_read_should_tell_nothing_for_certain() {
        let (mut headers, best) = chain(40, |_| "//Bob");
        let lost = headers.iter().find(|(_, header)| *header.number() == 30);
        let lost = *lost.unwrap().0;
        headers.remove(&lost);
        let told = |noted| since(noted, best, &keys("//Alice"), |hash| headers.get(&hash).cloned());
        assert_eq!((told(20), told(30)), (Since::Unknown, Since::Unknown));
        assert_eq!(told(31), Since::Nothing);
    }
}
