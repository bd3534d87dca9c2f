//! Numbers that two thirds of all admitted organisations may change without an upgrade.

use crate::{constants::*, governance::AdmittedTwoThirds, Balance, BlockNumber, Runtime, RuntimeEvent};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::marker::PhantomData;
use frame_support::{
    dynamic_params::{dynamic_pallet_params, dynamic_params},
    parameter_types,
    traits::{AsEnsureOriginWithArg, Get},
};
use quorate_primitives::Ppm;
use scale_info::TypeInfo;

#[dynamic_params(RuntimeParameters, pallet_parameters::Parameters::<Runtime>)]
pub mod dynamic {
    use super::*;

    /// The protocol's own deadlines, in blocks. What runs already keeps the deadlines it has.
    #[dynamic_pallet_params]
    #[codec(index = 0)]
    pub mod protocol {
        /// Blocks for which votes on a version that an owner gives are counted. See [`super::super::GenesisVoting`].
        #[codec(index = 0)]
        pub static GenesisVoting: BlockNumber = 60 * MINUTES;

        /// Blocks between a decision about who votes or validates and its enactment. See [`super::super::ChangeDelay`].
        #[codec(index = 1)]
        pub static ChangeDelay: BlockNumber = DAYS;
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

    /// The periods of ranked polls. See [`super::super::PollPeriods`].
    #[dynamic_pallet_params]
    #[codec(index = 2)]
    pub mod polls {
        #[codec(index = 0)]
        pub static Periods: PollPeriods = PollPeriods::STANDARD;
    }

    /// What an evaluation costs.
    #[dynamic_pallet_params]
    #[codec(index = 3)]
    pub mod evaluation {
        /// Paid for every one. See [`super::super::EvaluationBaseFee`].
        #[codec(index = 0)]
        pub static BaseFee: Balance = 100 * MILLIUNIT;

        /// Paid for each thousand million of operations (docs/exactness.md, section 20).
        #[codec(index = 1)]
        pub static FeePerOperations: Balance = 20 * MICROUNIT;

        /// Paid for each MiB of the version and the data set.
        #[codec(index = 2)]
        pub static FeePerMiB: Balance = 100 * MICROUNIT;
    }

    /// What a request for an answer costs.
    #[dynamic_pallet_params]
    #[codec(index = 4)]
    pub mod inference {
        /// Paid for every one. See [`super::super::InferenceBaseFee`].
        #[codec(index = 0)]
        pub static BaseFee: Balance = 10 * MILLIUNIT;

        /// Paid for each million of operations (docs/exactness.md, section 22).
        #[codec(index = 1)]
        pub static FeePerOperations: Balance = MICROUNIT / 50;

        /// Paid for each MiB of the input.
        #[codec(index = 2)]
        pub static FeePerMiB: Balance = MILLIUNIT;

        /// Paid for each MiB of version, frozen base and program, by the requests of a batch together: about what operations cost that take as
        /// long as reading and hashing it.
        #[codec(index = 3)]
        pub static FeePerMiBRead: Balance = MICROUNIT;

        /// The part of what a batch of seven earns that goes into the reserve, in millionths. A fifth pays 25 others for one batch of sixteen. See
        /// [`super::super::InferenceReservePart`].
        #[codec(index = 4)]
        pub static ReservePart: Ppm = 200_000;
    }
}

/// How long the stages of a ranked poll take, in blocks.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct PollPeriods {
    /// Between a poll's submission and the first moment at which it may be decided.
    pub prepare: BlockNumber,
    /// In which it has to begin to pass.
    pub decide: BlockNumber,
    /// For which it has to pass without a break.
    pub confirm: BlockNumber,
    /// Before what passed is carried out.
    pub enact: BlockNumber,
}

