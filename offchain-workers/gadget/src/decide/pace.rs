//! How often something is tried again.

use quorate_primitives::BlockNumber;

/// What was sent is sent again after this many blocks, if the chain still lists it as to be done.
pub const RETRY_BLOCKS: BlockNumber = 4;
/// For so many blocks a result waits for those of the other items of its subject: a vote on a part holds up the vote on the rest.
pub const TOGETHER: BlockNumber = 2;
/// The longest pause, in blocks, between two tries of something that failed locally.
pub const LONGEST_PAUSE: BlockNumber = 8;
/// What the chain has not listed for this many blocks is forgotten. A short fork does not cost the work already done.
pub const FORGET_AFTER: BlockNumber = 16;
/// So many blocks before all can no longer be called a finding is of no use: the call has to get into a block.
pub const CALL_BLOCKS: BlockNumber = 5;

/// Blocks to wait after the `failures`-th failure in a row: 1, 2, 4, then [`LONGEST_PAUSE`].
pub(super) fn pause(failures: u32) -> BlockNumber {
    1u32.checked_shl(failures.saturating_sub(1))
        .unwrap_or(LONGEST_PAUSE)
        .clamp(1, LONGEST_PAUSE)
}
