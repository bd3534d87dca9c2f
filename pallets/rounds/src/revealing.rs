//! Revealing: roots and salts are shown, and findings taken.

use crate::{
    numbers::len,
    pallet::{Config, Contributors, Error, Event, Pallet, Rounds, Updates},
    types::{RefundReason, Round, RoundStage, Submission},
    WeightInfo,
};
use alloc::vec::Vec;
use frame_support::{ensure, weights::Weight};
use frame_system::pallet_prelude::BlockNumberFor;
use quorate_primitives::{
    availability::{Claim, Finding, Subject},
    payload,
    possession::Shown,
    purpose::Purpose,
    traits::{Availability, AvailabilityHandler, Consortium, Escrow},
    update::UpdateStatus,
    AccountId, Hash, Root, RoundId,
};
use sp_runtime::{traits::Zero, DispatchResult};

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

    pub(crate) fn do_reveal(who: &AccountId, id: RoundId, root: Root, salt: [u8; 32]) -> DispatchResult {
        let (mut round, mut submission) = Self::check_reveal(who, id, root, salt)?;
        round.committed = round.committed.saturating_sub(1);
        round.revealed = round.revealed.saturating_add(1);
        submission.update.root = Some(root);
        submission.update.status = UpdateStatus::Revealed;
        let position = submission.position;
        let shown = Shown::Contributor(who.clone());
        let claim = Claim { root, shown };
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

    /// The submission at a position of a round.
    pub(crate) fn submission_at(id: RoundId, position: u32) -> Option<Submission> {
        let contributor = Self::contributors(id).get(len(position)).cloned()?;
        Updates::<T>::get(id, contributor)
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
            Finding::Held => {
                submission.update.status = UpdateStatus::Available;
                round.available = round.available.saturating_add(1);
                Self::deposit_event(Event::Available {
                    round: id,
                    position,
                    contributor: contributor.clone(),
                });
            }
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
        T::WeightInfo::found()
    }

    fn ended_weight() -> Weight {
        Weight::zero()
    }
}
