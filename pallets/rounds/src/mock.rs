//! A runtime with rounds alone, that meets the shared mocks of the other pallets.

use crate as pallet_rounds;
use frame_support::{
    derive_impl, parameter_types,
    traits::{ConstU128, ConstU32, ConstU64, Hooks, Randomness},
    weights::constants::ParityDbWeight,
};
use frame_system::EnsureRoot;
use quorate_mocks::{
    MockArtifacts, MockAvailability, MockEscrow, MockJobs, MockModels, MockProtected, MockReputation, MockShards,
};
use quorate_primitives::{payload::tagged, AccountId, Hash, ModelId, RoundId};
use sp_runtime::{traits::IdentityLookup, BuildStorage};

pub mod assess;
pub mod consortium;
pub mod flow;
pub mod world;

pub use crate::types::RoundEnd;
pub use assess::*;
pub use consortium::{bar, remove, unsponsor};
pub use flow::*;
pub use world::*;

#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(
        RuntimeCall,
        RuntimeEvent,
        RuntimeError,
        RuntimeOrigin,
        RuntimeFreezeReason,
        RuntimeHoldReason,
        RuntimeSlashReason,
        RuntimeLockId,
        RuntimeTask,
        RuntimeViewFunction
    )]
    pub struct Test;

    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(1)]
    pub type Rounds = pallet_rounds;
}

parameter_types! {
    /// What the authors of the blocks drew: `None` in a block without it.
    pub static Drawn: Option<u64> = Some(0);
    pub static BytesPerBlock: u64 = 1 << 24;
    pub static FreeCalls: u32 = 40;
    pub static MaxKeptRounds: u32 = 1_000;
    pub static MaxKeptUpdates: u32 = 8_192;
    pub static MaxKeptBytes: u64 = 8_192 * FILE_LEN;
    /// What the chain's randomness says.
    pub static Beacon: u64 = 0;
}

pub struct Dice;

impl Randomness<Hash, u32> for Dice {
    fn random(subject: &[u8]) -> (Hash, u32) {
        (tagged(b"dice", &(Beacon::get(), subject)), 0)
    }
}

/// Another value in every block, made from [`Drawn`].
pub struct BlockDice;

impl Randomness<Option<Hash>, u32> for BlockDice {
    fn random(subject: &[u8]) -> (Option<Hash>, u32) {
        let drawn = Drawn::get().map(|drawn| tagged(b"block dice", &(drawn, now(), subject)));
        (drawn, now().saturating_sub(1))
    }
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlockU32<Test>;
    type AccountId = AccountId;
    type Lookup = IdentityLookup<AccountId>;
    type DbWeight = ParityDbWeight;
}

impl crate::Config for Test {
    type Consortium = consortium::Numbered;
    type Models = MockModels;
    type Jobs = MockJobs;
    type AssessmentJobs = MockJobs;
    type Artifacts = MockArtifacts;
    type Shards = MockShards;
    type Availability = MockAvailability;
    type Escrow = MockEscrow;
    type Reputation = MockReputation;
    type Protected = MockProtected;
    type Randomness = Dice;
    type BlockRandomness = BlockDice;
    type AdminOrigin = EnsureRoot<AccountId>;
    type BytesPerBlock = BytesPerBlock;
    type MaxActiveRounds = ConstU32<6>;
    type MaxActiveRoundsPerOrganisation = ConstU32<4>;
    type MaxRoundsPerOrganisation = ConstU32<8>;
    type MaxUpdatesPerOrganisation = ConstU32<64>;
    type MaxBytesPerOrganisation = ConstU64<{ 60 * UPDATE_LEN }>;
    type MaxKeptRoundsPerOrganisation = MaxKeptRounds;
    type MaxKeptUpdatesPerOrganisation = MaxKeptUpdates;
    type MaxKeptBytesPerOrganisation = MaxKeptBytes;
    type FreeCalls = FreeCalls;
    type FreeCallPeriod = ConstU32<50>;
    type StrikePeriod = ConstU32<1_000>;
    type MaxShift = ConstU32<30>;
    type ReputationFloor = ConstU32<100_000>;
    type AssessmentBaseFee = ConstU128<{ world::BASE_FEE }>;
    type AssessmentFeePerOperations = ConstU128<{ world::FEE_PER_OPERATIONS }>;
    type MaxAssessmentOperations = ConstU64<1_000>;
    type OperationsPerBlock = ConstU64<50>;
    type AssessmentCommitBase = ConstU32<20>;
    type AssessmentReveal = ConstU32<10>;
    type WeightInfo = crate::weights::SubstrateWeight<Test>;
}

pub fn now() -> u32 {
    System::block_number()
}

pub fn run_to(block: u32) {
    while now() < block {
        System::set_block_number(now() + 1);
        Rounds::on_initialize(now());
        idle();
        Rounds::do_try_state().unwrap();
    }
}

pub fn run_for(blocks: u32) {
    run_to(now() + blocks);
}

pub fn events() -> Vec<crate::Event<Test>> {
    System::events()
        .into_iter()
        .filter_map(|record| match record.event {
            RuntimeEvent::Rounds(event) => Some(event),
            _ => None,
        })
        .collect()
}

pub fn last_event() -> crate::Event<Test> {
    events().pop().unwrap()
}

pub fn round(id: RoundId) -> crate::types::Round {
    crate::Rounds::<Test>::get(id).unwrap()
}

pub fn update(id: RoundId, position: u32) -> quorate_primitives::update::Update {
    Rounds::submission_at(id, position).unwrap().update
}

/// The first model; organisation 1 owns it.
pub const MODEL: ModelId = 0;

/// Run a test from block 1 on in a consortium with one funded model, and check state and ledger after it.
pub fn run(test: impl FnOnce()) {
    BytesPerBlock::set(1 << 24);
    FreeCalls::set(40);
    MaxKeptRounds::set(1_000);
    MaxKeptUpdates::set(8_192);
    MaxKeptBytes::set(8_192 * FILE_LEN);
    Beacon::set(0);
    Drawn::set(Some(0));
    let storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
    sp_io::TestExternalities::new(storage).execute_with(|| {
        System::set_block_number(1);
        build();
        let units = ledger().units();
        test();
        assert_eq!(ledger().units(), units, "a unit was lost or made");
        Rounds::do_try_state().unwrap();
    });
}
