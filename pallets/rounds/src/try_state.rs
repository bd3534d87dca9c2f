//! What must hold after every block.

use crate::{
    collecting::count,
    pallet::{
        ActiveRounds, Config, GenesisBallots, NextRound, OpenRound, Pallet, PositionOf, RoundScores, Rounds,
        SealedOrders, Snapshots, SubmissionsOf, Tallies, Updates,
    },
    types::{Round, Stage, SEED_BLOCKS},
};
use alloc::{collections::BTreeSet, vec::Vec};
use frame_support::ensure;
use quorate_primitives::{
    update::{Update, UpdateStatus},
    RoundId,
};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
    /// Check the whole state of this pallet.
    pub(crate) fn do_try_state() -> Result<(), TryRuntimeError> {
        let active = ActiveRounds::<T>::get();
        ensure!(
            active.windows(2).all(|pair| pair.first() < pair.last()),
            "active rounds are ascending"
        );
        let mut rounds = 0u32;
        for (id, round) in Rounds::<T>::iter() {
            rounds = rounds.saturating_add(1);
            ensure!(
                active.contains(&id) != round.is_over(),
                "a round is active until it is over"
            );
            let opened = OpenRound::<T>::get(round.model) == Some(id);
            ensure!(
                opened == round.occupies_model(),
                "a round keeps its model exactly until its job is closed"
            );
            Self::check_updates(id, &round)?;
            Self::check_leftovers(id, &round)?;
            Self::check_progress(id, &round)?;
        }
        ensure!(
            rounds == NextRound::<T>::get(),
            "rounds are numbered without gaps and never removed"
        );
        ensure!(
            OpenRound::<T>::iter_values().all(Rounds::<T>::contains_key),
            "a model waits for an unknown round"
        );
        ensure!(
            GenesisBallots::<T>::iter_values().all(|ballot| !ballot.committee.is_empty()),
            "a vote on version 0 without voters"
        );
        Ok(())
    }

    fn check_updates(id: RoundId, round: &Round) -> Result<(), TryRuntimeError> {
        let updates: Vec<Update> = Self::updates(id, round).collect();
        ensure!(count(updates.len()) == round.submissions, "an update is missing");
        ensure!(
            count(Updates::<T>::iter_prefix(id).count()) == round.submissions,
            "an update beyond the last"
        );
        let number = |is: fn(&UpdateStatus) -> bool| count(updates.iter().filter(|update| is(&update.status)).count());
        ensure!(
            number(|s| matches!(s, UpdateStatus::Committed)) == round.committed,
            "committed"
        );
        ensure!(number(|s| matches!(s, UpdateStatus::Opened)) == round.opened, "opened");
        ensure!(
            number(|s| matches!(s, UpdateStatus::Available)) == round.available,
            "available"
        );
        ensure!(
            round.committed <= round.policy.max_updates,
            "more commitments than the policy allows"
        );
        let sealed = updates.iter().filter(|update| update.index.is_some());
        ensure!(
            sealed.clone().all(|update| update.status == UpdateStatus::Available),
            "an update that is not Available has an index"
        );
        ensure!(
            round.job.is_none() || count(sealed.count()) == round.available,
            "a sealed update has no index"
        );
        let organisations: BTreeSet<_> = updates
            .iter()
            .filter(|update| update.index.is_some())
            .map(|update| update.organisation)
            .collect();
        ensure!(
            round.job.is_none() || count(organisations.len()) == round.organisations,
            "the organisations of a sealed round are miscounted"
        );
        let scored = updates
            .iter()
            .all(|update| update.score.is_none() || update.index.is_some());
        ensure!(scored, "an update outside the job has a score");
        let paid = match round.stage {
            Stage::Paying { next } | Stage::Refunding { next, .. } => next,
            Stage::Settled | Stage::Refunded { .. } => round.submissions,
            _ => 0,
        };
        for (position, update) in (0u32..).zip(&updates) {
            let known = PositionOf::<T>::get(id, &update.contributor);
            let expected = (position >= paid).then_some(position);
            ensure!(known == expected, "a contributor's position is known until it is paid");
        }
        Ok(())
    }

    /// Nothing of a stage outlives it.
    fn check_leftovers(id: RoundId, round: &Round) -> Result<(), TryRuntimeError> {
        let opening = matches!(round.stage, Stage::Opening { .. });
        ensure!(
            Snapshots::<T>::contains_key(id) == opening,
            "a snapshot exists exactly while a round is Opening"
        );
        ensure!(
            opening || Tallies::<T>::iter_prefix(id).next().is_none(),
            "votes are kept only while Opening"
        );
        let collecting = matches!(round.stage, Stage::Collecting { .. });
        ensure!(
            collecting || !SubmissionsOf::<T>::contains_key(id),
            "caps are counted only while Collecting"
        );
        let sealed = matches!(
            round.stage,
            Stage::Drawing { .. } | Stage::Computing | Stage::Scoring { .. } | Stage::Paying { .. }
        );
        ensure!(
            !matches!(round.stage, Stage::Drawing { blocks, .. } if blocks >= SEED_BLOCKS || round.sealed_at.is_none()),
            "a seed is drawn from the blocks after the seal"
        );
        let order = SealedOrders::<T>::get(id);
        ensure!(
            order.is_some() == sealed,
            "the order is kept from sealing until settlement"
        );
        ensure!(
            order.is_none_or(|order| count(order.len()) == round.available),
            "the order is complete"
        );
        let scored = matches!(round.stage, Stage::Scoring { .. } | Stage::Paying { .. });
        ensure!(
            scored || !RoundScores::<T>::contains_key(id),
            "scores are kept only until settlement"
        );
        Ok(())
    }

    fn check_progress(id: RoundId, round: &Round) -> Result<(), TryRuntimeError> {
        let recorded = matches!(
            round.stage,
            Stage::Scoring { .. } | Stage::Paying { .. } | Stage::Settled
        );
        ensure!(
            !recorded || round.version.is_some(),
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
