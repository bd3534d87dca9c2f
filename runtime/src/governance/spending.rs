//! Treasury, preimages, scheduled calls, whitelisted calls.

use super::{councils::CouncilInstance, CouncilOrRoot, CouncilTwoThirds, TechnicalOrRoot};
use crate::{
    configs::system::Limits, constants::*, parameters::dynamic::preimages, AccountId, Balance, Balances, OriginCaller,
    Preimage, Runtime, RuntimeCall, RuntimeEvent, RuntimeHoldReason, RuntimeOrigin, System, Treasury,
};
use frame_support::{
    parameter_types,
    traits::{
        fungible::HoldConsideration,
        tokens::{PayFromAccount, UnityAssetBalanceConversion},
        ConstU32, EitherOf, EqualPrivilegeOnly, LinearStoragePrice,
    },
    weights::Weight,
    PalletId,
};
use frame_system::{EnsureRoot, EnsureRootWithSuccess, EnsureWithSuccess};
use pallet_collective::EnsureProportionAtLeast;
use sp_runtime::{traits::AccountIdLookup, Perbill, Permill};

parameter_types! {
    pub const TreasuryPalletId: PalletId = PalletId(*b"py/trsry");
    pub TreasuryAccount: AccountId = Treasury::account_id();
    pub const SpendPeriod: u32 = DAYS;
    pub const PayoutPeriod: u32 = 30 * DAYS;
    // Nothing is burnt: what the treasury does not spend, it keeps.
    pub const NoBurn: Permill = Permill::zero();
    pub const AnyAmount: Balance = Balance::MAX;
    pub SchedulerWeight: Weight = Perbill::from_percent(80) * Limits::get().max_block;
    pub const PreimageHold: RuntimeHoldReason = RuntimeHoldReason::Preimage(pallet_preimage::HoldReason::Preimage);
}

/// Three fifths of the organisations spend any amount.
type Spenders = EitherOf<
    EnsureRootWithSuccess<AccountId, AnyAmount>,
    EnsureWithSuccess<EnsureProportionAtLeast<AccountId, CouncilInstance, 3, 5>, AccountId, AnyAmount>,
>;

impl pallet_treasury::Config for Runtime {
    type Currency = Balances;
    type RejectOrigin = CouncilOrRoot;
    type RuntimeEvent = RuntimeEvent;
    type SpendPeriod = SpendPeriod;
    type Burn = NoBurn;
    type PalletId = TreasuryPalletId;
    type BurnDestination = ();
    type WeightInfo = pallet_treasury::weights::SubstrateWeight<Runtime>;
    type SpendFunds = ();
    type MaxApprovals = ConstU32<100>;
    type SpendOrigin = Spenders;
    type AssetKind = ();
    type Beneficiary = AccountId;
    type BeneficiaryLookup = AccountIdLookup<AccountId, ()>;
    type Paymaster = PayFromAccount<Balances, TreasuryAccount>;
    type BalanceConverter = UnityAssetBalanceConversion;
    type PayoutPeriod = PayoutPeriod;
    type BlockNumberProvider = System;
}

impl pallet_preimage::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = pallet_preimage::weights::SubstrateWeight<Runtime>;
    type Currency = Balances;
    type ManagerOrigin = CouncilOrRoot;
    type Consideration = HoldConsideration<
        AccountId,
        Balances,
        PreimageHold,
        LinearStoragePrice<preimages::BaseDeposit, preimages::ByteDeposit, Balance>,
    >;
}

impl pallet_scheduler::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeOrigin = RuntimeOrigin;
    type PalletsOrigin = OriginCaller;
    type RuntimeCall = RuntimeCall;
    type MaximumWeight = SchedulerWeight;
    type ScheduleOrigin = EnsureRoot<AccountId>;
    type OriginPrivilegeCmp = EqualPrivilegeOnly;
    type MaxScheduledPerBlock = ConstU32<50>;
    type WeightInfo = pallet_scheduler::weights::SubstrateWeight<Runtime>;
    type Preimages = Preimage;
    type BlockNumberProvider = System;
}

/// The way to root: the technical committee has looked at the call, the council dispatches it.
impl pallet_whitelist::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type WhitelistOrigin = TechnicalOrRoot;
    type DispatchWhitelistedOrigin = CouncilTwoThirds;
    type Preimages = Preimage;
    type DeferredDispatchExpiration = ConstU32<{ 14 * DAYS }>;
    type BlockNumberProvider = System;
    type WeightInfo = pallet_whitelist::weights::SubstrateWeight<Runtime>;
}
