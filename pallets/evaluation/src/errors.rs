//! The errors: why, and what to do. FRAME takes the section into the pallet.

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod errors {
    #[pallet::error]
    pub enum Error<T> {
        /// The signer is neither the account of an organisation nor a contributor that one sponsors, both in good standing. Sign with such an
        /// account.
        NotAMember,
        /// The model has no such version that validators serve: it does not exist, is not among the newest 64, or its model is retired.
        VersionNotServed,
        /// The version or an ancestor of it is revoked. Evaluate another one.
        VersionNotClean,
        /// No artifact of this number is a program that a quorum holds. Programs that may be used are Held.
        ProgramNotHeld,
        /// No artifact of this number is a data set that a quorum holds. Data sets that may be used are Held.
        DataSetNotHeld,
        /// The organisation may not read the version. The model's owner may admit it.
        VersionNotReadable,
        /// The organisation may not read the program. Its owner may admit it.
        ProgramNotReadable,
        /// The organisation may not read the data set. Its owner may admit it.
        DataSetNotReadable,
        /// No quorum holds weights with the root of the model's frozen base that the organisation may read. Register them as an artifact, or
        /// ask whoever did to admit the organisation.
        FrozenBaseNotHeld,
        /// There are more operations than `MaxOperations`, or operations and bytes would take longer than `MaxCommit`. Use a smaller data set
        /// or program.
        TooMuchWork,
        /// The evaluation costs more than `max_fee`. The view function `quote` tells the fee.
        FeeExceeded,
        /// The organisation's fund does not cover the fee. Anyone may fill it with `incentives.fund`.
        FundTooSmall,
        /// The organisation has as many evaluations running as it may have. Wait until one has ended.
        TooManyOpenOfOrganisation,
        /// As many evaluations run as may. Wait until one has ended.
        TooManyOpen,
        /// All numbers of evaluations were given.
        NumbersExhausted,
        /// No evaluation has this number, or it was pruned. Numbers are in the `Requested` events.
        EvaluationNotFound,
        /// The evaluation has not ended. Wait until its job is closed.
        StillComputing,
        /// The retention of the record has not ended. Wait until `RecordRetention` blocks after the evaluation's end.
        StillRetained,
        /// Rounds of this model take no shards: its policy pays for no contributions by evaluation, or no round can be opened. `shard_bond`
        /// tells a bond with which they do.
        NoShardsTaken,
        /// The policy asks for fewer, or for more, rows. Its assessment names both bounds.
        RowsOutOfRange,
        /// No round takes a shard with so small a bond, however many there are. The view function `shard_bond` tells one with which each does.
        BondTooSmall,
        /// The organisation has bonds for as many shards as it may have. Wait until a round is assessed, or withdraw one.
        TooManyShards,
        /// A shard of the organisation waits for a round of this model already. Withdraw it to commit to another one.
        ShardWaitsAlready,
        /// As many shards wait for a round of this model as may. Wait until one is opened.
        TooManyWaiting,
        /// No shard of the organisation waits for a round of this model: there is none, or a round has taken it.
        ShardNotWaiting,
        /// Fewer shards wait than the policy asks for, with a sufficient bond and number of rows and of organisations in good standing. Ask
        /// organisations to supply some.
        TooFewShards,
        /// As many rounds have shards that are not assessed as may. Wait until one is assessed.
        TooManyShardRounds,
        /// The round takes no shards now: its updates are not sealed, or the time to reveal has passed.
        NotRevealingShards,
        /// The round has no shard of the signer's organisation.
        NotASupplier,
        /// The shard was revealed before.
        ShardAlreadyRevealed,
        /// The commitment is to another data set, or has another salt. Reveal the file that was committed to, with its salt.
        ShardMismatch,
        /// The file is empty, or longer than the policy allows.
        ShardTooLong,
        /// A data set with this root was revealed for this model before: it measures nothing any more.
        ShardUsed,
    }
}
