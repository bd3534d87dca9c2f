#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
#![doc = include_str!("../README.md")]

pub mod weights;

pub use pallet::*;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use super::WeightInfo;
    use frame_support::pallet_prelude::*;
    use quorate_primitives::{traits::Consortium, AccountId, BlockNumber, Hash};

    #[pallet::config]
    pub trait Config: frame_system::Config<AccountId = AccountId, Hash = Hash, RuntimeEvent: From<Event<Self>>> {
        /// Who may register models.
        type Consortium: Consortium;
        /// May set policies, freeze, unfreeze and revoke: the consortium's council.
        type AdminOrigin: EnsureOrigin<Self::RuntimeOrigin>;
        /// Blocks for which votes on a version 0 are counted.
        #[pallet::constant]
        type GenesisVoting: Get<BlockNumber>;
        /// Most models of the chain, retired ones included.
        #[pallet::constant]
        type MaxModels: Get<u32>;
        /// Most models of one organisation that are not retired.
        #[pallet::constant]
        type MaxModelsPerOrganisation: Get<u32>;
        type WeightInfo: WeightInfo;
    }

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::event]
    pub enum Event<T: Config> {}
}
