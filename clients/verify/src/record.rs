//! What can be derived from the chain's own data.

use crate::{
    assessment,
    job::{attempts, needed, statements_root},
    report::Checks,
};
use quorate_primitives::{
    job::{aggregate::Input, Aggregate, Job, Requester},
    merkle::{self, Mountains},
    payload::job_id,
    policy::{continues, Policy},
    update::Update,
    version::{Origin, RoundOrigin, VersionRecord},
    views::Lineage,
    Hash, Root,
};

/// The updates that went into the version, in the sealed order.
pub fn ordered(lineage: &Lineage) -> impl Iterator<Item = &Update> {
    let mut updates: Vec<&Update> = lineage.updates.iter().filter(|update| update.index.is_some()).collect();
    updates.sort_by_key(|update| update.index);
    updates.into_iter()
}

/// The same as the job's inputs.
pub fn inputs(lineage: &Lineage) -> Vec<Input> {
    let input = |update: &Update| Input {
        contributor: update.contributor.clone(),
        organisation: update.organisation,
        root: update.root.unwrap_or_default(),
        weight: update.weight,
    };
    ordered(lineage).map(input).collect()
}

/// The job of a version that a round made, while the chain has it and all updates that went in. They are pruned after the
/// retention, in pages: some updates may be gone while the job is still there.
pub fn evidence(lineage: &Lineage) -> Option<&Job> {
    let complete = |job: &&Job| {
        let inputs = job.spec.work.aggregate().map_or(0, |work| work.inputs);
        !lineage.updates.is_empty() && ordered(lineage).count() as u32 >= inputs
    };
    lineage.job.as_ref().filter(complete)
}

/// The state that a round under `policy` goes on from, whose base was made under `former`.
fn state_of(base: &VersionRecord, former: Option<&Policy>, policy: &Policy) -> Option<Root> {
    match base.origin {
        Origin::Genesis => None,
        Origin::Round(origin) => {
            let goes_on = |former: &&Policy| continues(&former.pipeline.server, &policy.pipeline.server);
            former.filter(goes_on).and(origin.outcome.optimiser)
        }
    }
}

/// `former` is the policy under which the base was made, where that is known.
pub fn check(
    checks: &mut Checks,
    genesis: Hash,
    lineage: &Lineage,
    earlier: &[VersionRecord],
    former: Option<&Policy>,
) {
    let record = &lineage.version.record;
    checks.equal("policy hash", &lineage.policy.hash(), &record.policy_hash);
    check_history(checks, lineage, earlier);
    let Origin::Round(origin) = &record.origin else {
        return;
    };
    checks.equal("recorded root", &origin.outcome.output, &record.root);
    checks.equal("recorded length", &origin.outcome.output_len, &record.len);
    assessment::check(checks, genesis, (lineage, origin), earlier);
    match evidence(lineage) {
        Some(job) => {
            check_job(checks, genesis, lineage, origin, job);
            match job.spec.work.aggregate() {
                Some(work) => check_work(checks, lineage, (origin, work), earlier, former),
                None => checks.add("job's work", false, "no aggregation"),
            }
        }
        None => checks.expired(
            "evidence",
            "evidence expired: the node has pruned the job and the updates after the policy's retention",
        ),
    }
}

/// The records before this one, and that each ancestor is one of them.
fn check_history(checks: &mut Checks, lineage: &Lineage, earlier: &[VersionRecord]) {
    let root = lineage.version.record.history_root;
    let mut history = Mountains::default();
    earlier.iter().for_each(|record| history.push(record.hash()));
    checks.equal("history root", &history.root(), &root);
    // What the history root covers is this list: an ancestor is in it, or it is none.
    let stranger = lineage.parents.iter().find(|parent| {
        let known = earlier.get(parent.version as usize);
        known != Some(*parent)
    });
    match stranger {
        None => checks.add(
            "ancestors",
            true,
            format!("{} records of the history", lineage.parents.len()),
        ),
        Some(parent) => {
            let found = format!("version {} is not in the history as it is shown", parent.version);
            checks.add("ancestors", false, found);
        }
    }
}

fn check_job(checks: &mut Checks, genesis: Hash, lineage: &Lineage, origin: &RoundOrigin, job: &Job) {
    checks.equal("inputs root", &merkle::root_of(&inputs(lineage)), &origin.inputs_root);
    checks.equal("job", &job_id(genesis, &job.spec), &origin.job);
    checks.equal("job's quorum", &job.quorum, &needed(job));
    checks.equal("job's requester", &job.spec.requester, &Requester::Round(origin.round));
    if let Some(settlement) = &lineage.version.settlement {
        let updates_root = merkle::root_of(&lineage.updates);
        checks.equal("updates root", &updates_root, &settlement.updates_root);
        let statements_root = statements_root(genesis, lineage.first_job.as_ref(), job);
        checks.equal("statements root", &statements_root, &settlement.statements_root);
    }
    attempts(checks, "first attempt", lineage.first_job.as_ref(), job);
}

fn check_work(
    checks: &mut Checks,
    lineage: &Lineage,
    (origin, work): (&RoundOrigin, &Aggregate),
    earlier: &[VersionRecord],
    former: Option<&Policy>,
) {
    let record = &lineage.version.record;
    checks.equal("job's model", &work.model, &record.model);
    checks.equal("job's inputs", &work.inputs_root, &origin.inputs_root);
    checks.equal("job's policy", &work.policy_hash, &record.policy_hash);
    let base = earlier.iter().find(|record| record.version == origin.parent);
    checks.equal("job's base", &Some(work.base_root), &base.map(|record| record.root));
    let previous = base.and_then(|base| match base.origin {
        Origin::Genesis => None,
        Origin::Round(base) => earlier.iter().find(|record| record.version == base.parent),
    });
    let previous = previous.map(|record| record.root);
    checks.equal("job's previous version", &work.previous_root, &previous);
    let state = base.and_then(|base| state_of(base, former, &lineage.policy));
    checks.equal("job's optimiser state", &work.optimiser, &state);
}
