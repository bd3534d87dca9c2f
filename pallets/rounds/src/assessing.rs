//! Assessing: what a round's version, and each update, is worth on data that its contributors did not have (docs/decisions/027).
//!
//! One job serves the gate and the contributions. It starts when the aggregation is closed and every sealed shard is decided, and takes
//! the round's place among the jobs. A gate is closed unless a quorum opens it.

mod opening;
mod settling;
mod showing;

use crate::{
    numbers::count,
    pallet::{ActiveRounds, Config, Event, OpenRound, Outcomes, Pallet, Rounds},
    schedule::Budget,
    types::{RefundReason, Round, RoundStage},
    WeightInfo,
};
use frame_support::{traits::Get, weights::Weight};
use quorate_primitives::{
    job::{
        assess::{Shard, EXACT_VERSION},
        Assess, AssessOutcome, CommitteeRule, JobEnd, JobSpec, Requester,
    },
    merkle,
    traits::{JobHandler, Jobs, Models, Shards},
    version::AssessmentRecord,
    BlockNumber, JobId, RoundId,
};

/// Number of the only retry.
const RETRY: u8 = 1;

/// How an assessment ends.
#[derive(Clone, Copy)]
enum Ending {
    Agreed(AssessOutcome),
    /// Two attempts found no quorum.
    NoQuorum,
    /// There is too little data, or the job could not be made.
    NoJob,
}

impl<T: Config> Pallet<T> {
    /// Look whether the job of an assessment can start, and start it. Returns whether the round changed.
    pub(crate) fn assess_within(id: RoundId, round: &mut Round, budget: &mut Budget) -> bool {
        let waits = round
            .assessment
            .as_ref()
            .is_some_and(|assessment| assessment.job.is_none());
        // Where the shards of a round stand is one entry, and one for their votes.
        if !waits || !budget.take(T::DbWeight::get().reads(2)) {
            return false;
        }
        if !T::Shards::is_decided(id) || !budget.take(Self::start_assessment_weight()) {
            return false;
        }
        Self::start_assessment(id, round);
        true
    }

    /// The most that it weighs to start an assessment, or to end it without a job.
    pub(crate) fn start_assessment_weight() -> Weight {
        T::WeightInfo::start_assessment()
            .max(T::WeightInfo::assessment_closed())
            .saturating_add(T::Shards::weight().saturating_mul(2))
            .saturating_add(T::Models::assessed_weight(false))
    }

    pub(crate) fn start_assessment(id: RoundId, round: &mut Round) {
        let shards = T::Shards::held(id);
        let benchmark = round.policy.assessment.and_then(|assessment| assessment.benchmark);
        let sets = count(shards.len()).saturating_add(benchmark.is_some().into());
        let fewest = round.policy.assessment.map_or(1, |assessment| assessment.fewest_sets());
        let spec = match sets >= fewest {
            true => Self::assessment_spec(id, round, &shards),
            false => None,
        };
        let Some(spec) = spec else {
            return Self::end_assessment(id, round, Ending::NoJob);
        };
        match T::AssessmentJobs::create(spec) {
            Ok(job) => {
                if let Some(assessment) = &mut round.assessment {
                    assessment.job = Some(job);
                }
                Self::deposit_event(Event::AssessmentStarted {
                    round: id,
                    job,
                    shards: count(shards.len()),
                });
            }
            Err(error) => {
                Self::deposit_event(Event::JobRefused { round: id, error });
                Self::end_assessment(id, round, Ending::NoJob);
            }
        }
    }

    pub(crate) fn assessment_spec(id: RoundId, round: &Round, shards: &[Shard]) -> Option<JobSpec<Assess>> {
        let (assessment, policy) = (round.assessment.as_ref()?, round.policy.assessment?);
        let outcome = Outcomes::<T>::get(id)?;
        let commit = T::AssessmentCommitBase::get()
            .saturating_add(assessment.blocks)
            .saturating_add(Self::assessments_before(id));
        Some(JobSpec {
            requester: Requester::Assessment(id),
            attempt: 0,
            exact_version: EXACT_VERSION,
            commit,
            reveal: T::AssessmentReveal::get(),
            committee: CommitteeRule::All,
            work: Assess {
                round: id,
                model: round.model,
                policy_hash: round.policy.hash(),
                base: round.base,
                base_root: round.base_root,
                version: round.version?,
                version_root: outcome.output,
                file_len: round.file_len,
                frozen_base: assessment.frozen_base.clone(),
                products: outcome.detail,
                inputs_root: assessment.inputs_root,
                inputs: round.available,
                program: policy.program,
                program_root: assessment.program_root,
                program_len: assessment.program_len,
                benchmark: assessment.benchmark,
                shards_root: merkle::root_of(shards),
                shards: count(shards.len()),
                operations: policy.operations,
            },
        })
    }

