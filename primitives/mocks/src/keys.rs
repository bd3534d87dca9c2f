//! Accounts and attestation keys, by number.

use quorate_primitives::{
    committee::Member,
    crypto::{AttestationId, AttestationPair},
    AccountId,
};
use sp_core::Pair;

/// The account of a number. Accounts sort as their numbers do.
pub fn account(number: u32) -> AccountId {
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    AccountId::new(bytes)
}

/// The number that [`account`] was given.
pub fn number(who: &AccountId) -> u32 {
    let bytes: &[u8; 32] = who.as_ref();
    u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

/// Accounts by number, sorted.
pub fn accounts(numbers: &[u32]) -> Vec<AccountId> {
    let mut accounts: Vec<_> = numbers.iter().copied().map(account).collect();
    accounts.sort();
    accounts
}

/// The attestation key of a validator.
pub fn pair(number: u32) -> AttestationPair {
    let mut seed = [7; 32];
    seed[..4].copy_from_slice(&number.to_le_bytes());
    AttestationPair::from_seed(&seed)
}

/// The public part of [`pair`].
pub fn key(number: u32) -> AttestationId {
    pair(number).public()
}

/// A validator with an organisation of its own, all of the same number.
pub fn member(number: u32) -> Member {
    Member {
        validator: account(number),
        key: key(number),
        organisation: number,
    }
}
