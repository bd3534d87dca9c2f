//! Committing and never revealing, revealing and never uploading: free once for each contributor, then it costs.

use crate::{
    pallet::{Config, Event, Pallet, Strikes, Usages},
    types::{Round, Strike, WITHHELD_CALLS},
};
use frame_support::traits::Get;
use quorate_primitives::{
    purpose::Purpose,
    traits::{Consortium, Escrow, Reputation},
    update::Update,
    RoundId,
};

impl<T: Config> Pallet<T> {
    /// A commitment was never revealed. From the second time on the bond is lost.
    pub(crate) fn never_revealed(id: RoundId, update: &Update, round: &Round) {
        if Self::is_excused(id, update) {
            return;
        }
        T::Escrow::slash_bond(Purpose::Round(id), &update.contributor);
        Self::withheld(id, update, round);
    }

    /// A root was revealed and no quorum came to hold its bytes. From the second time on it costs free calls.
    pub(crate) fn never_available(id: RoundId, update: &Update, round: &Round) {
        if Self::is_excused(id, update) {
            return;
        }
        Usages::<T>::mutate(update.organisation, |usage| Self::count_calls(usage, WITHHELD_CALLS));
        Self::withheld(id, update, round);
    }

    fn withheld(id: RoundId, update: &Update, round: &Round) {
        T::Reputation::withheld(&update.contributor, update.organisation, round.organisations);
        Self::deposit_event(Event::Withheld {
            round: id,
            contributor: update.contributor.clone(),
            revealed: update.root.is_some(),
        });
    }

    /// Whether this costs nothing: it is the contributor's first time, or the organisation was suspended and could not go on. An
    /// organisation with as many first times as are remembered has no more of them until the oldest is forgotten, whoever its
    /// contributors are: new accounts gain nothing.
    fn is_excused(id: RoundId, update: &Update) -> bool {
        if !T::Consortium::in_good_standing(update.organisation) {
            return true;
        }
        let now = Self::now();
        let first = Strikes::<T>::mutate(update.organisation, |strikes| {
            strikes.retain(|strike| now < strike.block.saturating_add(T::StrikePeriod::get()));
            match strikes
                .iter_mut()
                .find(|strike| strike.contributor == update.contributor)
            {
                Some(known) => {
                    known.block = now;
                    false
                }
                None => strikes
                    .try_push(Strike {
                        contributor: update.contributor.clone(),
                        block: now,
                    })
                    .is_ok(),
            }
        });
        if first {
            Self::deposit_event(Event::Excused {
                round: id,
                contributor: update.contributor.clone(),
            });
        }
        first
    }
}