    /// Blocks that assessments which run already may take before this one has its turn: members compute one at a time.
    fn assessments_before(id: RoundId) -> BlockNumber {
        let others = ActiveRounds::<T>::get().into_iter().filter(|other| *other != id);
        others
            .filter_map(Rounds::<T>::get)
            .filter(|round| round.stage == RoundStage::Assessing)
            .filter_map(|round| round.assessment)
            .filter(|assessment| assessment.job.is_some())
            .fold(0, |sum: BlockNumber, assessment| sum.saturating_add(assessment.blocks))
    }

    /// Write down how the version was assessed, once; from then on the model is free.
    fn decide_gate(id: RoundId, round: &mut Round, outcome: Option<AssessOutcome>) {
        let (policy, occupied) = (round.policy.assessment, round.occupies_model());
        let Some(assessment) = &mut round.assessment else {
            return;
        };
        if assessment.passed.is_some() {
            return;
        }
        let passed = policy.is_none_or(|policy| policy.passes(outcome.as_ref()));
        assessment.outcome = outcome;
        assessment.passed = Some(passed);
        let record = AssessmentRecord {
            job: assessment.job,
            outcome,
            passed,
            block: Self::now(),
        };
        if let Some(version) = round.version {
            T::Models::assessed(round.model, version, record);
        }
        if occupied && round.version.is_some() {
            OpenRound::<T>::remove(round.model);
        }
        Self::deposit_event(Event::Assessed {
            round: id,
            outcome,
            passed,
        });
    }

    /// The assessment is over: what it costs is paid, and the round goes on, or ends where the version did not pass.
    fn end_assessment(id: RoundId, round: &mut Round, ending: Ending) {
        let outcome = match ending {
            Ending::Agreed(outcome) => Some(outcome),
            Ending::NoQuorum | Ending::NoJob => None,
        };
        Self::decide_gate(id, round, outcome);
        Self::settle_assessment(id, round, ending);
        let passed = round
            .assessment
            .as_ref()
            .is_some_and(|assessment| assessment.passed == Some(true));
        match passed {
            true => Self::start_scoring(id, round),
            false => Self::refund(id, round, RefundReason::Held),
        }
    }

    /// The round that waits for this very job.
    fn assessed_by(job: JobId, spec: &JobSpec<Assess>) -> Option<(RoundId, Round)> {
        let Requester::Assessment(id) = spec.requester else {
            return None;
        };
        let round = Rounds::<T>::get(id).filter(|round| round.stage == RoundStage::Assessing)?;
        let waits = round
            .assessment
            .as_ref()
            .is_some_and(|assessment| assessment.job == Some(job));
        waits.then_some((id, round))
    }

    fn retry_assessment(id: RoundId, spec: &JobSpec<Assess>, round: &mut Round) {
        if spec.attempt >= RETRY {
            return Self::end_assessment(id, round, Ending::NoQuorum);
        }
        // After an upgrade the retry runs under the current arithmetic.
        match T::AssessmentJobs::create(JobSpec {
            attempt: RETRY,
            exact_version: EXACT_VERSION,
            ..spec.clone()
        }) {
            Ok(job) => {
                if let Some(assessment) = &mut round.assessment {
                    assessment.first_job = assessment.job.replace(job);
                }
                Self::deposit_event(Event::AssessmentRetried { round: id, job });
            }
            Err(error) => {
                Self::deposit_event(Event::JobRefused { round: id, error });
                Self::end_assessment(id, round, Ending::NoJob);
            }
        }
    }
}

impl<T: Config> JobHandler<Assess, AssessOutcome> for Pallet<T> {
    /// The next round may stand on the version, or on its base, while reveals still come.
    fn agreed(job: JobId, spec: &JobSpec<Assess>, outcome: &AssessOutcome) {
        if let Some((id, mut round)) = Self::assessed_by(job, spec) {
            Self::decide_gate(id, &mut round, Some(*outcome));
            Rounds::<T>::insert(id, round);
        }
    }

    fn closed(job: JobId, spec: &JobSpec<Assess>, end: JobEnd<AssessOutcome>) {
        let Some((id, mut round)) = Self::assessed_by(job, spec) else {
            return;
        };
        match end {
            JobEnd::Agreed(outcome) => Self::end_assessment(id, &mut round, Ending::Agreed(outcome)),
            JobEnd::NoQuorum => Self::retry_assessment(id, spec, &mut round),
        }
        Rounds::<T>::insert(id, round);
    }

    fn agreed_weight() -> Weight {
        T::WeightInfo::assessment_agreed().saturating_add(T::Models::assessed_weight(true))
    }

    /// A gate that was not opened when a quorum agreed never is.
    fn closed_weight() -> Weight {
        T::WeightInfo::assessment_closed()
            .max(T::WeightInfo::start_assessment())
            .saturating_add(T::Shards::weight())
            .saturating_add(T::Models::assessed_weight(false))
    }
}
