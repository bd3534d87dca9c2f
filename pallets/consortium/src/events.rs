//! The events. FRAME takes the section into the pallet.

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod events {
    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// Two thirds proposed a change. It is enacted in block `enact_at`, unless a majority cancels it.
        ChangeProposed {
            id: ChangeId,
            change: Change,
            ayes: u32,
            enact_at: BlockNumber,
        },
        /// A majority cancelled a change.
        ChangeCancelled { id: ChangeId, change: Change },
        /// A change took effect; further events say how.
        ChangeEnacted { id: ChangeId, change: Change },
        /// Suspensions of organisations ended in the block of a change: it is enacted in block `enact_at`.
        ChangePostponed { id: ChangeId, enact_at: BlockNumber },
        /// A change did not fit any more, or its ayes were no longer two thirds.
        ChangeDropped {
            id: ChangeId,
            change: Change,
            reason: DispatchError,
        },
        /// An organisation joined.
        OrganisationAdmitted {
            organisation: OrganisationId,
            name: Name,
            account: AccountId,
        },
        /// An organisation left; its validators follow at the next rotation, its contributors count no more. Every pending change has
        /// one aye less.
        OrganisationRemoved { organisation: OrganisationId },
        /// An account may accept before block `until` to speak for the organisation. A former proposal is void.
        OrganisationAccountProposed {
            organisation: OrganisationId,
            account: AccountId,
            by: Proposer,
            until: BlockNumber,
        },
        /// Another account speaks for the organisation: it accepted.
        OrganisationAccountSet {
            organisation: OrganisationId,
            previous: AccountId,
            account: AccountId,
        },
        /// From block `from` on this account may recover the organisation's; `None`: no account may.
        RecoveryAccountSet {
            organisation: OrganisationId,
            recovery: Option<AccountId>,
            from: BlockNumber,
        },
        /// The organisation may sponsor this many contributors.
        QuotaSet { organisation: OrganisationId, quota: u32 },
        /// These organisations sit in the technical committee.
        TechnicalSeatsSet { seats: Seats },
        /// A validator may set keys and may peer.
        ValidatorRegistered {
            validator: AccountId,
            organisation: OrganisationId,
            endpoint: Endpoint,
        },
        /// A validator is in the set that was planned.
        ValidatorActivated { validator: AccountId },
        /// A registered validator is not in the set that was planned: it has no keys, or it is suspended.
        ValidatorDeactivated { validator: AccountId },
        /// A validator will not be in the next set.
        ValidatorRemoved { validator: AccountId },
        /// No session holds the removed validator any more. Its session keys are gone.
        ValidatorLeft { validator: AccountId },
        /// A validator moved its node or gateway.
        EndpointUpdated { validator: AccountId, endpoint: Endpoint },
        /// An account may submit updates for the organisation.
        Sponsored {
            contributor: AccountId,
            organisation: OrganisationId,
        },
        /// An account may no longer submit updates.
        Unsponsored {
            contributor: AccountId,
            organisation: OrganisationId,
        },
        /// The last consent of an account has expired and is not kept any more.
        ConsentForgotten { contributor: AccountId },
        /// Statements are no longer accepted; from block `until` on they are again, or, if it is `None`, when reinstated.
        Suspended {
            target: Target,
            by: Authority,
            until: Option<BlockNumber>,
        },
        /// Statements are accepted again, as far as `by` decides.
        Reinstated { target: Target, by: Authority },
        /// A fast suspension ended by itself.
        SuspensionEnded { target: Target },
        /// A majority may suspend fast once more.
        FastSuspensionAllowed { target: Target },
        /// A set that differs from the one before in validators or keys was planned.
        SetPlanned { validators: Vec<AccountId> },
    }
}
