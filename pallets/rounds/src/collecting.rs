//! Collecting: opening a round, commitments, withdrawals.
//!
//! `submit` is the call that a busy chain has most of. It reads the round and writes three entries of this pallet: the update, the
//! list of contributors (appended to, not decoded) and what the organisation has open.

use crate::{
    numbers::count,
    pallet::{
        ActiveRounds, Config, Contributors, Error, Event, Kept, NextRound, OpenRound, Pallet, Rounds, RoundsOf,
        Updates, Usages,
    },
    scoring::part,
    types::{Round, RoundAssessment, RoundStage, Shift, Submission, Usage},
};
use frame_support::{ensure, traits::Get};
use quorate_primitives::{
    policy::Policy,
    purpose::Purpose,
    traits::{Consortium, Escrow, Models, RoundBase, Shards},
    update::{Encoding, Update, UpdateStatus},
    AccountId, Balance, BlockNumber, Hash, ModelId, OrganisationId, RoundId, MAX_UPDATES,
};
use sp_runtime::{traits::UniqueSaturatedInto, DispatchResult};

/// The most submissions that a round takes, withdrawn ones included: whoever can end Collecting by withdrawals can as well fill the
/// round.
pub(crate) fn most_submissions(policy: &Policy) -> u32 {
    policy.max_updates.saturating_mul(2).min(MAX_UPDATES)
}

/// What the contributors of a round share.
pub(crate) fn pot(policy: &Policy) -> Balance {
    part(policy.reward, policy.split.contributors)
}

/// A round that may be opened, with what was read to find that out.
struct Opening {
    owner: OrganisationId,
    usage: Usage,
    base: RoundBase,
    assessment: Option<RoundAssessment>,
}

/// A call that may be made, with what was read to find that out.
pub(crate) struct Commitment {
    round: Round,
    organisation: OrganisationId,
    usage: Usage,
    position: u32,
}

impl<T: Config> Pallet<T> {
    /// The current block.
    pub(crate) fn now() -> BlockNumber {
        frame_system::Pallet::<T>::block_number().unique_saturated_into()
    }

    /// A round that is stored.
    pub(crate) fn round(id: RoundId) -> Result<Round, Error<T>> {
        Rounds::<T>::get(id).ok_or(Error::<T>::RoundNotFound)
    }

    /// Submissions to a round so far.
    pub(crate) fn submissions(id: RoundId) -> u32 {
        count(Contributors::<T>::decode_len(id).unwrap_or_default())
    }

    /// Whether `who` may open a round on `model` now, for which organisation, what it would stand on, and how it would be assessed.
    fn check_open_round(who: &AccountId, model: ModelId) -> Result<Opening, Error<T>> {
        let owner = T::Models::owner(model).ok_or(Error::<T>::ModelNotFound)?;
        let organisation = T::Consortium::organisation_of(who).ok_or(Error::<T>::NotAnOrganisation)?;
        ensure!(owner == organisation, Error::<T>::NotOwner);
        ensure!(!OpenRound::<T>::contains_key(model), Error::<T>::RoundAlreadyOpen);
        let active = count(ActiveRounds::<T>::decode_len().unwrap_or_default());
        ensure!(active < T::MaxActiveRounds::get(), Error::<T>::MaxActiveRoundsExceeded);
        let usage = Usages::<T>::get(organisation);
        let base = T::Models::round_base(model).ok_or(Error::<T>::ModelNotReady)?;
        let transfers = base.policy.check_transfers(base.update_len, T::BytesPerBlock::get());
        ensure!(transfers.is_ok(), Error::<T>::PolicyTransferTooShort);
        Self::check_room_for_round(&usage, &base)?;
        let assessment = Self::assessment_of(organisation, model, &base)?;
        let fee = assessment.as_ref().map_or(0, |assessment| assessment.fee);
        let fund = Purpose::Model(model);
        let amount = base.policy.reward.saturating_add(fee);
        ensure!(T::Escrow::can_lock(fund, amount), Error::<T>::FundTooSmall);
        Ok(Opening {
            owner: organisation,
            usage,
            base,
            assessment,
        })
    }

