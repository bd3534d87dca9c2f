//! What the runtime shows of evaluations.

use crate::{
    pallet::{ByVersion, Config, Details, Evaluations, NextEvaluation, Open, Pallet},
    quoting::Wanted,
    types::order,
};
use alloc::vec::Vec;
use quorate_primitives::{
    traits::Models,
    views::{BlobRef, EvaluationState, EvaluationView, Quote},
    ArtifactId, EvaluationId, ModelId, VersionIndex,
};

/// Most entries of one answer.
const MAX_LIMIT: u32 = 64;
/// Most numbers that are looked at for one answer: of those in between the records were pruned.
const MAX_NUMBERS: u32 = 4_096;

fn limit(count: u32) -> usize {
    usize::try_from(count.min(MAX_LIMIT)).unwrap_or_default()
}

impl<T: Config> Pallet<T> {
    /// An evaluation.
    pub fn view(id: EvaluationId) -> Option<EvaluationView> {
        let evaluation = Evaluations::<T>::get(id)?;
        let (model, version) = (evaluation.work.model, evaluation.work.version);
        Some(EvaluationView {
            id,
            asked_by: evaluation.asked_by,
            organisation: evaluation.organisation,
            clean: T::Models::is_clean(model, version),
            work: evaluation.work,
            fee: evaluation.fee,
            state: evaluation.state,
            job: evaluation.job,
            first_job: evaluation.first_job,
            statements_root: evaluation.statements_root,
            requested_at: evaluation.requested_at,
            ended_at: evaluation.ended_at,
        })
    }

    /// Evaluations whose details validators may fetch from each other, ascending: those that run, and of those
    /// that have ended and have a detail the newest, a few of each organisation.
    pub fn gateway_evaluations() -> Vec<EvaluationId> {
        let ended = Details::<T>::get().into_iter().map(|detailed| detailed.id);
        let mut ids: Vec<_> = ended
            .chain(Open::<T>::get().into_iter().map(|running| running.id))
            .collect();
        ids.sort_unstable();
        ids
    }

    /// The detail of an evaluation on whose outcome a quorum agreed.
    pub fn gateway_detail(id: EvaluationId) -> Option<BlobRef> {
        match Evaluations::<T>::get(id)?.state {
            EvaluationState::Done(outcome) => outcome.detail(),
            EvaluationState::Computing | EvaluationState::Failed(_) => None,
        }
    }

    /// What an evaluation would cost, whoever asks.
    pub fn quote_of(
        model: ModelId,
        version: VersionIndex,
        program: ArtifactId,
        data: ArtifactId,
        operations: u64,
    ) -> Option<Quote> {
        let wanted = Wanted {
            model,
            version,
            program,
            data,
            operations,
        };
        Self::candidate(wanted).ok().map(|candidate| candidate.quote)
    }

    /// Evaluations by number.
    pub fn list(from: EvaluationId, count: u32) -> Vec<EvaluationView> {
        let end = NextEvaluation::<T>::get().min(from.saturating_add(MAX_NUMBERS));
        (from..end).filter_map(Self::view).take(limit(count)).collect()
    }

    /// Evaluations of one version, by number.
    pub fn list_of(of: (ModelId, VersionIndex), from: EvaluationId, count: u32) -> Vec<EvaluationView> {
        let ids = match from.checked_sub(1) {
            // From the key after that one on, whether or not it is there.
            Some(before) => {
                let key = ByVersion::<T>::hashed_key_for(of, order(before));
                ByVersion::<T>::iter_prefix_from(of, key)
            }
            None => ByVersion::<T>::iter_prefix(of),
        };
        ids.take(limit(count)).filter_map(|(_, id)| Self::view(id)).collect()
    }
}
