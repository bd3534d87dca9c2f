//! Treasury, preimages, scheduled calls, whitelisted calls.

use super::origins::{AdmittedMajority, AdmittedTwoThirds, AtLeast, Ayes, TechnicalOrRoot};
use crate::{
    configs::system::Limits,
    constants::*,
    parameters::{PreimageBaseDeposit, PreimageByteDeposit},
    AccountId, Balance, Balances, OriginCaller, Preimage, Runtime, RuntimeCall, RuntimeEvent, RuntimeHoldReason,
    RuntimeOrigin, System, Treasury,
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

/// Three fifths of all admitted organisations spend any amount.
type Spenders =
    EitherOf<EnsureRootWithSuccess<AccountId, AnyAmount>, EnsureWithSuccess<Ayes<AtLeast<3, 5>>, AccountId, AnyAmount>>;

impl pallet_treasury::Config for Runtime {
    type Currency = Balances;
    type RejectOrigin = AdmittedMajority;
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
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = BenchmarkSpends;
}

/// Spends of the benchmarks: of the one asset, to made-up accounts.
#[cfg(feature = "runtime-benchmarks")]
pub struct BenchmarkSpends;

#[cfg(feature = "runtime-benchmarks")]
impl pallet_treasury::ArgumentsFactory<(), AccountId> for BenchmarkSpends {
    fn create_asset_kind(_: u32) {}

    fn create_beneficiary(seed: [u8; 32]) -> AccountId {
        AccountId::new(seed)
    }
}

impl pallet_preimage::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = pallet_preimage::weights::SubstrateWeight<Runtime>;
    type Currency = Balances;
    type ManagerOrigin = AdmittedMajority;
    type Consideration = HoldConsideration<
        AccountId,
        Balances,
        PreimageHold,
        LinearStoragePrice<PreimageBaseDeposit, PreimageByteDeposit, Balance>,
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

/// The way to root: the technical committee has looked at the call, then two thirds of all admitted organisations dispatch it.
///
/// A dispatch that comes before the committee's word is never carried out later by itself (it expires at once): by then other
/// organisations may be admitted, and the ayes would not be counted again.
impl pallet_whitelist::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type WhitelistOrigin = TechnicalOrRoot;
    type DispatchWhitelistedOrigin = AdmittedTwoThirds;
    type Preimages = Preimage;
    type DeferredDispatchExpiration = ConstU32<0>;
    type BlockNumberProvider = System;
    type WeightInfo = pallet_whitelist::weights::SubstrateWeight<Runtime>;
}
