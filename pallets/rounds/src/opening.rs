//! Opening: roots and salts are shown, and equal roots settled.

use crate::{
    pallet::{Config, Error, Event, Pallet, RootUses, Rounds, Snapshots, SubmissionsOf, Tallies, Updates},
    types::{RootUse, Round, Stage},
};
use frame_support::ensure;
use frame_system::pallet_prelude::BlockNumberFor;
use quorate_primitives::{
    payload,
    traits::{Consortium, Escrow},
    update::{Update, UpdateStatus},
    AccountId, Hash, ModelId, Root, RoundId,
};
use sp_runtime::{traits::Zero, DispatchError};

/// What becomes of an opened root.
enum Claim {
    /// Nobody used it.
    Free,
    /// A later submission of this round showed it first.
    Displaces(u32),
    /// It is spoken for.
    Duplicate(RootUse),
}

impl<T: Config> Pallet<T> {
    /// Hash of block 0: what binds every signed or committed byte to this chain.
    pub fn genesis_hash() -> Hash {
        frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero())
    }

    /// Take no more commitments; ask for roots.
    pub(crate) fn start_opening(id: RoundId, round: &mut Round) {
        let open_until = Self::now().saturating_add(round.policy.deadlines.open);
        let vote_until = open_until.saturating_add(round.policy.deadlines.vote);
        round.stage = Stage::Opening { open_until, vote_until };
        SubmissionsOf::<T>::remove(id);
        Snapshots::<T>::insert(id, T::Consortium::committee());
        Self::deposit_event(Event::OpeningStarted {
            round: id,
            commitments: round.committed,
            open_until,
            vote_until,
        });
    }

    /// Whether `who` may show this root and salt now.
    pub(crate) fn check_open(
        who: &AccountId,
        id: RoundId,
        root: Root,
        salt: [u8; 32],
    ) -> Result<(Round, u32, Update), Error<T>> {
        let round = Self::round(id)?;
        let open = matches!(round.stage, Stage::Opening { open_until, .. } if Self::now() < open_until);
        ensure!(open, Error::<T>::NotOpening);
        ensure!(T::Consortium::contributor(who).is_some(), Error::<T>::NotSponsored);
        let (position, update) = Self::submission(who, id)?;
        ensure!(update.status == UpdateStatus::Committed, Error::<T>::NotCommitted);
        let shown = payload::update_commitment(Self::genesis_hash(), id, who, root, update.weight, salt);
        ensure!(shown == update.commitment, Error::<T>::CommitmentMismatch);
        Ok((round, position, update))
    }

    /// Returns the number of submissions when this sealed the round.
    pub(crate) fn do_open(
        who: &AccountId,
        id: RoundId,
        root: Root,
        salt: [u8; 32],
    ) -> Result<Option<u32>, DispatchError> {
        let (mut round, position, mut update) = Self::check_open(who, id, root, salt)?;
        round.committed = round.committed.saturating_sub(1);
        update.root = Some(root);
        let own = RootUse { round: id, position };
        match Self::claim(round.model, root, own) {
            Claim::Duplicate(earlier) => Self::set_duplicate(own, &mut update, earlier),
            claim => {
                if let Claim::Displaces(later) = claim {
                    Self::displace(
                        &mut round,
                        RootUse {
                            round: id,
                            position: later,
                        },
                        own,
                    );
                }
                RootUses::<T>::insert(round.model, root, own);
                update.status = UpdateStatus::Opened;
                round.opened = round.opened.saturating_add(1);
                Self::deposit_event(Event::Opened {
                    round: id,
                    position,
                    contributor: who.clone(),
                    root,
                });
            }
        }
        Updates::<T>::insert(id, position, update);
        let sealed = Self::seal_if_decided(id, &mut round);
        Rounds::<T>::insert(id, round);
        Ok(sealed)
    }

    fn claim(model: ModelId, root: Root, own: RootUse) -> Claim {
        match RootUses::<T>::get(model, root) {
            Some(known) if known.round == own.round && own.position < known.position => {
                Claim::Displaces(known.position)
            }
            Some(known) if known.round == own.round => Claim::Duplicate(known),
            Some(known) if Self::was_aggregated(known) => Claim::Duplicate(known),
            _ => Claim::Free,
        }
    }

    /// Whether the update of an earlier round went into a version, or still may.
    fn was_aggregated(known: RootUse) -> bool {
        let stands = Rounds::<T>::get(known.round)
            .is_some_and(|round| !matches!(round.stage, Stage::Refunding { .. } | Stage::Refunded { .. }));
        stands
            && Updates::<T>::get(known.round, known.position)
                .is_some_and(|update| update.status == UpdateStatus::Available)
    }

    /// An earlier commitment to the same root was opened: the later update counts no more, unless it was found Invalid.
    fn displace(round: &mut Round, later: RootUse, earlier: RootUse) {
        let Some(mut update) = Updates::<T>::get(later.round, later.position) else {
            return;
        };
        match update.status {
            UpdateStatus::Opened => round.opened = round.opened.saturating_sub(1),
            UpdateStatus::Available => round.available = round.available.saturating_sub(1),
            _ => return,
        }
        Tallies::<T>::remove(later.round, later.position);
        Self::set_duplicate(later, &mut update, earlier);
        Updates::<T>::insert(later.round, later.position, update);
    }

    fn set_duplicate(own: RootUse, update: &mut Update, earlier: RootUse) {
        update.status = UpdateStatus::Duplicate;
        T::Escrow::release_bond(own.round, &update.contributor);
        Self::deposit_event(Event::Duplicate {
            round: own.round,
            position: own.position,
            contributor: update.contributor.clone(),
            root: update.root.unwrap_or_default(),
            earlier,
        });
    }
}
