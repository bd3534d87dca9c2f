//! How many polls the contributors of one organisation may have open.

use crate::{AccountId, Consortium, OriginCaller, RankedPolls, Runtime, RuntimeOrigin};
use frame_support::{
    traits::{ConstU32, EnsureOrigin, EnsureOriginWithArg, Polling},
    BoundedVec,
};
use pallet_ranked_collective::EnsureMember;
use pallet_referenda::ReferendumCount;
use quorate_primitives::{traits::Consortium as _, OrganisationId};

/// Polls that the contributors of one organisation may have open: fewer than a track decides at a time, so that no three
/// organisations can keep the others' polls waiting.
pub const OPEN_POLLS: u32 = 3;

/// The polls that an organisation's contributors opened last; some of them may have ended.
#[frame_support::storage_alias]
pub type OpenPolls =
    StorageMap<GovernancePolls, frame_support::Twox64Concat, OrganisationId, BoundedVec<u32, ConstU32<OPEN_POLLS>>>;

type Ranked = EnsureMember<Runtime, (), 1>;

/// A member of rank 1 or above whose organisation has fewer than [`OPEN_POLLS`] polls open. Asked by `submit` alone, which takes the next
/// number; what is noted here is undone with it if it fails.
pub struct MayOpenPoll;

impl EnsureOriginWithArg<RuntimeOrigin, OriginCaller> for MayOpenPoll {
    type Success = AccountId;

    fn try_origin(origin: RuntimeOrigin, _: &OriginCaller) -> Result<AccountId, RuntimeOrigin> {
        let who = <Ranked as EnsureOrigin<RuntimeOrigin>>::try_origin(origin.clone())?;
        let Some(organisation) = Consortium::contributor(&who) else {
            return Err(origin);
        };
        let mut open = OpenPolls::get(organisation).unwrap_or_default();
        open.retain(|poll| RankedPolls::as_ongoing(*poll).is_some());
        open.try_push(ReferendumCount::<Runtime>::get()).map_err(|_| origin)?;
        OpenPolls::insert(organisation, open);
        Ok(who)
    }

    #[cfg(feature = "runtime-benchmarks")]
    fn try_successful_origin(_: &OriginCaller) -> Result<RuntimeOrigin, ()> {
        <Ranked as EnsureOrigin<RuntimeOrigin>>::try_successful_origin()
    }
}
