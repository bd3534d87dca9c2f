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

extern crate alloc;

mod contributors;
mod free_calls;
mod genesis;
mod inspect;
#[cfg(test)]
mod mock;
mod organisations;
mod session;
mod suspension;
#[cfg(test)]
mod tests;
#[cfg(any(test, feature = "try-runtime"))]
mod try_state;
pub mod types;
mod validators;
pub mod weights;

pub use pallet::*;
pub use session::{HasKeys, SessionKeys, ValidatorIdOf};
pub use weights::WeightInfo;

#[frame_support::pallet]
// The code that the macros make.
#[allow(
    clippy::expect_used,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation
)]
pub mod pallet {
    use crate::{session::HasKeys, types::*, WeightInfo};
    use alloc::vec::Vec;
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use quorate_primitives::{job::Committee, traits::MembershipSink, AccountId, BlockNumber, Hash, OrganisationId};

    /// Layout of this pallet's storage.
    pub const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<AccountId = AccountId, Hash = Hash> {
        /// Who admits, removes and suspends members.
        type AdminOrigin: EnsureOrigin<Self::RuntimeOrigin>;

        /// Told of every change of the set of accounts that speak for an organisation.
        type MembershipSink: MembershipSink;

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

        /// Weights of the calls.
        type WeightInfo: WeightInfo;
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

    /// The validator set that was planned last, sorted.
    #[pallet::storage]
    pub type Planned<T> = StorageValue<_, BoundedVec<AccountId, ConstU32<MAX_VALIDATORS>>, ValueQuery>;

    /// The validators of the current session with their keys, in the session's order.
    #[pallet::storage]
    pub type Authorities<T> = StorageValue<_, Committee, ValueQuery>;

    /// The founding members. Must be built after the governance membership and before the session pallet.
    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// Their ids are their positions.
        pub organisations: Vec<GenesisOrganisation>,
        pub validators: Vec<GenesisValidator>,
        #[serde(skip)]
        pub _config: PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            crate::genesis::build::<T>(&self.organisations, &self.validators);
        }
    }

    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// An organisation joined.
        OrganisationAdmitted {
            organisation: OrganisationId,
            account: AccountId,
        },
        /// An organisation left; its validators follow at the next rotation, its contributors count no more.
        OrganisationRemoved { organisation: OrganisationId },
        /// Another account speaks for the organisation.
        OrganisationAccountSet {
            organisation: OrganisationId,
            account: AccountId,
        },
        /// The organisation may sponsor this many contributors.
        QuotaSet { organisation: OrganisationId, quota: u32 },
        /// A validator may set keys and may peer.
        ValidatorRegistered {
            validator: AccountId,
            organisation: OrganisationId,
        },
        /// A validator will not be in the next set.
        ValidatorRemoved { validator: AccountId },
        /// No session holds the removed validator any more.
        ValidatorLeft { validator: AccountId },
        /// A validator moved its node or gateway.
        EndpointUpdated { validator: AccountId },
        /// An account may submit updates for the organisation.
        Sponsored {
            contributor: AccountId,
            organisation: OrganisationId,
        },
        /// An account may submit updates no more.
        Unsponsored {
            contributor: AccountId,
            organisation: OrganisationId,
        },
        /// Somebody is not heard until reinstated.
        Suspended { target: Target },
        /// Somebody is heard again.
        Reinstated { target: Target },
        /// A set that differs from the one before was planned.
        SetPlanned { validators: Vec<AccountId> },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// No organisation has this id. Look it up in `Organisations`.
        OrganisationNotFound,
        /// The account is not a registered validator. Register it first, or check the address.
        ValidatorNotFound,
        /// The account is not sponsored. Sponsor it first, or check the address.
        ContributorNotFound,
        /// The account already speaks for an organisation. Use another one.
        AccountInUse,
        /// The account is a validator already, perhaps one that is still leaving. Wait for `ValidatorLeft`.
        ValidatorAlreadyExists,
        /// An organisation sponsors this account already. It must be unsponsored there first.
        AlreadySponsored,
        /// Another validator has this peer id. Every node needs its own network key.
        PeerIdInUse,
        /// A name is 1 to 64 bytes of UTF-8 without control characters.
        BadName,
        /// A peer id is the base58 text that the node prints at its start, for example `12D3KooW…`.
        BadPeerId,
        /// A gateway URL starts with `http://` or `https://` and is printable ASCII without spaces.
        BadGatewayUrl,
        /// There are 64 organisations. Remove one first.
        MaxOrganisationsExceeded,
        /// There are 32 validators, leaving ones included. Remove one first and wait for `ValidatorLeft`.
        MaxValidatorsExceeded,
        /// The organisation sponsors as many contributors as it may. Unsponsor one, or ask for a larger quota.
        QuotaExceeded,
        /// A quota is at most 1,024.
        QuotaTooLarge,
        /// The signer is not the account of an organisation in good standing, or not the one that sponsors the account.
        NotAuthorized,
        /// The organisation or contributor is suspended. It must be reinstated first.
        Suspended,
        /// The target is suspended already.
        AlreadySuspended,
        /// The target is not suspended, so there is nothing to reinstate.
        NotSuspended,
        /// The chain would be left without a validator. Add another one with keys first.
        LastValidator,
        /// The council would be left without a member. Admit another organisation first.
        LastOrganisation,
        /// All organisation ids are used up.
        IdsExhausted,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn integrity_test() {
            assert!(
                T::MaxContributors::get() <= MAX_QUOTA,
                "the default quota exceeds the largest one"
            );
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Admit an organisation.
        ///
        /// ## Dispatch Origin
        /// [`Config::AdminOrigin`].
        ///
        /// ## Details
        /// `account` gets the organisation's seat in the governance membership.
        ///
        /// ## Errors
        /// [`Error::BadName`], [`Error::AccountInUse`], [`Error::MaxOrganisationsExceeded`], [`Error::IdsExhausted`].
        ///
        /// ## Events
        /// [`Event::OrganisationAdmitted`].
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::admit())]
        pub fn admit(origin: OriginFor<T>, name: Name, account: AccountId) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            Self::do_admit(name, account)
        }

        /// Remove an organisation.
        ///
        /// ## Dispatch Origin
        /// [`Config::AdminOrigin`].
        ///
        /// ## Details
        /// Its validators leave at the next rotations. Its contributors count no more at once; their records go when
        /// they, or another organisation, call [`Pallet::unsponsor`], or when another organisation sponsors them.
        ///
        /// ## Errors
        /// [`Error::OrganisationNotFound`], [`Error::LastOrganisation`], [`Error::LastValidator`].
        ///
        /// ## Events
        /// [`Event::OrganisationRemoved`], [`Event::ValidatorRemoved`] and [`Event::ValidatorLeft`] for its validators.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::remove())]
        pub fn remove(origin: OriginFor<T>, organisation: OrganisationId) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            Self::do_remove(organisation)
        }

        /// Register a validator of an organisation.
        ///
        /// ## Dispatch Origin
        /// [`Config::AdminOrigin`].
        ///
        /// ## Details
        /// From now on the account may set session keys and its node may peer. It joins the set at the first rotation
        /// after it has keys.
        ///
        /// ## Errors
        /// [`Error::OrganisationNotFound`], [`Error::ValidatorAlreadyExists`], [`Error::MaxValidatorsExceeded`],
        /// [`Error::BadPeerId`], [`Error::PeerIdInUse`], [`Error::BadGatewayUrl`].
        ///
        /// ## Events
        /// [`Event::ValidatorRegistered`].
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::register_validator())]
        pub fn register_validator(
            origin: OriginFor<T>,
            validator: AccountId,
            organisation: OrganisationId,
            peer_id: PeerId,
            gateway: GatewayUrl,
            tls_key_hash: Option<Hash>,
        ) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            Self::do_register_validator(
                validator,
                organisation,
                Endpoint {
                    peer_id,
                    gateway,
                    tls_key_hash,
                },
            )
        }

        /// Remove a validator.
        ///
        /// ## Dispatch Origin
        /// [`Config::AdminOrigin`].
        ///
        /// ## Details
        /// Its votes and reveals are refused at once; the set loses it two rotations later.
        ///
        /// ## Errors
        /// [`Error::ValidatorNotFound`] (also when it is leaving already), [`Error::LastValidator`].
        ///
        /// ## Events
        /// [`Event::ValidatorRemoved`], then or later [`Event::ValidatorLeft`].
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::remove_validator())]
        pub fn remove_validator(origin: OriginFor<T>, validator: AccountId) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            Self::do_remove_validator(validator)
        }

        /// Say where the signer's node and gateway are reached now.
        ///
        /// ## Dispatch Origin
        /// Signed by a registered validator. Free of charge when it would change something, [`Config::FreeCalls`] times a period.
        ///
        /// ## Errors
        /// [`Error::ValidatorNotFound`], [`Error::BadPeerId`], [`Error::PeerIdInUse`], [`Error::BadGatewayUrl`].
        ///
        /// ## Events
        /// [`Event::EndpointUpdated`].
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::update_endpoint())]
        #[pallet::feeless_if(
            |origin: &OriginFor<T>, peer_id: &PeerId, gateway: &GatewayUrl, tls_key_hash: &Option<Hash>| -> bool {
                Pallet::<T>::updates_endpoint_for_free(origin, peer_id, gateway, tls_key_hash)
            }
        )]
        pub fn update_endpoint(
            origin: OriginFor<T>,
            peer_id: PeerId,
            gateway: GatewayUrl,
            tls_key_hash: Option<Hash>,
        ) -> DispatchResult {
            let validator = ensure_signed(origin)?;
            Self::do_update_endpoint(
                validator,
                Endpoint {
                    peer_id,
                    gateway,
                    tls_key_hash,
                },
            )
        }

        /// Let an account submit updates in the name of the signer's organisation.
        ///
        /// ## Dispatch Origin
        /// Signed by the account of an organisation in good standing. Free of charge when it would succeed,
        /// [`Config::FreeCalls`] times a period.
        ///
        /// ## Details
        /// The account needs no tokens, neither now nor for its protocol calls: it gets a sufficient reference.
        ///
        /// ## Errors
        /// [`Error::NotAuthorized`], [`Error::AlreadySponsored`], [`Error::QuotaExceeded`], [`Error::Suspended`] (by
        /// the consortium, when it belonged to an organisation that has left).
        ///
        /// ## Events
        /// [`Event::Sponsored`].
        #[pallet::call_index(5)]
        #[pallet::weight(T::WeightInfo::sponsor())]
        #[pallet::feeless_if(|origin: &OriginFor<T>, contributor: &AccountId| -> bool {
            Pallet::<T>::sponsors_for_free(origin, contributor)
        })]
        pub fn sponsor(origin: OriginFor<T>, contributor: AccountId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            let organisation = Self::check_sponsor(&who, &contributor)?;
            Self::count_call(&who);
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
        #[pallet::call_index(6)]
        #[pallet::weight(T::WeightInfo::unsponsor())]
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

        /// Stop hearing an organisation, a validator or a contributor.
        ///
        /// ## Dispatch Origin
        /// [`Config::AdminOrigin`]; for a contributor also its organisation's account.
        ///
        /// ## Details
        /// With an organisation goes its council seat, and its validators and contributors are not heard.
        ///
        /// ## Errors
        /// [`Error::NotAuthorized`], [`Error::AlreadySuspended`], [`Error::LastValidator`],
        /// [`Error::LastOrganisation`], and the three `NotFound`.
        ///
        /// ## Events
        /// [`Event::Suspended`].
        #[pallet::call_index(7)]
        #[pallet::weight(T::WeightInfo::suspend())]
        pub fn suspend(origin: OriginFor<T>, target: Target) -> DispatchResult {
            let by = Self::suspension_authority(origin, &target)?;
            Self::do_suspend(by, target)
        }

        /// Hear somebody again.
        ///
        /// ## Dispatch Origin
        /// [`Config::AdminOrigin`]; for a contributor that its organisation suspended also that organisation's account.
        ///
        /// ## Errors
        /// [`Error::NotAuthorized`], [`Error::NotSuspended`], and the three `NotFound`.
        ///
        /// ## Events
        /// [`Event::Reinstated`].
        #[pallet::call_index(8)]
        #[pallet::weight(T::WeightInfo::reinstate())]
        pub fn reinstate(origin: OriginFor<T>, target: Target) -> DispatchResult {
            let by = Self::suspension_authority(origin, &target)?;
            Self::do_reinstate(by, target)
        }

        /// Set how many contributors an organisation may sponsor.
        ///
        /// ## Dispatch Origin
        /// [`Config::AdminOrigin`].
        ///
        /// ## Details
        /// A quota below the present number unsponsors nobody; it stops new sponsorships.
        ///
        /// ## Errors
        /// [`Error::OrganisationNotFound`], [`Error::QuotaTooLarge`].
        ///
        /// ## Events
        /// [`Event::QuotaSet`].
        #[pallet::call_index(9)]
        #[pallet::weight(T::WeightInfo::set_quota())]
        pub fn set_quota(origin: OriginFor<T>, organisation: OrganisationId, quota: u32) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            Self::do_set_quota(organisation, quota)
        }

        /// Let another account speak for an organisation.
        ///
        /// ## Dispatch Origin
        /// [`Config::AdminOrigin`].
        ///
        /// ## Details
        /// Bonds that are held on the old account return to it.
        ///
        /// ## Errors
        /// [`Error::OrganisationNotFound`], [`Error::AccountInUse`].
        ///
        /// ## Events
        /// [`Event::OrganisationAccountSet`].
        #[pallet::call_index(10)]
        #[pallet::weight(T::WeightInfo::set_account())]
        pub fn set_account(origin: OriginFor<T>, organisation: OrganisationId, account: AccountId) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            Self::do_set_account(organisation, account)
        }
    }
}
