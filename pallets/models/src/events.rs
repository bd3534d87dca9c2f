//! The events. FRAME takes the section into the pallet.

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod events {
    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A model awaits the votes on its version 0.
        Registered {
            model: ModelId,
            owner: AccountId,
            organisation: OrganisationId,
            root: Root,
            policy_hash: Hash,
            frozen_base: Option<Root>,
            until: BlockNumber,
        },
        /// A quorum holds a version that the owner gave: rounds can stand on it.
        Activated {
            model: ModelId,
            version: VersionIndex,
            root: Root,
        },
        /// No quorum held the version that the owner gave, or, where `finding` is `Held`, the model has a clean version again, so
        /// that it needs no new genesis. `finding` is absent when the time for votes has passed.
        Rejected {
            model: ModelId,
            root: Root,
            finding: Option<Finding>,
        },
        /// Another version 0 awaits votes.
        GenesisRetried {
            model: ModelId,
            root: Root,
            until: BlockNumber,
        },
        /// A new genesis awaits votes: no clean version was left.
        NewGenesis {
            model: ModelId,
            root: Root,
            until: BlockNumber,
        },
        /// Rounds opened from now on follow this policy.
        PolicySet {
            model: ModelId,
            policy_hash: Hash,
            by: Actor,
        },
        /// No round can be opened.
        Frozen { model: ModelId, by: Actor },
        /// Rounds can be opened again.
        Unfrozen { model: ModelId, by: Actor },
        /// No round will be opened any more.
        Retired { model: ModelId, by: Actor },
        /// These organisations and no others may read the model, where its access asks for that.
        ReadersAdmitted {
            model: ModelId,
            organisations: Organisations,
        },
        /// A version was recorded.
        VersionRecorded {
            model: ModelId,
            version: VersionIndex,
            root: Root,
            round: RoundId,
            until: Option<BlockNumber>,
        },
        /// The roots over a version's updates and statements are known.
        VersionSettled {
            model: ModelId,
            version: VersionIndex,
            settlement: Settlement,
        },
        /// Governance declared a version unfit, and with it all that descend from it; `head` is the newest clean version now.
        VersionRevoked {
            model: ModelId,
            version: VersionIndex,
            head: Option<VersionIndex>,
        },
        /// A revocation was undone; `head` is the newest clean version now.
        VersionRestored {
            model: ModelId,
            version: VersionIndex,
            head: Option<VersionIndex>,
        },
        /// It is known how good a version is. Where its policy has a gate, rounds can stand on it if it passed, and never if not.
        VersionAssessed {
            model: ModelId,
            version: VersionIndex,
            assessment: AssessmentRecord,
        },
        /// A body voted for a version.
        VersionPromoted {
            model: ModelId,
            version: VersionIndex,
            promotion: PromotionRecord,
        },
    }
}
