//! The council and the technical committee. The consortium alone fills both, by [`Seats`].

use super::{
    motions::{MotionWeights, OpenMotion, SilenceIsNo, MAX_MOTIONS},
    origins::{AdmittedTwoThirds, Never},
};
use crate::{
    configs::system::Limits, constants::*, AccountId, Council, Runtime, RuntimeCall, RuntimeEvent, RuntimeOrigin,
    TechnicalCommittee,
};
use alloc::vec::Vec;
use frame_support::{
    instances::{Instance1, Instance2},
    parameter_types,
    traits::{ChangeMembers, ConstU32},
    weights::Weight,
    BoundedVec,
};
use quorate_primitives::{traits::MembershipSink, MAX_ORGANISATIONS};
use sp_runtime::Perbill;

/// Instance of the council and of the membership that fills it.
pub type CouncilInstance = Instance1;
/// Instance of the technical committee and of its membership.
pub type TechnicalInstance = Instance2;

parameter_types! {
    pub MaxProposalWeight: Weight = Perbill::from_percent(50) * Limits::get().max_block;
    pub const MotionDuration: u32 = 7 * DAYS;
}

/// Seats of either body; the consortium has at most as many organisations.
pub type MaxSeats = ConstU32<MAX_ORGANISATIONS>;

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
    type MaxProposals = ConstU32<MAX_MOTIONS>;
    type MaxMembers = MaxSeats;
    type DefaultVote = SilenceIsNo;
    type WeightInfo = MotionWeights;
    type SetMembersOrigin = Never;
    type MaxProposalWeight = MaxProposalWeight;
    type DisapproveOrigin = AdmittedTwoThirds;
    type KillOrigin = AdmittedTwoThirds;
    type Consideration = OpenMotion<CouncilInstance>;
}

impl pallet_membership::Config<TechnicalInstance> for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type AddOrigin = Never;
    type RemoveOrigin = Never;
    type SwapOrigin = Never;
    type ResetOrigin = Never;
    type PrimeOrigin = Never;
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
    type MaxProposals = ConstU32<MAX_MOTIONS>;
    type MaxMembers = MaxSeats;
    type DefaultVote = SilenceIsNo;
    type WeightInfo = MotionWeights;
    type SetMembersOrigin = Never;
    type MaxProposalWeight = MaxProposalWeight;
    type DisapproveOrigin = AdmittedTwoThirds;
    type KillOrigin = AdmittedTwoThirds;
    type Consideration = OpenMotion<TechnicalInstance>;
}

/// Keeps both bodies equal to the accounts of the organisations that have seats in them.
pub struct Seats;

impl MembershipSink for Seats {
    fn set_members(council: Vec<AccountId>, technical: Vec<AccountId>) {
        fill::<CouncilInstance, Council>(council);
        fill::<TechnicalInstance, TechnicalCommittee>(technical);
    }
}

fn fill<I: 'static, Body: ChangeMembers<AccountId>>(members: Vec<AccountId>)
where
    Runtime: pallet_membership::Config<I, MaxMembers = MaxSeats>,
{
    pallet_membership::Members::<Runtime, I>::mutate(|seats| {
        let members = BoundedVec::truncate_from(members);
        if *seats != members {
            Body::set_members_sorted(&members, seats);
            *seats = members;
        }
    });
}
