//! Revealing: roots and salts are shown, findings taken, and equal roots settled among those who have the bytes.

use crate::{
    collecting::len,
    pallet::{Bases, Config, Contributors, Error, Event, Pallet, RootUses, Rounds, Updates},
    types::{Offence, RefundReason, RootUse, Round, RoundStage, Submission},
    WeightInfo,
};
use alloc::vec::Vec;
use frame_support::{ensure, weights::Weight};
use frame_system::pallet_prelude::BlockNumberFor;
use quorate_primitives::{
    availability::{Finding, Named, Subject},
    payload,
    possession::Holder,
    purpose::Purpose,
    traits::{Availability, AvailabilityHandler, Consortium, Escrow},
    update::UpdateStatus,
    AccountId, Hash, ModelId, Root, RoundId, VersionIndex,
};
use sp_runtime::{traits::Zero, DispatchResult};

/// What becomes of a root that was found Held.
enum Ruling {
    /// It counts; its contributor's was found Held in round `first` for the first time. A later submission of this round, which was found
    /// Held before, does not count any more.
    Counts {
        first: RoundId,
        displaced: Option<Submission>,
    },
    /// It was used before, and perhaps went into a version, or still may.
    Duplicate { earlier: RootUse, aggregated: bool },
}

impl<T: Config> Pallet<T> {
    /// Hash of block 0: what binds every signed or committed byte to this chain.
    pub fn genesis_hash() -> Hash {
        frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero())
    }

    /// Who submitted to a round, by position.
    pub(crate) fn contributors(id: RoundId) -> Vec<AccountId> {
        Contributors::<T>::get(id).into_inner()
    }

    /// Take no more commitments; ask for roots.
    pub(crate) fn start_revealing(id: RoundId, round: &mut Round, submissions: u32) {
        let reveal_until = Self::now().saturating_add(round.policy.deadlines.reveal_updates);
        let vote_until = reveal_until.saturating_add(round.policy.deadlines.vote);
        Self::end_shift(id, round);
        round.submissions = submissions;
        round.committed = submissions.saturating_sub(round.withdrawn);
        if let Err(error) = T::Availability::open(Subject::Round(id), vote_until) {
            Self::deposit_event(Event::VotesRefused { round: id, error });
            return Self::refund(id, round, RefundReason::NoVotes);
        }
        Self::count_what_came(round);
        round.stage = RoundStage::Revealing {
            reveal_until,
            vote_until,
        };
        Self::deposit_event(Event::RevealingStarted {
            round: id,
            commitments: round.committed,
            reveal_until,
            vote_until,
        });
    }

    /// Whether `who` may reveal this root and salt now.
    pub(crate) fn check_reveal(
        who: &AccountId,
        id: RoundId,
        root: Root,
        salt: [u8; 32],
    ) -> Result<(Round, Submission), Error<T>> {
        let round = Self::round(id)?;
        let open = matches!(round.stage, RoundStage::Revealing { reveal_until, .. } if Self::now() < reveal_until);
        ensure!(open, Error::<T>::NotRevealing);
        ensure!(T::Consortium::contributor(who).is_some(), Error::<T>::NotSponsored);
        let submission = Self::submission(who, id)?;
        let update = &submission.update;
        ensure!(update.status == UpdateStatus::Committed, Error::<T>::NotCommitted);
        let shown = payload::update_commitment(Self::genesis_hash(), id, who, root, update.weight, salt);
        ensure!(shown == update.commitment, Error::<T>::CommitmentMismatch);
        Ok((round, submission))
    }

    pub(crate) fn do_reveal(who: &AccountId, id: RoundId, named: Named, salt: [u8; 32]) -> DispatchResult {
        let root = named.root;
        let (mut round, mut submission) = Self::check_reveal(who, id, root, salt)?;
        round.committed = round.committed.saturating_sub(1);
        round.revealed = round.revealed.saturating_add(1);
        submission.update.root = Some(root);
        submission.update.status = UpdateStatus::Revealed;
        let position = submission.position;
        let claim = named.by(&Holder::Contributor(who.clone()), Self::genesis_hash());
        T::Availability::put_item(Subject::Round(id), position, claim);
        Self::deposit_event(Event::Revealed {
            round: id,
            position,
            contributor: who.clone(),
            root,
        });
        Updates::<T>::insert(id, who, submission);
        Rounds::<T>::insert(id, round);
        Ok(())
    }

    /// What becomes of a root whose bytes this contributor has.
    ///
    /// Of equal roots of one round the earliest commitment counts, for it was made when the others could not know the root. One that was
    /// found Held in an earlier round is no secret: as long as that round is known it is its contributor's, who has it for longer.
    fn ruling(model: ModelId, root: Root, who: &AccountId, own: RootUse) -> Ruling {
        let counts = |first, displaced| Ruling::Counts { first, displaced };
        let Some(earlier) = RootUses::<T>::get(model, root) else {
            return counts(own.first, None);
        };
        let known = Self::submission_at(earlier.round, earlier.position);
        if earlier.round == own.round {
            let aggregated = false;
            return match earlier.first == own.round && own.position < earlier.position {
                true => counts(own.first, known),
                false => Ruling::Duplicate { earlier, aggregated },
            };
        }
        let status = known.as_ref().map(|known| known.update.status);
        let aggregated = Self::was_aggregated(earlier, status);
        let shown = matches!(status, Some(UpdateStatus::Available | UpdateStatus::Surplus));
        let others = known.is_some_and(|known| known.update.contributor != *who);
        if aggregated || (shown && others) {
            return Ruling::Duplicate { earlier, aggregated };
        }
        counts(if shown { earlier.first } else { own.first }, None)
    }

    /// Whether somebody who reveals a root that was used before could have known better. It was on chain before the round opened: nobody's
    /// commitment can be made an offence by a copy of it. Whoever trains on the same base again, because what was made from it was
    /// revoked or not promoted, may honestly get the same root.
    fn is_reuse(round: &Round, own: RootUse, earlier: RootUse) -> bool {
        earlier.round < own.round && Self::base_of(earlier.round) != Some(round.base)
    }

    /// What a round stood on, also when it is removed, if it recorded a version.
    fn base_of(id: RoundId) -> Option<VersionIndex> {
        Rounds::<T>::get(id)
            .map(|round| round.base)
            .or_else(|| Bases::<T>::get(id))
    }

    /// The submission at a position of a round.
    pub(crate) fn submission_at(id: RoundId, position: u32) -> Option<Submission> {
        let contributor = Self::contributors(id).get(len(position)).cloned()?;
        Updates::<T>::get(id, contributor)
    }

    /// Whether the update of an earlier round, with this status, went into a version, or still may. Pruning leaves only the uses that did.
    fn was_aggregated(known: RootUse, status: Option<UpdateStatus>) -> bool {
        let Some(round) = Rounds::<T>::get(known.round) else {
            return true;
        };
        let stands = match round.stage {
            RoundStage::Pruning { next, .. } if known.position < next => return round.version.is_some(),
            // A version that was recorded was made from it, however its round ended.
            RoundStage::Refunding { .. } | RoundStage::Over { .. } | RoundStage::Pruning { .. } => {
                round.version.is_some()
            }
            _ => true,
        };
        stands && status == Some(UpdateStatus::Available)
    }

    /// An earlier commitment to the same root is Held, too: the later one, which was Available, does not count any more.
    fn displace(id: RoundId, round: &mut Round, mut submission: Submission, earlier: RootUse) {
        round.available = round.available.saturating_sub(1);
        Self::set_duplicate(id, &mut submission, earlier);
        Updates::<T>::insert(id, submission.update.contributor.clone(), submission);
    }

    /// Enough validators have the bytes of an update and found them well-formed and its contributor's.
    fn settle_held(id: RoundId, round: &mut Round, submission: &mut Submission) {
        let (contributor, position) = (submission.update.contributor.clone(), submission.position);
        let root = submission.update.root.unwrap_or_default();
        let own = RootUse {
            round: id,
            position,
            first: id,
        };
        match Self::ruling(round.model, root, &contributor, own) {
            Ruling::Duplicate { earlier, aggregated } => {
                let reused = aggregated && Self::is_reuse(round, own, earlier);
                submission.offence = reused.then_some(Offence::Reused);
                Self::set_duplicate(id, submission, earlier);
            }
            Ruling::Counts { first, displaced } => {
                if let Some(later) = displaced {
                    Self::displace(id, round, later, own);
                }
                RootUses::<T>::insert(round.model, root, RootUse { first, ..own });
                submission.update.status = UpdateStatus::Available;
                round.available = round.available.saturating_add(1);
                Self::deposit_event(Event::Available {
                    round: id,
                    position,
                    contributor,
                });
            }
        }
    }

    fn set_duplicate(id: RoundId, submission: &mut Submission, earlier: RootUse) {
        let update = &mut submission.update;
        update.status = UpdateStatus::Duplicate;
        T::Escrow::release_bond(Purpose::Round(id), &update.contributor);
        Self::deposit_event(Event::Duplicate {
            round: id,
            position: submission.position,
            contributor: update.contributor.clone(),
            root: update.root.unwrap_or_default(),
            earlier,
        });
    }

    /// A revealed update is decided.
    fn decide(id: RoundId, position: u32, finding: Finding) -> Option<()> {
        let mut round = Rounds::<T>::get(id)?;
        matches!(round.stage, RoundStage::Revealing { .. }).then_some(())?;
        let mut submission = Self::submission_at(id, position)?;
        (submission.update.status == UpdateStatus::Revealed).then_some(())?;
        let contributor = submission.update.contributor.clone();
        round.revealed = round.revealed.saturating_sub(1);
        match finding {
            Finding::Held => Self::settle_held(id, &mut round, &mut submission),
            Finding::Malformed(reason) => {
                submission.update.status = UpdateStatus::Invalid(reason);
                T::Escrow::slash_bond(Purpose::Round(id), &contributor);
                Self::deposit_event(Event::Invalid {
                    round: id,
                    position,
                    contributor: contributor.clone(),
                    reason,
                });
            }
            Finding::Split => {
                submission.update.status = UpdateStatus::Expired;
                Self::deposit_event(Event::Expired {
                    round: id,
                    position,
                    contributor: contributor.clone(),
                });
            }
        }
        Updates::<T>::insert(id, contributor, submission);
        Rounds::<T>::insert(id, round);
        Some(())
    }
}

impl<T: Config> AvailabilityHandler for Pallet<T> {
    /// A round whose last update is decided is sealed at the end of the block, so that no vote weighs as much as a seal.
    fn found(subject: Subject, item: u32, finding: Finding) -> Weight {
        let Subject::Round(id) = subject else {
            return Weight::zero();
        };
        let _unknown_ones_change_nothing = Self::decide(id, item, finding);
        Self::found_weight()
    }

    fn ended(_: Subject) -> Weight {
        Weight::zero()
    }

    fn found_weight() -> Weight {
        T::WeightInfo::found_malformed()
            .max(T::WeightInfo::found_held())
            .max(T::WeightInfo::found_reused())
    }

    fn ended_weight() -> Weight {
        Weight::zero()
    }
}
