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
use quorate_primitives::{traits::Jobs, BlockNumber, EvaluationId};
use sp_runtime::DispatchResult;

impl<T: Config> Pallet<T> {
    /// Prune the jobs of the evaluation that ended first, if their retention has ended: at most one evaluation's in a block.
    pub(crate) fn prune_evidence(left: Weight) -> Weight {
        let mut meter = WeightMeter::with_limit(left);
        if meter.try_consume(T::DbWeight::get().reads(3)).is_err() {
            return Weight::zero();
        }
        let mut places = EndedPlaces::<T>::get();
        let due = places.first < places.next && Self::is_due(places.first);
        if due && meter.try_consume(T::WeightInfo::prune_evidence()).is_ok() {
            Self::prune_ended(places.first);
            places.first = places.first.saturating_add(1);
            EndedPlaces::<T>::put(places);
        }
        meter.consumed()
    }

    /// Whether the jobs of whatever has this place are no longer kept.
    fn is_due(place: u64) -> bool {
        let evaluation = Ended::<T>::get(place).and_then(Evaluations::<T>::get);
        evaluation.is_none_or(|evaluation| {
            let until = |ended: BlockNumber| ended.saturating_add(T::EvidenceRetention::get());
            evaluation.ended_at.is_some_and(|ended| until(ended) <= Self::now())
        })
    }

    fn prune_ended(place: u64) {
        if let Some(id) = Ended::<T>::take(place) {
            Self::hide_detail(id);
            Evaluations::<T>::mutate(id, |entry| {
                if let Some(evaluation) = entry {
                    Self::forget_jobs(id, evaluation);
                }
            });
        }
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
