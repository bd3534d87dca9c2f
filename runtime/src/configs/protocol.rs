//! The six pallets of the protocol, and how they meet.

use crate::{
    constants::MINUTES,
    governance::{CouncilOrRoot, CouncilSeats, RankedSeats, TreasuryAccount},
    parameters::dynamic::protocol,
    Attestation, Balances, Consortium, Incentives, Models, MultiBlockMigrations, Reputation, Rounds, Runtime,
};
use frame_support::{
    migrations::MultiStepMigrator,
    parameter_types,
    traits::{ConstU32, Get},
    weights::constants::ParityDbWeight,
    PalletId,
};
use pallet_reputation::types::{Parameters as ReputationParameters, RankThresholds};

parameter_types! {
    pub const IncentivesPalletId: PalletId = PalletId(*b"qr/incnt");
    pub DefaultReputation: ReputationParameters = ReputationParameters::DEFAULT;
    /// Rank 1, 2 and 3 of the contributors' collective.
    pub ContributorRanks: RankThresholds = RankThresholds::truncate_from(alloc::vec![600_000, 750_000, 900_000]);
}

/// True in blocks in which transactions cannot run.
pub struct Migrating;

impl Get<bool> for Migrating {
    fn get() -> bool {
        MultiBlockMigrations::ongoing()
    }
}

impl pallet_consortium::Config for Runtime {
    type AdminOrigin = CouncilOrRoot;
    type MembershipSink = CouncilSeats;
    type Keys = pallet_consortium::SessionKeys<Runtime>;
    type MaxContributors = ConstU32<256>;
    type FreeCalls = ConstU32<32>;
    type FreeCallPeriod = ConstU32<{ 10 * MINUTES }>;
    type WeightInfo = pallet_consortium::weights::SubstrateWeight<Runtime>;
}

impl pallet_models::Config for Runtime {
    type Consortium = Consortium;
    type AdminOrigin = CouncilOrRoot;
    type GenesisVoting = protocol::GenesisVoting;
    type MaxModels = ConstU32<1_024>;
    type MaxModelsPerOrganisation = ConstU32<32>;
    type WeightInfo = pallet_models::weights::Provisional<ParityDbWeight>;
}

impl pallet_rounds::Config for Runtime {
    type Consortium = Consortium;
    type Models = Models;
    type Jobs = Attestation;
    type Escrow = Incentives;
    type Reputation = Reputation;
    type Randomness = pallet_babe::RandomnessFromOneEpochAgo<Runtime>;
    type BlockRandomness = pallet_babe::ParentBlockRandomness<Runtime>;
    type AdminOrigin = CouncilOrRoot;
    type ScoringPeriod = protocol::ScoringPeriod;
    type MaxActiveRounds = ConstU32<32>;
    type WeightInfo = pallet_rounds::weights::Provisional<ParityDbWeight>;
}

impl pallet_attestation::Config for Runtime {
    type Consortium = Consortium;
    type Handler = Rounds;
    type TransactionsPaused = Migrating;
    // Every active round has at most one open job; the rest is reserve.
    type MaxActiveJobs = ConstU32<64>;
    type MaxTransitions = ConstU32<8>;
    type WeightInfo = pallet_attestation::weights::Provisional<Runtime>;
}

impl pallet_reputation::Config for Runtime {
    type AdminOrigin = CouncilOrRoot;
    type RankSink = RankedSeats;
    type DefaultParameters = DefaultReputation;
    type RankThresholds = ContributorRanks;
    type MaxRankedPerOrganisation = ConstU32<8>;
    type WeightInfo = pallet_reputation::weights::SubstrateWeight<Runtime>;
}

impl pallet_incentives::Config for Runtime {
    type Currency = Balances;
    type PalletId = IncentivesPalletId;
    type Treasury = TreasuryAccount;
    type Owners = Models;
    type WeightInfo = pallet_incentives::weights::SubstrateWeight<Runtime>;
}
