#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
// Nothing in the runtime may panic, wrap or truncate. Tests stay free.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        clippy::cast_sign_loss,
        clippy::panic,
        clippy::unreachable,
        clippy::todo,
        clippy::unimplemented
    )
)]
#![doc = include_str!("../README.md")]
//! ## Example
//!
//! One of the tests, on their mock chain:
//!
//! ```ignore
#![doc = include_str!("tests/example.rs")]
//! ```

extern crate alloc;

mod accounts;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod consent;
mod contributors;
mod errors;
mod events;
mod free_calls;
mod gateway_url;
mod genesis;
mod inspect;
// The mocks measure nothing: there are none beside the benchmarks.
#[cfg(all(test, not(feature = "runtime-benchmarks")))]
mod mock;
mod organisations;
mod pending;
pub mod proposals;
pub mod recovery;
mod seats;
mod session;
pub mod standing;
mod suspension;
#[cfg(all(test, not(feature = "runtime-benchmarks")))]
mod tests;
mod try_state;
pub mod types;
mod validators;
mod views;
pub mod weights;

use frame_support::pallet_macros::import_section;

#[cfg(feature = "runtime-benchmarks")]
pub use benchmarking::BenchmarkHelper;
pub use pallet::*;
pub use session::{HasKeys, SessionKeys, ValidatorIdOf};
pub use weights::WeightInfo;

#[import_section(events::events)]
#[import_section(errors::errors)]
#[frame_support::pallet]
// The code that the macros make.
#[allow(
    clippy::expect_used,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation
)]
pub mod pallet {
    use crate::{
        proposals::{Proposal, Proposer},
        session::HasKeys,
        types::*,
        WeightInfo,
    };
    use alloc::vec::Vec;
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use quorate_primitives::{
        committee::Committee,
        traits::{DepartureSink, MembershipSink},
        AccountId, BlockNumber, Hash, OrganisationId,
    };

    /// Layout of this pallet's storage.
    pub const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<AccountId = AccountId, Hash = Hash> {
        /// More than half of all admitted organisations, suspended ones included.
        type AdminOrigin: EnsureOrigin<Self::RuntimeOrigin>;

        /// At least two thirds of all admitted organisations, suspended ones included. Its success is the number of ayes: they are
        /// compared with the organisations again, now and when the change is enacted.
        type TwoThirdsOrigin: EnsureOrigin<Self::RuntimeOrigin, Success = u32>;

        /// Told of every change of the accounts that sit in the council and the technical committee.
        type MembershipSink: MembershipSink;

        /// Told of every account that is no contributor or validator any more.
        type Departures: DepartureSink;

        /// The session keys that validators have registered.
        type Keys: HasKeys;

        /// Contributors that a newly admitted organisation may sponsor.
        #[pallet::constant]
        type MaxContributors: Get<u32>;

        /// Calls that an organisation's account or a validator makes free of charge in one period; further ones cost the fee.
        #[pallet::constant]
        type FreeCalls: Get<u32>;

        /// Blocks of such a period. It begins with the first call.
        #[pallet::constant]
        type FreeCallPeriod: Get<BlockNumber>;

        /// Blocks between a change's proposal and its enactment. Shorter than a fast suspension, so that a long one can follow it
        /// without a gap.
        #[pallet::constant]
        type ChangeDelay: Get<BlockNumber>;

        /// Blocks after which a suspension by a majority ends by itself.
        #[pallet::constant]
        type FastSuspension: Get<BlockNumber>;

        /// Blocks after which a new recovery account counts, and for which a proposed account may accept.
        #[pallet::constant]
        type RecoveryDelay: Get<BlockNumber>;

        /// How many blocks ahead a contributor's consent may expire.
        #[pallet::constant]
        type MaxConsent: Get<BlockNumber>;

        /// The most motions that are open in the council and the technical committee together; for weights.
        #[pallet::constant]
        type MaxMotions: Get<u32>;

        /// Weights of the calls and of the hook.
        type WeightInfo: WeightInfo;

        /// Prepares what the benchmarks need of other pallets.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: crate::BenchmarkHelper;
    }

    /// The id that the next organisation gets. Ids are never used again.
    #[pallet::storage]
    pub type NextOrganisation<T> = StorageValue<_, OrganisationId, ValueQuery>;

