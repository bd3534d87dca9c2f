//! The errors: why, and what to do. FRAME takes the section into the pallet.

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod errors {
    #[pallet::error]
    pub enum Error<T> {
        /// The signer is not the account of an organisation in good standing. Sign with that account.
        NotAnOrganisation,
        /// No model has this number. Numbers are in the `Registered` events.
        ModelNotFound,
        /// Only the model's owner, or the council where the call allows it, may do this.
        NotOwner,
        /// A name has 1 to 64 bytes of UTF-8.
        NameInvalid,
        /// `header_len` counts the length field, the JSON and the padding: a positive multiple of 1,024.
        HeaderLengthInvalid,
        /// `group_len` is the bytes of all `train` and `stat` tensors: a positive multiple of 4.
        GroupLengthInvalid,
        /// `file_len` must be at least `header_len + group_len`, and at most 2^40.
        FileLengthInvalid,
        /// The parent is not registered. Register it first.
        ParentNotFound,
        /// The chain has as many models as it may have. Wait until one is retired.
        MaxModelsExceeded,
        /// The organisation has as many models as it may have. Retire one.
        MaxModelsPerOrganisationExceeded,
        /// Too many models of the organisation await votes. Try again when one is decided.
        MaxPendingExceeded,
        /// A parameter of the pipeline (pre-aggregators, rule, server optimiser) is out of range.
        PolicyPipelineInvalid,
        /// `min_updates` must be at least 1 and at most `max_updates`, which is at most 1,024.
        PolicyUpdatesInvalid,
        /// `max_weight` must be in `1..=2^20`.
        PolicyWeightInvalid,
        /// `max_updates_per_organisation` must be at least 1 and at most the number of updates that the pipeline tolerates.
        PolicyOrganisationCapInvalid,
        /// The pipeline takes a number of faulty updates f, and f is 0 with `min_updates`. Raise `min_updates` or the part.
        PolicyToleratesNothing,
        /// A phase is shorter or longer than the runtime allows.
        PolicyDeadlineInvalid,
        /// The parts of the split must sum to one million.
        PolicySplitInvalid,
        /// `max_organisation_share` must be in `1..=1_000_000`.
        PolicyShareInvalid,
        /// The bond is below a tenth of a token or above 100 tokens.
        PolicyBondInvalid,
        /// The reward of a round is above a million tokens.
        PolicyRewardInvalid,
        /// `retention` is shorter or longer than the runtime allows, or shorter than `challenge`.
        PolicyRetentionInvalid,
        /// `challenge` is longer than the runtime allows.
        PolicyChallengeInvalid,
        /// The assessment has neither gate nor contribution, or a number that it may not have.
        PolicyAssessmentInvalid,
        /// The model's state does not allow that: it must be Active.
        NotActive,
        /// Only a Frozen model can be unfrozen.
        NotFrozen,
        /// The council froze the model. Ask the council: until it unfreezes the model, its owner can change nothing.
        FrozenByCouncil,
        /// The model is retired for good.
        AlreadyRetired,
        /// A version that the owner gave still awaits votes. Wait for the decision.
        AwaitsVotes,
        /// Only a Rejected model can name another version 0.
        NotRejected,
        /// The model has no version of this number.
        VersionNotFound,
        /// The version is revoked already.
        AlreadyRevoked,
        /// The version is not revoked itself; an ancestor may be.
        NotRevoked,
        /// The model has as many revoked versions as it may have. Undo one, or revoke a common ancestor of several.
        MaxRevocationsExceeded,
        /// The version, or an ancestor of it, is revoked.
        VersionNotClean,
        /// A vote stands behind the version already.
        AlreadyPromoted,
        /// The model has a clean version, so that it needs no new genesis.
        CleanVersionLeft,
        /// An organisation of the list is not admitted to the consortium.
        OrganisationNotFound,
        /// The round's base, or an ancestor of it, was revoked.
        BaseRevoked,
        /// The model has no version that a round could have stood on.
        NoBaseVersion,
        /// The new version's file does not have the model's length.
        OutputLengthDiffers,
        /// The model has as many versions as can be numbered.
        MaxVersionsExceeded,
        /// The pipeline cannot run for every number of updates from `min_updates` to `max_updates`: ask for more updates,
        /// or tolerate fewer.
        PolicyPipelineCannotRun,
        /// `reveal_updates` or `vote` is shorter than `max_updates` updates of this model need at the constant `BytesPerBlock`: 10 blocks,
        /// and their bytes divided by it. Give both as many blocks, or ask for fewer updates. The same of the contribution's `reveal` and
        /// `vote`, with `max_suppliers` shards of `max_len` bytes.
        PolicyTransferTooShort,
        /// The version did not pass its policy's gate, or it is not known yet whether it does. Take one that stands: `Provisional` or
        /// `Final`.
        GateNotPassed,
        /// The newest version waits for what its policy's gate says. Wait for `VersionAssessed`.
        AwaitsAssessment,
        /// A frozen base has 1 to 2^40 bytes, and a licence of 1 to 1,024 bytes of UTF-8 with some visible text and no control characters
        /// beside line breaks and tabs.
        FrozenBaseInvalid,
    }
}
