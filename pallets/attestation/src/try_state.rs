//! What always holds of the storage.

use crate::{
    phases::{commits, equal_reveals, size},
    types::{JobOf, StatementOf},
    ActiveJobs, Config, Jobs, Pallet,
};
use frame_support::ensure;
use quorate_primitives::{
    committee::quorum,
    job::{JobPhase, OfKind, Verdict},
    payload,
};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
    /// Check every job and the list of active ones.
    ///
    /// # Errors
    /// Names the first thing that does not hold.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        let active = ActiveJobs::<T>::get();
        for (position, id) in active.iter().enumerate() {
            ensure!(Jobs::<T>::contains_key(id), "an active job is not stored");
            ensure!(
                !active.iter().take(position).any(|other| other == id),
                "a job is active twice"
            );
        }
        Jobs::<T>::iter().try_for_each(|(id, job)| {
            ensure!(
                id == payload::job_id(Self::genesis(), &job.spec),
                "a job is stored under another id"
            );
            Self::check_phase(&job, active.contains(&id))?;
            Self::check_statements(&job)
        })
    }

    fn check_phase(job: &JobOf<T>, active: bool) -> Result<(), TryRuntimeError> {
        let now = Self::now();
        ensure!(job.created_at <= now, "a job was created in the future");
        match job.phase {
            JobPhase::Commit { until } => ensure!(job.created_at < until, "commits end before they begin"),
            JobPhase::Reveal { since, until } => {
                ensure!(
                    job.created_at <= since && since <= now && since < until,
                    "reveals end before they begin"
                );
                ensure!(commits::<T>(job) >= job.quorum, "reveals without a quorum of commits");
            }
            JobPhase::Closed { at } => ensure!(at <= now, "a job was closed in the future"),
        }
        let closed = matches!(job.phase, JobPhase::Closed { .. });
        ensure!(active != closed, "a job is active and closed, or neither");
        Ok(())
    }

    fn check_statements(job: &JobOf<T>) -> Result<(), TryRuntimeError> {
        ensure!(!job.committee.is_empty(), "a job has no committee");
        ensure!(
            (quorum(size::<T>(job))..=size::<T>(job)).contains(&job.quorum),
            "two quorums of a committee need not meet, or there is none"
        );
        ensure!(
            job.committee.len() == job.statements.len(),
            "statements and committee differ in length"
        );
        if let Some(agreed) = &job.agreed {
            ensure!(
                equal_reveals::<T>(job, agreed) >= job.quorum,
                "an agreement without a quorum"
            );
        }
        let committing = matches!(job.phase, JobPhase::Commit { .. });
        let closed = matches!(job.phase, JobPhase::Closed { .. });
        // A cancelled job has no verdicts, every other closed one has all of them.
        let judged = job.statements.iter().any(|statement| statement.verdict.is_some());
        ensure!(closed || !judged, "a verdict before the end");
        let answers =
            |statement: &StatementOf<T>| statement.verdict.is_some_and(|verdict| verdict != Verdict::Unjudged);
        ensure!(
            job.agreed.is_some() || job.spec.attempt == 0 || !job.statements.iter().any(answers),
            "a retry without an agreement was judged"
        );
        for statement in job.statements.iter() {
            ensure!(statement.verdict.is_some() == judged, "some members have no verdict");
            ensure!(
                !committing || statement.reveal.is_none(),
                "a reveal in the commit phase"
            );
            if let Some(outcome) = &statement.reveal {
                ensure!(statement.commit.is_some(), "a reveal without a commit");
                ensure!(
                    outcome.kind() == job.spec.work.kind(),
                    "a reveal of another kind than the work"
                );
            }
        }
        Ok(())
    }
}
