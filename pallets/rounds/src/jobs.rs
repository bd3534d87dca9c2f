//! What becomes of a round when its job agrees and when it closes.

use crate::{
    pallet::{AwaitedPages, Config, Event, OpenRound, Outcomes, Pallet, RoundScores, Rounds},
    types::{RefundReason, Round, RoundStage, Scores},
    WeightInfo,
};
use quorate_primitives::{
    job::{aggregate::EXACT_VERSION, Aggregate, AggregateOutcome, JobEnd, JobSpec, Requester},
    traits::{JobHandler, Jobs, Models},
    version::RoundOrigin,
    JobId, RoundId,
};
use sp_runtime::Weight;

/// Number of the only retry.
const RETRY: u8 = 1;

impl<T: Config> Pallet<T> {
    /// The round that waits for this very job.
    fn waiting_for(job: JobId, spec: &JobSpec<Aggregate>) -> Option<(RoundId, Round)> {
        let Requester::Round(id) = spec.requester else {
            return None;
        };
        let round = Rounds::<T>::get(id)?;
        let waits = matches!(round.stage, RoundStage::Computing { .. }) && round.job == Some(job);
        waits.then_some((id, round))
    }

    fn record(job: JobId, id: RoundId, work: &Aggregate, outcome: &AggregateOutcome, round: &mut Round) {
        let origin = RoundOrigin {
            parent: round.base,
            round: id,
            job,
            inputs_root: work.inputs_root,
            outcome: *outcome,
        };
        match T::Models::record(round.model, origin, &round.policy) {
            Ok(version) => {
                round.version = Some(version);
                round.recorded_at = Some(Self::now());
                // Without a gate the version stands: the next round may begin while reveals still come and this one is scored and
                // paid.
                if !round.occupies_model() {
                    OpenRound::<T>::remove(round.model);
                }
                Outcomes::<T>::insert(id, outcome);
                Self::deposit_event(Event::VersionRecorded {
                    round: id,
                    model: round.model,
                    version,
                    job,
                });
            }
            Err(error) => Self::deposit_event(Event::RecordRefused { round: id, error }),
        }
    }

    /// Wait for the pages of the scores, or go on without them where none were agreed on.
    pub(crate) fn start_scoring(id: RoundId, round: &mut Round) {
        let until = Self::now().saturating_add(round.policy.retention);
        round.stage = RoundStage::Scoring { until };
        Self::deactivate(id, round);
        if Self::scores_of(id, round).is_none() {
            return Self::give_up_scoring(id, round);
        }
        Self::enqueue(id, round, until);
        RoundScores::<T>::insert(id, Scores::default());
        AwaitedPages::<T>::insert(id, 0);
        Self::deposit_event(Event::ScoringStarted { round: id, until });
    }

    fn retry(id: RoundId, spec: &JobSpec<Aggregate>, round: &mut Round) {
        if spec.attempt >= RETRY {
            return Self::refund(id, round, RefundReason::NoQuorum);
        }
        // Seed and inputs stay. After an upgrade the retry runs under the current arithmetic.
        match T::Jobs::create(JobSpec {
            attempt: RETRY,
            exact_version: EXACT_VERSION,
            ..spec.clone()
        }) {
            Ok(job) => {
                round.first_job = round.job.replace(job);
                Self::deposit_event(Event::Retried { round: id, job });
            }
            Err(error) => {
                Self::deposit_event(Event::JobRefused { round: id, error });
                Self::refund(id, round, RefundReason::NoQuorum);
            }
        }
    }
}

impl<T: Config> JobHandler<Aggregate, AggregateOutcome> for Pallet<T> {
    fn agreed(job: JobId, spec: &JobSpec<Aggregate>, outcome: &AggregateOutcome) {
        let Some((id, mut round)) = Self::waiting_for(job, spec) else {
            return;
        };
        if round.version.is_none() {
            Self::record(job, id, &spec.work, outcome, &mut round);
            Rounds::<T>::insert(id, round);
        }
    }

    fn closed(job: JobId, spec: &JobSpec<Aggregate>, end: JobEnd<AggregateOutcome>) {
        let Some((id, mut round)) = Self::waiting_for(job, spec) else {
            return;
        };
        match end {
            JobEnd::Agreed(_) if round.version.is_some() => match &mut round.assessment {
                Some(assessment) => {
                    assessment.inputs_root = spec.work.inputs_root;
                    round.stage = RoundStage::Assessing;
                    Self::deposit_event(Event::AssessingStarted { round: id });
                }
                None => Self::start_scoring(id, &mut round),
            },
            JobEnd::Agreed(_) => Self::refund(id, &mut round, RefundReason::NoRecord),
            JobEnd::NoQuorum => Self::retry(id, spec, &mut round),
        }
        Rounds::<T>::insert(id, round);
    }

    fn agreed_weight() -> Weight {
        T::WeightInfo::job_agreed().saturating_add(T::Models::is_clean_weight())
    }

    fn closed_weight() -> Weight {
        T::WeightInfo::job_closed()
    }
}
