//! The calls that clients make. Names and arguments are those of the pallets.

pub mod artifacts;
pub mod consortium;
pub mod evaluation;
pub mod governance;
pub mod inference;
pub mod shards;

use crate::Call;
use codec::Compact;
use quorate_exact::ModelHeader;
use quorate_primitives::{
    availability::Named, frozen::FrozenBase, policy::Policy, purpose::Purpose, AccountId, Balance, BlockNumber, Hash,
    ModelId, OrganisationId, Root, RoundId, VersionIndex,
};

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

    impl Shape {
        /// That of the model with this header.
        pub fn of(header: &ModelHeader) -> Self {
            Self {
                header_hash: quorate_exact::root(&header.encode()).into(),
                header_len: header.header_len() as u32,
                group_len: header.group_len(),
                file_len: header.file_len(),
            }
        }
    }

    /// `frozen_base` is what the tensors of an adapter are trained on top of.
    pub fn register(
        name: &str,
        shape: &Shape,
        file: Named,
        policy: &Policy,
        parent: Option<ModelId>,
        frozen_base: Option<&FrozenBase>,
    ) -> Call {
        let shape = (shape.header_hash, shape.header_len, shape.group_len, shape.file_len);
        let args = (name.as_bytes(), shape, file, policy, parent, frozen_base);
        Call::new("Models", "register", args)
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

    pub fn retry_genesis(model: ModelId, file: Named) -> Call {
        Call::new("Models", "retry_genesis", (model, file))
    }

    /// The organisations, ascending, that may read versions of a model with restricted access; the list replaces the former one.
    pub fn admit_readers(model: ModelId, organisations: &[OrganisationId]) -> Call {
        Call::new("Models", "admit_readers", (model, organisations))
    }

    /// For a majority of the council.
    pub fn revoke(model: ModelId, version: VersionIndex) -> Call {
        Call::new("Models", "revoke", (model, version))
    }

    /// For two thirds of the council.
    pub fn unrevoke(model: ModelId, version: VersionIndex) -> Call {
        Call::new("Models", "unrevoke", (model, version))
    }

    /// For two thirds of the council: a model without a clean version begins anew.
    pub fn new_genesis(model: ModelId, file: Named) -> Call {
        Call::new("Models", "new_genesis", (model, file))
    }

    /// For a majority of the council, or a poll.
    pub fn promote(model: ModelId, version: VersionIndex) -> Call {
        Call::new("Models", "promote", (model, version))
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

    pub fn reveal_update(round: RoundId, root: Root, salt: [u8; 32]) -> Call {
        Call::new("Rounds", "reveal_update", (round, root, salt))
    }

    pub fn abort(round: RoundId) -> Call {
        Call::new("Rounds", "abort", round)
    }
}

/// Calls of `incentives`.
pub mod incentives {
    use super::*;

    pub fn fund(purpose: Purpose, amount: Balance) -> Call {
        Call::new("Incentives", "fund", (purpose, Compact(amount)))
    }

    pub fn withdraw_fund(purpose: Purpose, amount: Balance) -> Call {
        Call::new("Incentives", "withdraw_fund", (purpose, Compact(amount)))
    }

    pub fn claim() -> Call {
        Call::new("Incentives", "claim", ())
    }

    pub fn claim_for(account: &AccountId) -> Call {
        Call::new("Incentives", "claim_for", account)
    }
}

/// Motions of the council and of the technical committee.
pub mod motions {
    use super::*;

    /// Largest motion that the client proposes, in bytes of its encoding.
    pub const LENGTH_BOUND: u32 = 4_096;

    /// Who decides on a motion.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub enum Body {
        Council,
        TechnicalCommittee,
    }

    impl Body {
        /// Its pallet.
        pub fn pallet(self) -> &'static str {
            match self {
                Self::Council => "Council",
                Self::TechnicalCommittee => "TechnicalCommittee",
            }
        }
    }

    /// Propose `motion`; with a threshold of 1 it is executed at once.
    pub fn propose(body: Body, threshold: u32, motion: Call) -> Call {
        let (before, after) = (Compact(threshold), Compact(LENGTH_BOUND));
        Call::around(body.pallet(), "propose", before, motion, after)
    }

    pub fn vote(body: Body, motion: Hash, index: u32, approve: bool) -> Call {
        Call::new(body.pallet(), "vote", (motion, Compact(index), approve))
    }

    /// `ref_time` and `proof_size`: the weight that the motion may take.
    pub fn close(body: Body, motion: Hash, index: u32, (ref_time, proof_size): (u64, u64)) -> Call {
        let weight = (Compact(ref_time), Compact(proof_size));
        let arguments = (motion, Compact(index), weight, Compact(LENGTH_BOUND));
        Call::new(body.pallet(), "close", arguments)
    }
}

/// Calls about polls of contributors.
pub mod polls {
    use super::*;

    pub fn vote(poll: u32, approve: bool) -> Call {
        Call::new("RankedCollective", "vote", (poll, approve))
    }
}

/// Calls of `whitelist`: the way to root.
pub mod whitelist {
    use super::*;

    /// For two thirds of the technical committee's seats: the call with this hash may be dispatched.
    pub fn whitelist_call(hash: Hash) -> Call {
        Call::new("Whitelist", "whitelist_call", hash)
    }

    /// For two thirds of the council: dispatch a whitelisted call as root.
    pub fn dispatch(call: Call) -> Call {
        Call::around("Whitelist", "dispatch_whitelisted_call_with_preimage", (), call, ())
    }
}

/// Calls of `grandpa`.
pub mod grandpa {
    use super::*;

    /// For root: at the beginning of the next session the validators of that session become the set that finalizes. The change
    /// takes effect `delay` blocks later; they go on from `finalized`, the highest block that any of them knows to be final.
    pub fn note_stalled(delay: BlockNumber, finalized: BlockNumber) -> Call {
        Call::new("Grandpa", "note_stalled", (delay, finalized))
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
