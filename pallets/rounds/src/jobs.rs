//! What becomes of a round when its job agrees, closes, or shows a page of scores.

use crate::{
    pallet::{Config, Event, OpenRound, Pallet, RoundScores, Rounds},
    types::{RefundReason, Round, Scores, Stage},
    WeightInfo,
};
use frame_support::traits::Get;
use quorate_primitives::{
    job::{JobEnd, JobSpec, Outcome, ScoreRow},
    traits::{JobHandler, Jobs, Models, Reputation},
    version::RoundOrigin,
    JobId, RoundId, EXACT_VERSION,
};
use sp_runtime::{DispatchResult, Weight};

/// Number of the only retry.
const RETRY: u8 = 1;

impl<T: Config> Pallet<T> {
    /// The round that waits for this very job.
    fn waiting_for(job: JobId, id: RoundId) -> Option<Round> {
        Rounds::<T>::get(id).filter(|round| round.stage == Stage::Computing && round.job == Some(job))
    }

    fn record(job: JobId, spec: &JobSpec, outcome: &Outcome, round: &mut Round) {
        let id = spec.round;
        let origin = RoundOrigin {
            parent: round.base,
            round: id,
            job,
            inputs_root: spec.inputs_root,
            outcome: *outcome,
        };
        match T::Models::record(round.model, origin, spec.policy_hash, round.policy.challenge) {
            Ok(version) => {
                round.version = Some(version);
                round.recorded_at = Some(Self::now());
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

    fn start_scoring(id: RoundId, round: &mut Round) {
        // The version stands and the committee is free: the next round may begin while this one is scored and paid.
        OpenRound::<T>::remove(round.model);
        let until = Self::now().saturating_add(T::ScoringPeriod::get());
        round.stage = Stage::Scoring { until };
        RoundScores::<T>::insert(id, Scores::default());
        Self::deposit_event(Event::ScoringStarted { round: id, until });
    }

    fn retry(spec: &JobSpec, round: &mut Round) {
        let id = spec.round;
        if spec.attempt >= RETRY {
            return Self::refund(id, round, RefundReason::NoQuorum);
        }
        // Seed and inputs stay. A job that was made before an upgrade of the specification is retried under that of now.
        match T::Jobs::create(JobSpec {
            attempt: RETRY,
            exact_version: EXACT_VERSION,
            policy_hash: round.policy.hash(),
            ..spec.clone()
        }) {
            Ok(job) => {
                round.job = Some(job);
                Self::deposit_event(Event::Retried { round: id, job });
            }
            Err(error) => {
                Self::deposit_event(Event::JobRefused { round: id, error });
                Self::refund(id, round, RefundReason::NoQuorum);
            }
        }
    }
}

impl<T: Config> JobHandler for Pallet<T> {
    fn agreed(job: JobId, spec: &JobSpec, outcome: &Outcome) {
        let Some(mut round) = Self::waiting_for(job, spec.round) else {
            return;
        };
        if round.version.is_none() {
            Self::record(job, spec, outcome, &mut round);
            Rounds::<T>::insert(spec.round, round);
        }
    }

    fn closed(job: JobId, spec: &JobSpec, end: JobEnd) {
        let Some(mut round) = Self::waiting_for(job, spec.round) else {
            return;
        };
        for (validator, verdict) in T::Jobs::verdicts(job) {
            T::Reputation::judged(&validator, verdict);
        }
        match end {
            JobEnd::Agreed(_) if round.version.is_some() => Self::start_scoring(spec.round, &mut round),
            JobEnd::Agreed(_) => Self::refund(spec.round, &mut round, RefundReason::NoRecord),
            JobEnd::NoQuorum => Self::retry(spec, &mut round),
        }
        Rounds::<T>::insert(spec.round, round);
    }

    fn page(job: JobId, spec: &JobSpec, page: u32, rows: &[ScoreRow]) -> DispatchResult {
        Self::take_page(job, spec.round, page, rows)
    }

    fn agreed_weight() -> Weight {
        T::WeightInfo::job_agreed()
    }

    fn closed_weight() -> Weight {
        T::WeightInfo::job_closed()
    }

    fn page_weight(rows: u32) -> Weight {
        T::WeightInfo::score_page(rows)
    }
}
