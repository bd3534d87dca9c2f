//! What becomes of an evaluation when its job agrees and when it closes.

use crate::{
    pallet::{Config, Ended, EndedPlaces, Evaluations, Event, Open, OpenCount, Pallet},
    types::Evaluation,
    WeightInfo,
};
use frame_support::traits::Get;
use quorate_primitives::{
    job::{evaluate::EXACT_VERSION, Evaluate, EvaluateOutcome, JobEnd, JobSpec, Requester},
    purpose::Purpose,
    traits::{Escrow, JobHandler, Jobs, Reputation},
    views::{EvaluationFailure, EvaluationState},
    Balance, EvaluationId, JobId,
};
use sp_runtime::Weight;

/// Number of the only retry.
const RETRY: u8 = 1;

impl<T: Config> Pallet<T> {
    /// The evaluation that waits for this very job.
    fn waiting_for(job: JobId, spec: &JobSpec<Evaluate>) -> Option<(EvaluationId, Evaluation)> {
        let Requester::Evaluation(id) = spec.requester else {
            return None;
        };
        let evaluation = Evaluations::<T>::get(id)?;
        let waits = evaluation.ended_at.is_none() && evaluation.job == job;
        waits.then_some((id, evaluation))
    }

    /// Its job is closed for good: others may ask in its place.
    fn end(id: EvaluationId, evaluation: &mut Evaluation) {
        evaluation.ended_at = Some(Self::now());
        Open::<T>::mutate(|open| open.retain(|other| other.id != id));
        OpenCount::<T>::mutate_exists(evaluation.organisation, |count| {
            *count = count.and_then(|count| count.checked_sub(1)).filter(|count| *count > 0);
        });
        Self::show_detail(id, evaluation);
        EndedPlaces::<T>::mutate(|places| {
            Ended::<T>::insert(places.next, id);
            places.next = places.next.saturating_add(1);
        });
    }

    /// Two attempts without a quorum keep the base fee, for the treasury: they took every validator's machine, and whoever can write a
    /// program that machines give up at would else take them for nothing.
    fn fail(id: EvaluationId, evaluation: &mut Evaluation, reason: EvaluationFailure) {
        let escrow = Purpose::Evaluation(id);
        evaluation.state = EvaluationState::Failed(reason);
        match reason {
            EvaluationFailure::NoQuorum => {
                T::Escrow::give_back(escrow, evaluation.fee.saturating_sub(evaluation.base_fee));
                T::Escrow::close(escrow);
            }
            EvaluationFailure::NoJob => T::Escrow::refund(escrow),
        }
        Self::end(id, evaluation);
        Self::deposit_event(Event::Failed { evaluation: id, reason });
    }

    fn retry(id: EvaluationId, spec: &JobSpec<Evaluate>, evaluation: &mut Evaluation) {
        if spec.attempt >= RETRY {
            return Self::fail(id, evaluation, EvaluationFailure::NoQuorum);
        }
        // After an upgrade the retry runs under the current arithmetic.
        match T::Jobs::create(JobSpec {
            attempt: RETRY,
            exact_version: EXACT_VERSION,
            ..spec.clone()
        }) {
            Ok(job) => {
                evaluation.first_job = Some(core::mem::replace(&mut evaluation.job, job));
                Self::deposit_event(Event::Retried { evaluation: id, job });
            }
            Err(error) => {
                Self::deposit_event(Event::JobRefused { evaluation: id, error });
                Self::fail(id, evaluation, EvaluationFailure::NoJob);
            }
        }
    }

    /// Pay the committee; what of the fee was not earned goes back to the fund, and what cannot be shared to the treasury.
    fn settle(id: EvaluationId, outcome: EvaluateOutcome, evaluation: &mut Evaluation) {
        let escrow = Purpose::Evaluation(id);
        let earned = match outcome {
            EvaluateOutcome::Unfit => evaluation.base_fee,
            EvaluateOutcome::Done { .. } => evaluation.fee,
        };
        let earners = T::Jobs::earners(evaluation.first_job, evaluation.job);
        let parts = u32::try_from(earners.len()).unwrap_or(u32::MAX);
        let each = earned.checked_div(Balance::from(parts)).unwrap_or_default();
        let mut members = 0u32;
        for validator in earners {
            let reputation = T::Reputation::validator(&validator);
            // Its part is left to the treasury: nobody earns more by another's fall.
            if reputation < T::ReputationFloor::get() {
                Self::deposit_event(Event::ValidatorUnpaid {
                    evaluation: id,
                    validator,
                    reputation,
                });
                continue;
            }
            members = members.saturating_add(1);
            // It fails only when the account's earnings overflow: then the treasury has it.
            let _refused = T::Escrow::pay(escrow, &validator, each);
        }
        let given_back = evaluation.fee.saturating_sub(earned);
        T::Escrow::give_back(escrow, given_back);
        T::Escrow::close(escrow);
        Self::end(id, evaluation);
        Self::deposit_event(Event::Settled {
            evaluation: id,
            members,
            each,
            given_back,
        });
    }
}

impl<T: Config> JobHandler<Evaluate, EvaluateOutcome> for Pallet<T> {
    fn agreed(job: JobId, spec: &JobSpec<Evaluate>, outcome: &EvaluateOutcome) {
        let Some((id, mut evaluation)) = Self::waiting_for(job, spec) else {
            return;
        };
        evaluation.state = EvaluationState::Done(*outcome);
        Self::deposit_event(Event::Evaluated {
            evaluation: id,
            model: evaluation.work.model,
            version: evaluation.work.version,
            job,
            outcome: *outcome,
        });
        Evaluations::<T>::insert(id, evaluation);
    }

    fn closed(job: JobId, spec: &JobSpec<Evaluate>, end: JobEnd<EvaluateOutcome>) {
        let Some((id, mut evaluation)) = Self::waiting_for(job, spec) else {
            return;
        };
        match end {
            JobEnd::Agreed(outcome) => Self::settle(id, outcome, &mut evaluation),
            JobEnd::NoQuorum => Self::retry(id, spec, &mut evaluation),
        }
        Evaluations::<T>::insert(id, evaluation);
    }

    fn agreed_weight() -> Weight {
        T::WeightInfo::job_agreed()
    }

    fn closed_weight() -> Weight {
        T::WeightInfo::job_closed().max(T::WeightInfo::job_retried())
    }
}
