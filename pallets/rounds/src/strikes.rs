//! Offences: committing and never revealing, revealing and never uploading, revealing what went into an earlier version. Free once for
//! each contributor, then they cost.

use crate::{
    pallet::{Config, Event, Pallet, RootUses, Strikes, Usages},
    types::{Offence, Round, Strike, BOND_OFFENCE, WITHHELD_CALLS},
};
use frame_support::traits::Get;
use quorate_primitives::{
    purpose::Purpose,
    traits::{Consortium, Escrow, Reputation},
    update::{Update, UpdateStatus},
    RoundId,
};

impl<T: Config> Pallet<T> {
    /// Let an update that is over cost what it does. Whose organisation is suspended could not go on, and is excused.
    pub(crate) fn punish(id: RoundId, update: &Update, round: &Round) {
        let Some(offence) = Self::offence(id, update, round) else {
            return;
        };
        if !T::Consortium::in_good_standing(update.organisation) {
            return;
        }
        let number = Self::count_offence(update);
        let contributor = update.contributor.clone();
        if number == 1 {
            return Self::deposit_event(Event::Excused { round: id, contributor });
        }
        let bond_taken = match offence {
            Offence::NeverRevealed => true,
            // Where nobody's update was available, it may be the validators that were not there.
            Offence::NeverAvailable => number >= BOND_OFFENCE && round.organisations > 0,
            // The bond returned when the root was shown.
            Offence::Reused => false,
        };
        if bond_taken {
            T::Escrow::slash_bond(Purpose::Round(id), &contributor);
        }
        if offence != Offence::NeverRevealed {
            Usages::<T>::mutate(update.organisation, |usage| Self::count_calls(usage, WITHHELD_CALLS));
        }
        T::Reputation::withheld(&contributor, update.organisation, round.organisations);
        Self::deposit_event(Event::Withheld {
            round: id,
            contributor,
            offence,
            bond_taken,
        });
    }

    /// A root of an earlier round was on chain before this one was opened: nobody's commitment can be made an offence by a copy of it.
    /// Among the roots of one round an honest contributor may be the later one.
    fn offence(id: RoundId, update: &Update, round: &Round) -> Option<Offence> {
        match (update.status, update.root) {
            (UpdateStatus::Expired, None) => Some(Offence::NeverRevealed),
            (UpdateStatus::Expired, Some(_)) => Some(Offence::NeverAvailable),
            (UpdateStatus::Duplicate, Some(root)) => {
                let known = RootUses::<T>::get(round.model, root)?;
                (known.round < id).then_some(Offence::Reused)
            }
            _ => None,
        }
    }

    /// Count an offence; its number within the period. An organisation with as many offenders as are remembered has no more first
    /// times, whoever its contributors are: new accounts gain nothing. Another one takes the place of a first time and counts as a
    /// second; where there are only repeated ones, as one that costs the bond.
    fn count_offence(update: &Update) -> u32 {
        let now = Self::now();
        let strike = |offences| Strike {
            contributor: update.contributor.clone(),
            block: now,
            offences,
        };
        Strikes::<T>::mutate(update.organisation, |strikes| {
            strikes.retain(|strike| now < strike.block.saturating_add(T::StrikePeriod::get()));
            let known = strikes.iter_mut().find(|known| known.contributor == update.contributor);
            if let Some(known) = known {
                *known = strike(known.offences.saturating_add(1));
                return known.offences;
            }
            if strikes.try_push(strike(1)).is_ok() {
                return 1;
            }
            match strikes.iter_mut().find(|known| known.offences == 1) {
                Some(first) => {
                    *first = strike(2);
                    2
                }
                None => BOND_OFFENCE,
            }
        })
    }
}
