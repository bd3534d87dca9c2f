//! How statements move a job from one phase to the next.

use crate::{checks::page_count, ActiveJobs, Config, Error, Event, Jobs, Pallet};
use frame_support::ensure;
use quorate_primitives::{
    job::{quorum, Job, JobEnd, JobPhase, Outcome, PageHashes, ScorePage},
    traits::{Consortium, JobHandler},
    Hash, JobId,
};
use sp_runtime::{DispatchError, DispatchResult, Weight};

impl<T: Config> Pallet<T> {
    /// Returns the weight of what the handler was told.
    pub(crate) fn do_commit(id: JobId, member: u32, commit: Hash) -> Result<Weight, DispatchError> {
        let mut job = Self::check_commit(id, member)?;
        let speaker = job.committee.get(member as usize).ok_or(Error::<T>::NotInCommittee)?;
        let validator = speaker.validator.clone();
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
        Jobs::<T>::insert(id, job);
        Ok(Weight::zero())
    }

    /// Returns the weight of what the handler was told.
    pub(crate) fn do_reveal(id: JobId, member: u32, outcome: Outcome, salt: [u8; 32]) -> Result<Weight, DispatchError> {
        let mut job = Self::check_reveal(id, member, &outcome, salt)?;
        let speaker = job.committee.get(member as usize).ok_or(Error::<T>::NotInCommittee)?;
        let validator = speaker.validator.clone();
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

        let first = job.agreed.is_none() && equal_reveals(&job, &outcome) >= quorum(size(&job));
        if first {
            job.agreed = Some(outcome);
        }
        Jobs::<T>::insert(id, &job);
        let mut told = Weight::zero();
        if first {
            Self::deposit_event(Event::Agreed { job: id, outcome });
            T::Handler::agreed(id, &job.spec, &outcome);
            told = T::Handler::agreed_weight();
        }
        if Self::all_revealed(&job) {
            told = told.saturating_add(Self::close(id, job));
        }
        Ok(told)
    }

    pub(crate) fn do_settle(id: JobId, page: u32, rows: ScorePage, pages: PageHashes) -> DispatchResult {
        let mut job = Self::check_settle(id, page, &rows, &pages)?;
        job.pages_settled = job.pages_settled.saturating_add(1);
        Jobs::<T>::insert(id, &job);
        Self::deposit_event(Event::PageSettled {
            job: id,
            page,
            pages: page_count(job.spec.inputs),
        });
        T::Handler::page(id, &job.spec, page, &rows)
    }

    /// No more commits. Without a quorum of them the job cannot end well and is closed at once. Returns the weight of what
    /// the handler was told.
    pub(crate) fn end_commit(id: JobId, mut job: Job) -> Weight {
        let commits = commits(&job);
        if commits < quorum(size(&job)) {
            return Self::close(id, job);
        }
        let until = Self::now().saturating_add(job.spec.reveal);
        job.phase = JobPhase::Reveal { until };
        Jobs::<T>::insert(id, job);
        Self::deposit_event(Event::RevealStarted {
            job: id,
            commits,
            until,
        });
        Weight::zero()
    }

    /// No more statements: set the verdicts and tell the handler, last of all, since it may ask for the next job.
    /// Returns the weight of that.
    pub(crate) fn close(id: JobId, mut job: Job) -> Weight {
        Self::judge(&mut job);
        job.phase = JobPhase::Closed { at: Self::now() };
        Jobs::<T>::insert(id, &job);
        ActiveJobs::<T>::mutate(|active| active.retain(|other| *other != id));
        Self::deposit_event(Event::Closed {
            job: id,
            agreed: job.agreed.is_some(),
        });
        let end = job.agreed.map_or(JobEnd::NoQuorum, JobEnd::Agreed);
        T::Handler::closed(id, &job.spec, end);
        T::Handler::closed_weight()
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

    /// Whether every member that is heard has committed.
    fn all_committed(job: &Job) -> bool {
        pairs(job).all(|(member, said)| said.commit.is_some() || !T::Consortium::is_active(&member.validator))
    }

    /// Whether every member that committed and is heard has revealed.
    fn all_revealed(job: &Job) -> bool {
        pairs(job).all(|(member, said)| {
            said.commit.is_none() || said.reveal.is_some() || !T::Consortium::is_active(&member.validator)
        })
    }
}

/// Members with their statements.
pub(crate) fn pairs(
    job: &Job,
) -> impl Iterator<Item = (&quorate_primitives::job::Member, &quorate_primitives::job::Statement)> {
    job.committee.iter().zip(job.statements.iter())
}

/// Size of the committee: the denominator of every quorum, whoever was removed since.
pub(crate) fn size(job: &Job) -> u32 {
    u32::try_from(job.committee.len()).unwrap_or(u32::MAX)
}

/// Number of members that committed.
pub(crate) fn commits(job: &Job) -> u32 {
    job.statements
        .iter()
        .filter(|said| said.commit.is_some())
        .fold(0, |n, _| n.saturating_add(1))
}

/// Number of members that revealed `outcome`.
pub(crate) fn equal_reveals(job: &Job, outcome: &Outcome) -> u32 {
    job.statements
        .iter()
        .filter(|said| said.reveal.as_ref() == Some(outcome))
        .fold(0, |n, _| n.saturating_add(1))
}
