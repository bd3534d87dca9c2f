//! Tools for accounts: identity, multisig, proxy, batches.

use crate::{
    constants::deposit, governance::AdmittedMajority, AccountPublic, Balances, OriginCaller, Runtime, RuntimeCall,
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
    type ForceOrigin = AdmittedMajority;
    type RegistrarOrigin = AdmittedMajority;
    type OffchainSignature = Signature;
    type SigningPublicKey = AccountPublic;
    type UsernameAuthorityOrigin = AdmittedMajority;
    type PendingUsernameExpiration = PendingUsernameExpiration;
    type UsernameGracePeriod = UsernameGracePeriod;
    type MaxSuffixLength = ConstU32<7>;
    type MaxUsernameLength = ConstU32<32>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = ();
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

/// What a proxy may do. Every type but `Any` is a list of what is allowed, so that a call that is added later is none of
/// them. None of those lists holds a call by which tokens can pass to where the proxy wants them, nor one that hands the
/// account over.
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
    /// Everything that the others may do, and the account's own keys and pay.
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

/// Batches; each call in them is asked about in its turn.
fn is_batch(call: &RuntimeCall) -> bool {
    use pallet_utility::Call::*;
    matches!(
        call,
        RuntimeCall::Utility(batch { .. } | batch_all { .. } | force_batch { .. })
    )
}

fn is_governance(call: &RuntimeCall) -> bool {
    use pallet_preimage::Call::*;
    match call {
        RuntimeCall::Council(_) | RuntimeCall::TechnicalCommittee(_) => true,
        RuntimeCall::RankedCollective(call) => matches!(call, pallet_ranked_collective::Call::vote { .. }),
        // A decision deposit returns, or goes to the treasury: never to the proxy.
        RuntimeCall::RankedPolls(_) => true,
        RuntimeCall::Preimage(note_preimage { .. } | unnote_preimage { .. }) => true,
        _ => false,
    }
}

fn is_contribution(call: &RuntimeCall) -> bool {
    use pallet_evaluation::Call::{commit_shard, reveal_shard, withdraw_shard};
    use pallet_rounds::Call::*;
    matches!(
        call,
        RuntimeCall::Rounds(submit { .. } | withdraw { .. } | reveal_update { .. })
            | RuntimeCall::Evaluation(commit_shard { .. } | withdraw_shard { .. } | reveal_shard { .. })
    )
}

/// Not among it: whose account and which recovery key an organisation has, and policies. With a policy, contributors and rounds
/// in one hand a model's fund could be paid to accounts of the proxy's own.
fn is_daily_work(call: &RuntimeCall) -> bool {
    use pallet_artifacts::Call as Artifact;
    use pallet_consortium::Call as Consortium;
    use pallet_evaluation::Call as Evaluation;
    use pallet_inference::Call as Inference;
    use pallet_models::Call as Model;
    use pallet_rounds::Call as Round;
    match call {
        RuntimeCall::Consortium(call) => matches!(
            call,
            Consortium::sponsor { .. }
                | Consortium::unsponsor { .. }
                | Consortium::suspend { .. }
                | Consortium::reinstate { .. }
        ),
        RuntimeCall::Models(call) => matches!(
            call,
            Model::register { .. }
                | Model::freeze { .. }
                | Model::unfreeze { .. }
                | Model::retire { .. }
                | Model::retry_genesis { .. }
                | Model::admit_readers { .. }
        ),
        RuntimeCall::Artifacts(call) => matches!(
            call,
            Artifact::register { .. }
                | Artifact::retry { .. }
                | Artifact::set_access { .. }
                | Artifact::retire { .. }
                | Artifact::prune { .. }
        ),
        RuntimeCall::Rounds(call) => matches!(call, Round::open_round { .. } | Round::abort { .. }),
        // From what the organisation set aside for it, and no more.
        RuntimeCall::Evaluation(call) => matches!(call, Evaluation::request { .. } | Evaluation::prune { .. }),
        RuntimeCall::Inference(call) => matches!(call, Inference::request { .. } | Inference::cancel { .. }),
        _ => false,
    }
}

/// The account's own keys, endpoint and pay.
fn is_own(call: &RuntimeCall) -> bool {
    matches!(
        call,
        RuntimeCall::Session(pallet_session::Call::set_keys { .. })
            | RuntimeCall::Consortium(pallet_consortium::Call::update_endpoint { .. })
            | RuntimeCall::Incentives(pallet_incentives::Call::claim { .. })
            | RuntimeCall::System(frame_system::Call::remark { .. } | frame_system::Call::remark_with_event { .. })
    )
}

impl InstanceFilter<RuntimeCall> for ProxyType {
    fn filter(&self, call: &RuntimeCall) -> bool {
        match self {
            ProxyType::Any => true,
            _ if is_batch(call) => true,
            ProxyType::NonTransfer => {
                is_governance(call) || is_contribution(call) || is_daily_work(call) || is_own(call)
            }
            ProxyType::Governance => is_governance(call),
            ProxyType::Contributor => is_contribution(call),
            ProxyType::Organisation => is_daily_work(call),
        }
    }

    fn is_superset(&self, other: &Self) -> bool {
        match (self, other) {
            (ProxyType::Any, _) => true,
            (_, ProxyType::Any) => false,
            (ProxyType::NonTransfer, _) => true,
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
