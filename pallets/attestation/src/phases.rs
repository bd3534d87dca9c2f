//! How statements move a job from one phase to the next.

use crate::{types::JobOf, ActiveJobs, Config, Error, Event, Jobs, Pallet};
use frame_support::ensure;
use quorate_primitives::{
    job::{JobEnd, JobPhase},
    traits::{Consortium, JobHandler, VerdictSink},
    Hash, JobId, MAX_COMMITTEE,
};
use sp_runtime::{DispatchError, DispatchResult, Weight};

impl<T: Config> Pallet<T> {
    /// Returns the weight of the calls to handler and verdict sink.
    pub(crate) fn do_commit(id: JobId, member: u32, commit: Hash) -> Result<Weight, DispatchError> {
        let mut job = Self::check_commit(id, member)?;
        let signer = job.committee.get(member as usize).ok_or(Error::<T>::NotInCommittee)?;
        let validator = signer.validator.clone();
        let statement = job
            .statements
            .get_mut(member as usize)
            .ok_or(Error::<T>::NotInCommittee)?;
        statement.commit = Some(commit);
        Self::deposit_event(Event::Committed {
            job: id,
            member,
            validator,
            commit,
        });
        if Self::all_committed(&job) {
            return Ok(Self::end_commit(id, job));
        }
        // The commit that makes the quorum starts the grace; those within it do not start another.
        if commits::<T>(&job) == job.quorum {
            Self::start_grace(id, &mut job);
        }
        Jobs::<T>::insert(id, job);
        Ok(Weight::zero())
    }

    fn start_grace(id: JobId, job: &mut JobOf<T>) {
        let JobPhase::Commit { until } = job.phase else { return };
        let Some(closing) = Self::closing_deadline(&job.spec, until) else {
            return;
        };
        job.phase = JobPhase::Commit { until: closing };
        Self::deposit_event(Event::CommitClosing {
            job: id,
            commits: commits::<T>(job),
            until: closing,
        });
    }

    /// Returns the weight of the calls to handler and verdict sink.
    pub(crate) fn do_reveal(
        id: JobId,
        member: u32,
        outcome: T::Outcome,
        salt: [u8; 32],
    ) -> Result<Weight, DispatchError> {
        let mut job = Self::check_reveal(id, member, &outcome, salt)?;
        let signer = job.committee.get(member as usize).ok_or(Error::<T>::NotInCommittee)?;
        let validator = signer.validator.clone();
        let statement = job
            .statements
            .get_mut(member as usize)
            .ok_or(Error::<T>::NotInCommittee)?;
        statement.reveal = Some(outcome);
        Self::deposit_event(Event::Revealed {
            job: id,
            member,
            validator,
            outcome,
        });

        let first = job.agreed.is_none() && equal_reveals::<T>(&job, &outcome) >= job.quorum;
        if first {
            job.agreed = Some(outcome);
        }
        Jobs::<T>::insert(id, &job);
        let mut called = Weight::zero();
        if first {
            Self::deposit_event(Event::Agreed { job: id, outcome });
            T::Handler::agreed(id, &job.spec, &outcome);
            called = T::Handler::agreed_weight();
            // The handler may have cancelled the job.
            match Jobs::<T>::get(id) {
                Some(after) if !matches!(after.phase, JobPhase::Closed { .. }) => job = after,
                _ => return Ok(called),
            }
        }
        if Self::all_revealed(&job) {
            called = called.saturating_add(Self::close(id, job));
        }
        Ok(called)
    }

    /// No more commits. Without a quorum of them no agreement can come about, and the job is closed at once. Returns the
    /// weight of the calls to handler and verdict sink.
    pub(crate) fn end_commit(id: JobId, mut job: JobOf<T>) -> Weight {
        let commits = commits::<T>(&job);
        if commits < job.quorum {
            return Self::close(id, job);
        }
        let since = Self::now();
        let until = since.saturating_add(job.spec.reveal);
        job.phase = JobPhase::Reveal { since, until };
        Jobs::<T>::insert(id, job);
        Self::deposit_event(Event::RevealStarted {
            job: id,
            commits,
            until,
        });
        Weight::zero()
    }

    /// No more statements: set the verdicts, also those of the attempt before, and call the handler, last of all, since it may
    /// ask for the next job. Returns the weight of the calls to handler and verdict sink.
    pub(crate) fn close(id: JobId, mut job: JobOf<T>) -> Weight {
        let reports = Self::judge(&mut job);
        job.phase = JobPhase::Closed { at: Self::now() };
        Jobs::<T>::insert(id, &job);
        Self::deactivate(id);
        Self::deposit_event(Event::Closed {
            job: id,
            agreed: job.agreed.is_some(),
        });
        let first = Self::judge_first(id, &job);
        let end = job.agreed.map_or(JobEnd::NoQuorum, JobEnd::Agreed);
        T::Handler::closed(id, &job.spec, end);
        T::Handler::closed_weight()
            .saturating_add(reports)
            .saturating_add(first)
    }

    /// The most that handler and verdict sink weigh when a job is closed. An agreed retry weighs
    /// [`Self::judge_first_weight`] more.
    pub(crate) fn close_weight() -> Weight {
        let reports = T::Verdicts::judged_weight().saturating_mul(MAX_COMMITTEE.into());
        T::Handler::closed_weight().saturating_add(reports)
    }

    /// Make room for a job among the active ones.
    pub(crate) fn activate(id: JobId) -> DispatchResult {
        ActiveJobs::<T>::try_mutate(|active| {
            ensure!(!active.contains(&id), Error::<T>::AlreadyExists);
            active
                .try_push(id)
                .map_err(|_| DispatchError::from(Error::<T>::TooManyJobs))
        })
    }

    pub(crate) fn deactivate(id: JobId) {
        ActiveJobs::<T>::mutate(|active| active.retain(|other| *other != id));
    }

    /// Whether every active member has committed.
    fn all_committed(job: &JobOf<T>) -> bool {
        job.committee
            .iter()
            .zip(job.statements.iter())
            .all(|(member, statement)| statement.commit.is_some() || !T::Consortium::is_active(&member.validator))
    }

    /// Whether every active member that committed has revealed.
    fn all_revealed(job: &JobOf<T>) -> bool {
        job.committee
            .iter()
            .zip(job.statements.iter())
            .all(|(member, statement)| {
                statement.commit.is_none() || statement.reveal.is_some() || !T::Consortium::is_active(&member.validator)
            })
    }
}

/// Size of the committee, whoever was removed since.
pub(crate) fn size<T: Config>(job: &JobOf<T>) -> u32 {
    u32::try_from(job.committee.len()).unwrap_or(u32::MAX)
}

/// Number of members that committed.
pub(crate) fn commits<T: Config>(job: &JobOf<T>) -> u32 {
    let committed = job.statements.iter().filter(|statement| statement.commit.is_some());
    u32::try_from(committed.count()).unwrap_or(u32::MAX)
}

/// Number of members that revealed.
pub(crate) fn reveals<T: Config>(job: &JobOf<T>) -> u32 {
    let revealed = job.statements.iter().filter(|statement| statement.reveal.is_some());
    u32::try_from(revealed.count()).unwrap_or(u32::MAX)
}

/// Number of members that revealed `outcome`.
pub(crate) fn equal_reveals<T: Config>(job: &JobOf<T>, outcome: &T::Outcome) -> u32 {
    let equal = job
        .statements
        .iter()
        .filter(|statement| statement.reveal.as_ref() == Some(outcome));
    u32::try_from(equal.count()).unwrap_or(u32::MAX)
}
