//! What can be derived of an assessment from the chain's own data.

use crate::{
    job::{attempts, disagreed, revealed, statements_root},
    report::Checks,
    scores,
};
use quorate_primitives::{
    job::{assess::Measures, Assess, AssessOutcome, Requester},
    merkle,
    payload::job_id,
    policy::{Assessment, Gate},
    version::{AssessmentRecord, RoundOrigin, VersionRecord, VersionStatus},
    views::{assessments::AssessmentJobs, Lineage, VersionView},
    Hash, JobId,
};

/// A loss counts in units of 2^−20.
const UNITS: f64 = (1u32 << 20) as f64;

/// What the chain shows of it, compared with what stays in the version's record; `earlier` are the records before this one.
pub(crate) fn check(
    checks: &mut Checks,
    genesis: Hash,
    (lineage, origin): (&Lineage, &RoundOrigin),
    earlier: &[VersionRecord],
) {
    let version = &lineage.version;
    let (rules, record) = match (&lineage.policy.assessment, &version.assessment) {
        (None, None) => return,
        (None, Some(_)) => {
            return checks.add(
                "assessment",
                false,
                "the policy asks for none, and there is a record of one",
            )
        }
        (Some(rules), None) => return undecided(checks, rules, lineage),
        (Some(rules), Some(record)) => (rules, record),
    };
    check_gate(checks, rules, version, record);
    if !rules.scored_by_aggregation(record.outcome.as_ref()) && scores_of(record).is_none() {
        scores::check(checks, lineage, None);
    }
    match (record.job, &lineage.assessment) {
        (None, _) => unmade(checks, version, record),
        (Some(_), None) => checks.expired(
            "assessment",
            "evidence expired: the node has pruned the job of the assessment after the policy's retention; its measures stay in the record",
        ),
        (Some(id), Some(jobs)) => {
            check_job(checks, genesis, (lineage, origin), (id, jobs));
            match jobs.job.spec.work.assess() {
                Some(work) => check_work(checks, (lineage, origin, rules), (work, jobs), earlier),
                None => checks.add("assessment's work", false, "the job is no assessment"),
            }
            match record.outcome {
                Some(outcome) => revealed(checks, "assessment's quorum", &jobs.job, Some(outcome.into())),
                None => disagreed(checks, "assessment's quorum", &jobs.job),
            }
        }
    }
}

/// The root over the scores that a quorum agreed on.
fn scores_of(record: &AssessmentRecord) -> Option<Hash> {
    match record.outcome? {
        AssessOutcome::Done { scores, .. } => scores,
        AssessOutcome::Unfit => None,
    }
}

/// Nothing is recorded of it: it is not over, or the round ended before, where nothing depends on it.
fn undecided(checks: &mut Checks, rules: &Assessment, lineage: &Lineage) {
    let version = &lineage.version;
    match (rules.gate, version.status, version.settlement) {
        // A revocation tells nothing else of a version.
        (Some(_), VersionStatus::Assessing | VersionStatus::Revoked, _) => {
            checks.unchecked(
                "gate",
                "not known yet: verify the version again when it has been assessed",
            );
        }
        (Some(_), ..) => checks.add(
            "gate",
            false,
            "the version stands, and nothing is recorded of its assessment",
        ),
        (None, _, None) => checks.unchecked("assessment", "not over yet: verify the version again when it is"),
        (None, _, Some(_)) => {
            checks.add("assessment", true, "the round ended before it");
            scores::check(checks, lineage, None);
        }
    }
}

fn check_gate(checks: &mut Checks, rules: &Assessment, version: &VersionView, record: &AssessmentRecord) {
    let passes = rules.passes(record.outcome.as_ref());
    let verdict = |passes| if passes { "passed" } else { "not passed" };
    let mut found = match (&rules.gate, &record.outcome) {
        (None, _) => "the policy has none".into(),
        (Some(gate), Some(AssessOutcome::Done { measures, .. })) => {
            format!("{}: {}", verdict(passes), measured(gate, measures, rules.fewest_sets()))
        }
        (Some(_), Some(AssessOutcome::Unfit)) => "not passed: the program does not fit".into(),
        (Some(_), None) => "not passed: no quorum agreed, or there was too little data".into(),
    };
    if passes != record.passed {
        found = format!("{found}; recorded: {}", verdict(record.passed));
    }
    checks.add("gate", passes == record.passed, found);
    let stands = match version.status {
        VersionStatus::Provisional { .. } | VersionStatus::Final => Some(true),
        VersionStatus::Held => Some(false),
        VersionStatus::Assessing => None,
        // It covers all others.
        VersionStatus::Revoked => Some(passes),
    };
    let found = match stands {
        Some(true) => "stands",
        Some(false) => "held",
        None => "still being assessed, though it has been",
    };
    checks.add("status", stands == Some(passes), found);
    if let (false, Some(promotion)) = (passes, &version.promotion) {
        let found = format!(
            "voted for in block {}, though it did not pass its gate",
            promotion.block
        );
        checks.add("promotion", false, found);
    }
}

