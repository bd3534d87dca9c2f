//! The eleven pallets of the protocol, and how they meet.

use super::safety::Stopped;
use crate::{
    constants::*,
    governance::{
        motions::MAX_MOTIONS, origins::CountedTwoThirds, AdmittedMajority, AdmittedTwoThirds, PromotionVote,
        RankedSeats, Seats, TreasuryAccount,
    },
    handlers::{Departures, Funds, JobHandlers, Subjects, Verdicts},
    parameters::{
        ChangeDelay, EvaluationBaseFee, EvaluationFeePerMiB, EvaluationFeePerOperations, GenesisVoting,
        InferenceBaseFee, InferenceFeePerMiB, InferenceFeePerMiBRead, InferenceFeePerOperations, InferenceReservePart,
    },
    Artifacts, Attestation, Availability, Balance, Balances, Capabilities, Consortium, Evaluation, Incentives, Models,
    Reputation, Rounds, Runtime,
};
use frame_support::{
    parameter_types,
    traits::{ConstU32, ConstU64},
    PalletId,
};
use pallet_reputation::types::{Parameters as ReputationParameters, RankThresholds};
use quorate_primitives::{
    job::{Outcome, Work},
    BlockNumber, Ppm,
};

/// Rounds that may be active at a time.
pub const MAX_ACTIVE_ROUNDS: u32 = 32;
/// Models that are not retired.
pub const MAX_MODELS: u32 = 1_024;
/// Artifacts that have a record.
pub const MAX_ARTIFACTS: u32 = 1_024;
/// Evaluations whose jobs may run at a time.
pub const MAX_OPEN_EVALUATIONS: u32 = 16;
/// Thousands of millions of operations in one evaluation or assessment: about six hours of every validator's machine.
pub const MAX_OPERATIONS: u64 = 500_000;
/// Thousands of millions of operations in a block's time: 25 of them in a second, a few cores.
pub const OPERATIONS_PER_BLOCK: u64 = 50;
/// The same for inference, in millions: deadlines of batches count on it, and slower machines are not asked.
pub const INFERENCE_PER_BLOCK: u64 = 1_000 * OPERATIONS_PER_BLOCK;
/// Batches of requests whose jobs may run at a time.
pub const MAX_OPEN_BATCHES: u32 = 8;
/// Requests whose inputs may await votes at a time.
pub const MAX_PENDING_REQUESTS: u32 = 256;
/// Jobs that may be open at a time. Every active round has at most one, its assessment's when its aggregation's is closed, and every
/// evaluation that is not ended: none of them takes the other's place. The rest is reserve.
pub const MAX_ACTIVE_JOBS: u32 = 64;
const _: () = assert!(MAX_ACTIVE_ROUNDS + MAX_OPEN_EVALUATIONS + MAX_OPEN_BATCHES <= MAX_ACTIVE_JOBS);
/// Calls of a member that are free in each period, of each pallet that has such calls.
const FREE_CALLS: u32 = 32;
const FREE_CALL_PERIOD: BlockNumber = 10 * MINUTES;

parameter_types! {
    pub const IncentivesPalletId: PalletId = PalletId(*b"qr/incnt");
    pub DefaultReputation: ReputationParameters = ReputationParameters::DEFAULT;
    /// Rank 1, 2 and 3 of the contributors' collective.
    pub ContributorRanks: RankThresholds = RankThresholds::truncate_from(alloc::vec![600_000, 750_000, 900_000]);
    /// How long a majority suspends. Longer than a change takes: two thirds can make it long before it ends.
    pub const FastSuspension: BlockNumber = 7 * DAYS;
    /// How long it takes until another recovery account counts: time for the owner of a stolen key to notice.
    pub const RecoveryDelay: BlockNumber = 7 * DAYS;
    /// How long a contributor's consent may stay valid.
    pub const MaxConsent: BlockNumber = 30 * DAYS;
    /// Paid for the entry of a model, which stays for good, and for each vote on an artifact.
    pub const RecordFee: Balance = UNIT;
    /// Put up for a model while it is not retired.
    pub const ModelDeposit: Balance = 10 * UNIT;
    /// Put up for an artifact while it is not retired, and for each MiB of it: each validator keeps it.
    pub const ArtifactDeposit: Balance = 10 * UNIT;
    pub const ArtifactDepositPerMiB: Balance = 100 * MILLIUNIT;
    /// The least bond of a call of all validators to a batch.
    pub const MinCallBond: Balance = UNIT;
    /// The most that is kept to pay for batches that are computed again: several of the dearest.
    pub const MaxReserve: Balance = 100 * UNIT;
    /// A validator below it earns nothing.
    pub const ReputationFloor: Ppm = 250_000;
}

