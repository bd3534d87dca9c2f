//! What must hold after every block.

use crate::{
    numbers::count,
    pallet::{
        ActiveRounds, Agenda, AwaitedPages, Config, Contributors, Expiries, Kept, NextRound, OpenRound, Outcomes,
        Pallet, RoundScores, Rounds, RoundsOf, SealedOrders, Strikes, Updates, Usages,
    },
    types::{Due, RefundReason, Round, RoundEnd, RoundStage, Submission, BOND_OFFENCE, SEED_BLOCKS},
    usage::{round_len, Evidence},
};
use alloc::{collections::BTreeMap, vec::Vec};
use frame_support::{ensure, traits::Get};
use quorate_primitives::{
    purpose::Purpose,
    traits::{Escrow, Models},
    update::UpdateStatus,
    OrganisationId, RoundId,
};
use sp_runtime::TryRuntimeError;

/// What the rounds say that an organisation has open, and what is kept of it.
#[derive(Default)]
struct Open {
    active: u32,
    rounds: u32,
    updates: u32,
    bytes: u64,
    kept_rounds: u32,
    kept_updates: u32,
    kept_bytes: u64,
}

type OpenOf = BTreeMap<OrganisationId, Open>;

impl<T: Config> Pallet<T> {
    /// Check the whole state of this pallet.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        let active = ActiveRounds::<T>::get();
        ensure!(
            active.windows(2).all(|pair| pair.first() < pair.last()),
            "active rounds are ascending"
        );
        let mut open = OpenOf::default();
        let (mut rounds, mut waiting) = (0usize, 0usize);
        for (id, round) in Rounds::<T>::iter() {
            rounds = rounds.saturating_add(1);
            waiting = waiting.saturating_add(usize::from(round.due.is_some()));
            ensure!(id < NextRound::<T>::get(), "a round of the future");
            ensure!(Kept::<T>::contains_key(id.to_be_bytes()), "a round is not listed");
            Self::check_lists(id, &round)?;
            Self::check_updates(id, &round, &mut open)?;
            Self::check_leftovers(id, &round)?;
            Self::check_progress(id, &round)?;
            Self::check_assessment(id, &round)?;
        }
        ensure!(
            active.iter().all(Rounds::<T>::contains_key),
            "an unknown round is active"
        );
        ensure!(Kept::<T>::iter_keys().count() == rounds, "an unknown round is listed");
        ensure!(
            Agenda::<T>::iter_keys()
                .count()
                .saturating_add(Expiries::<T>::iter_keys().count())
                == waiting,
            "the agenda has an entry that no round knows"
        );
        ensure!(
            OpenRound::<T>::iter_values().all(Rounds::<T>::contains_key),
            "a model waits for an unknown round"
        );
        ensure!(
            Strikes::<T>::iter_values()
                .flatten()
                .all(|strike| strike.offences <= BOND_OFFENCE),
            "more offences are remembered than make a difference"
        );
        Self::check_models()?;
        Self::check_usages(&open)
    }

    fn check_models() -> Result<(), TryRuntimeError> {
        for (model, rounds) in RoundsOf::<T>::iter() {
            ensure!(!rounds.is_empty(), "an empty list of rounds is kept");
            let known = |id: &RoundId| Rounds::<T>::get(id).is_some_and(|r| r.model == model && !r.is_over());
            ensure!(rounds.iter().all(known), "a model's round is over or another's");
        }
        Ok(())
    }

    fn check_usages(open: &OpenOf) -> Result<(), TryRuntimeError> {
        for (organisation, usage) in Usages::<T>::iter() {
            let none = Open::default();
            let counted = open.get(&organisation).unwrap_or(&none);
            ensure!(
                usage.kept_rounds <= T::MaxKeptRoundsPerOrganisation::get()
                    && usage.kept_updates <= T::MaxKeptUpdatesPerOrganisation::get()
                    && usage.kept_bytes <= T::MaxKeptBytesPerOrganisation::get(),
                "more is kept of an organisation than may be"
            );
            ensure!(
                usage.active == counted.active && usage.rounds == counted.rounds,
                "the rounds of an organisation are miscounted"
            );
            ensure!(
                usage.updates == counted.updates && usage.bytes == counted.bytes,
                "the open updates of an organisation are miscounted"
            );
            ensure!(
                usage.kept_rounds == counted.kept_rounds
                    && usage.kept_updates == counted.kept_updates
                    && usage.kept_bytes == counted.kept_bytes,
                "what is kept of an organisation is miscounted"
            );
        }
        ensure!(
            open.keys().all(Usages::<T>::contains_key),
            "an organisation has something open that is not counted"
        );
        Ok(())
    }

    fn check_lists(id: RoundId, round: &Round) -> Result<(), TryRuntimeError> {
        let active = ActiveRounds::<T>::get().contains(&id);
        ensure!(
            active == round.is_active(),
            "a round is active while it waits for people or a job"
        );
        ensure!(
            active == round.due.is_none(),
            "a round that is not active waits in the agenda"
        );
        let due = round.due.map(|at| Due::new(at, id));
        let waits = |due| match round.is_over() {
            true => Expiries::<T>::contains_key(due),
            false => Agenda::<T>::contains_key(due),
        };
        ensure!(due.is_none_or(waits), "a round is not in the agenda");
        let open = OpenRound::<T>::get(round.model) == Some(id);
        ensure!(
            open == round.occupies_model(),
            "a round keeps its model until its version is recorded or it ends"
        );
        ensure!(
            RoundsOf::<T>::get(round.model).contains(&id) != round.is_over(),
            "a model's rounds are those that are not over"
        );
        ensure!(
            round.shift.blocks <= T::MaxShift::get() && (active || round.shift.before.is_none()),
            "deadlines shift in active rounds, and not without end"
        );
        Ok(())
    }

    /// Updates below this position are paid or refunded, or removed.
    fn ended(round: &Round) -> u32 {
        match round.stage {
            RoundStage::Paying { next } | RoundStage::Refunding { next, .. } => next,
            RoundStage::Over { .. } | RoundStage::Pruning { .. } => round.submissions,
            _ => 0,
        }
    }

    /// No organisation has more in a job than the pipeline tolerates of the updates that were sealed.
    fn check_caps(round: &Round, updates: &[Submission]) -> Result<(), TryRuntimeError> {
        let mut sealed: BTreeMap<OrganisationId, u32> = BTreeMap::new();
        for submission in updates.iter().filter(|submission| submission.update.index.is_some()) {
            let number = sealed.entry(submission.update.organisation).or_default();
            *number = number.saturating_add(1);
        }
        let total = sealed.values().fold(0u32, |sum, number| sum.saturating_add(*number));
        let tolerated = round.policy.pipeline.tolerated(total).unwrap_or(total);
        ensure!(
            sealed.values().all(|number| *number <= tolerated),
            "an organisation has more than is tolerated of the sealed updates"
        );
        Ok(())
    }

    fn check_updates(id: RoundId, round: &Round, open: &mut OpenOf) -> Result<(), TryRuntimeError> {
        let removed = match round.stage {
            RoundStage::Pruning { next, .. } => next,
            _ => 0,
        };
        let submissions = count(Contributors::<T>::decode_len(id).unwrap_or_default());
        ensure!(
            matches!(round.stage, RoundStage::Collecting { .. }) || round.submissions == submissions,
            "the number of submissions is known from the end of Collecting on"
        );
        let updates: Vec<Submission> = Self::submitted(id).collect();
        let stored = count(Updates::<T>::iter_prefix(id).count());
        ensure!(
            stored == submissions.saturating_sub(removed) && count(updates.len()) == stored,
            "updates and contributors differ"
        );
        ensure!(
            (removed..)
                .zip(&updates)
                .all(|(position, submission)| submission.position == position),
            "an update is out of place"
        );
        let sealed = round.sealed_at.is_some()
            || matches!(
                round.refund,
                Some(RefundReason::TooFewUpdates { .. } | RefundReason::NotTolerated)
            );
        ensure!(
            updates.iter().all(|submission| {
                submission.offence.is_none() || (submission.update.status == UpdateStatus::Expired && sealed)
            }),
            "an offence does not fit its update"
        );
        if removed == 0 {
            Self::check_caps(round, &updates)?;
        }
        Self::check_counts(round, &updates, removed)?;
        let owner = open.entry(round.owner).or_default();
        owner.active = owner.active.saturating_add(round.is_active().into());
        owner.rounds = owner.rounds.saturating_add((!round.is_over()).into());
        owner.kept_rounds = owner.kept_rounds.saturating_add(1);
        let len = round_len(&round.policy, round.file_len);
        owner.kept_bytes = owner.kept_bytes.saturating_add(len);
        let kept = match round.stage {
            RoundStage::Collecting { .. } => Evidence::most(&round.policy, round.update_len),
            _ => {
                let standing = |submission: &&Submission| submission.update.status != UpdateStatus::Withdrawn;
                Evidence::of(stored, count(updates.iter().filter(standing).count()), round.update_len)
            }
        };
        owner.kept_updates = owner.kept_updates.saturating_add(kept.updates);
        owner.kept_bytes = owner.kept_bytes.saturating_add(kept.bytes);
        let ended = Self::ended(round);
        for submission in updates {
            if submission.position >= ended {
                let sponsor = open.entry(submission.update.organisation).or_default();
                sponsor.updates = sponsor.updates.saturating_add(1);
                sponsor.bytes = sponsor.bytes.saturating_add(round.update_len);
            }
        }
        Ok(())
    }

    fn check_counts(round: &Round, updates: &[Submission], removed: u32) -> Result<(), TryRuntimeError> {
        if removed > 0 {
            return Ok(());
        }
        let number = |is: fn(&UpdateStatus) -> bool| {
            count(
                updates
                    .iter()
                    .filter(|submission| is(&submission.update.status))
                    .count(),
            )
        };
        let committed = number(|s| matches!(s, UpdateStatus::Committed));
        match round.stage {
            RoundStage::Collecting { .. } => ensure!(
                committed <= round.policy.max_updates,
                "more commitments than the policy allows"
            ),
            _ => ensure!(committed == round.committed, "committed updates are miscounted"),
        }
        ensure!(
            number(|s| matches!(s, UpdateStatus::Withdrawn)) == round.withdrawn,
            "withdrawn updates are miscounted"
        );
        ensure!(
            number(|s| matches!(s, UpdateStatus::Revealed)) == round.revealed,
            "revealed updates are miscounted"
        );
        ensure!(
            number(|s| matches!(s, UpdateStatus::Available)) == round.available,
            "available updates are miscounted"
        );
        let indexed = |submission: &&Submission| submission.update.index.is_some();
        let sealed = updates.iter().filter(indexed);
        ensure!(
            sealed
                .clone()
                .all(|submission| submission.update.status == UpdateStatus::Available),
            "an update that is not Available has an index"
        );
        ensure!(
            round.sealed_at.is_none() || count(sealed.count()) == round.available,
            "a sealed update has no index"
        );
        let scored = |submission: &Submission| submission.update.score.is_none() || submission.update.index.is_some();
        ensure!(updates.iter().all(scored), "an update outside the job has a score");
        Ok(())
    }

    /// Nothing of a stage outlives it.
    fn check_leftovers(id: RoundId, round: &Round) -> Result<(), TryRuntimeError> {
        let scoring = matches!(round.stage, RoundStage::Scoring { .. });
        let sealed = scoring
            || matches!(
                round.stage,
                RoundStage::Drawing { .. }
                    | RoundStage::Computing { .. }
                    | RoundStage::Assessing
                    | RoundStage::Vesting { .. }
                    | RoundStage::Paying { .. }
            );
        ensure!(
            !matches!(round.stage, RoundStage::Drawing { blocks, .. } if blocks >= SEED_BLOCKS || round.sealed_at.is_none()),
            "a seed is drawn from the blocks after the seal"
        );
        let order = SealedOrders::<T>::get(id);
        ensure!(
            order.is_some() == sealed,
            "the order is kept from sealing until the round ends"
        );
        let inputs = || {
            Self::sealed_inputs(id)
                .into_iter()
                .map(|input| (input.organisation, input.root, input.weight))
        };
        ensure!(
            order.is_none_or(|order| {
                count(order.len()) == round.available
                    && order
                        .iter()
                        .map(|sealed| (sealed.organisation, sealed.root, sealed.weight))
                        .eq(inputs())
            }),
            "the order is not that of the sealed updates"
        );
        ensure!(
            AwaitedPages::<T>::contains_key(id) == scoring,
            "a page is awaited exactly while Scoring"
        );
        let scored = matches!(
            round.stage,
            RoundStage::Scoring { .. } | RoundStage::Vesting { .. } | RoundStage::Paying { .. }
        );
        ensure!(
            scored || !RoundScores::<T>::contains_key(id),
            "scores are kept only until settlement"
        );
        ensure!(
            Outcomes::<T>::contains_key(id) == round.version.is_some(),
            "an outcome is kept with its version"
        );
        Ok(())
    }

    /// A round is assessed exactly where its policy asks for that, and what is set aside for it is there while it is not over.
    fn check_assessment(id: RoundId, round: &Round) -> Result<(), TryRuntimeError> {
        let Some(assessment) = &round.assessment else {
            ensure!(
                round.policy.assessment.is_none() && round.stage != RoundStage::Assessing,
                "a round is not assessed that its policy wants assessed"
            );
            return Ok(());
        };
        ensure!(
            round.policy.assessment.is_some(),
            "a round is assessed without a reason"
        );
        let refunded = round.refund.is_some();
        let escrowed = T::Escrow::escrowed(Purpose::Assessment(id));
        ensure!(
            assessment.done || escrowed == if refunded { 0 } else { assessment.fee },
            "the fee of an assessment is set aside until it is over"
        );
        ensure!(!round.is_over() || escrowed == 0, "an escrow outlives its round");
        let after = matches!(
            round.stage,
            RoundStage::Scoring { .. } | RoundStage::Vesting { .. } | RoundStage::Paying { .. }
        );
        ensure!(
            !after || (assessment.done && assessment.passed == Some(true)),
            "a round goes on whose version did not pass"
        );
        ensure!(
            round.stage != RoundStage::Assessing || !assessment.done,
            "an assessment that is over goes on"
        );
        ensure!(
            assessment.first_job.is_none() || assessment.job.is_some(),
            "a retry without a job"
        );
        ensure!(
            assessment.outcome.is_none() || (assessment.passed.is_some() && assessment.job.is_some()),
            "an outcome that decided nothing"
        );
        let version = round.version.filter(|_| assessment.passed.is_some());
        ensure!(
            version.is_none_or(|version| assessment.passed == Some(T::Models::passed(round.model, version))),
            "the registry does not know what the round found"
        );
        ensure!(
            round.version.is_none() || round.gate().is_none() || assessment.passed.is_some() || round.is_active(),
            "a version waits for its gate for ever"
        );
        Ok(())
    }

    fn check_progress(id: RoundId, round: &Round) -> Result<(), TryRuntimeError> {
        let settled = matches!(
            round.stage,
            RoundStage::Assessing
                | RoundStage::Scoring { .. }
                | RoundStage::Vesting { .. }
                | RoundStage::Paying { .. }
                | RoundStage::Over {
                    end: RoundEnd::Settled,
                    ..
                }
        );
        ensure!(
            !settled || round.version.is_some(),
            "a round is scored that has no version"
        );
        ensure!(
            round.version.is_some() == round.recorded_at.is_some(),
            "a version was recorded in some block"
        );
        if let Some(scores) = RoundScores::<T>::get(id) {
            let points = scores.rows.iter().fold(0u64, |sum, row| sum.saturating_add(row.points));
            let organisations = scores
                .organisations
                .values()
                .fold(0u64, |sum, part| sum.saturating_add(*part));
            ensure!(
                points == scores.total && organisations == scores.total,
                "points sum to their total"
            );
        }
        Ok(())
    }
}
