//! Who may decide. A motion of the council counts against **all admitted organisations, suspended ones included**: whoever
//! suspends the others has not become the whole.
//!
//! The ayes are those of the council's members when the motion is closed: the collective drops the votes of an organisation
//! that was removed or suspended, or has moved its seat to another account. The call is dispatched at once and the number of
//! admitted organisations is read then.

use super::tracks::rank_of_track;
use crate::{AccountId, Consortium, OriginCaller, Runtime, RuntimeOrigin};
use core::marker::PhantomData;
use frame_support::traits::{EitherOf, EitherOfDiverse, EnsureOrigin, OriginTrait, TypedGet};
use frame_system::{EnsureRoot, EnsureRootWithSuccess, EnsureWithSuccess};
use pallet_collective::RawOrigin;
use quorate_primitives::{traits::Consortium as _, version::Promoter};

/// An origin that nobody has.
pub type Never = frame_system::EnsureNever<()>;

/// More than half of all admitted organisations, or root.
pub type AdmittedMajority = EitherOfDiverse<EnsureRoot<AccountId>, Ayes<MoreThanHalf>>;
/// Two thirds of all admitted organisations, or root. Every way to root asks for it.
pub type AdmittedTwoThirds = EitherOfDiverse<EnsureRoot<AccountId>, Ayes<AtLeast<2, 3>>>;

/// The same, with the number of ayes, so that what is carried out later can count them again. Root counts as all.
pub type CountedTwoThirds = EitherOf<EnsureRootWithSuccess<AccountId, Everybody>, Ayes<AtLeast<2, 3>>>;

/// The number of admitted organisations.
pub struct Everybody;

impl TypedGet for Everybody {
    type Type = u32;

    fn get() -> u32 {
        Consortium::admitted()
    }
}

type TechnicalMajority = TechnicalAyes<AtLeast<2, 3>>;
/// Two thirds of all technical seats, those of suspended organisations included, or root.
pub type TechnicalOrRoot = EitherOfDiverse<EnsureRoot<AccountId>, TechnicalMajority>;
/// The same, worth `Blocks` blocks.
pub type TechnicalDuration<Blocks> =
    EitherOf<EnsureRootWithSuccess<AccountId, Blocks>, EnsureWithSuccess<TechnicalMajority, AccountId, Blocks>>;

/// How many ayes are enough.
pub trait Threshold {
    /// Whether `ayes` of `admitted` organisations carry.
    fn carries(ayes: u32, admitted: u32) -> bool;
}

/// More than half.
pub struct MoreThanHalf;

impl Threshold for MoreThanHalf {
    fn carries(ayes: u32, admitted: u32) -> bool {
        u64::from(ayes).saturating_mul(2) > u64::from(admitted)
    }
}

/// At least `N` of `D` parts, and somebody.
pub struct AtLeast<const N: u32, const D: u32>;

impl<const N: u32, const D: u32> Threshold for AtLeast<N, D> {
    fn carries(ayes: u32, admitted: u32) -> bool {
        ayes > 0 && u64::from(ayes).saturating_mul(D.into()) >= u64::from(admitted).saturating_mul(N.into())
    }
}

/// A motion of the council with as many ayes as `T` asks for. Succeeds with their number.
pub struct Ayes<T>(PhantomData<T>);

impl<T: Threshold> EnsureOrigin<RuntimeOrigin> for Ayes<T> {
    type Success = u32;

    fn try_origin(origin: RuntimeOrigin) -> Result<u32, RuntimeOrigin> {
        match ayes(&origin) {
            Some(ayes) if T::carries(ayes, Consortium::admitted()) => Ok(ayes),
            _ => Err(origin),
        }
    }

    #[cfg(feature = "runtime-benchmarks")]
    fn try_successful_origin() -> Result<RuntimeOrigin, ()> {
        Ok(everybody())
    }
}

/// A motion of the technical committee with as many ayes as `T` asks for of all technical seats.
pub struct TechnicalAyes<T>(PhantomData<T>);

impl<T: Threshold> EnsureOrigin<RuntimeOrigin> for TechnicalAyes<T> {
    type Success = u32;

    fn try_origin(origin: RuntimeOrigin) -> Result<u32, RuntimeOrigin> {
        let seats = pallet_consortium::TechnicalSeats::<Runtime>::get().len();
        match (origin.caller(), u32::try_from(seats)) {
            (OriginCaller::TechnicalCommittee(RawOrigin::Members(ayes, _)), Ok(seats)) if T::carries(*ayes, seats) => {
                Ok(*ayes)
            }
            _ => Err(origin),
        }
    }

    #[cfg(feature = "runtime-benchmarks")]
    fn try_successful_origin() -> Result<RuntimeOrigin, ()> {
        let all = quorate_primitives::MAX_ORGANISATIONS;
        Ok(RawOrigin::<AccountId, frame_support::instances::Instance2>::Members(all, all).into())
    }
}

/// The ayes of a motion of the council.
fn ayes(origin: &RuntimeOrigin) -> Option<u32> {
    match origin.caller() {
        OriginCaller::Council(RawOrigin::Members(ayes, _)) => Some(*ayes),
        _ => None,
    }
}

#[cfg(feature = "runtime-benchmarks")]
fn everybody() -> RuntimeOrigin {
    let all = quorate_primitives::MAX_ORGANISATIONS;
    RawOrigin::<AccountId, frame_support::instances::Instance1>::Members(all, all).into()
}

/// What promotes a version: a majority of all admitted organisations, or a poll of contributors. Succeeds with what the
/// version's record keeps of the vote; root has no vote and is none of them.
pub struct PromotionVote;

impl EnsureOrigin<RuntimeOrigin> for PromotionVote {
    type Success = Promoter;

    fn try_origin(origin: RuntimeOrigin) -> Result<Promoter, RuntimeOrigin> {
        if let Some(who) = origin.as_signer() {
            // No key signs for a track's account, and no proxy acts for it: this is a poll that passed.
            return rank_of_track(who).map(|rank| Promoter::Poll { rank }).ok_or(origin);
        }
        Ayes::<MoreThanHalf>::try_origin(origin).map(|ayes| Promoter::Council {
            ayes,
            of: Consortium::admitted(),
        })
    }

    #[cfg(feature = "runtime-benchmarks")]
    fn try_successful_origin() -> Result<RuntimeOrigin, ()> {
        Ok(everybody())
    }
}
