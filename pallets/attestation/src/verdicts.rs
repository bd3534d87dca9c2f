//! What is said of the members when a job is closed.

use crate::{Config, Pallet};
use quorate_primitives::{
    job::{Job, Outcome, Statement, Verdict},
    traits::Consortium,
};

impl<T: Config> Pallet<T> {
    /// Set every member's verdict.
    pub(crate) fn judge(job: &mut Job) {
        let agreed = job.agreed;
        for (member, said) in job.committee.iter().zip(job.statements.iter_mut()) {
            let heard = T::Consortium::is_active(&member.validator);
            said.verdict = Some(verdict(agreed.as_ref(), said, heard));
        }
    }
}

/// `heard`: false for a member that was removed or suspended in mid-job. What it said before counts; what it could not
/// say does not.
///
/// That nobody is punished when more than a third are silent needs no rule of its own: an agreement means that at least
/// ⌊2n/3⌋ + 1 have committed and revealed, so fewer than a third have not.
fn verdict(agreed: Option<&Outcome>, said: &Statement, heard: bool) -> Verdict {
    let Some(agreed) = agreed else { return Verdict::Unjudged };
    match (&said.commit, &said.reveal) {
        (_, Some(revealed)) if revealed == agreed => Verdict::Agreed,
        (_, Some(_)) => Verdict::Wrong,
        (_, None) if !heard => Verdict::Unjudged,
        (Some(_), None) => Verdict::Wrong,
        (None, None) => Verdict::Silent,
    }
}
