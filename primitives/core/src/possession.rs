//! Possession: whoever names a file on chain shows that it has the bytes.
//!
//! A root is public once it is on chain, and validators keep files of others: a name alone would let anybody take somebody else's update
//! for its own, or open a restricted version by registering it as a model of its own. Proofs of ownership as in Halevi, Harnik, Pinkas and
//! Shulman-Peleg, "Proofs of ownership in remote storage systems" (2011), without a round of questions: the validators, who read every
//! byte anyway, compute the same hash.

use crate::{tagged::tagged, AccountId, Hash, OrganisationId, Root};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use quorate_exact::hash;
use scale_info::TypeInfo;

/// Who names a file.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub enum Holder {
    /// An update: its contributor.
    #[codec(index = 0)]
    Contributor(AccountId),
    /// A version that an owner gives: the organisation that owns the model.
    #[codec(index = 1)]
    Organisation(OrganisationId),
}

impl Holder {
    /// The key of this holder's possessions on the chain with this genesis: what is public of one holder is of no use to another.
    pub fn key(&self, genesis: Hash) -> Hash {
        tagged(b"possession", &(genesis, self))
    }

    /// The name of a file with these bytes, as this holder gives it.
    pub fn name(&self, genesis: Hash, bytes: &[u8]) -> Named {
        Named {
            root: hash::root(bytes).into(),
            possession: hash::possession(&self.key(genesis).0, bytes).into(),
        }
    }
}

/// What was shown of a file.
#[derive(
    Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
pub struct Shown {
    /// The key that the possession has to be under.
    pub key: Hash,
    pub possession: Hash,
}

/// A file as it is named on chain.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Named {
    pub root: Root,
    /// BLAKE3 of the file in the keyed mode, under the holder's key: shows that whoever names the file has its bytes.
    pub possession: Hash,
}

/// A file that was named on chain, and what was shown of it: what validators vote on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Claim {
    pub root: Root,
    pub shown: Shown,
}

impl Named {
    /// The claim that `holder` makes by it.
    pub fn by(self, holder: &Holder, genesis: Hash) -> Claim {
        let shown = Shown {
            key: holder.key(genesis),
            possession: self.possession,
        };
        Claim { root: self.root, shown }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_should_be_one_for_each_holder_and_chain() {
        let (genesis, account) = (Hash::repeat_byte(7), AccountId::new([1; 32]));
        let contributor = Holder::Contributor(account.clone());
        let keys = [
            contributor.key(genesis),
            contributor.key(Hash::zero()),
            Holder::Contributor(AccountId::new([2; 32])).key(genesis),
            Holder::Organisation(1).key(genesis),
            Holder::Organisation(2).key(genesis),
        ];
        for (number, key) in keys.iter().enumerate() {
            assert!(keys[number + 1..].iter().all(|other| other != key));
        }
        let body = [&genesis.0[..], &[0], account.as_ref()].concat();
        let tagged = [&[4 * 20][..], b"quorate/possession/1", &body].concat();
        assert_eq!(keys[0].0, sp_crypto_hashing::blake2_256(&tagged));
    }
}
