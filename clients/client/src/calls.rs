//! The calls that clients make. Names and arguments are those of the pallets.

use crate::Call;
use codec::Compact;
use quorate_primitives::{policy::Policy, AccountId, Balance, Hash, ModelId, OrganisationId, Root, RoundId};

/// Calls of `models`.
pub mod models {
    use super::*;

    /// What [`register`] needs to know of a model's files.
    pub struct Shape {
        pub header_hash: Hash,
        pub header_len: u32,
        pub group_len: u64,
        pub file_len: u64,
    }

    pub fn register(name: &str, shape: &Shape, root: Root, policy: &Policy, parent: Option<ModelId>) -> Call {
        let shape = (shape.header_hash, shape.header_len, shape.group_len, shape.file_len);
        Call::new("Models", "register", (name.as_bytes(), shape, root, policy, parent))
    }

    pub fn set_policy(model: ModelId, policy: &Policy) -> Call {
        Call::new("Models", "set_policy", (model, policy))
    }

    pub fn freeze(model: ModelId) -> Call {
        Call::new("Models", "freeze", model)
    }

    pub fn unfreeze(model: ModelId) -> Call {
        Call::new("Models", "unfreeze", model)
    }

    pub fn retire(model: ModelId) -> Call {
        Call::new("Models", "retire", model)
    }

    pub fn retry_genesis(model: ModelId, root: Root) -> Call {
        Call::new("Models", "retry_genesis", (model, root))
    }
}

/// Calls of `rounds`.
pub mod rounds {
    use super::*;

    pub fn open_round(model: ModelId) -> Call {
        Call::new("Rounds", "open_round", model)
    }

    pub fn submit(round: RoundId, commitment: Hash, weight: u32) -> Call {
        Call::new("Rounds", "submit", (round, commitment, weight))
    }

    pub fn withdraw(round: RoundId) -> Call {
        Call::new("Rounds", "withdraw", round)
    }

    pub fn open(round: RoundId, root: Root, salt: [u8; 32]) -> Call {
        Call::new("Rounds", "open", (round, root, salt))
    }
}

/// Calls of `incentives`.
pub mod incentives {
    use super::*;

    pub fn fund(model: ModelId, amount: Balance) -> Call {
        Call::new("Incentives", "fund", (model, Compact(amount)))
    }

    pub fn withdraw_fund(model: ModelId, amount: Balance) -> Call {
        Call::new("Incentives", "withdraw_fund", (model, Compact(amount)))
    }

    pub fn claim() -> Call {
        Call::new("Incentives", "claim", ())
    }

    pub fn claim_for(account: &AccountId) -> Call {
        Call::new("Incentives", "claim_for", account)
    }
}

/// Calls of `consortium`.
pub mod consortium {
    use super::*;

    pub fn sponsor(contributor: &AccountId) -> Call {
        Call::new("Consortium", "sponsor", contributor)
    }

    pub fn unsponsor(contributor: &AccountId) -> Call {
        Call::new("Consortium", "unsponsor", contributor)
    }

    /// For the council: see [`super::council`].
    pub fn admit(name: &str, account: &AccountId) -> Call {
        Call::new("Consortium", "admit", (name.as_bytes(), account))
    }

    /// For the council.
    pub fn remove(organisation: OrganisationId) -> Call {
        Call::new("Consortium", "remove", organisation)
    }

    /// For the council.
    pub fn register_validator(
        validator: &AccountId,
        organisation: OrganisationId,
        peer_id: &[u8],
        gateway: &str,
        tls_key_hash: Option<Hash>,
    ) -> Call {
        let arguments = (validator, organisation, peer_id, gateway.as_bytes(), tls_key_hash);
        Call::new("Consortium", "register_validator", arguments)
    }

    /// For the council.
    pub fn remove_validator(validator: &AccountId) -> Call {
        Call::new("Consortium", "remove_validator", validator)
    }
}

/// Motions of the council.
pub mod council {
    use super::*;

    /// Largest motion that the client proposes, in bytes of its encoding.
    pub const LENGTH_BOUND: u32 = 4_096;

    /// Propose `motion`; with a threshold of 1 it is executed at once.
    pub fn propose(threshold: u32, motion: Call) -> Call {
        Call::around("Council", "propose", Compact(threshold), motion, Compact(LENGTH_BOUND))
    }

    pub fn vote(motion: Hash, index: u32, approve: bool) -> Call {
        Call::new("Council", "vote", (motion, Compact(index), approve))
    }

    /// `ref_time` and `proof_size`: the weight that the motion may take.
    pub fn close(motion: Hash, index: u32, ref_time: u64, proof_size: u64) -> Call {
        let weight = (Compact(ref_time), Compact(proof_size));
        Call::new(
            "Council",
            "close",
            (motion, Compact(index), weight, Compact(LENGTH_BOUND)),
        )
    }
}

/// Calls of `balances`.
pub mod balances {
    use super::*;

    /// Move tokens; the sender's account stays.
    pub fn transfer(to: &AccountId, amount: Balance) -> Call {
        // 0: the variant `Id` of a MultiAddress.
        Call::new("Balances", "transfer_keep_alive", (0u8, to, Compact(amount)))
    }
}
