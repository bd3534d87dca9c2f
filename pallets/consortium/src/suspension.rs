//! Suspension: whose statements are refused for a while, and who decides on it.

use crate::{
    standing::{Refusal, Standing, Suspension},
    types::{Authority, Contributor, Target, ValidatorState},
    Config, Contributors, Endings, Error, Event, Organisations, Pallet, Validators,
};
use frame_support::{
    ensure,
    traits::{EnsureOrigin, Get},
};
use frame_system::{ensure_signed, pallet_prelude::OriginFor};
use quorate_primitives::{traits::Consortium, AccountId, BlockNumber};
use sp_runtime::{DispatchError, DispatchResult};

impl<T: Config> From<Refusal> for Error<T> {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::AlreadySuspended => Self::AlreadySuspended,
            Refusal::NotSuspended => Self::NotSuspended,
            Refusal::FastUsed => Self::FastSuspensionUsed,
            Refusal::FastAllowed => Self::FastSuspensionAllowed,
        }
    }
}

impl<T: Config> Pallet<T> {
    pub(crate) fn suspension_authority(origin: OriginFor<T>, target: &Target) -> Result<Authority, DispatchError> {
        let origin = match T::AdminOrigin::try_origin(origin) {
            Ok(_) => return Ok(Authority::Consortium),
            Err(origin) => origin,
        };
        let who = ensure_signed(origin)?;
        let id = Self::organisation_of(&who).ok_or(Error::<T>::NotAuthorized)?;
        let Target::Contributor(contributor) = target else {
            return Err(Error::<T>::NotAuthorized.into());
        };
        ensure!(
            Self::contributor_record(contributor)?.organisation == id,
            Error::<T>::NotAuthorized
        );
        Ok(Authority::Organisation)
    }

    fn contributor_record(who: &AccountId) -> Result<Contributor, DispatchError> {
        Ok(Contributors::<T>::get(who).ok_or(Error::<T>::ContributorNotFound)?)
    }

    fn change_standing<R>(
        target: &Target,
        change: impl FnOnce(&mut Standing) -> Result<R, Refusal>,
    ) -> Result<R, DispatchError> {
        let changed = match target {
            Target::Organisation(id) => Organisations::<T>::try_mutate(id, |organisation| {
                let organisation = organisation.as_mut().ok_or(Error::<T>::OrganisationNotFound)?;
                change(&mut organisation.standing).map_err(Error::<T>::from)
            }),
            Target::Validator(who) => Validators::<T>::try_mutate(who, |validator| {
                let staying = validator
                    .as_mut()
                    .filter(|validator| validator.state != ValidatorState::Leaving);
                let validator = staying.ok_or(Error::<T>::ValidatorNotFound)?;
                change(&mut validator.standing).map_err(Error::<T>::from)
            }),
            Target::Contributor(who) => Contributors::<T>::try_mutate(who, |contributor| {
                let contributor = contributor.as_mut().ok_or(Error::<T>::ContributorNotFound)?;
                change(&mut contributor.standing).map_err(Error::<T>::from)
            }),
        };
        Ok(changed?)
    }

    /// Refuse to suspend the last seat or the last validator.
    fn ensure_others_remain(target: &Target) -> DispatchResult {
        match target {
            Target::Organisation(id) => {
                Self::ensure_seats_remain(*id)?;
                Self::ensure_validators_remain(|_, validator| validator.organisation == *id)
            }
            Target::Validator(who) => Self::ensure_validators_remain(|other, _| other == who),
            Target::Contributor(_) => Ok(()),
        }
    }

    fn standing_changed(target: &Target) {
        if matches!(target, Target::Organisation(_)) {
            Self::notify_members();
        }
    }

    pub(crate) fn do_suspend(by: Authority, target: Target) -> DispatchResult {
        let until = match by {
            Authority::Consortium => Some(Self::suspend_fast(&target)?),
            Authority::Organisation => {
                Self::set_suspended_by_organisation(&target, true)?;
                None
            }
        };
        Self::deposit_event(Event::Suspended { target, by, until });
        Ok(())
    }

    /// By a majority; returns when it ends.
    fn suspend_fast(target: &Target) -> Result<BlockNumber, DispatchError> {
        let until = Self::now().saturating_add(T::FastSuspension::get());
        Self::ensure_others_remain(target)?;
        Self::change_standing(target, |standing| standing.suspend_fast(until))?;
        Endings::<T>::try_append(until, target.clone()).map_err(|()| Error::<T>::TooManySuspensions)?;
        Self::standing_changed(target);
        Ok(until)
    }

    /// By two thirds, enacted.
    pub(crate) fn suspend_long(target: Target) -> DispatchResult {
        Self::ensure_others_remain(&target)?;
        let before = Self::change_standing(&target, Standing::suspend_long)?;
        if let Some(Suspension::Fast { until }) = before {
            Self::forget_ending(until, &target);
        }
        Self::standing_changed(&target);
        Self::deposit_event(Event::Suspended {
            target,
            by: Authority::Consortium,
            until: None,
        });
        Ok(())
    }

    pub(crate) fn allow_fast_suspension(target: Target) -> DispatchResult {
        Self::change_standing(&target, Standing::allow_fast)?;
        Self::deposit_event(Event::FastSuspensionAllowed { target });
        Ok(())
    }

    pub(crate) fn do_reinstate(by: Authority, target: Target) -> DispatchResult {
        match by {
            Authority::Consortium => {
                if let Suspension::Fast { until } = Self::change_standing(&target, Standing::lift)? {
                    Self::forget_ending(until, &target);
                }
                Self::standing_changed(&target);
            }
            Authority::Organisation => Self::set_suspended_by_organisation(&target, false)?,
        }
        Self::deposit_event(Event::Reinstated { target, by });
        Ok(())
    }

    /// An organisation's own switch for its contributor; what the consortium decided stands beside it.
    fn set_suspended_by_organisation(target: &Target, suspended: bool) -> DispatchResult {
        let Target::Contributor(who) = target else {
            return Err(Error::<T>::NotAuthorized.into());
        };
        let record = Self::contributor_record(who)?;
        ensure!(
            !suspended || !record.suspended_by_organisation,
            Error::<T>::AlreadySuspended
        );
        ensure!(suspended || record.suspended_by_organisation, Error::<T>::NotSuspended);
        Contributors::<T>::insert(
            who,
            Contributor {
                suspended_by_organisation: suspended,
                ..record
            },
        );
        Ok(())
    }

    /// The fast suspension of `target` will not end by itself in block `until`.
    pub(crate) fn forget_ending(until: BlockNumber, target: &Target) {
        Endings::<T>::mutate_exists(until, |targets| {
            *targets = targets
                .take()
                .map(|mut targets| {
                    targets.retain(|other| other != target);
                    targets
                })
                .filter(|targets| !targets.is_empty());
        });
    }

    /// End the fast suspensions whose time has come; returns how many, and whether seats followed.
    pub(crate) fn end_suspensions(now: BlockNumber) -> (u32, bool) {
        let mut ended: u32 = 0;
        let mut seats = false;
        for target in Endings::<T>::take(now) {
            let end = Self::change_standing(&target, |standing| Ok(standing.end_fast(now)));
            if end == Ok(true) {
                ended = ended.saturating_add(1);
                seats |= matches!(target, Target::Organisation(_));
                Self::deposit_event(Event::SuspensionEnded { target });
            }
        }
        if seats {
            Self::notify_members();
        }
        (ended, seats)
    }
}
