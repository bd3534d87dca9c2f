//! The migration of the version that the tests upgrade to: it writes every account's record once more, as it is, a few in each block.
//! What it changes is nothing, what it costs is real: blocks without transactions, in the middle of whatever is under way.

use crate::{constants::MAXIMUM_BLOCK_WEIGHT, Runtime};
use frame_support::{
    migrations::{SteppedMigration, SteppedMigrationError},
    weights::{Weight, WeightMeter},
};
use quorate_primitives::AccountId;

/// What one record is taken to cost: so much that a block holds about three.
const OF_A_RECORD: Weight = MAXIMUM_BLOCK_WEIGHT.saturating_div(4).set_proof_size(0);

pub struct RewriteAccounts;

impl SteppedMigration for RewriteAccounts {
    type Cursor = AccountId;
    type Identifier = ([u8; 7], u8, u8);

    fn id() -> Self::Identifier {
        (*b"quorate", 1, 2)
    }

    fn step(
        mut cursor: Option<AccountId>,
        meter: &mut WeightMeter,
    ) -> Result<Option<AccountId>, SteppedMigrationError> {
        type Accounts = frame_system::Account<Runtime>;
        if !meter.can_consume(OF_A_RECORD) {
            return Err(SteppedMigrationError::InsufficientWeight { required: OF_A_RECORD });
        }
        while meter.try_consume(OF_A_RECORD).is_ok() {
            let next = match &cursor {
                None => Accounts::iter().next(),
                Some(last) => Accounts::iter_from(Accounts::hashed_key_for(last)).next(),
            };
            let Some((account, record)) = next else { return Ok(None) };
            Accounts::insert(&account, record);
            cursor = Some(account);
        }
        Ok(cursor)
    }
}