    /// The organisations, at most [`MAX_ORGANISATIONS`].
    #[pallet::storage]
    pub type Organisations<T> = CountedStorageMap<_, Twox64Concat, OrganisationId, Organisation, OptionQuery>;

    /// The organisation whose account this is.
    #[pallet::storage]
    pub type OrganisationByAccount<T> = StorageMap<_, Blake2_128Concat, AccountId, OrganisationId, OptionQuery>;

    /// The account that was proposed for an organisation and has not accepted yet: one for each. Counts until its block.
    #[pallet::storage]
    pub type Proposals<T> = StorageMap<_, Twox64Concat, OrganisationId, Proposal, OptionQuery>;

    /// The registered validators, at most [`MAX_VALIDATORS`].
    #[pallet::storage]
    pub type Validators<T> = CountedStorageMap<_, Blake2_128Concat, AccountId, Validator, OptionQuery>;

    /// The sponsored accounts; as many as the quotas of the organisations allow.
    #[pallet::storage]
    pub type Contributors<T> = StorageMap<_, Blake2_128Concat, AccountId, Contributor, OptionQuery>;

    /// How many contributors an existing organisation sponsors.
    #[pallet::storage]
    pub type ContributorCount<T> = StorageMap<_, Twox64Concat, OrganisationId, u32, ValueQuery>;

    /// Calls of organisations' accounts and validators in their present period; no entry for anyone else.
    #[pallet::storage]
    pub type FreeUses<T> = StorageMap<_, Blake2_128Concat, AccountId, FreeUse, OptionQuery>;

    /// Organisations whose accounts sit in the technical committee while they are in good standing, ascending.
    #[pallet::storage]
    pub type TechnicalSeats<T> = StorageValue<_, Seats, ValueQuery>;

    /// The id that the next change gets. Ids are never used again.
    #[pallet::storage]
    pub type NextChange<T> = StorageValue<_, ChangeId, ValueQuery>;

    /// Changes that two thirds proposed, at most [`MAX_PENDING_CHANGES`].
    #[pallet::storage]
    pub type PendingChanges<T> = CountedStorageMap<_, Twox64Concat, ChangeId, PendingChange, OptionQuery>;

    /// The change that is due in a block: one at most, since each may be as much work as a block has room for.
    #[pallet::storage]
    pub type Enactments<T> = StorageMap<_, Twox64Concat, BlockNumber, ChangeId, OptionQuery>;

    /// The fast suspensions that end in a block.
    #[pallet::storage]
    pub type Endings<T> =
        StorageMap<_, Twox64Concat, BlockNumber, BoundedVec<Target, ConstU32<MAX_ENDINGS>>, ValueQuery>;

    /// The last consent that was used of each account. One that has expired may be forgotten.
    #[pallet::storage]
    pub type Consents<T> = StorageMap<_, Blake2_128Concat, AccountId, UsedConsent, OptionQuery>;

    /// How many of these an organisation used; at most twice its quota.
    #[pallet::storage]
    pub type ConsentCount<T> = StorageMap<_, Twox64Concat, OrganisationId, u32, ValueQuery>;

    /// Whether gateways may be in private networks or on the machine itself, as in development. Set at genesis.
    #[pallet::storage]
    pub type PrivateGateways<T> = StorageValue<_, bool, ValueQuery>;

    /// The validator set that was planned last, sorted.
    #[pallet::storage]
    pub type Planned<T> = StorageValue<_, BoundedVec<AccountId, ConstU32<MAX_VALIDATORS>>, ValueQuery>;

    /// Hash of the session keys that the planned set had.
    #[pallet::storage]
    pub type PlannedKeys<T> = StorageValue<_, Hash, OptionQuery>;

    /// The validators of the current session with their keys, in the session's order; also those that were suspended or removed
    /// since.
    #[pallet::storage]
    pub type Authorities<T> = StorageValue<_, Committee, ValueQuery>;

