#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
#![doc = include_str!("../README.md")]

pub mod weights;

pub use pallet::*;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use super::WeightInfo;
    use frame_support::{pallet_prelude::*, traits::Randomness};
    use frame_system::pallet_prelude::*;
    use quorate_primitives::{
        traits::{Consortium, Escrow, Jobs, Models, Reputation},
        AccountId, BlockNumber, Hash,
    };

    #[pallet::config]
    pub trait Config: frame_system::Config<AccountId = AccountId, Hash = Hash, RuntimeEvent: From<Event<Self>>> {
        type Consortium: Consortium;
        type Models: Models;
        type Jobs: Jobs;
        type Escrow: Escrow;
        type Reputation: Reputation;
        /// Ranks the updates of a sealed round; no block author may choose it.
        type Randomness: Randomness<Hash, BlockNumberFor<Self>>;
        /// May abort any round that is not sealed: the consortium's council.
        type AdminOrigin: EnsureOrigin<Self::RuntimeOrigin>;
        /// Blocks for which score pages are awaited after a job is closed.
        #[pallet::constant]
        type ScoringPeriod: Get<BlockNumber>;
        /// Most rounds that are not over, over all models; at most [`crate::types::MAX_ACTIVE_ROUNDS`] (32).
        #[pallet::constant]
        type MaxActiveRounds: Get<u32>;
        type WeightInfo: WeightInfo;
    }

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::event]
    pub enum Event<T: Config> {}
}