    /// Whether `open_round` costs `who` no fee.
    pub(crate) fn opens_for_free(who: &AccountId, model: ModelId) -> bool {
        Self::check_open_round(who, model).is_ok_and(|opening| Self::has_free_call(&opening.usage))
    }

    pub(crate) fn do_open_round(who: &AccountId, model: ModelId) -> DispatchResult {
        let Opening {
            owner,
            mut usage,
            base,
            assessment,
        } = Self::check_open_round(who, model)?;
        let id = NextRound::<T>::get();
        NextRound::<T>::put(id.checked_add(1).ok_or(Error::<T>::MaxRoundsExceeded)?);
        ActiveRounds::<T>::try_append(id).map_err(|()| Error::<T>::MaxActiveRoundsExceeded)?;
        RoundsOf::<T>::try_append(model, id).map_err(|()| Error::<T>::OrganisationRoundsExceeded)?;
        OpenRound::<T>::insert(model, id);
        Kept::<T>::insert(id.to_be_bytes(), ());
        Self::count_call(&mut usage);
        Self::count_round(&mut usage, &base);
        Usages::<T>::insert(owner, usage);
        let opened_at = Self::now();
        let until = opened_at.saturating_add(base.policy.deadlines.collect);
        let (fund, escrow) = (Purpose::Model(model), Purpose::Round(id));
        T::Escrow::lock(fund, escrow, base.policy.reward)?;
        if let Some(assessment) = &assessment {
            T::Escrow::lock(fund, Purpose::Assessment(id), assessment.fee)?;
        }
        let contribution = base.policy.assessment.and_then(|assessment| assessment.contribution);
        if let Some(rules) = contribution {
            T::Shards::begin(id, model, &rules, pot(&base.policy))?;
        }
        Self::deposit_event(Event::RoundOpened {
            round: id,
            model,
            by: owner,
            base: base.base,
            policy_hash: base.policy.hash(),
            until,
        });
        Rounds::<T>::insert(
            id,
            Round {
                model,
                owner,
                base: base.base,
                base_root: base.base_root,
                previous_root: base.previous_root,
                optimiser: base.optimiser,
                policy: base.policy,
                update_len: base.update_len,
                file_len: base.file_len,
                stage: RoundStage::Collecting { until },
                opened_at,
                sealed_at: None,
                recorded_at: None,
                version: None,
                job: None,
                first_job: None,
                assessment,
                refund: None,
                withdrawn: 0,
                submissions: 0,
                committed: 0,
                revealed: 0,
                available: 0,
                organisations: 0,
                shift: Shift::default(),
                lost: 0,
                due: None,
            },
        );
        Ok(())
    }

    fn collecting(id: RoundId) -> Result<Round, Error<T>> {
        let round = Self::round(id)?;
        let open = matches!(round.stage, RoundStage::Collecting { until } if Self::now() < until);
        ensure!(open, Error::<T>::NotCollecting);
        Ok(round)
    }

    /// Whether a Collecting round with so many submissions has room for no other.
    pub(crate) fn is_full(round: &Round, submissions: u32) -> bool {
        submissions >= most_submissions(&round.policy)
            || submissions.saturating_sub(round.withdrawn) >= round.policy.max_updates
    }

    /// Whether `who` may submit to a round now.
    fn check_submit(who: &AccountId, id: RoundId, weight: u32) -> Result<Commitment, Error<T>> {
        let round = Self::collecting(id)?;
        let organisation = T::Consortium::contributor(who).ok_or(Error::<T>::NotSponsored)?;
        ensure!(
            (1..=round.policy.max_weight).contains(&weight),
            Error::<T>::WeightOutOfRange
        );
        ensure!(!Updates::<T>::contains_key(id, who), Error::<T>::AlreadySubmitted);
        let position = Self::submissions(id);
        ensure!(!Self::is_full(&round, position), Error::<T>::MaxUpdatesReached);
        let usage = Usages::<T>::get(organisation);
        let submitted = usage.submitted.get(&id).copied().unwrap_or_default();
        ensure!(
            submitted < round.policy.max_updates_per_organisation,
            Error::<T>::OrganisationCapReached
        );
        Self::check_room_for_update(&usage, round.update_len)?;
        Ok(Commitment {
            round,
            organisation,
            usage,
            position,
        })
    }

