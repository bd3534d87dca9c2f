//! The collective of contributors whose reputation gave them a rank, and their polls.

use super::{
    origins::{AdmittedMajority, Never},
    polls::MayOpenPoll,
    tracks::Tracks,
};
use crate::{
    constants::*, AccountId, Balances, Preimage, RankedCollective, RankedPolls, Runtime, RuntimeCall, RuntimeEvent,
    Scheduler, System, Treasury,
};
use frame_support::traits::{ConstU128, ConstU32, RankedMembers};
use pallet_ranked_collective::{Geometric, Rank, TallyOf, Votes};
use quorate_primitives::traits::RankSink;
use sp_runtime::{
    traits::{Convert, MaybeConvert},
    DispatchResult,
};

/// Ranks follow reputation alone: nobody adds or promotes a member by vote.
impl pallet_ranked_collective::Config for Runtime {
    type WeightInfo = pallet_ranked_collective::weights::SubstrateWeight<Runtime>;
    type RuntimeEvent = RuntimeEvent;
    type AddOrigin = Never;
    type RemoveOrigin = NeverRank;
    type PromoteOrigin = NeverRank;
    type DemoteOrigin = NeverRank;
    type ExchangeOrigin = Never;
    type Polls = RankedPolls;
    type MinRankOfClass = TrackRank;
    type MemberSwappedHandler = ();
    type VoteWeight = Geometric;
    type MaxMemberCount = Unlimited;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkSetup = NothingToSetUp;
}

/// Members need nothing else.
#[cfg(feature = "runtime-benchmarks")]
pub struct NothingToSetUp;

#[cfg(feature = "runtime-benchmarks")]
impl pallet_ranked_collective::BenchmarkSetup<AccountId> for NothingToSetUp {
    fn ensure_member(_: &AccountId) {}
}

type NeverRank = frame_system::EnsureNever<Rank>;

/// The track's number is the lowest rank that votes in it.
pub struct TrackRank;

impl Convert<u16, Rank> for TrackRank {
    fn convert(track: u16) -> Rank {
        track
    }
}

/// The number of ranked members is bounded for each organisation by the reputation pallet.
pub struct Unlimited;

impl MaybeConvert<Rank, u32> for Unlimited {
    fn maybe_convert(_: Rank) -> Option<u32> {
        None
    }
}

impl pallet_referenda::Config for Runtime {
    type RuntimeCall = RuntimeCall;
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = pallet_referenda::weights::SubstrateWeight<Runtime>;
    type Scheduler = Scheduler;
    type Currency = Balances;
    type SubmitOrigin = MayOpenPoll;
    type CancelOrigin = AdmittedMajority;
    type KillOrigin = AdmittedMajority;
    type Slash = Treasury;
    type Votes = Votes;
    type Tally = TallyOf<Runtime>;
    type SubmissionDeposit = ConstU128<0>;
    type MaxQueued = ConstU32<20>;
    type UndecidingTimeout = ConstU32<{ 14 * DAYS }>;
    type AlarmInterval = ConstU32<1>;
    type Tracks = Tracks;
    type Preimages = Preimage;
    type BlockNumberProvider = System;
}

/// Moves an account in the collective when its reputation crosses a threshold.
pub struct RankedSeats;

impl RankSink for RankedSeats {
    fn set_rank(who: &AccountId, rank: u16) -> DispatchResult {
        move_to(who, rank)
    }
}

fn move_to(who: &AccountId, rank: Rank) -> DispatchResult {
    let Some(mut current) = RankedCollective::rank_of(who) else {
        return if rank == 0 {
            Ok(())
        } else {
            RankedCollective::do_add_member_to_rank(who.clone(), rank, true)
        };
    };
    while current < rank {
        RankedCollective::promote(who)?;
        current = current.saturating_add(1);
    }
    while current > rank {
        RankedCollective::demote(who)?;
        current = current.saturating_sub(1);
    }
    if rank == 0 {
        // A demotion at rank 0 ends the membership.
        RankedCollective::demote(who)?;
    }
    Ok(())
}
