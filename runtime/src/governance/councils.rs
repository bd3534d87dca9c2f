//! The council and the technical committee.

use crate::{
    configs::system::Limits, constants::*, AccountId, Council, Runtime, RuntimeCall, RuntimeEvent, RuntimeOrigin,
    TechnicalCommittee,
};
use alloc::vec::Vec;
use frame_support::{
    instances::{Instance1, Instance2},
    parameter_types,
    traits::{ChangeMembers, ConstU32, EitherOf, EitherOfDiverse},
    weights::Weight,
    BoundedVec,
};
use frame_system::{EnsureRoot, EnsureRootWithSuccess, EnsureWithSuccess};
use pallet_collective::{EnsureProportionAtLeast, EnsureProportionMoreThan};
use quorate_primitives::traits::MembershipSink;
use sp_runtime::Perbill;

/// Instance of the council and of the membership that fills it.
pub type CouncilInstance = Instance1;
/// Instance of the technical committee and of its membership.
pub type TechnicalInstance = Instance2;

type CouncilMajority = EnsureProportionMoreThan<AccountId, CouncilInstance, 1, 2>;
type TechnicalMajority = EnsureProportionAtLeast<AccountId, TechnicalInstance, 2, 3>;

/// More than half of the organisations, or root.
pub type CouncilOrRoot = EitherOfDiverse<EnsureRoot<AccountId>, CouncilMajority>;
/// Two thirds of the organisations, or root.
pub type CouncilTwoThirds =
    EitherOfDiverse<EnsureRoot<AccountId>, EnsureProportionAtLeast<AccountId, CouncilInstance, 2, 3>>;
/// Two thirds of the technical committee, or root.
pub type TechnicalOrRoot = EitherOfDiverse<EnsureRoot<AccountId>, TechnicalMajority>;
/// The same, worth `Blocks` blocks.
pub type TechnicalDuration<Blocks> =
    EitherOf<EnsureRootWithSuccess<AccountId, Blocks>, EnsureWithSuccess<TechnicalMajority, AccountId, Blocks>>;

parameter_types! {
    pub MaxProposalWeight: Weight = Perbill::from_percent(50) * Limits::get().max_block;
    pub const MotionDuration: u32 = 7 * DAYS;
}

/// Seats of either body; the consortium has at most as many organisations.
pub type MaxSeats = ConstU32<{ pallet_consortium::types::MAX_ORGANISATIONS }>;

/// Nobody but the consortium writes this membership, and it writes by [`CouncilSeats`].
impl pallet_membership::Config<CouncilInstance> for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type AddOrigin = Never;
    type RemoveOrigin = Never;
    type SwapOrigin = Never;
    type ResetOrigin = Never;
    type PrimeOrigin = Never;
    type MembershipInitialized = Council;
    type MembershipChanged = Council;
    type MaxMembers = MaxSeats;
    type WeightInfo = pallet_membership::weights::SubstrateWeight<Runtime>;
}

impl pallet_collective::Config<CouncilInstance> for Runtime {
    type RuntimeOrigin = RuntimeOrigin;
    type Proposal = RuntimeCall;
    type RuntimeEvent = RuntimeEvent;
    type MotionDuration = MotionDuration;
    type MaxProposals = ConstU32<100>;
    type MaxMembers = MaxSeats;
    type DefaultVote = pallet_collective::MoreThanMajorityThenPrimeDefaultVote;
    type WeightInfo = pallet_collective::weights::SubstrateWeight<Runtime>;
    type SetMembersOrigin = Never;
    type MaxProposalWeight = MaxProposalWeight;
    type DisapproveOrigin = CouncilTwoThirds;
    type KillOrigin = CouncilTwoThirds;
    type Consideration = ();
}

impl pallet_membership::Config<TechnicalInstance> for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type AddOrigin = CouncilOrRoot;
    type RemoveOrigin = CouncilOrRoot;
    type SwapOrigin = CouncilOrRoot;
    type ResetOrigin = CouncilOrRoot;
    type PrimeOrigin = CouncilOrRoot;
    type MembershipInitialized = TechnicalCommittee;
    type MembershipChanged = TechnicalCommittee;
    type MaxMembers = MaxSeats;
    type WeightInfo = pallet_membership::weights::SubstrateWeight<Runtime>;
}

impl pallet_collective::Config<TechnicalInstance> for Runtime {
    type RuntimeOrigin = RuntimeOrigin;
    type Proposal = RuntimeCall;
    type RuntimeEvent = RuntimeEvent;
    type MotionDuration = MotionDuration;
    type MaxProposals = ConstU32<100>;
    type MaxMembers = MaxSeats;
    type DefaultVote = pallet_collective::MoreThanMajorityThenPrimeDefaultVote;
    type WeightInfo = pallet_collective::weights::SubstrateWeight<Runtime>;
    type SetMembersOrigin = Never;
    type MaxProposalWeight = MaxProposalWeight;
    type DisapproveOrigin = CouncilTwoThirds;
    type KillOrigin = CouncilTwoThirds;
    type Consideration = ();
}

/// An origin that nobody has.
pub type Never = frame_system::EnsureNever<()>;

/// Keeps the council equal to the organisations' accounts.
pub struct CouncilSeats;

impl MembershipSink for CouncilSeats {
    fn set_members(members: Vec<AccountId>) {
        pallet_membership::Members::<Runtime, CouncilInstance>::mutate(|seats| {
            let members = BoundedVec::truncate_from(members);
            <Council as ChangeMembers<AccountId>>::set_members_sorted(&members, seats);
            *seats = members;
        });
    }
}