    /// The founding members. Must be built after the governance membership and before the session pallet.
    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// Their ids are their positions.
        pub organisations: Vec<GenesisOrganisation>,
        pub validators: Vec<GenesisValidator>,
        /// Organisations with a seat in the technical committee.
        pub technical: Vec<OrganisationId>,
        /// Whether gateways may be in private networks.
        pub private_gateways: bool,
        #[serde(skip)]
        pub _config: PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            crate::genesis::build::<T>(self);
        }
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        /// Ends fast suspensions and enacts changes whose time has come.
        fn on_initialize(_: BlockNumberFor<T>) -> Weight {
            let now = Self::now();
            let (ended, seats) = Self::end_suspensions(now);
            if seats {
                Self::postpone_due(now);
            }
            Self::hook_weight(ended, seats, Self::enact_due(now))
        }

        fn integrity_test() {
            assert!(
                T::MaxContributors::get() <= MAX_QUOTA,
                "the default quota exceeds the largest one"
            );
            assert!(
                (1..T::FastSuspension::get()).contains(&T::ChangeDelay::get()),
                "a fast suspension ends before a long one can follow"
            );
            assert!(
                T::RecoveryDelay::get() > 0,
                "a thief replaces the recovery account at once"
            );
            assert!(T::MaxConsent::get() > 0, "every consent expires too late");
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Propose a change of who votes or who validates.
        ///
        /// ## Dispatch Origin
        /// [`Config::TwoThirdsOrigin`].
        ///
        /// ## Details
        /// The change must fit now. It is enacted after [`Config::ChangeDelay`] blocks, if its ayes are two thirds of the
        /// organisations admitted then and it still fits.
        ///
        /// ## Errors
        /// [`Error::TooFewAyes`], [`Error::AlreadyPending`], [`Error::TooManyPendingChanges`], [`Error::IdsExhausted`], and why the
        /// change does not fit.
        ///
        /// ## Events
        /// [`Event::ChangeProposed`], later [`Event::ChangeEnacted`] or [`Event::ChangeDropped`].
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::propose_change(T::MaxMotions::get()))]
        pub fn propose_change(origin: OriginFor<T>, change: Change) -> DispatchResult {
            let ayes = T::TwoThirdsOrigin::ensure_origin(origin)?;
            Self::do_propose_change(change, ayes)
        }

        /// Cancel a pending change.
        ///
        /// ## Dispatch Origin
        /// [`Config::AdminOrigin`].
        ///
        /// ## Errors
        /// [`Error::ChangeNotFound`].
        ///
        /// ## Events
        /// [`Event::ChangeCancelled`].
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::cancel_change())]
        pub fn cancel_change(origin: OriginFor<T>, id: ChangeId) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            Self::do_cancel_change(id)
        }

        /// Refuse the statements of an organisation, a validator or a contributor for a while.
        ///
        /// ## Dispatch Origin
        /// [`Config::AdminOrigin`]; for a contributor also its organisation's account.
        ///
        /// ## Details
        /// An organisation's suspension takes its seats, and statements of its validators and contributors are refused. By the
        /// consortium: ends after [`Config::FastSuspension`] blocks, and once for each target until two thirds decide anew. By the
        /// organisation: until it reinstates.
        ///
        /// ## Errors
        /// [`Error::NotAuthorized`], [`Error::AlreadySuspended`], [`Error::FastSuspensionUsed`], [`Error::TooManySuspensions`],
        /// [`Error::LastValidator`], [`Error::LastOrganisation`], and the three `NotFound`.
        ///
        /// ## Events
        /// [`Event::Suspended`], later [`Event::SuspensionEnded`].
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::suspend(T::MaxMotions::get()))]
        pub fn suspend(origin: OriginFor<T>, target: Target) -> DispatchResult {
            let by = Self::suspension_authority(origin, &target)?;
            Self::do_suspend(by, target)
        }

        /// Lift a suspension, fast or long.
        ///
        /// ## Dispatch Origin
        /// [`Config::AdminOrigin`] lifts what the consortium imposed, an organisation's account what it imposed itself.
        ///
        /// ## Errors
        /// [`Error::NotAuthorized`], [`Error::NotSuspended`], and the three `NotFound`.
        ///
        /// ## Events
        /// [`Event::Reinstated`].
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::reinstate(T::MaxMotions::get()))]
        pub fn reinstate(origin: OriginFor<T>, target: Target) -> DispatchResult {
            let by = Self::suspension_authority(origin, &target)?;
            Self::do_reinstate(by, target)
        }

        /// Let an account submit updates in the name of the signer's organisation.
        ///
        /// ## Dispatch Origin
        /// Signed by the account of an organisation in good standing. Free of charge when it would succeed,
        /// [`Config::FreeCalls`] times a period.
        ///
        /// ## Details
        /// `consent` is signed by the contributor. The account needs no tokens, neither now nor for its protocol calls: it gets a
        /// sufficient reference.
        ///
        /// ## Errors
        /// [`Error::NotAuthorized`], [`Error::AlreadySponsored`], [`Error::QuotaExceeded`], [`Error::Suspended`] (by the
        /// consortium, when it belonged to an organisation that has left), [`Error::BadConsent`], [`Error::ConsentExpired`],
        /// [`Error::ConsentTooLong`], [`Error::ConsentUsed`], [`Error::TooManyConsents`].
        ///
        /// ## Events
        /// [`Event::Sponsored`].
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::sponsor().saturating_add(T::Departures::left_weight()))]
        #[pallet::feeless_if(|origin: &OriginFor<T>, contributor: &AccountId, consent: &Consent| -> bool {
            Pallet::<T>::sponsors_for_free(origin, contributor, consent)
        })]
        pub fn sponsor(origin: OriginFor<T>, contributor: AccountId, consent: Consent) -> DispatchResult {
            let who = ensure_signed(origin)?;
            let organisation = Self::check_sponsor(&who, &contributor, &consent)?;
            Self::count_call(&who);
            Self::use_consent(organisation, &contributor, &consent);
            Self::do_sponsor(organisation, contributor)
        }

        /// End a sponsorship.
        ///
        /// ## Dispatch Origin
        /// Signed by the account of the sponsoring organisation, by the contributor itself, or, when the sponsoring
        /// organisation has left, by the account of any organisation. Free of charge when it would succeed; for an
        /// organisation [`Config::FreeCalls`] times a period.
        ///
        /// ## Details
        /// Earned rewards stay claimable.
        ///
        /// ## Errors
        /// [`Error::ContributorNotFound`], [`Error::NotAuthorized`], [`Error::Suspended`]: while the consortium
        /// suspends a contributor its record stays, or sponsoring it anew would lift the suspension.
        ///
        /// ## Events
        /// [`Event::Unsponsored`].
        #[pallet::call_index(5)]
        #[pallet::weight(T::WeightInfo::unsponsor().saturating_add(T::Departures::left_weight()))]
        #[pallet::feeless_if(|origin: &OriginFor<T>, contributor: &AccountId| -> bool {
            Pallet::<T>::unsponsors_for_free(origin, contributor)
        })]
        pub fn unsponsor(origin: OriginFor<T>, contributor: AccountId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            let organisation = Self::check_unsponsor(&who, &contributor)?;
            Self::count_call(&who);
            Self::do_unsponsor(organisation, contributor);
            Ok(())
        }

        /// Forget a used consent that has expired.
        ///
        /// ## Dispatch Origin
        /// Signed by any account.
        ///
        /// ## Errors
        /// [`Error::ConsentNotFound`], [`Error::ConsentStillValid`].
        ///
        /// ## Events
        /// [`Event::ConsentForgotten`].
        #[pallet::call_index(6)]
        #[pallet::weight(T::WeightInfo::forget_consent())]
        pub fn forget_consent(origin: OriginFor<T>, contributor: AccountId) -> DispatchResult {
            ensure_signed(origin)?;
            Self::do_forget_consent(contributor)
        }

        /// Publish where the signer's node and gateway are reached from now on.
        ///
        /// ## Dispatch Origin
        /// Signed by a registered validator. Free of charge when it would change something, [`Config::FreeCalls`] times a period.
        ///
        /// ## Errors
        /// [`Error::ValidatorNotFound`], [`Error::BadPeerId`], [`Error::PeerIdInUse`], [`Error::BadGatewayUrl`],
        /// [`Error::PrivateGateway`], [`Error::TlsKeyWithoutTls`].
        ///
        /// ## Events
        /// [`Event::EndpointUpdated`].
        #[pallet::call_index(7)]
        #[pallet::weight(T::WeightInfo::update_endpoint())]
        #[pallet::feeless_if(|origin: &OriginFor<T>, endpoint: &Endpoint| -> bool {
            Pallet::<T>::updates_endpoint_for_free(origin, endpoint)
        })]
        pub fn update_endpoint(origin: OriginFor<T>, endpoint: Endpoint) -> DispatchResult {
            let validator = ensure_signed(origin)?;
            Self::do_update_endpoint(validator, endpoint)
        }

        /// Propose that another account speak for the signer's organisation.
        ///
        /// ## Dispatch Origin
        /// Signed by the account of an organisation, suspended or not.
        ///
        /// ## Details
        /// The new account has to accept, within [`Config::RecoveryDelay`] blocks. A later proposal replaces this one.
        ///
        /// ## Errors
        /// [`Error::NotAuthorized`], [`Error::AccountInUse`], [`Error::StrongerProposal`].
        ///
        /// ## Events
        /// [`Event::OrganisationAccountProposed`].
        #[pallet::call_index(8)]
        #[pallet::weight(T::WeightInfo::rotate_account())]
        pub fn rotate_account(origin: OriginFor<T>, account: AccountId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_rotate_account(&who, account)
        }

        /// Name the account that recovers the organisation's account when its key is lost or stolen.
        ///
        /// ## Dispatch Origin
        /// Signed by the account of an organisation, suspended or not.
        ///
        /// ## Details
        /// Counts after [`Config::RecoveryDelay`] blocks; until then the account before it does. The account needs tokens for one
        /// fee.
        ///
        /// ## Errors
        /// [`Error::NotAuthorized`], [`Error::AccountInUse`].
        ///
        /// ## Events
        /// [`Event::RecoveryAccountSet`].
        #[pallet::call_index(9)]
        #[pallet::weight(T::WeightInfo::set_recovery_account())]
        pub fn set_recovery_account(origin: OriginFor<T>, recovery: AccountId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_set_recovery_account(&who, recovery)
        }

        /// Propose that another account speak for an organisation whose key is lost or stolen.
        ///
        /// ## Dispatch Origin
        /// Signed by the organisation's recovery account.
        ///
        /// ## Details
        /// The new account has to accept, within [`Config::RecoveryDelay`] blocks. What the organisation's present account proposed
        /// is replaced, and it can propose nothing else meanwhile. A recovery account that does not count yet is forgotten.
        ///
        /// ## Errors
        /// [`Error::OrganisationNotFound`], [`Error::NotAuthorized`], [`Error::AccountInUse`], [`Error::StrongerProposal`].
        ///
        /// ## Events
        /// [`Event::OrganisationAccountProposed`].
        #[pallet::call_index(10)]
        #[pallet::weight(T::WeightInfo::recover_account())]
        pub fn recover_account(
            origin: OriginFor<T>,
            organisation: OrganisationId,
            account: AccountId,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_recover_account(&who, organisation, account)
        }

        /// Agree to speak for an organisation from now on, with its votes, and to pay its bonds and charges.
        ///
        /// ## Dispatch Origin
        /// Signed by the account that was proposed last. Free of charge when it would succeed: each proposal was paid for.
        ///
        /// ## Errors
        /// [`Error::ProposalNotFound`], [`Error::AccountInUse`].
        ///
        /// ## Events
        /// [`Event::OrganisationAccountSet`].
        #[pallet::call_index(11)]
        #[pallet::weight(T::WeightInfo::accept_account(T::MaxMotions::get()))]
        #[pallet::feeless_if(|origin: &OriginFor<T>, organisation: &OrganisationId| -> bool {
            origin.as_signer().is_some_and(|who| Pallet::<T>::may_accept(who, *organisation))
        })]
        pub fn accept_account(origin: OriginFor<T>, organisation: OrganisationId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_accept_account(who, organisation)
        }
    }

    #[pallet::view_functions]
    impl<T: Config> Pallet<T> {
        /// An organisation with what belongs to it; `None` when it is not admitted.
        pub fn organisation_status(organisation: OrganisationId) -> Option<OrganisationStatus> {
            Self::status_of(organisation)
        }

        /// The changes that wait, at most 32, ascending by number.
        pub fn waiting_changes() -> Vec<WaitingChange> {
            Self::all_waiting()
        }

        /// How many calls an organisation's account or a validator can still make free of charge in its present period; `None`
        /// for other accounts.
        pub fn free_calls_left(account: AccountId) -> Option<u32> {
            Self::calls_left(&account)
        }
    }
}
