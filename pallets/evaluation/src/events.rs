//! The events. FRAME takes the section into the pallet.

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod events {
    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// An evaluation was asked for, its fee set aside, and its job given to the committee.
        Requested {
            evaluation: EvaluationId,
            organisation: OrganisationId,
            by: AccountId,
            model: ModelId,
            version: VersionIndex,
            program: ArtifactId,
            data: ArtifactId,
            fee: Balance,
            job: JobId,
        },
        /// A quorum agreed on what the evaluation yields.
        Evaluated {
            evaluation: EvaluationId,
            model: ModelId,
            version: VersionIndex,
            job: JobId,
            outcome: EvaluateOutcome,
        },
        /// No quorum agreed in the first attempt; there is another.
        Retried { evaluation: EvaluationId, job: JobId },
        /// The second attempt could not be made.
        JobRefused {
            evaluation: EvaluationId,
            error: DispatchError,
        },
        /// The evaluation came to nothing; its fee went back to the organisation's fund: all of it where the retry could not be made, and
        /// without a quorum all but the base fee, which went to the treasury.
        Failed {
            evaluation: EvaluationId,
            reason: EvaluationFailure,
        },
        /// A member of the committee agreed, but its reputation is below the floor: its part goes to the treasury.
        ValidatorUnpaid {
            evaluation: EvaluationId,
            validator: AccountId,
            reputation: Ppm,
        },
        /// `members` of the committee agreed and were paid `each`. The rest of what was not given back went to the treasury.
        Settled {
            evaluation: EvaluationId,
            members: u32,
            each: Balance,
            given_back: Balance,
        },
        /// The jobs of an evaluation are gone; this root over their statements stays.
        EvidencePruned {
            evaluation: EvaluationId,
            statements_root: Hash,
        },
        /// The record of an evaluation is gone.
        Pruned { evaluation: EvaluationId },
        /// An organisation committed to a data set for the model's next round.
        ShardCommitted {
            model: ModelId,
            supplier: OrganisationId,
            by: AccountId,
            commitment: Hash,
            rows: u32,
            bond: Balance,
        },
        /// An organisation took back a shard that waited; its bond returned.
        ShardWithdrawn {
            model: ModelId,
            supplier: OrganisationId,
            commitment: Hash,
        },
        /// A round began with the shards of so many suppliers.
        ShardsTaken { round: RoundId, model: ModelId, count: u32 },
        /// The round's updates are sealed: its suppliers reveal their shards before block `reveal_until`.
        ShardsAwaited {
            round: RoundId,
            reveal_until: BlockNumber,
            vote_until: BlockNumber,
        },
        /// No votes could be asked for: the round goes on without shards.
        ShardVotesRefused { round: RoundId, error: DispatchError },
        /// A supplier revealed its shard; validators fetch it and vote.
        ShardRevealed {
            round: RoundId,
            supplier: OrganisationId,
            root: Root,
            len: u64,
            rows: u32,
        },
        /// A quorum holds the shard.
        ShardHeld {
            round: RoundId,
            supplier: OrganisationId,
            root: Root,
        },
        /// The shard is not what it has to be, or no quorum came to hold it.
        ShardRejected {
            round: RoundId,
            supplier: OrganisationId,
            root: Root,
            finding: Option<Finding>,
        },
        /// The supplier did not reveal its shard, or did not bring its file, in time: its bond is lost.
        ShardWithheld { round: RoundId, supplier: OrganisationId },
        /// The bond of a shard returned.
        ShardReleased { round: RoundId, supplier: OrganisationId },
        /// The bond of a shard was taken: what is not for the round's contributors went to the treasury.
        ShardForfeited {
            round: RoundId,
            supplier: OrganisationId,
            bond: Balance,
            to_contributors: Balance,
        },
        /// The round ended before the shard had to be revealed: it waits for the model's next one.
        ShardWaits {
            round: RoundId,
            model: ModelId,
            supplier: OrganisationId,
            commitment: Hash,
        },
    }
}
