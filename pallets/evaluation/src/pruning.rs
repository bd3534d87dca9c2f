//! What goes when its retention has ended: first the jobs, then the record.

use crate::{
    pallet::{ByVersion, Config, Ended, EndedPlaces, Error, Evaluations, Event, Pallet},
    types::{order, Evaluation},
    WeightInfo,
};
use frame_support::{
    ensure,
    traits::Get,
    weights::{Weight, WeightMeter},
};
use quorate_primitives::{traits::Jobs, EvaluationId};
use sp_runtime::DispatchResult;

impl<T: Config> Pallet<T> {
    /// Prune the jobs of the evaluation that ended first, if their retention has ended: at most one evaluation's in a block.
    pub(crate) fn prune_evidence(left: Weight) -> Weight {
        let mut meter = WeightMeter::with_limit(left);
        if meter.try_consume(T::WeightInfo::prune_evidence()).is_err() {
            return Weight::zero();
        }
        let mut places = EndedPlaces::<T>::get();
        if places.first < places.next && Self::prune_ended(places.first) {
            places.first = places.first.saturating_add(1);
            EndedPlaces::<T>::put(places);
        }
        meter.consumed()
    }

    /// Whether the place is free now.
    fn prune_ended(place: u64) -> bool {
        let Some(id) = Ended::<T>::get(place) else { return true };
        if let Some(mut evaluation) = Evaluations::<T>::get(id) {
            let Some(ended) = evaluation.ended_at else { return false };
            if Self::now() < ended.saturating_add(T::EvidenceRetention::get()) {
                return false;
            }
            Self::forget_jobs(id, &mut evaluation);
            Evaluations::<T>::insert(id, evaluation);
        }
        Ended::<T>::remove(place);
        true
    }

    /// Write what proves the statements into the record, and let the jobs go.
    fn forget_jobs(id: EvaluationId, evaluation: &mut Evaluation) {
        let statements_root = T::Jobs::statements_root(evaluation.first_job, evaluation.job);
        evaluation.statements_root = Some(statements_root);
        evaluation
            .first_job
            .into_iter()
            .chain([evaluation.job])
            .for_each(T::Jobs::prune);
        Self::deposit_event(Event::EvidencePruned {
            evaluation: id,
            statements_root,
        });
    }

    pub(crate) fn do_prune(id: EvaluationId) -> DispatchResult {
        let evaluation = Evaluations::<T>::get(id).ok_or(Error::<T>::EvaluationNotFound)?;
        let ended = evaluation.ended_at.ok_or(Error::<T>::StillComputing)?;
        // Blocks without room may have kept its jobs for longer.
        let retained =
            evaluation.statements_root.is_none() || Self::now() < ended.saturating_add(T::RecordRetention::get());
        ensure!(!retained, Error::<T>::StillRetained);
        Evaluations::<T>::remove(id);
        ByVersion::<T>::remove((evaluation.work.model, evaluation.work.version), order(id));
        Self::deposit_event(Event::Pruned { evaluation: id });
        Ok(())
    }
}
