//! What is checked of the job behind any record.

use crate::report::{Checks, Stop};
use quorate_primitives::{
    committee::{quorum, Member},
    job::{CommitteeRule, Job, JobSpec, Outcome, Statement},
    merkle,
    payload::job_id,
    Hash, JobId,
};

/// That the job's members were asked for what the record says, which `same` tells, and a quorum of them revealed its outcome.
pub(crate) fn attested(checks: &mut Checks, job: &Job, same: bool, outcome: Option<Outcome>) {
    let found = match same {
        true => "asked for what the record says",
        false => "asked for something else",
    };
    checks.add("job", same, found);
    members(checks, job);
    revealed(checks, "quorum", job, outcome);
}

/// That nobody is in a committee whose members were named but those.
fn members(checks: &mut Checks, job: &Job) {
    if let CommitteeRule::Named { members, .. } = &job.spec.committee {
        let named = job.committee.iter().all(|member| members.contains(&member.validator));
        let found = match named {
            true => format!("{} of the {} that were named", job.committee.len(), members.len()),
            false => "some were not named".into(),
        };
        checks.add("members", named, found);
    }
}

/// How many members have to reveal the same, as the job was asked for: of those that were named it may be more than a quorum of them.
pub(crate) fn needed(job: &Job) -> u32 {
    match job.spec.committee {
        CommitteeRule::All => quorum(job.committee.len() as u32),
        CommitteeRule::Named { quorum, .. } => quorum,
    }
}

/// How many members revealed this outcome.
fn revealers(job: &Job, outcome: &Outcome) -> u32 {
    let agreed = job.statements.iter().filter(|one| one.reveal.as_ref() == Some(outcome));
    agreed.count() as u32
}

/// That a quorum of the job's members revealed this outcome.
pub(crate) fn revealed(checks: &mut Checks, name: &'static str, job: &Job, outcome: Option<Outcome>) {
    let agreed = outcome.map_or(0, |outcome| revealers(job, &outcome));
    let (members, needed) = (job.committee.len(), needed(job));
    let found = format!("{agreed} of {members} members revealed it; {needed} are a quorum");
    checks.add(name, agreed >= needed && job.quorum == needed, found);
}

/// That no quorum of the job's members revealed the same outcome.
pub(crate) fn disagreed(checks: &mut Checks, name: &'static str, job: &Job) {
    let outcomes = job.statements.iter().filter_map(|one| one.reveal.as_ref());
    let most = outcomes.map(|outcome| revealers(job, outcome)).max().unwrap_or(0);
    let (members, needed) = (job.committee.len(), needed(job));
    let found = format!("at most {most} of {members} members revealed the same; {needed} are a quorum");
    checks.add(name, most < needed, found);
}

/// Root over the statements of a job's attempts.
pub(crate) fn statements_root(genesis: Hash, first: Option<&Job>, job: &Job) -> Hash {
    let attempts = first.into_iter().chain([job]);
    let leaves: Vec<_> = attempts.flat_map(|job| statements(genesis, job)).collect();
    merkle::root_of(&leaves)
}

fn statements(genesis: Hash, job: &Job) -> Vec<(JobId, &Member, &Statement)> {
    let (id, members) = (
        job_id(genesis, &job.spec),
        job.committee.iter().zip(job.statements.iter()),
    );
    members.map(|(member, statement)| (id, member, statement)).collect()
}

/// A retry, and it alone, has a first attempt: the same job but for its number and for an upgrade of the arithmetic.
pub(crate) fn attempts(checks: &mut Checks, name: &'static str, first: Option<&Job>, job: &Job) {
    match (job.spec.attempt, first) {
        (0, None) => (),
        (0, Some(_)) => checks.add(name, false, "the job is no retry, and there is another one before it"),
        (attempt, None) => checks.add(
            name,
            false,
            format!("the job is attempt {attempt}, and the one before it is missing"),
        ),
        (attempt, Some(first)) => {
            let same = JobSpec {
                attempt,
                exact_version: job.spec.exact_version,
                ..first.spec.clone()
            };
            let follows =
                first.spec.attempt.checked_add(1) == Some(attempt) && same == job.spec && first.agreed.is_none();
            let found = match follows {
                true => format!("found no quorum among its {} members", first.committee.len()),
                false => "is not the attempt that this job repeats".into(),
            };
            checks.add(name, follows, found);
        }
    }
}

