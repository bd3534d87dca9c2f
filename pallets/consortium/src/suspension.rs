//! Suspension: who is not heard for a while, and who may say so.

use crate::{
    types::{Contributor, Organisation, Standing, Target, Validator, ValidatorState},
    Config, Contributors, Error, Event, Organisations, Pallet, Validators,
};
use frame_support::{ensure, traits::EnsureOrigin};
use frame_system::{ensure_signed, pallet_prelude::OriginFor};
use quorate_primitives::{traits::Consortium, AccountId, OrganisationId};
use sp_runtime::{DispatchError, DispatchResult};

/// Who suspends or reinstates.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Authority {
    Consortium,
    /// The contributor's own organisation.
    Organisation,
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

    pub(crate) fn do_suspend(by: Authority, target: Target) -> DispatchResult {
        match &target {
            Target::Organisation(id) => Self::suspend_organisation(*id)?,
            Target::Validator(who) => Self::suspend_validator(who)?,
            Target::Contributor(who) => Self::suspend_contributor(by, who)?,
        }
        Self::deposit_event(Event::Suspended { target });
        Ok(())
    }

    fn suspend_organisation(id: OrganisationId) -> DispatchResult {
        let organisation = Self::organisation(id)?;
        ensure!(!organisation.suspended, Error::<T>::AlreadySuspended);
        Self::ensure_seats_remain(id)?;
        Self::ensure_validators_remain(|_, validator| validator.organisation == id)?;
        Organisations::<T>::insert(
            id,
            Organisation {
                suspended: true,
                ..organisation
            },
        );
        Self::notify_members();
        Ok(())
    }

    fn suspend_validator(who: &AccountId) -> DispatchResult {
        let validator = Self::staying(who)?;
        ensure!(
            validator.state != ValidatorState::Suspended,
            Error::<T>::AlreadySuspended
        );
        Self::ensure_validators_remain(|other, _| other == who)?;
        Validators::<T>::insert(
            who,
            Validator {
                state: ValidatorState::Suspended,
                ..validator
            },
        );
        Ok(())
    }

    fn suspend_contributor(by: Authority, who: &AccountId) -> DispatchResult {
        let record = Self::contributor_record(who)?;
        let standing = match (by, record.standing) {
            (Authority::Organisation, Standing::Good) => Standing::SuspendedByOrganisation,
            (Authority::Consortium, Standing::Good | Standing::SuspendedByOrganisation) => {
                Standing::SuspendedByConsortium
            }
            _ => return Err(Error::<T>::AlreadySuspended.into()),
        };
        Contributors::<T>::insert(who, Contributor { standing, ..record });
        Ok(())
    }

    pub(crate) fn do_reinstate(by: Authority, target: Target) -> DispatchResult {
        match &target {
            Target::Organisation(id) => {
                let organisation = Self::organisation(*id)?;
                ensure!(organisation.suspended, Error::<T>::NotSuspended);
                Organisations::<T>::insert(
                    id,
                    Organisation {
                        suspended: false,
                        ..organisation
                    },
                );
                Self::notify_members();
            }
            Target::Validator(who) => {
                let validator = Self::staying(who)?;
                ensure!(validator.state == ValidatorState::Suspended, Error::<T>::NotSuspended);
                Validators::<T>::insert(
                    who,
                    Validator {
                        state: ValidatorState::Registered,
                        ..validator
                    },
                );
            }
            Target::Contributor(who) => {
                let record = Self::contributor_record(who)?;
                ensure!(record.standing != Standing::Good, Error::<T>::NotSuspended);
                let may = by == Authority::Consortium || record.standing == Standing::SuspendedByOrganisation;
                ensure!(may, Error::<T>::NotAuthorized);
                Contributors::<T>::insert(
                    who,
                    Contributor {
                        standing: Standing::Good,
                        ..record
                    },
                );
            }
        }
        Self::deposit_event(Event::Reinstated { target });
        Ok(())
    }
}
