//! Block production, finality, and equivocation.

use crate::{constants::*, Babe, Historical, Offences, Runtime, RuntimeEvent, Session};
use frame_support::{
    parameter_types,
    traits::{ConstU32, ConstU64, KeyOwnerProofSystem},
};
use pallet_session::historical;
use quorate_primitives::MAX_COMMITTEE;
use sp_core::crypto::KeyTypeId;

parameter_types! {
    /// How long a report may be made: as long as the sessions' history is kept.
    pub const ReportLongevity: u64 = KEPT_SESSIONS as u64 * EPOCH_DURATION_IN_SLOTS;
}

/// Sessions for which it can be proven who held a key: a day.
pub const KEPT_SESSIONS: u32 = DAYS / EPOCH_DURATION_IN_SLOTS as u32;

impl pallet_timestamp::Config for Runtime {
    type Moment = u64;
    type OnTimestampSet = Babe;
    type MinimumPeriod = ConstU64<{ SLOT_DURATION / 2 }>;
    type WeightInfo = pallet_timestamp::weights::SubstrateWeight<Runtime>;
}

impl pallet_babe::Config for Runtime {
    type EpochDuration = ConstU64<EPOCH_DURATION_IN_SLOTS>;
    type ExpectedBlockTime = ConstU64<SLOT_DURATION>;
    type EpochChangeTrigger = pallet_babe::ExternalTrigger;
    type DisabledValidators = Session;
    type WeightInfo = crate::weights::Babe;
    type MaxAuthorities = ConstU32<MAX_COMMITTEE>;
    type MaxNominators = ConstU32<0>;
    type KeyOwnerProof = <Historical as KeyOwnerProofSystem<(KeyTypeId, pallet_babe::AuthorityId)>>::Proof;
    type EquivocationReportSystem = pallet_babe::EquivocationReportSystem<Self, Offences, Historical, ReportLongevity>;
}

impl pallet_grandpa::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = crate::weights::Grandpa;
    type MaxAuthorities = ConstU32<MAX_COMMITTEE>;
    type MaxNominators = ConstU32<0>;
    type MaxSetIdSessionEntries = ConstU64<{ KEPT_SESSIONS as u64 }>;
    type KeyOwnerProof = <Historical as KeyOwnerProofSystem<(KeyTypeId, pallet_grandpa::AuthorityId)>>::Proof;
    type EquivocationReportSystem =
        pallet_grandpa::EquivocationReportSystem<Self, Offences, Historical, ReportLongevity>;
}

impl pallet_authorship::Config for Runtime {
    type FindAuthor = pallet_session::FindAccountFromAuthorIndex<Self, Babe>;
    type EventHandler = ();
}

/// Nothing is at stake, so an offence is recorded and nothing is slashed: the council suspends or removes the offender.
impl pallet_offences::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type IdentificationTuple = historical::IdentificationTuple<Self>;
    type OnOffenceHandler = ();
}
