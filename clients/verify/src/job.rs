//! What is checked of the job behind any record.

use crate::report::{Checks, Stop};
use quorate_primitives::{
    committee::quorum,
    job::{IdentifiedJob, Job, Outcome},
};

/// That the job's members were asked for what the record says, which `same` tells, and a quorum of them revealed its outcome.
pub(crate) fn attested(checks: &mut Checks, job: &Job, same: bool, outcome: Option<Outcome>) {
    let found = match same {
        true => "asked for what the record says",
        false => "asked for something else",
    };
    checks.add("job", same, found);
    revealed(checks, job, outcome);
}

/// That a quorum of the job's members revealed this outcome.
pub(crate) fn revealed(checks: &mut Checks, job: &Job, outcome: Option<Outcome>) {
    let agreed = job
        .statements
        .iter()
        .filter(|one| outcome.is_some() && one.reveal == outcome);
    let (agreed, members) = (agreed.count() as u32, job.committee.len() as u32);
    let quorum = quorum(members);
    let found = format!("{agreed} of {members} members revealed it; {quorum} are a quorum");
    checks.add("quorum", agreed >= quorum, found);
}

/// That this program has the arithmetic by which the job was computed.
///
/// # Errors
/// `Unchecked`.
pub(crate) fn known(job: Option<&IdentifiedJob>, own: u32) -> Result<(), Stop> {
    match job.map_or(own, |job| job.job.spec.exact_version) {
        exact if exact == own => Ok(()),
        exact => Err(Stop::Unchecked(format!(
            "it was computed with version {exact} of the arithmetic; this program has version {own} alone"
        ))),
    }
}