impl pallet_consortium::Config for Runtime {
    type AdminOrigin = AdmittedMajority;
    type TwoThirdsOrigin = CountedTwoThirds;
    type MembershipSink = Seats;
    type Departures = Departures;
    type Keys = pallet_consortium::SessionKeys<Runtime>;
    type MaxContributors = ConstU32<256>;
    type FreeCalls = ConstU32<FREE_CALLS>;
    type FreeCallPeriod = ConstU32<FREE_CALL_PERIOD>;
    type ChangeDelay = ChangeDelay;
    type FastSuspension = FastSuspension;
    type RecoveryDelay = RecoveryDelay;
    type MaxConsent = MaxConsent;
    // Of both bodies.
    type MaxMotions = ConstU32<{ 2 * MAX_MOTIONS }>;
    type WeightInfo = pallet_consortium::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::World;
}

impl pallet_models::Config for Runtime {
    type Consortium = Consortium;
    type Escrow = Incentives;
    type Availability = Availability;
    type Rounds = Rounds;
    type AdminOrigin = AdmittedMajority;
    type TwoThirdsOrigin = AdmittedTwoThirds;
    type PromoteOrigin = PromotionVote;
    type GenesisVoting = GenesisVoting;
    type BytesPerBlock = ConstU64<BYTES_PER_BLOCK>;
    type MaxModels = ConstU32<MAX_MODELS>;
    type MaxModelsPerOrganisation = ConstU32<32>;
    type MaxPendingPerOrganisation = ConstU32<2>;
    type RecordFee = RecordFee;
    type ModelDeposit = ModelDeposit;
    type WeightInfo = pallet_models::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::World;
}

impl pallet_artifacts::Config for Runtime {
    type Consortium = Consortium;
    type Escrow = Incentives;
    type Availability = Availability;
    type AdminOrigin = AdmittedMajority;
    // A file is fetched and checked as a version that an owner gives is.
    type Voting = GenesisVoting;
    type BytesPerBlock = ConstU64<BYTES_PER_BLOCK>;
    type Retention = ConstU32<{ 10 * DAYS }>;
    type MaxArtifacts = ConstU32<MAX_ARTIFACTS>;
    type MaxArtifactsPerOrganisation = ConstU32<32>;
    type MaxPendingPerOrganisation = ConstU32<2>;
    type MaxProgramLen = ConstU64<{ 256 << 20 }>;
    type MaxDataSetLen = ConstU64<{ 4 << 30 }>;
    type MaxWeightsLen = ConstU64<{ 64 << 30 }>;
    type VoteFee = RecordFee;
    type Deposit = ArtifactDeposit;
    type DepositPerMiB = ArtifactDepositPerMiB;
    type WeightInfo = pallet_artifacts::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::World;
}

impl pallet_availability::Config for Runtime {
    type Handler = Subjects;
    type Consortium = Consortium;
    type Protected = Stopped;
    // Every active round and its shards, the pending models and artifacts of every organisation, and requests.
    type MaxOpen =
        ConstU32<{ 2 * MAX_ACTIVE_ROUNDS + 4 * quorate_primitives::MAX_ORGANISATIONS + MAX_PENDING_REQUESTS }>;
    type MaxEnded = ConstU32<4>;
    type WeightInfo = pallet_availability::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::World;
}