impl PollPeriods {
    /// What holds unless two thirds of the organisations set others.
    pub const STANDARD: Self = Self {
        prepare: HOURS,
        decide: 7 * DAYS,
        confirm: HOURS,
        enact: HOURS,
    };
    /// A contributor can still notice a poll and vote.
    const LEAST: Self = Self {
        prepare: MINUTES,
        decide: 10 * MINUTES,
        confirm: MINUTES,
        enact: MINUTES,
    };
    /// Places of a track are not taken for longer.
    const MOST: Self = Self {
        prepare: 7 * DAYS,
        decide: 28 * DAYS,
        confirm: 7 * DAYS,
        enact: 28 * DAYS,
    };
}

/// The periods in force: what was set, or the nearest that is allowed.
impl Get<PollPeriods> for PollPeriods {
    fn get() -> Self {
        let (set, least, most) = (dynamic::polls::Periods::get(), Self::LEAST, Self::MOST);
        Self {
            prepare: set.prepare.clamp(least.prepare, most.prepare),
            decide: set.decide.clamp(least.decide, most.decide),
            confirm: set.confirm.clamp(least.confirm, most.confirm),
            enact: set.enact.clamp(least.enact, most.enact),
        }
    }
}

/// A parameter with a floor: a lower value that was set counts as the floor. Pallets are given this, never the parameter.
pub struct AtLeast<Parameter, Floor>(PhantomData<(Parameter, Floor)>);

impl<T: Ord, Parameter: Get<T>, Floor: Get<T>> Get<T> for AtLeast<Parameter, Floor> {
    fn get() -> T {
        Parameter::get().max(Floor::get())
    }
}

/// A parameter with a ceiling.
pub struct AtMost<Parameter, Ceiling>(PhantomData<(Parameter, Ceiling)>);

impl<T: Ord, Parameter: Get<T>, Ceiling: Get<T>> Get<T> for AtMost<Parameter, Ceiling> {
    fn get() -> T {
        Parameter::get().min(Ceiling::get())
    }
}

parameter_types! {
    /// A version file is fetched and checked by every validator in this time.
    pub const LeastGenesisVoting: BlockNumber = 5 * MINUTES;
    /// A majority can still cancel in this time.
    pub const LeastChangeDelay: BlockNumber = MINUTES;
    /// Longer, and a fast suspension would end before two thirds can make it long.
    pub const MostChangeDelay: BlockNumber = 2 * DAYS;
    pub const LeastBaseDeposit: Balance = deposit(1, 0) / 10;
    pub const LeastByteDeposit: Balance = deposit(0, 1) / 10;
    /// What is free could be repeated for ever.
    pub const LeastEvaluationFee: Balance = 10 * MILLIUNIT;
    pub const LeastInferenceFee: Balance = MILLIUNIT;
    /// Whoever computes a batch earns the larger part of it.
    pub const MostReservePart: Ppm = 500_000;
}

pub type GenesisVoting = AtLeast<dynamic::protocol::GenesisVoting, LeastGenesisVoting>;
pub type ChangeDelay = AtMost<AtLeast<dynamic::protocol::ChangeDelay, LeastChangeDelay>, MostChangeDelay>;
pub type PreimageBaseDeposit = AtLeast<dynamic::preimages::BaseDeposit, LeastBaseDeposit>;
pub type PreimageByteDeposit = AtLeast<dynamic::preimages::ByteDeposit, LeastByteDeposit>;
pub type EvaluationBaseFee = AtLeast<dynamic::evaluation::BaseFee, LeastEvaluationFee>;
pub type EvaluationFeePerOperations = dynamic::evaluation::FeePerOperations;
pub type EvaluationFeePerMiB = dynamic::evaluation::FeePerMiB;
pub type InferenceBaseFee = AtLeast<dynamic::inference::BaseFee, LeastInferenceFee>;
pub type InferenceFeePerOperations = dynamic::inference::FeePerOperations;
pub type InferenceFeePerMiB = dynamic::inference::FeePerMiB;
pub type InferenceFeePerMiBRead = dynamic::inference::FeePerMiBRead;
pub type InferenceReservePart = AtMost<dynamic::inference::ReservePart, MostReservePart>;

impl pallet_parameters::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeParameters = RuntimeParameters;
    type AdminOrigin = AsEnsureOriginWithArg<AdmittedTwoThirds>;
    type WeightInfo = crate::weights::Parameters;
}
