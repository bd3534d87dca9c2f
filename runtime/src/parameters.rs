//! Numbers that the council may change without an upgrade.

use crate::{constants::*, governance::CouncilOrRoot, Balance, BlockNumber, Runtime, RuntimeEvent};
use frame_support::{
    dynamic_params::{dynamic_pallet_params, dynamic_params},
    traits::AsEnsureOriginWithArg,
};

#[dynamic_params(RuntimeParameters, pallet_parameters::Parameters::<Runtime>)]
pub mod dynamic {
    use super::*;

    /// The protocol's own deadlines, in blocks. What runs already keeps the deadlines it has.
    #[dynamic_pallet_params]
    #[codec(index = 0)]
    pub mod protocol {
        /// Blocks for which votes on a model's version 0 are counted.
        #[codec(index = 0)]
        pub static GenesisVoting: BlockNumber = 60 * MINUTES;

        /// Blocks for which score pages are awaited after a job is closed.
        #[codec(index = 1)]
        pub static ScoringPeriod: BlockNumber = 5 * MINUTES;
    }

    /// What preimages cost as a deposit.
    #[dynamic_pallet_params]
    #[codec(index = 1)]
    pub mod preimages {
        #[codec(index = 0)]
        pub static BaseDeposit: Balance = deposit(1, 0);

        #[codec(index = 1)]
        pub static ByteDeposit: Balance = deposit(0, 1);
    }
}

impl pallet_parameters::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeParameters = RuntimeParameters;
    type AdminOrigin = AsEnsureOriginWithArg<CouncilOrRoot>;
    type WeightInfo = ();
}