impl pallet_rounds::Config for Runtime {
    type Consortium = Consortium;
    type Models = Models;
    type Jobs = Attestation;
    type AssessmentJobs = Attestation;
    type Artifacts = Artifacts;
    type Shards = Evaluation;
    type Escrow = Incentives;
    type Reputation = Reputation;
    type Availability = Availability;
    type Protected = Stopped;
    type Randomness = pallet_babe::RandomnessFromOneEpochAgo<Runtime>;
    type BlockRandomness = pallet_babe::ParentBlockRandomness<Runtime>;
    type AdminOrigin = AdmittedMajority;
    type BytesPerBlock = ConstU64<BYTES_PER_BLOCK>;
    type MaxActiveRounds = ConstU32<MAX_ACTIVE_ROUNDS>;
    // A quarter: no three organisations can keep the others from working.
    type MaxActiveRoundsPerOrganisation = ConstU32<8>;
    type MaxRoundsPerOrganisation = ConstU32<64>;
    type MaxUpdatesPerOrganisation = ConstU32<4_096>;
    // 1 TiB of updates of rounds that are not paid yet.
    type MaxBytesPerOrganisation = ConstU64<{ 1 << 40 }>;
    // Until retention ends: a round every quarter of an hour with a retention of ten days, and 16 TiB. Each validator's gateway reads
    // every update that is kept.
    type MaxKeptRoundsPerOrganisation = ConstU32<1_024>;
    type MaxKeptUpdatesPerOrganisation = ConstU32<16_384>;
    type MaxKeptBytesPerOrganisation = ConstU64<{ 1 << 44 }>;
    type FreeCalls = ConstU32<FREE_CALLS>;
    type FreeCallPeriod = ConstU32<FREE_CALL_PERIOD>;
    // The first offence in a month is free.
    type StrikePeriod = ConstU32<{ 30 * DAYS }>;
    // As long as safe mode lasts after one vote.
    type MaxShift = ConstU32<{ 2 * DAYS }>;
    type ReputationFloor = ReputationFloor;
    // As whoever asks for an evaluation pays.
    type AssessmentBaseFee = EvaluationBaseFee;
    type AssessmentFeePerOperations = EvaluationFeePerOperations;
    // About six hours of every validator's machine.
    type MaxAssessmentOperations = ConstU64<MAX_OPERATIONS>;
    type OperationsPerBlock = ConstU64<OPERATIONS_PER_BLOCK>;
    type AssessmentCommitBase = ConstU32<{ 5 * MINUTES }>;
    type AssessmentReveal = ConstU32<{ 5 * MINUTES }>;
    type WeightInfo = pallet_rounds::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::World;
}

impl pallet_attestation::Config for Runtime {
    type Work = Work;
    type Outcome = Outcome;
    type Handler = JobHandlers;
    type Verdicts = Verdicts;
    type Consortium = Consortium;
    type Protected = Stopped;
    type MinGrace = ConstU32<2>;
    type MaxActiveJobs = ConstU32<MAX_ACTIVE_JOBS>;
    // Of phases that end by their deadline: others end with their last statement. More would leave transactions less than four fifths
    // of a block.
    type MaxTransitions = ConstU32<1>;
    type WeightInfo = pallet_attestation::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::World;
}

impl pallet_evaluation::Config for Runtime {
    type Consortium = Consortium;
    type Models = Models;
    type Artifacts = Artifacts;
    type Escrow = Incentives;
    type Availability = Availability;
    type Jobs = Attestation;
    type Reputation = Reputation;
    type ReputationFloor = ReputationFloor;
    type BaseFee = EvaluationBaseFee;
    type FeePerOperations = EvaluationFeePerOperations;
    type FeePerMiB = EvaluationFeePerMiB;
    // About six hours of every validator's machine.
    type MaxOperations = ConstU64<MAX_OPERATIONS>;
    type OperationsPerBlock = ConstU64<OPERATIONS_PER_BLOCK>;
    type BytesPerBlock = ConstU64<BYTES_PER_BLOCK>;
    type CommitBase = ConstU32<{ 5 * MINUTES }>;
    type MaxCommit = ConstU32<{ 8 * HOURS }>;
    type Reveal = ConstU32<{ 5 * MINUTES }>;
    type MaxOpen = ConstU32<MAX_OPEN_EVALUATIONS>;
    // An eighth: no seven organisations can keep the others from asking.
    type MaxOpenPerOrganisation = ConstU32<2>;
    type EvidenceRetention = ConstU32<{ 10 * DAYS }>;
    type RecordRetention = ConstU32<{ 365 * DAYS }>;
    // Every active round: none waits for another.
    type MaxShardRounds = ConstU32<MAX_ACTIVE_ROUNDS>;
    // What one organisation can take of the places of models: of each it has one.
    type MaxShardsPerOrganisation = ConstU32<32>;
    type WeightInfo = pallet_evaluation::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::World;
}

