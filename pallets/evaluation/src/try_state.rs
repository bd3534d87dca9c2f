//! What must hold after every block.

use crate::{
    pallet::{ByVersion, Config, Details, Ended, EndedPlaces, Evaluations, NextEvaluation, Open, OpenCount, Pallet},
    types::{order, Evaluation, MAX_DETAILS_PER_ORGANISATION},
};
use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};
use frame_support::ensure;
use quorate_primitives::{purpose::Purpose, traits::Escrow, views::EvaluationState, EvaluationId, OrganisationId};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
    /// Check the whole state of this pallet.
    ///
    /// # Errors
    /// What does not hold.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        let mut open = Vec::new();
        let mut counts = BTreeMap::<OrganisationId, u32>::new();
        let mut with_jobs = Vec::new();
        let mut records = 0usize;
        for (id, evaluation) in Evaluations::<T>::iter() {
            ensure!(
                id < NextEvaluation::<T>::get(),
                "an evaluation with a number that was not given"
            );
            Self::check_evaluation(id, &evaluation)?;
            records = records.saturating_add(1);
            if evaluation.ended_at.is_none() {
                open.push(id);
                let count = counts.entry(evaluation.organisation).or_default();
                *count = count.saturating_add(1);
            } else if evaluation.statements_root.is_none() {
                with_jobs.push(id);
            }
        }
        open.sort_unstable();
        let listed: Vec<_> = Open::<T>::get().into_iter().map(|running| running.id).collect();
        ensure!(listed == open, "the list of open evaluations");
        ensure!(
            OpenCount::<T>::iter().collect::<BTreeMap<_, _>>() == counts,
            "the counts of the organisations' open evaluations"
        );
        ensure!(
            ByVersion::<T>::iter().count() == records,
            "evaluations by version without a record"
        );
        Self::check_details(&with_jobs)?;
        Self::check_queue(with_jobs)?;
        Self::check_shards()
    }

    fn check_details(with_jobs: &[EvaluationId]) -> Result<(), TryRuntimeError> {
        let mut counts = BTreeMap::<OrganisationId, u32>::new();
        let mut ids = BTreeSet::new();
        for detailed in Details::<T>::get() {
            ensure!(ids.insert(detailed.id), "a detail that is shown twice");
            ensure!(with_jobs.contains(&detailed.id), "a detail without a job");
            ensure!(
                Self::gateway_detail(detailed.id).is_some(),
                "an evaluation without a detail has a place of one"
            );
            let organisation = Evaluations::<T>::get(detailed.id).map(|evaluation| evaluation.organisation);
            ensure!(organisation == Some(detailed.organisation), "another's detail");
            let count = counts.entry(detailed.organisation).or_default();
            *count = count.saturating_add(1);
        }
        ensure!(
            counts.values().all(|count| *count <= MAX_DETAILS_PER_ORGANISATION),
            "more details than an organisation may have"
        );
        Ok(())
    }

    fn check_queue(mut with_jobs: Vec<EvaluationId>) -> Result<(), TryRuntimeError> {
        let places = EndedPlaces::<T>::get();
        let mut queued: Vec<EvaluationId> = Vec::new();
        for (place, id) in Ended::<T>::iter() {
            ensure!(
                (places.first..places.next).contains(&place),
                "a place outside of the queue"
            );
            queued.push(id);
        }
        let taken = places.next.saturating_sub(places.first);
        ensure!(u64::try_from(queued.len()) == Ok(taken), "the queue has gaps");
        queued.sort_unstable();
        with_jobs.sort_unstable();
        ensure!(queued == with_jobs, "the queue of evaluations whose jobs are kept");
        Ok(())
    }

    fn check_evaluation(id: EvaluationId, evaluation: &Evaluation) -> Result<(), TryRuntimeError> {
        let work = &evaluation.work;
        ensure!(
            ByVersion::<T>::get((work.model, work.version), order(id)) == Some(id),
            "an evaluation that its version does not list"
        );
        ensure!(evaluation.base_fee <= evaluation.fee, "the base is a part of the fee");
        let escrowed = T::Escrow::escrowed(Purpose::Evaluation(id));
        let kept = if evaluation.ended_at.is_none() {
            evaluation.fee
        } else {
            0
        };
        ensure!(escrowed == kept, "the fee is kept exactly while the job runs");
        let computing = evaluation.state == EvaluationState::Computing;
        ensure!(
            !computing || evaluation.ended_at.is_none(),
            "an evaluation that ended without a result"
        );
        Ok(())
    }
}
