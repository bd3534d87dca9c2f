//! What can be derived from the chain's own data.

use super::Checks;
use quorate_primitives::{
    job::Input,
    merkle::{self, Mountains},
    payload::job_id,
    update::Update,
    version::{Origin, VersionRecord},
    views::Lineage,
    Hash,
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

pub fn check(checks: &mut Checks, genesis: Hash, lineage: &Lineage, earlier: &[VersionRecord]) {
    let record = &lineage.version.record;
    checks.equal("policy hash", &lineage.policy.hash(), &record.policy_hash);
    let mut history = Mountains::default();
    earlier.iter().for_each(|record| history.push(record.hash()));
    checks.equal("history root", &history.root(), &record.history_root);
    let (Origin::Round(origin), Some(job)) = (&record.origin, &lineage.job) else {
        return;
    };
    checks.equal("recorded root", &origin.outcome.output, &record.root);
    checks.equal("recorded length", &origin.outcome.output_len, &record.len);
    checks.equal("inputs root", &merkle::root_of(&inputs(lineage)), &origin.inputs_root);
    checks.equal("job", &job_id(genesis, &job.spec), &origin.job);
    checks.equal("job's inputs", &job.spec.inputs_root, &origin.inputs_root);
    checks.equal("job's policy", &job.spec.policy_hash, &record.policy_hash);
    let base = earlier.iter().find(|record| record.version == origin.parent);
    checks.equal("job's base", &Some(job.spec.base_root), &base.map(|record| record.root));
    let previous = base.and_then(|base| match base.origin {
        Origin::Genesis => None,
        Origin::Round(base) => earlier.iter().find(|record| record.version == base.parent),
    });
    checks.equal(
        "job's previous version",
        &job.spec.previous_root,
        &previous.map(|record| record.root),
    );
    if let Some(settlement) = &lineage.version.settlement {
        checks.equal(
            "updates root",
            &merkle::root_of(&lineage.updates),
            &settlement.updates_root,
        );
        let said: Vec<_> = job.committee.iter().zip(job.statements.iter()).collect();
        checks.equal("statements root", &merkle::root_of(&said), &settlement.statements_root);
    }
}
