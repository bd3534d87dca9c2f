//! The members' verdicts when a job is closed.

use crate::{
    phases::{commits, reveals, size},
    types::{JobOf, StatementOf},
    Config, Event, Jobs, Pallet, WeightInfo,
};
use frame_support::pallet_prelude::Weight;
use quorate_primitives::{
    committee::quorum,
    job::{JobPhase, JobSpec, Verdict},
    traits::{Consortium, VerdictSink},
    JobId, MAX_COMMITTEE,
};

impl<T: Config> Pallet<T> {
    /// Set every member's verdict, and report it. Returns the weight of the reports.
    pub(crate) fn judge(job: &mut JobOf<T>) -> Weight {
        let (agreed, requester) = (job.agreed, job.spec.requester);
        let mut reports = Weight::zero();
        for (member, statement) in job.committee.iter().zip(job.statements.iter_mut()) {
            let active = T::Consortium::is_active(&member.validator);
            let verdict = verdict::<T>(agreed.as_ref(), statement, active);
            statement.verdict = Some(verdict);
            T::Verdicts::judged(&member.validator, requester, verdict);
            reports = reports.saturating_add(T::Verdicts::judged_weight());
        }
        reports
    }

    /// Judge the attempt before an agreed retry by what the retry agreed on, so that a first attempt that came to nothing costs its
    /// liars as much as any other. Only when both are the same work under the same arithmetic: then the same outcome is right.
    /// Each verdict that this changes is reported, once. Returns the weight of the search and of the reports.
    pub(crate) fn judge_first(id: JobId, retry: &JobOf<T>) -> Weight {
        let Some(agreed) = retry.agreed.filter(|_| retry.spec.attempt > 0) else {
            return Weight::zero();
        };
        let searched = T::WeightInfo::judge_first();
        let Some((first_id, mut first)) = retry.first.and_then(|id| Some((id, Jobs::<T>::get(id)?))) else {
            return searched;
        };
        if first.agreed == Some(agreed) || !is_same_work::<T>(&first.spec, &retry.spec) {
            return searched;
        }
        let (revealing, missed) = (took_reveals::<T>(&first), was_missed::<T>(&first));
        // Whoever is in the retry's committee was active when the first attempt ended, if that was in the same block.
        let at_once = first.phase == JobPhase::Closed { at: retry.created_at };
        let mut changed = 0u64;
        for (member, statement) in first.committee.iter().zip(first.statements.iter_mut()) {
            let active = at_once && retry.committee.iter().any(|other| other.validator == member.validator);
            let verdict = match verdict::<T>(Some(&agreed), statement, active) {
                // Nobody is blamed for silence that others could not do without.
                Verdict::Silent if !missed => Verdict::Unjudged,
                Verdict::Wrong if statement.reveal.is_none() && !revealing => Verdict::Unjudged,
                other => other,
            };
            // A cancelled job has no verdicts, and gets none.
            if statement.verdict.is_some_and(|before| before != verdict) && verdict != Verdict::Unjudged {
                statement.verdict = Some(verdict);
                T::Verdicts::judged(&member.validator, first.spec.requester, verdict);
                changed = changed.saturating_add(1);
            }
        }
        if changed > 0 {
            Jobs::<T>::insert(first_id, first);
            Self::deposit_event(Event::FirstAttemptJudged {
                job: first_id,
                retry: id,
            });
        }
        searched.saturating_add(T::Verdicts::judged_weight().saturating_mul(changed))
    }

    /// The most that [`Self::judge_first`] weighs.
    pub(crate) fn judge_first_weight() -> Weight {
        let reports = T::Verdicts::judged_weight().saturating_mul(MAX_COMMITTEE.into());
        T::WeightInfo::judge_first().saturating_add(reports)
    }
}

/// Whether two attempts are the same work under the same arithmetic: then the same outcome is right. They may have asked others, and given
/// them other times.
fn is_same_work<T: Config>(first: &JobSpec<T::Work>, retry: &JobSpec<T::Work>) -> bool {
    let of_retry = JobSpec {
        attempt: first.attempt,
        commit: first.commit,
        reveal: first.reveal,
        committee: first.committee.clone(),
        ..retry.clone()
    };
    *first == of_retry
}

/// The most members that may be silent without whatever kept them being more than their own.
fn spare<T: Config>(job: &JobOf<T>) -> u32 {
    size::<T>(job).saturating_sub(quorum(size::<T>(job)))
}

/// Whether a member of a job without an agreement could have been expected to reveal: its commits came to a quorum, and of those
/// that committed fewer than a third of the committee kept silent. When more did, something kept them from it.
fn took_reveals<T: Config>(job: &JobOf<T>) -> bool {
    let silent = commits::<T>(job).saturating_sub(reveals::<T>(job));
    commits::<T>(job) >= job.quorum && silent <= spare::<T>(job)
}

/// Whether those that never committed are to blame for a job without an agreement: it needed more of its members than two thirds, and
/// fewer than a third were silent.
fn was_missed<T: Config>(job: &JobOf<T>) -> bool {
    let silent = size::<T>(job).saturating_sub(commits::<T>(job));
    job.quorum > quorum(size::<T>(job)) && silent <= spare::<T>(job)
}

/// `active`: false for a member that was removed or suspended in mid-job. Its earlier statements count; for those that it could
/// no longer make it does not answer.
///
/// That nobody is punished when more than a third are silent needs no rule of its own: an agreement means that at least
/// ⌊2n/3⌋ + 1 have committed and revealed, so fewer than a third have not.
fn verdict<T: Config>(agreed: Option<&T::Outcome>, statement: &StatementOf<T>, active: bool) -> Verdict {
    let Some(agreed) = agreed else { return Verdict::Unjudged };
    match (&statement.commit, &statement.reveal) {
        (_, Some(revealed)) if revealed == agreed => Verdict::Agreed,
        (_, Some(_)) => Verdict::Wrong,
        (_, None) if !active => Verdict::Unjudged,
        (Some(_), None) => Verdict::Wrong,
        (None, None) => Verdict::Silent,
    }
}
