//! What can be stopped, and what never is. Consensus, governance, votes, openings and attestation stay callable: stopping
//! them would lose acknowledged updates, or the way out.

use crate::{
    governance::{CouncilOrRoot, TechnicalDuration, TechnicalOrRoot},
    Balances, Runtime, RuntimeCall, RuntimeEvent, RuntimeHoldReason, SafeMode, TxPause,
};
use frame_support::{
    parameter_types,
    traits::{ConstU32, Contains, InsideBoth},
};
use pallet_tx_pause::RuntimeCallNameOf;

parameter_types! {
    /// How long one vote of the technical committee stops the chain's business.
    pub const SafeModeDuration: u32 = crate::constants::DAYS;
    pub const NoDeposit: Option<u128> = None;
    pub const NoDelay: Option<u32> = None;
}

/// What may be dispatched at all; root passes every filter.
pub type CallFilter = InsideBoth<KeepsTheConsortium, InsideBoth<SafeMode, TxPause>>;

/// Closes two ways around the consortium. The council's seats follow the organisations: a member that changed its seat's
/// key itself would break that. And a validator that purged its keys would leave the set unasked, the last one too.
pub struct KeepsTheConsortium;

impl Contains<RuntimeCall> for KeepsTheConsortium {
    fn contains(call: &RuntimeCall) -> bool {
        !matches!(
            call,
            RuntimeCall::Membership(_) | RuntimeCall::Session(pallet_session::Call::purge_keys { .. })
        )
    }
}

/// Calls that go on in safe mode. Wrappers are among them: what they wrap is asked about in its turn.
pub struct StaysOpen;

impl Contains<RuntimeCall> for StaysOpen {
    fn contains(call: &RuntimeCall) -> bool {
        use pallet_rounds::Call as Round;
        use RuntimeCall::*;
        // One line for each kind of call reads better than one pattern.
        #[allow(clippy::match_like_matches_macro)]
        match call {
            Timestamp(_) | Babe(_) | Grandpa(_) | Session(_) | Attestation(_) => true,
            Council(_) | TechnicalCommittee(_) | TechnicalMembership(_) | Whitelist(_) | Preimage(_) | Scheduler(_) => {
                true
            }
            SafeMode(_) | TxPause(_) | MultiBlockMigrations(_) | Consortium(_) => true,
            System(frame_system::Call::apply_authorized_upgrade { .. }) => true,
            Utility(_) | Multisig(_) | Proxy(_) => true,
            Rounds(Round::open { .. } | Round::vote_available { .. }) => true,
            _ => false,
        }
    }
}

/// Calls that cannot be paused, by name.
pub struct NeverPaused;

impl Contains<RuntimeCallNameOf<Runtime>> for NeverPaused {
    fn contains((pallet, call): &RuntimeCallNameOf<Runtime>) -> bool {
        match pallet.as_slice() {
            b"Timestamp"
            | b"Babe"
            | b"Grandpa"
            | b"Session"
            | b"Attestation"
            | b"Council"
            | b"TechnicalCommittee"
            | b"TechnicalMembership"
            | b"Whitelist"
            | b"Preimage"
            | b"Scheduler"
            | b"SafeMode"
            | b"TxPause"
            | b"MultiBlockMigrations" => true,
            b"Rounds" => matches!(call.as_slice(), b"open" | b"vote_available"),
            _ => false,
        }
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
    type ForceDepositOrigin = CouncilOrRoot;
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
