//! The errors: why, and what to do. FRAME takes the section into the pallet.

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod errors {
    #[pallet::error]
    pub enum Error<T> {
        /// No model has this number, or its owner is unknown.
        ModelNotFound,
        /// Only the model's owner may do this.
        NotOwner,
        /// The signer's organisation is suspended or unknown. Ask the council.
        NotAnOrganisation,
        /// The model is not active or has no version to stand on. Wait for the votes on version 0, or unfreeze it.
        ModelNotReady,
        /// The model has an open round. Wait until its version is recorded, or abort it.
        RoundAlreadyOpen,
        /// Too many rounds run at once on this chain. Try again when one is over.
        MaxActiveRoundsExceeded,
        /// The organisation has as many rounds as one may have. Wait until one is over.
        OrganisationRoundsExceeded,
        /// The model's fund does not cover the policy's reward. Fund it.
        FundTooSmall,
        /// Rounds can no longer be numbered.
        MaxRoundsExceeded,
        /// No round has this number.
        RoundNotFound,
        /// The signer is not sponsored by an organisation in good standing. Ask yours for `sponsor`.
        NotSponsored,
        /// The round takes no commitments any more. Submit to the next one.
        NotCollecting,
        /// The round does not take roots now: Revealing has not begun, or the deadline has passed.
        NotRevealing,
        /// A weight is at least 1 and at most the policy's `max_weight`.
        WeightOutOfRange,
        /// One submission per contributor and round; a withdrawn one counts.
        AlreadySubmitted,
        /// The organisation has as many submissions in this round as the policy allows.
        OrganisationCapReached,
        /// The organisation has as many updates, or bytes of them, as it may have in rounds that are not over. Wait for one to end.
        OrganisationQuotaReached,
        /// With what may come to another round, the chain would keep evidence of more rounds or updates, or bytes of them, than it does of
        /// one organisation's rounds. Wait until the retention of one ends, or set a shorter one, or fewer updates.
        EvidenceQuotaReached,
        /// The round has no room left.
        MaxUpdatesReached,
        /// The signer has no submission in this round.
        NotSubmitted,
        /// The submission was revealed, withdrawn or decided already.
        NotCommitted,
        /// Root, weight and salt do not hash to the commitment. Use the values of the submission, and this chain's genesis.
        CommitmentMismatch,
        /// The round is over or is refunded already; its owner may abort it only while it is Collecting.
        TooLateToAbort,
        /// The round awaits no score pages.
        NotScoring,
        /// The round's job is not closed yet. Show the page when it is.
        TooEarly,
        /// Pages are taken in order, each once. Show the page after the last one that was taken.
        PageOutOfOrder,
        /// The page does not belong to the agreed outcome: wrong number of rows or pages, or another hash. Take both from the
        /// detail blob of the agreed outcome.
        BadPage,
        /// Something that is always stored at this stage is missing: a defect, please report it.
        Inconsistent,
        /// The organisation owes free calls, and aborting would let it owe more. Wait until later periods have taken them off.
        CallsOwed,
        /// The chain's constant `BytesPerBlock` has fallen since the policy was set: Revealing or the votes are too short for all updates.
        /// Set a policy with longer ones (`models.set_policy`).
        PolicyTransferTooShort,
        /// The policy's program is not one that a quorum holds, or was retired. Register it, wait for `artifacts.Held`, or set a policy
        /// with another.
        ProgramNotHeld,
        /// The policy's benchmark is not a data set that a quorum holds, or was retired.
        BenchmarkNotHeld,
        /// The model's owner may not use the policy's program or benchmark. Ask the artifact's owner for `artifacts.set_access`.
        ArtifactNotReadable,
        /// No quorum holds weights with the root of the model's frozen base that the model's owner may read: an assessment needs them.
        /// Register them as an artifact, or ask whoever did to admit the organisation.
        FrozenBaseNotHeld,
        /// The policy allows its assessments more operations, or bytes of data, than one may have. Set a policy with fewer.
        TooMuchWork,
        /// Fewer sealed shards wait for the model than the policy asks for, with its number of rows and a sufficient bond. Suppliers
        /// commit to them by `evaluation.commit_shard`.
        TooFewShards,
    }
}
