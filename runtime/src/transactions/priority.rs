//! Who comes first in a full transaction pool, which drops the lowest priority.

use sp_runtime::transaction_validity::TransactionPriority;

/// Of a free call that is its account's next transaction: above whatever pays, since who pays nothing cannot bid, and below the
/// validators' statements.
pub const FREE: TransactionPriority = TransactionPriority::MAX / 8;
/// The most that a fee and a tip buy.
pub const MOST_PAID: TransactionPriority = FREE / 2;
