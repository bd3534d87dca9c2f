//! Tools for accounts: identity, multisig, proxy, batches.

use crate::{
    constants::deposit, governance::CouncilOrRoot, AccountPublic, Balances, OriginCaller, Runtime, RuntimeCall,
    RuntimeEvent, Signature, System, Treasury,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{
    parameter_types,
    traits::{ConstU128, ConstU32, InstanceFilter},
};
use pallet_identity::legacy::IdentityInfo;
use scale_info::TypeInfo;
use sp_runtime::traits::BlakeTwo256;

parameter_types! {
    pub const PendingUsernameExpiration: u32 = 7 * crate::constants::DAYS;
    pub const UsernameGracePeriod: u32 = 30 * crate::constants::DAYS;
}

impl pallet_identity::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type Currency = Balances;
    type BasicDeposit = ConstU128<{ deposit(1, 258) }>;
    type ByteDeposit = ConstU128<{ deposit(0, 1) }>;
    type UsernameDeposit = ConstU128<{ deposit(0, 32) }>;
    type SubAccountDeposit = ConstU128<{ deposit(1, 53) }>;
    type MaxSubAccounts = ConstU32<100>;
    type IdentityInformation = IdentityInfo<ConstU32<16>>;
    type MaxRegistrars = ConstU32<20>;
    type Slashed = Treasury;
    type ForceOrigin = CouncilOrRoot;
    type RegistrarOrigin = CouncilOrRoot;
    type OffchainSignature = Signature;
    type SigningPublicKey = AccountPublic;
    type UsernameAuthorityOrigin = CouncilOrRoot;
    type PendingUsernameExpiration = PendingUsernameExpiration;
    type UsernameGracePeriod = UsernameGracePeriod;
    type MaxSuffixLength = ConstU32<7>;
    type MaxUsernameLength = ConstU32<32>;
    type WeightInfo = pallet_identity::weights::SubstrateWeight<Runtime>;
}

impl pallet_multisig::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type Currency = Balances;
    type DepositBase = ConstU128<{ deposit(1, 88) }>;
    type DepositFactor = ConstU128<{ deposit(0, 32) }>;
    type MaxSignatories = ConstU32<100>;
    type WeightInfo = pallet_multisig::weights::SubstrateWeight<Runtime>;
    type BlockNumberProvider = System;
}

/// What a proxy may do.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Encode,
    Decode,
    DecodeWithMemTracking,
    TypeInfo,
    MaxEncodedLen,
)]
pub enum ProxyType {
    #[default]
    #[codec(index = 0)]
    Any,
    /// Everything but moving tokens.
    #[codec(index = 1)]
    NonTransfer,
    /// Motions, votes and polls.
    #[codec(index = 2)]
    Governance,
    /// A contributor's calls: what a training machine needs, and no token with it.
    #[codec(index = 3)]
    Contributor,
    /// An organisation's daily work: contributors, models and rounds.
    #[codec(index = 4)]
    Organisation,
}

impl InstanceFilter<RuntimeCall> for ProxyType {
    fn filter(&self, call: &RuntimeCall) -> bool {
        let batch = matches!(call, RuntimeCall::Utility(_));
        match self {
            ProxyType::Any => true,
            ProxyType::NonTransfer => !matches!(call, RuntimeCall::Balances(_)),
            ProxyType::Governance => {
                batch
                    || matches!(
                        call,
                        RuntimeCall::Council(_)
                            | RuntimeCall::TechnicalCommittee(_)
                            | RuntimeCall::RankedCollective(_)
                            | RuntimeCall::RankedPolls(_)
                            | RuntimeCall::Preimage(_)
                    )
            }
            ProxyType::Contributor => batch || matches!(call, RuntimeCall::Rounds(_)),
            ProxyType::Organisation => {
                batch
                    || matches!(
                        call,
                        RuntimeCall::Consortium(_) | RuntimeCall::Models(_) | RuntimeCall::Rounds(_)
                    )
            }
        }
    }

    fn is_superset(&self, other: &Self) -> bool {
        match (self, other) {
            (ProxyType::Any, _) => true,
            (_, ProxyType::Any) => false,
            (ProxyType::NonTransfer, _) => true,
            (ProxyType::Organisation, ProxyType::Contributor) => true,
            (one, other) => one == other,
        }
    }
}

impl pallet_proxy::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type Currency = Balances;
    type ProxyType = ProxyType;
    type ProxyDepositBase = ConstU128<{ deposit(1, 8) }>;
    type ProxyDepositFactor = ConstU128<{ deposit(0, 33) }>;
    type MaxProxies = ConstU32<32>;
    type WeightInfo = pallet_proxy::weights::SubstrateWeight<Runtime>;
    type MaxPending = ConstU32<32>;
    type CallHasher = BlakeTwo256;
    type AnnouncementDepositBase = ConstU128<{ deposit(1, 8) }>;
    type AnnouncementDepositFactor = ConstU128<{ deposit(0, 66) }>;
    type BlockNumberProvider = System;
}

impl pallet_utility::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type PalletsOrigin = OriginCaller;
    type WeightInfo = pallet_utility::weights::SubstrateWeight<Runtime>;
}