    /// Whether `submit` costs `who` no fee.
    pub(crate) fn submits_for_free(who: &AccountId, id: RoundId, weight: u32) -> bool {
        Self::check_submit(who, id, weight).is_ok_and(|checked| {
            Self::has_free_call(&checked.usage) && T::Escrow::can_bond(checked.organisation, checked.round.policy.bond)
        })
    }

    pub(crate) fn do_submit(who: AccountId, id: RoundId, commitment: Hash, weight: u32) -> DispatchResult {
        let Commitment {
            round,
            organisation,
            mut usage,
            position,
        } = Self::check_submit(&who, id, weight)?;
        Self::count_call(&mut usage);
        Self::count_submission(&mut usage, id)?;
        Self::count_update(&mut usage, round.update_len);
        Usages::<T>::insert(organisation, usage);
        T::Escrow::hold_bond(organisation, Purpose::Round(id), &who, round.policy.bond)?;
        Contributors::<T>::try_append(id, &who).map_err(|()| Error::<T>::MaxUpdatesReached)?;
        let update = Update {
            contributor: who.clone(),
            organisation,
            commitment,
            weight,
            encoding: Encoding::DenseF32,
            submitted_at: Self::now(),
            status: UpdateStatus::Committed,
            root: None,
            index: None,
            score: None,
        };
        let submission = Submission {
            position,
            update,
            offence: None,
        };
        Updates::<T>::insert(id, &who, submission);
        Self::deposit_event(Event::Submitted {
            round: id,
            position,
            contributor: who,
            organisation,
            commitment,
            weight,
        });
        Ok(())
    }

    /// Count a submission to a round. With the first one to a round, those to rounds that are not active any more are forgotten.
    fn count_submission(usage: &mut Usage, id: RoundId) -> Result<(), Error<T>> {
        if let Some(submitted) = usage.submitted.get_mut(&id) {
            *submitted = submitted.saturating_add(1);
            return Ok(());
        }
        let active = ActiveRounds::<T>::get();
        usage.submitted.retain(|round, _| active.contains(round));
        let inserted = usage.submitted.try_insert(id, 1);
        inserted.map(|_| ()).map_err(|_| Error::<T>::Inconsistent)
    }

    /// Whether `who` may withdraw from a round now.
    pub(crate) fn check_withdraw(who: &AccountId, id: RoundId) -> Result<(Round, Submission), Error<T>> {
        let round = Self::collecting(id)?;
        let submission = Self::submission(who, id)?;
        let committed = submission.update.status == UpdateStatus::Committed;
        ensure!(committed, Error::<T>::NotCommitted);
        Ok((round, submission))
    }

    pub(crate) fn do_withdraw(who: &AccountId, id: RoundId) -> DispatchResult {
        let (mut round, mut submission) = Self::check_withdraw(who, id)?;
        submission.update.status = UpdateStatus::Withdrawn;
        round.withdrawn = round.withdrawn.saturating_add(1);
        T::Escrow::release_bond(Purpose::Round(id), who);
        let position = submission.position;
        Updates::<T>::insert(id, who, submission);
        Rounds::<T>::insert(id, round);
        Self::deposit_event(Event::Withdrawn {
            round: id,
            position,
            contributor: who.clone(),
        });
        Ok(())
    }

    /// What a contributor submitted to a round.
    pub(crate) fn submission(who: &AccountId, id: RoundId) -> Result<Submission, Error<T>> {
        Updates::<T>::get(id, who).ok_or(Error::<T>::NotSubmitted)
    }
}
