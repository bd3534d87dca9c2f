//! Rules of motions that hold in both bodies: silence is no aye, and no organisation can fill the table.

use crate::{AccountId, Consortium, Runtime};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::marker::PhantomData;
use frame_support::{
    ensure,
    traits::{Consideration, MaybeConsideration},
    weights::Weight,
    CloneNoBound, DebugNoBound, EqNoBound, PartialEqNoBound,
};
use pallet_collective::{Config, CostOf, DefaultVote, Error, MemberCount, ProposalOf, WeightInfo};
use quorate_primitives::{traits::Consortium as _, OrganisationId, MAX_ORGANISATIONS};
use scale_info::TypeInfo;
use sp_runtime::DispatchError;

/// Motions that one organisation may have open in one body.
pub const OPEN_MOTIONS: u32 = 3;
/// Motions that may be open in one body: room for those of every organisation.
pub const MAX_MOTIONS: u32 = MAX_ORGANISATIONS * OPEN_MOTIONS;

/// An organisation that does not vote has not agreed, however many others have.
pub struct SilenceIsNo;

impl DefaultVote for SilenceIsNo {
    fn default_vote(_: Option<bool>, _: MemberCount, _: MemberCount, _: MemberCount) -> bool {
        false
    }
}

/// The ticket of an open motion: it costs nothing but a place among those of the proposer's organisation. Bound to the
/// organisation, so that a change of its account brings no further places.
#[derive(
    CloneNoBound,
    PartialEqNoBound,
    EqNoBound,
    DebugNoBound,
    Encode,
    Decode,
    DecodeWithMemTracking,
    TypeInfo,
    MaxEncodedLen,
)]
#[codec(encode_bound())]
#[codec(decode_bound())]
#[codec(decode_with_mem_tracking_bound())]
#[codec(mel_bound())]
#[scale_info(skip_type_params(I))]
pub struct OpenMotion<I: 'static> {
    organisation: OrganisationId,
    _body: PhantomData<fn() -> I>,
}

impl<I: 'static> Consideration<AccountId, u32> for OpenMotion<I>
where
    Runtime: Config<I, Consideration = Self>,
{
    /// Refuses the motion of an organisation that has [`OPEN_MOTIONS`] open. Forgets the tickets of closed motions: the
    /// collective keeps each until somebody asks for its release, which nobody has a reason to do.
    fn new(who: &AccountId, _: u32) -> Result<Self, DispatchError> {
        let organisation = Consortium::organisation_of(who).ok_or(DispatchError::BadOrigin)?;
        let mut open = 0u32;
        let mut closed = alloc::vec::Vec::new();
        for (motion, (_, ticket)) in CostOf::<Runtime, I>::iter() {
            if !ProposalOf::<Runtime, I>::contains_key(motion) {
                closed.push(motion);
            } else if ticket.organisation == organisation {
                open = open.saturating_add(1);
            }
        }
        for motion in closed {
            CostOf::<Runtime, I>::remove(motion);
        }
        ensure!(open < OPEN_MOTIONS, Error::<Runtime, I>::TooManyProposals);
        Ok(Self {
            organisation,
            _body: PhantomData,
        })
    }

    fn update(self, _: &AccountId, _: u32) -> Result<Self, DispatchError> {
        Ok(self)
    }

    fn drop(self, _: &AccountId) -> Result<(), DispatchError> {
        Ok(())
    }

    #[cfg(feature = "runtime-benchmarks")]
    fn ensure_successful(_: &AccountId, _: u32) {}
}

impl<I: 'static> MaybeConsideration<AccountId, u32> for OpenMotion<I>
where
    Runtime: Config<I, Consideration = Self>,
{
    fn is_none(&self) -> bool {
        false
    }
}

/// The collective's own weights, and what [`OpenMotion`] reads and removes.
pub struct MotionWeights;

type Stock = pallet_collective::weights::SubstrateWeight<Runtime>;

impl WeightInfo for MotionWeights {
    fn set_members(m: u32, n: u32, p: u32) -> Weight {
        Stock::set_members(m, n, p)
    }

    fn execute(b: u32, m: u32) -> Weight {
        Stock::execute(b, m)
    }

    fn propose_execute(b: u32, m: u32) -> Weight {
        Stock::propose_execute(b, m)
    }

    fn propose_proposed(b: u32, m: u32, p: u32) -> Weight {
        let tickets = u64::from(p);
        let db = <Runtime as frame_system::Config>::DbWeight::get();
        Stock::propose_proposed(b, m, p)
            .saturating_add(db.reads(tickets.saturating_mul(2).saturating_add(3)))
            .saturating_add(db.writes(tickets))
    }

    fn vote(m: u32) -> Weight {
        Stock::vote(m)
    }

    fn close_early_disapproved(m: u32, p: u32) -> Weight {
        Stock::close_early_disapproved(m, p)
    }

    fn close_early_approved(b: u32, m: u32, p: u32) -> Weight {
        Stock::close_early_approved(b, m, p)
    }

    fn close_disapproved(m: u32, p: u32) -> Weight {
        Stock::close_disapproved(m, p)
    }

    fn close_approved(b: u32, m: u32, p: u32) -> Weight {
        Stock::close_approved(b, m, p)
    }

    fn disapprove_proposal(p: u32) -> Weight {
        Stock::disapprove_proposal(p)
    }

    fn kill(d: u32, p: u32) -> Weight {
        Stock::kill(d, p)
    }

    fn release_proposal_cost() -> Weight {
        Stock::release_proposal_cost()
    }
}
