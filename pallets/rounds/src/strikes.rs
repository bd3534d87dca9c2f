//! Offences: committing and never revealing, revealing and never uploading. Free once for each contributor, then they cost.

use crate::{
    pallet::{Config, Event, Pallet, Strikes},
    types::{Offence, Round, Strike, Submission, BOND_OFFENCE, WITHHELD_CALLS},
};
use alloc::collections::BTreeSet;
use frame_support::traits::Get;
use quorate_primitives::{
    purpose::Purpose,
    traits::{Consortium, Escrow, Reputation},
    update::{Update, UpdateStatus},
    BlockNumber, RoundId,
};

impl<T: Config> Pallet<T> {
    /// What it is at the seal that an update is not available, with the items that an honest voter holds: it takes more than one bad
    /// validator and one that is not there to make an offence of an update that was uploaded. Whom others keep from acting is excused.
    pub(crate) fn withheld(submission: &Submission, held: &BTreeSet<u32>) -> Option<Offence> {
        let update = &submission.update;
        let offence = match update.status {
            UpdateStatus::Committed => Offence::NeverRevealed,
            _ if held.contains(&submission.position) => return None,
            _ => Offence::NeverAvailable,
        };
        let excused = T::Consortium::is_barred(&update.contributor, update.organisation);
        (!excused).then_some(offence)
    }

    /// Let an update that is over cost what its contributor did.
    pub(crate) fn punish(id: RoundId, update: &Update, offence: Offence, round: &Round) {
        let number = Self::count_offence(update);
        let contributor = update.contributor.clone();
        if number == 1 {
            return Self::deposit_event(Event::Excused { round: id, contributor });
        }
        let bond_taken = match offence {
            Offence::NeverRevealed => true,
            // Where nobody's update was available, it may be the validators that were not there.
            Offence::NeverAvailable => number >= BOND_OFFENCE && round.organisations > 0,
        };
        if bond_taken {
            T::Escrow::slash_bond(Purpose::Round(id), &contributor);
        }
        if offence == Offence::NeverAvailable {
            Self::change_usage(update.organisation, |usage| Self::count_calls(usage, WITHHELD_CALLS));
        }
        T::Reputation::withheld(&contributor, update.organisation, round.organisations);
        Self::deposit_event(Event::Withheld {
            round: id,
            contributor,
            offence,
            bond_taken,
        });
    }

    /// Count an offence; its number among those that are remembered. An organisation with as many offenders as are remembered has no
    /// more first times, whoever its contributors are: new accounts gain nothing. Another one takes the place of a first time and counts
    /// as a second; where there are only repeated ones, as one that costs the bond.
    fn count_offence(update: &Update) -> u32 {
        let now = Self::now();
        let strike = |offences| Strike {
            contributor: update.contributor.clone(),
            block: now,
            offences,
        };
        Strikes::<T>::mutate(update.organisation, |strikes| {
            strikes
                .iter_mut()
                .for_each(|strike| strike.forget(now, T::StrikePeriod::get()));
            strikes.retain(|strike| strike.offences > 0);
            let known = strikes.iter_mut().find(|known| known.contributor == update.contributor);
            if let Some(known) = known {
                // No more, or it would take years to forget them.
                known.offences = known.offences.saturating_add(1).min(BOND_OFFENCE);
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

impl Strike {
    /// Forget one offence for each period that has passed.
    fn forget(&mut self, now: BlockNumber, period: BlockNumber) {
        let passed = now.saturating_sub(self.block).checked_div(period).unwrap_or_default();
        self.offences = self.offences.saturating_sub(passed);
        self.block = self.block.saturating_add(passed.saturating_mul(period));
    }
}