impl pallet_inference::Config for Runtime {
    type Consortium = Consortium;
    type Models = Models;
    type Artifacts = Artifacts;
    type Escrow = Incentives;
    type Availability = Availability;
    type Jobs = Attestation;
    type Capabilities = Capabilities;
    type Reputation = Reputation;
    type Protected = Stopped;
    // At the end of a block it is what this block's author drew.
    type Randomness = pallet_babe::ParentBlockRandomness<Runtime>;
    type ReputationFloor = ReputationFloor;
    type BaseFee = InferenceBaseFee;
    type FeePerOperations = InferenceFeePerOperations;
    type FeePerMiB = InferenceFeePerMiB;
    type FeePerMiBRead = InferenceFeePerMiBRead;
    type ReservePart = InferenceReservePart;
    type MaxReserve = MaxReserve;
    type MaxInputLen = ConstU64<{ 16 << 20 }>;
    // In millions: about a quarter of an hour of every validator's machine.
    type MaxOperations = ConstU64<20_000_000>;
    type MaxBatchOperations = ConstU64<40_000_000>;
    type OperationsPerBlock = ConstU64<INFERENCE_PER_BLOCK>;
    type BytesPerBlock = ConstU64<BYTES_PER_BLOCK>;
    type HeldBytesPerBlock = ConstU64<HELD_BYTES_PER_BLOCK>;
    type Voting = ConstU32<{ 5 * MINUTES }>;
    type Window = ConstU32<1>;
    type MaxWait = ConstU32<{ 4 * HOURS }>;
    type CommitBase = ConstU32<{ 5 * MINUTES }>;
    type Reveal = ConstU32<{ 5 * MINUTES }>;
    type Provisional = ConstU32<MINUTES>;
    type MinCallBond = MinCallBond;
    type Settling = ConstU32<{ 30 * MINUTES }>;
    type MaxOpen = ConstU32<1_024>;
    // A sixteenth: no fifteen organisations can keep the others from asking.
    type MaxOpenPerOrganisation = ConstU32<64>;
    type MaxPending = ConstU32<MAX_PENDING_REQUESTS>;
    type MaxPendingPerOrganisation = ConstU32<16>;
    type MaxBatches = ConstU32<MAX_OPEN_BATCHES>;
    type MaxBatchesPerOrganisation = ConstU32<2>;
    type MaxShownPerOrganisation = ConstU32<64>;
    type EvidenceRetention = ConstU32<{ 10 * DAYS }>;
    type RecordRetention = ConstU32<{ 30 * DAYS }>;
    type WeightInfo = pallet_inference::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::World;
}

impl pallet_capabilities::Config for Runtime {
    type Consortium = Consortium;
    type MinInterval = ConstU32<{ 10 * MINUTES }>;
    type Era = ConstU32<{ 4 * HOURS }>;
    type MinSpeed = ConstU64<INFERENCE_PER_BLOCK>;
    type WeightInfo = pallet_capabilities::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::World;
}

impl pallet_reputation::Config for Runtime {
    type AdminOrigin = AdmittedMajority;
    type Consortium = Consortium;
    type RankSink = RankedSeats;
    type DefaultParameters = DefaultReputation;
    type RankThresholds = ContributorRanks;
    type MaxRankedPerOrganisation = ConstU32<8>;
    type WeightInfo = pallet_reputation::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::World;
}

impl pallet_incentives::Config for Runtime {
    type Currency = Balances;
    type PalletId = IncentivesPalletId;
    type Treasury = TreasuryAccount;
    type Consortium = Consortium;
    type Owners = Funds;
    type WeightInfo = pallet_incentives::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::World;
}
