//! What can be stopped, and what never is. Consensus, governance, votes, reveals and attestation stay callable: stopping them
//! would lose acknowledged updates, or the way out. The council's own levers stay callable too.

use crate::{
    governance::{tracks::rank_of_track, AdmittedMajority, TechnicalDuration, TechnicalOrRoot},
    Balances, MultiBlockMigrations, Runtime, RuntimeCall, RuntimeEvent, RuntimeHoldReason, SafeMode, TxPause,
};
use frame_support::{
    migrations::MultiStepMigrator,
    parameter_types,
    traits::{ConstU32, Contains, InsideBoth},
};
use pallet_tx_pause::RuntimeCallNameOf;
use quorate_primitives::{traits::Protected, Hash};
use sp_runtime::MultiAddress;

parameter_types! {
    /// How long one vote of the technical committee stops the chain's business.
    pub const SafeModeDuration: u32 = crate::constants::DAYS;
    pub const NoDeposit: Option<u128> = None;
    pub const NoDelay: Option<u32> = None;
}

/// What may be dispatched at all; root passes every filter.
pub type CallFilter = InsideBoth<KeepsTheConsortium, InsideBoth<SafeMode, TxPause>>;

/// Closes ways around the consortium and around polls. The seats of both bodies follow the organisations: a member that changed its seat's key
/// itself would break that. A validator that purged its keys would leave the set unasked, the last one too. And a poll that gave
/// its track's account a proxy would give that proxy for ever what each poll has once.
pub struct KeepsTheConsortium;

impl Contains<RuntimeCall> for KeepsTheConsortium {
    fn contains(call: &RuntimeCall) -> bool {
        !matches!(
            call,
            RuntimeCall::Membership(_)
                | RuntimeCall::TechnicalMembership(_)
                | RuntimeCall::Session(pallet_session::Call::purge_keys { .. })
        ) && !acts_for_a_track(call)
    }
}

fn acts_for_a_track(call: &RuntimeCall) -> bool {
    use pallet_proxy::Call::{proxy, proxy_announced};
    match call {
        RuntimeCall::Proxy(proxy { real, .. } | proxy_announced { real, .. }) => {
            matches!(real, MultiAddress::Id(real) if rank_of_track(real).is_some())
        }
        _ => false,
    }
}

/// Calls that go on in safe mode. Wrappers are among them: what they wrap is asked about in its turn. So are the levers that a
/// motion pulls, since a motion passes the same filter as everybody; an owner may use on its model those that it has too.
pub struct StaysOpen;

impl Contains<RuntimeCall> for StaysOpen {
    fn contains(call: &RuntimeCall) -> bool {
        use pallet_evaluation::Call as Shard;
        use pallet_models::Call as Model;
        use pallet_rounds::Call as Round;
        use RuntimeCall::*;
        // One line for each kind of call reads better than one pattern.
        #[allow(clippy::match_like_matches_macro)]
        match call {
            Timestamp(_) | Babe(_) | Grandpa(_) | Session(_) => true,
            Availability(_) | Attestation(_) | Capabilities(_) => true,
            Rounds(Round::reveal_update { .. } | Round::settle { .. } | Round::abort { .. }) => true,
            Evaluation(Shard::reveal_shard { .. }) => true,
            Inference(pallet_inference::Call::answer { .. } | pallet_inference::Call::call_all { .. }) => true,
            Council(_) | TechnicalCommittee(_) | Whitelist(_) | Preimage(_) | Scheduler(_) => true,
            Models(Model::set_policy { .. } | Model::freeze { .. } | Model::unfreeze { .. }) => true,
            Models(Model::revoke { .. } | Model::unrevoke { .. } | Model::promote { .. }) => true,
            Consortium(_) | Parameters(_) | Reputation(_) => true,
            SafeMode(_) | TxPause(_) | MultiBlockMigrations(_) => true,
            System(frame_system::Call::apply_authorized_upgrade { .. }) => true,
            Utility(_) | Multisig(_) | Proxy(_) => true,
            _ => false,
        }
    }
}

/// Calls that cannot be paused, by name: what stays open in safe mode, and all of the wrappers through which governance acts.
pub struct NeverPaused;

impl Contains<RuntimeCallNameOf<Runtime>> for NeverPaused {
    fn contains((pallet, call): &RuntimeCallNameOf<Runtime>) -> bool {
        match pallet.as_slice() {
            b"System" | b"Timestamp" | b"Babe" | b"Grandpa" | b"Session" => true,
            b"Availability" | b"Attestation" | b"Capabilities" => true,
            b"Council" | b"TechnicalCommittee" | b"Whitelist" | b"Preimage" | b"Scheduler" => true,
            b"Consortium" | b"Parameters" | b"Reputation" => true,
            b"SafeMode" | b"TxPause" | b"MultiBlockMigrations" => true,
            b"Utility" | b"Multisig" | b"Proxy" => true,
            b"Rounds" => matches!(call.as_slice(), b"reveal_update" | b"settle" | b"abort"),
            b"Evaluation" => call.as_slice() == b"reveal_shard",
            b"Inference" => matches!(call.as_slice(), b"answer" | b"call_all"),
            b"Models" => matches!(
                call.as_slice(),
                b"set_policy" | b"freeze" | b"unfreeze" | b"revoke" | b"unrevoke" | b"promote"
            ),
            _ => false,
        }
    }
}

/// When contributors cannot submit, the deadlines of what they could have done shift.
pub struct Stopped;

impl Protected for Stopped {
    fn no_transactions() -> bool {
        MultiBlockMigrations::ongoing()
    }

    fn no_submissions() -> bool {
        let submit = pallet_rounds::Call::submit {
            round: 0,
            commitment: Hash::zero(),
            weight: 1,
        };
        Self::no_transactions() || !CallFilter::contains(&submit.into())
    }
}

impl pallet_safe_mode::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type WhitelistedCalls = StaysOpen;
    type EnterDuration = SafeModeDuration;
    type ExtendDuration = SafeModeDuration;
    // Nobody can buy a stop of the chain.
    type EnterDepositAmount = NoDeposit;
    type ExtendDepositAmount = NoDeposit;
    type ForceEnterOrigin = TechnicalDuration<SafeModeDuration>;
    type ForceExtendOrigin = TechnicalDuration<SafeModeDuration>;
    type ForceExitOrigin = TechnicalOrRoot;
    type ForceDepositOrigin = AdmittedMajority;
    type Notify = ();
    type ReleaseDelay = NoDelay;
    type WeightInfo = pallet_safe_mode::weights::SubstrateWeight<Runtime>;
}

impl pallet_tx_pause::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type PauseOrigin = TechnicalOrRoot;
    type UnpauseOrigin = TechnicalOrRoot;
    type WhitelistedCalls = NeverPaused;
    type MaxNameLen = ConstU32<256>;
    type WeightInfo = pallet_tx_pause::weights::SubstrateWeight<Runtime>;
}
