//! Calls that bodies decide: the technical committee's levers, what root alone may do, parameters, polls.

use crate::Call;
use codec::Encode;
use quorate_primitives::{AccountId, BlockNumber, Hash};

/// Calls of `safe_mode`, for two thirds of the technical committee's seats.
pub mod safe_mode {
    use super::*;

    /// Stop all calls but those that bring the chain out of it.
    pub fn enter() -> Call {
        Call::new("SafeMode", "force_enter", ())
    }

    pub fn exit() -> Call {
        Call::new("SafeMode", "force_exit", ())
    }
}

/// Calls of `tx_pause`, for the same.
pub mod tx_pause {
    use super::*;

    /// A call by the names of its pallet and its function, such as `Balances` and `transfer_keep_alive`.
    pub type Name<'a> = (&'a str, &'a str);

    pub fn pause((pallet, call): Name<'_>) -> Call {
        Call::new("TxPause", "pause", (pallet.as_bytes(), call.as_bytes()))
    }

    pub fn unpause((pallet, call): Name<'_>) -> Call {
        Call::new("TxPause", "unpause", (pallet.as_bytes(), call.as_bytes()))
    }
}

/// Calls of `system`.
pub mod system {
    use super::*;

    /// For root: the runtime with this hash may take the place of the present one.
    pub fn authorize_upgrade(code: Hash) -> Call {
        Call::new("System", "authorize_upgrade", code)
    }

    /// For anyone: bring the runtime that was authorized.
    pub fn apply_authorized_upgrade(code: &[u8]) -> Call {
        Call::new("System", "apply_authorized_upgrade", code)
    }
}

/// Calls of `session`.
pub mod session {
    use super::*;

    /// Signed by the validator: its session keys, and a proof by each of them that they are its own. `keys` is their encoding as the
    /// node gives it.
    pub fn set_keys(keys: &[u8], proof: &[u8]) -> Call {
        Call::new("Session", "set_keys", (crate::call::Encoded(keys.to_vec()), proof))
    }
}

/// Calls of `parameters`, for two thirds of the council.
pub mod parameters {
    use super::*;

    /// Periods of ranked polls, in blocks.
    #[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, codec::Decode, serde::Serialize)]
    pub struct Periods {
        /// Before a poll may be decided.
        pub prepare: BlockNumber,
        /// In which it has to begin to pass.
        pub decide: BlockNumber,
        /// For which it has to pass without a break.
        pub confirm: BlockNumber,
        /// Before what passed is carried out.
        pub enact: BlockNumber,
    }

    /// The parameter number `key` of group number `group`; `None`: what the runtime has by itself.
    pub fn set(key: (u8, u8), value: Option<impl Encode>) -> Call {
        Call::new("Parameters", "set_parameter", (key, value))
    }
}

/// Calls of `ranked_polls`.
pub mod ranked_polls {
    use super::*;

    /// Bytes of the owner of the tracks' accounts, as a pallet.
    const OWNER: &[u8; 12] = b"modlqr/polls";

    /// The account that carries out what ranks from `rank` on decided.
    pub fn track_account(rank: u16) -> AccountId {
        let mut id = [0; 32];
        id.iter_mut()
            .zip(OWNER.iter().copied().chain(rank.to_le_bytes()))
            .for_each(|(place, byte)| *place = byte);
        AccountId::new(id)
    }

    /// A poll on `call`, encoded, which the account of a rank's track would carry out. `system`: the number of the pallet of that name.
    pub fn submit(system: u8, rank: u16, call: &[u8]) -> Call {
        /// Of `RawOrigin`, of `Bounded`, of `DispatchTime`.
        const SIGNED: u8 = 1;
        const INLINE: u8 = 1;
        const AFTER: u8 = 1;
        let origin = (system, SIGNED, track_account(rank));
        Call::new("RankedPolls", "submit", (origin, (INLINE, call), (AFTER, 1u32)))
    }

    /// The deposit without which a poll is not decided; it comes back.
    pub fn place_decision_deposit(poll: u32) -> Call {
        Call::new("RankedPolls", "place_decision_deposit", poll)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Arguments;

    fn arguments(call: Call) -> Vec<u8> {
        match call.arguments {
            Arguments::Encoded(bytes) => bytes,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn track_account_should_be_that_of_the_runtime() {
        let mut expected = [0; 32];
        expected[..14].copy_from_slice(b"modlqr/polls\x02\x00");
        assert_eq!(ranked_polls::track_account(2), AccountId::new(expected));
    }

    #[test]
    fn calls_should_be_encoded_as_their_pallets_decode_them() {
        let poll = arguments(ranked_polls::submit(0, 1, &[9, 8, 7]));
        let track: &[u8; 32] = &ranked_polls::track_account(1).into();
        assert_eq!(
            poll,
            [&[0, 1][..], track, &[1, 3 << 2, 9, 8, 7], &[1, 1, 0, 0, 0]].concat()
        );
        // Keys as they are, the proof as bytes.
        assert_eq!(arguments(session::set_keys(&[1, 2], &[3, 4])), [1, 2, 2 << 2, 3, 4]);
        assert_eq!(
            arguments(tx_pause::pause(("Ab", "c"))),
            [2 << 2, b'A', b'b', 1 << 2, b'c']
        );
        assert_eq!(arguments(parameters::set((0, 1), Some(30u32))), [0, 1, 1, 30, 0, 0, 0]);
        assert_eq!(arguments(parameters::set((1, 0), None::<u128>)), [1, 0, 0]);
    }
}