fn measured(gate: &Gate, measures: &Measures, fewest: u32) -> String {
    let Gate {
        max_increase,
        min_correct,
    } = gate;
    let (grown, allowed) = (f64::from(measures.increase) / UNITS, f64::from(*max_increase) / UNITS);
    let (right, least) = (f64::from(measures.correct) / 1e6, f64::from(*min_correct) / 1e6);
    format!(
        "loss grew by {grown:+.6}, at most {allowed:.6}; {right:.6} of the rows are right, at least {least:.6}; {} data sets, at least {fewest}",
        measures.sets
    )
}

/// Without a job there is no outcome, and there are no statements.
fn unmade(checks: &mut Checks, version: &VersionView, record: &AssessmentRecord) {
    let root = version.settlement.and_then(|settlement| settlement.assessment_root);
    let none = record.outcome.is_none() && root.is_none();
    let found = match none {
        true => "no job was made: too little data, no place for it, or the round ended before",
        false => "no job was made, and there is an outcome or a root over its statements",
    };
    checks.add("assessment's job", none, found);
}

fn check_job(
    checks: &mut Checks,
    genesis: Hash,
    (lineage, origin): (&Lineage, &RoundOrigin),
    (id, AssessmentJobs { job, first_job, .. }): (JobId, &AssessmentJobs),
) {
    checks.equal("assessment's job", &job_id(genesis, &job.spec), &id);
    let requester = Requester::Assessment(origin.round);
    checks.equal("assessment's asker", &job.spec.requester, &requester);
    attempts(checks, "assessment's attempt", first_job.as_ref(), job);
    if let Some(settlement) = &lineage.version.settlement {
        let root = statements_root(genesis, first_job.as_ref(), job);
        checks.equal("assessment root", &Some(root), &settlement.assessment_root);
    }
}

/// That it was made of what version, round and policy say, and of the shards that are listed.
fn check_work(
    checks: &mut Checks,
    (lineage, origin, rules): (&Lineage, &RoundOrigin, &Assessment),
    (work, jobs): (&Assess, &AssessmentJobs),
    earlier: &[VersionRecord],
) {
    let record = &lineage.version.record;
    let base = earlier.iter().find(|record| record.version == origin.parent);
    let inputs = lineage.job.as_ref().and_then(|job| job.spec.work.aggregate());
    let parts = [
        ("round", work.round == origin.round),
        ("model", work.model == record.model),
        ("policy", work.policy_hash == record.policy_hash),
        ("base", work.base == origin.parent),
        ("base's root", Some(work.base_root) == base.map(|base| base.root)),
        ("version", work.version == record.version),
        ("version's root", work.version_root == record.root),
        ("length", work.file_len == record.len),
        ("products", work.products == origin.outcome.detail),
        ("inputs", work.inputs_root == origin.inputs_root),
        (
            "number of inputs",
            inputs.is_none_or(|aggregation| aggregation.inputs == work.inputs),
        ),
        ("program", work.program == rules.program),
        ("benchmark", work.benchmark.map(|data| data.data) == rules.benchmark),
        ("operations", work.operations == rules.operations),
    ];
    let other: Vec<_> = parts.iter().filter(|(_, same)| !same).map(|(name, _)| *name).collect();
    let found = match other.is_empty() {
        true => format!("artifact {} on {} shards", work.program, work.shards),
        false => format!("another {}", other.join(", ")),
    };
    checks.add("assessment's work", other.is_empty(), found);
    match has_shards(work, jobs) {
        true => checks.equal("shards root", &merkle::root_of(&jobs.shards), &work.shards_root),
        false => checks.expired(
            "shards root",
            format!(
                "{} shards are listed of {}: the others went with the round",
                jobs.shards.len(),
                work.shards
            ),
        ),
    }
}

/// Whether no shard is missing on the list.
pub(super) fn has_shards(work: &Assess, jobs: &AssessmentJobs) -> bool {
    jobs.shards.len() as u64 >= work.shards.into()
}