/// That this program has the arithmetic by which the job was computed.
///
/// # Errors
/// `Unchecked`.
pub(crate) fn known(job: Option<&Job>, own: u32) -> Result<(), Stop> {
    match job.map_or(own, |job| job.spec.exact_version) {
        exact if exact == own => Ok(()),
        exact => Err(Stop::Unchecked(format!(
            "it was computed with version {exact} of the arithmetic; this program has version {own} alone. Verify it with a release that has \
             version {exact}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Found;
    use quorate_primitives::{
        crypto::AttestationId,
        job::{Infer, InferOutcome, JobPhase, Requester},
        AccountId,
    };

    fn validator(number: u8) -> AccountId {
        AccountId::new([number; 32])
    }

    fn outcome() -> Outcome {
        let outcome = InferOutcome {
            answers: Hash::repeat_byte(1),
            detail: Hash::repeat_byte(2),
        };
        outcome.into()
    }

    /// A job of so many members, of which so many revealed the outcome, and the others nothing.
    fn job(committee: CommitteeRule, (members, agreed): (u8, u8), quorum: u32) -> Job {
        let member = |number| Member {
            validator: validator(number),
            key: AttestationId::try_from(&[number; 32][..]).unwrap(),
            organisation: number.into(),
        };
        let work = Infer {
            batch: 1,
            model: 0,
            version: 0,
            version_root: Hash::zero(),
            version_len: 1,
            frozen_base: None,
            program: 0,
            program_root: Hash::zero(),
            program_len: 1,
            requests_root: Hash::zero(),
            requests: 1,
            seed: Hash::zero(),
        };
        let statement = |number| Statement {
            reveal: (number < agreed).then(outcome),
            ..Statement::default()
        };
        Job {
            spec: JobSpec {
                requester: Requester::Batch(1),
                attempt: 0,
                exact_version: 1,
                commit: 30,
                reveal: 15,
                committee,
                work: work.into(),
            },
            first: None,
            created_at: 6,
            phase: JobPhase::Closed { at: 8 },
            committee: (0..members).map(member).collect::<Vec<_>>().try_into().unwrap(),
            quorum,
            statements: (0..members).map(statement).collect::<Vec<_>>().try_into().unwrap(),
            agreed: Some(outcome()),
        }
    }

    fn named(members: u8, quorum: u32) -> CommitteeRule {
        CommitteeRule::Named {
            members: (0..members).map(validator).collect::<Vec<_>>().try_into().unwrap(),
            quorum,
        }
    }

    fn differing(job: &Job) -> Vec<&'static str> {
        let mut checks = Checks::default();
        attested(&mut checks, job, true, Some(outcome()));
        checks.0.retain(|check| check.found != Found::Equal);
        checks.0.iter().map(|check| check.name).collect()
    }

    #[test]
    fn as_many_as_the_job_asked_for_should_have_to_agree() {
        assert!(differing(&job(CommitteeRule::All, (8, 6), 6)).is_empty());
        assert_eq!(differing(&job(CommitteeRule::All, (8, 5), 6)), ["quorum"]);
        // Seven that were drawn, of one mind; one says nothing.
        assert!(differing(&job(named(7, 7), (7, 7), 7)).is_empty());
        assert_eq!(differing(&job(named(7, 7), (7, 6), 7)), ["quorum"]);
        // All that can compute it are fewer than a quorum of all validators.
        assert_eq!(differing(&job(named(5, 6), (5, 5), 6)), ["quorum"]);
        assert!(differing(&job(named(6, 6), (6, 6), 6)).is_empty());
        // The job counted by another number than it was asked for with.
        assert_eq!(differing(&job(named(7, 7), (7, 7), 5)), ["quorum"]);
        assert_eq!(differing(&job(CommitteeRule::All, (8, 8), 5)), ["quorum"]);
    }

    #[test]
    fn nobody_else_should_be_among_named_members() {
        assert_eq!(differing(&job(named(7, 7), (8, 8), 7)), ["members"]);
        // Some that were named may have left.
        assert!(differing(&job(named(8, 7), (7, 7), 7)).is_empty());
    }
}
