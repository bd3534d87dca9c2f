//! How many polls a ranked contributor may have open.

use crate::{AccountId, OriginCaller, RankedPolls, Runtime, RuntimeOrigin};
use frame_support::{
    traits::{ConstU32, EnsureOrigin, EnsureOriginWithArg, Polling},
    BoundedVec,
};
use pallet_ranked_collective::EnsureMember;
use pallet_referenda::ReferendumCount;

/// Polls that one contributor may have open.
pub const OPEN_POLLS: u32 = 2;

/// The polls that an account opened last; some of them may have ended.
#[frame_support::storage_alias]
pub type OpenPolls =
    StorageMap<GovernancePolls, frame_support::Blake2_128Concat, AccountId, BoundedVec<u32, ConstU32<OPEN_POLLS>>>;

type Ranked = EnsureMember<Runtime, (), 1>;

/// A member of rank 1 or above with fewer than [`OPEN_POLLS`] polls open. Asked by `submit` alone, which takes the next
/// number; what is noted here is undone with it if it fails.
pub struct MayOpenPoll;

impl EnsureOriginWithArg<RuntimeOrigin, OriginCaller> for MayOpenPoll {
    type Success = AccountId;

    fn try_origin(origin: RuntimeOrigin, _: &OriginCaller) -> Result<AccountId, RuntimeOrigin> {
        let who = <Ranked as EnsureOrigin<RuntimeOrigin>>::try_origin(origin.clone())?;
        let mut open = OpenPolls::get(&who).unwrap_or_default();
        open.retain(|poll| RankedPolls::as_ongoing(*poll).is_some());
        open.try_push(ReferendumCount::<Runtime>::get()).map_err(|_| origin)?;
        OpenPolls::insert(&who, open);
        Ok(who)
    }

    #[cfg(feature = "runtime-benchmarks")]
    fn try_successful_origin(_: &OriginCaller) -> Result<RuntimeOrigin, ()> {
        <Ranked as EnsureOrigin<RuntimeOrigin>>::try_successful_origin()
    }
}

/// Forget what is known of an account that is no member any more.
pub fn forget(who: &AccountId) {
    OpenPolls::remove(who);
}
