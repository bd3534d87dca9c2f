//! Numbers that shape the chain. Those under *never changed* are fixed at genesis for the life of a chain.

use crate::{Balance, BlockNumber};
use frame_support::weights::{constants::WEIGHT_REF_TIME_PER_SECOND, Weight};
use sp_consensus_babe::{AllowedSlots, BabeEpochConfiguration};

/// Length of a slot in milliseconds. Never changed.
pub const SLOT_DURATION: u64 = 2_000;
/// Length of an epoch, which is a session, in slots: one minute. Never changed.
pub const EPOCH_DURATION_IN_SLOTS: u64 = 30;
/// Part of the slots that have a primary author. Never changed.
pub const PRIMARY_PROBABILITY: (u64, u64) = (1, 4);
/// How slots are claimed in the first epoch. Every slot has an author: a primary, or else a secondary one.
pub const BABE_GENESIS_EPOCH_CONFIG: BabeEpochConfiguration = BabeEpochConfiguration {
    c: PRIMARY_PROBABILITY,
    allowed_slots: AllowedSlots::PrimaryAndSecondaryVRFSlots,
};

/// Blocks in a minute, an hour and a day.
pub const MINUTES: BlockNumber = 60_000 / SLOT_DURATION as BlockNumber;
pub const HOURS: BlockNumber = MINUTES * 60;
pub const DAYS: BlockNumber = HOURS * 24;

/// One token. It has 12 decimals.
pub const UNIT: Balance = 1_000_000_000_000;
/// A thousandth and a millionth of a token.
pub const MILLIUNIT: Balance = UNIT / 1_000;
pub const MICROUNIT: Balance = UNIT / 1_000_000;
/// What an account must hold to exist by its own tokens.
pub const EXISTENTIAL_DEPOSIT: Balance = MILLIUNIT;

/// Computation of a full block: half of the slot, so that propagation and import fit into the rest.
pub const MAXIMUM_BLOCK_WEIGHT: Weight = Weight::from_parts(WEIGHT_REF_TIME_PER_SECOND, u64::MAX);
/// Length of a full block in bytes.
pub const MAXIMUM_BLOCK_LENGTH: u32 = 5 * 1024 * 1024;
/// What ordinary transactions may fill; the rest is kept for the chain's own.
pub const NORMAL_PERCENT: u32 = 75;

/// Bytes that each validator's machine takes from contributors, and fetches from other validators, in a second at least: 100 Mbit/s.
/// Policies must leave time for all updates at this rate.
pub const BYTES_PER_SECOND: u64 = 12_500_000;
/// The same in a block's time.
pub const BYTES_PER_BLOCK: u64 = BYTES_PER_SECOND * SLOT_DURATION / 1_000;

/// Bytes that the machine of a validator that holds them reads from its disk, and hashes, in a second at least: what one disk at SATA gives. Both are faster where it
/// was measured: a disk gave 2.8 GB/s, and reading and hashing 64 files with their base 2.4 GB/s on two cores (docs/measurements/engine-cpu.md, "Cold").
pub const HELD_BYTES_PER_SECOND: u64 = 500_000_000;
/// The same in a block's time.
pub const HELD_BYTES_PER_BLOCK: u64 = HELD_BYTES_PER_SECOND * SLOT_DURATION / 1_000;

/// What an item of storage and a byte of it cost as a deposit.
pub const fn deposit(items: u32, bytes: u32) -> Balance {
    items as Balance * 10 * MILLIUNIT + bytes as Balance * 100 * MICROUNIT
}
