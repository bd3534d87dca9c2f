//! The members' verdicts when a job is closed.

use crate::{
    types::{JobOf, StatementOf},
    Config, Pallet,
};
use frame_support::pallet_prelude::Weight;
use quorate_primitives::{
    job::Verdict,
    traits::{Consortium, VerdictSink},
};

impl<T: Config> Pallet<T> {
    /// Set every member's verdict, and report it. Returns the weight of the reports.
    pub(crate) fn judge(job: &mut JobOf<T>) -> Weight {
        let agreed = job.agreed;
        let mut reports = Weight::zero();
        for (member, statement) in job.committee.iter().zip(job.statements.iter_mut()) {
            let active = T::Consortium::is_active(&member.validator);
            let verdict = verdict::<T>(agreed.as_ref(), statement, active);
            statement.verdict = Some(verdict);
            T::Verdicts::judged(&member.validator, verdict);
            reports = reports.saturating_add(T::Verdicts::judged_weight());
        }
        reports
    }
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
