//! What ties a file to whoever names it on chain.
//!
//! A root is public once it is on chain, and validators keep files of others: a name alone would let anybody take somebody else's update
//! for its own, or open a restricted version by registering it as a model of its own. An update's file names its contributor, so that no
//! other account has a file with that root. A version's file names nobody: the organisation that gives it shows that it has the bytes.
//! Proofs of ownership as in Halevi, Harnik, Pinkas and Shulman-Peleg, "Proofs of ownership in remote storage systems" (2011), without a
//! round of questions: the validators, who read every byte anyway, compute the same hash.

use crate::{tagged::tagged, AccountId, Hash, OrganisationId, Root};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use quorate_exact::hash;
use scale_info::TypeInfo;

/// The key of an organisation's possessions on the chain with this genesis: what is public of one is of no use to another.
pub fn key(genesis: Hash, organisation: OrganisationId) -> Hash {
    tagged(b"possession", &(genesis, organisation))
}

/// A version's file as an organisation names it on chain.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Named {
    pub root: Root,
    /// BLAKE3 of the file in the keyed mode, under the organisation's key: shows that it has the bytes.
    pub possession: Hash,
}

/// What the file of a root has to be, so that it is whoever named it that has it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub enum Shown {
    /// An update whose header names this contributor.
    #[codec(index = 0)]
    Contributor(AccountId),
    /// A version that has this possession under this key.
    #[codec(index = 1)]
    Possession { key: Hash, possession: Hash },
}

/// A file that was named on chain, and what ties it to whoever named it: what validators vote on.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Claim {
    pub root: Root,
    pub shown: Shown,
}

impl Named {
    /// The name of a file with these bytes, as this organisation gives it on the chain with this genesis.
    pub fn new(genesis: Hash, organisation: OrganisationId, bytes: &[u8]) -> Self {
        Self {
            root: hash::root(bytes).into(),
            possession: hash::possession(&key(genesis, organisation).0, bytes).into(),
        }
    }

    /// The claim that `organisation` makes by it.
    pub fn by(self, organisation: OrganisationId, genesis: Hash) -> Claim {
        let Self { root, possession } = self;
        let key = key(genesis, organisation);
        let shown = Shown::Possession { key, possession };
        Claim { root, shown }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_should_be_one_for_each_organisation_and_chain() {
        let genesis = Hash::repeat_byte(7);
        let keys = [key(genesis, 1), key(genesis, 2), key(Hash::zero(), 1)];
        for (number, key) in keys.iter().enumerate() {
            assert!(keys[number + 1..].iter().all(|other| other != key));
        }
        let body = [&genesis.0[..], &[1, 0, 0, 0]].concat();
        let tagged = [&[4 * 20][..], b"quorate/possession/1", &body].concat();
        assert_eq!(keys[0].0, sp_crypto_hashing::blake2_256(&tagged));
    }
}
