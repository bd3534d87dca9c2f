//! Tracks of the ranked polls: one for each rank. A poll that passes is carried out by the track's own account, which holds
//! what others gave it and has no other power.

use crate::{constants::*, parameters::PollPeriods, AccountId, Balance, BlockNumber, OriginCaller};
use alloc::borrow::Cow;
use frame_support::{
    traits::{Get, OriginTrait},
    PalletId,
};
use pallet_referenda::{Curve, Track, TrackInfo, TracksInfo};
use sp_runtime::{str_array, traits::AccountIdConversion, Perbill};

/// Owner of the tracks' accounts.
const POLLS: PalletId = PalletId(*b"qr/polls");
/// Ranks that have a track.
pub const RANKS: [u16; 3] = [1, 2, 3];

pub struct Tracks;

/// The account that carries out what ranks from `rank` on decided.
pub fn track_account(rank: u16) -> AccountId {
    POLLS.into_sub_account_truncating(rank)
}

/// The rank whose track an account belongs to.
pub fn rank_of_track(who: &AccountId) -> Option<u16> {
    RANKS.into_iter().find(|rank| track_account(*rank) == *who)
}

fn track(rank: u16, periods: &PollPeriods) -> Track<u16, Balance, BlockNumber> {
    let name = match rank {
        1 => str_array("contributors"),
        2 => str_array("senior contributors"),
        _ => str_array("leading contributors"),
    };
    let info = TrackInfo {
        name,
        max_deciding: 10,
        decision_deposit: UNIT,
        prepare_period: periods.prepare,
        decision_period: periods.decide,
        confirm_period: periods.confirm,
        min_enactment_period: periods.enact,
        min_approval: Curve::LinearDecreasing {
            length: Perbill::from_percent(100),
            floor: Perbill::from_percent(50),
            ceil: Perbill::from_percent(100),
        },
        min_support: Curve::LinearDecreasing {
            length: Perbill::from_percent(100),
            floor: Perbill::from_percent(10),
            ceil: Perbill::from_percent(50),
        },
    };
    Track { id: rank, info }
}

impl TracksInfo<Balance, BlockNumber> for Tracks {
    type Id = u16;
    type RuntimeOrigin = <crate::RuntimeOrigin as OriginTrait>::PalletsOrigin;

    fn tracks() -> impl Iterator<Item = Cow<'static, Track<Self::Id, Balance, BlockNumber>>> {
        let periods = PollPeriods::get();
        RANKS.into_iter().map(move |rank| Cow::Owned(track(rank, &periods)))
    }

    fn track_for(origin: &Self::RuntimeOrigin) -> Result<Self::Id, ()> {
        let OriginCaller::system(frame_system::RawOrigin::Signed(who)) = origin else {
            return Err(());
        };
        rank_of_track(who).ok_or(())
    }
}
