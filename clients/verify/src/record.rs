//! What can be derived from the chain's own data.

use super::Checks;
use quorate_primitives::{
    job::Input,
    legacy,
    merkle::{self, Mountains},
    payload::job_id,
    policy::{continues, Policy},
    update::Update,
    version::{Origin, VersionRecord},
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

/// What a record calls a policy: its hash of now, or, if it was made under specification version 1, that of then.
fn policy_hash(policy: &Policy, recorded: Hash) -> Hash {
    let old = legacy::Policy::of(policy).map(|old| old.hash());
    old.filter(|old| *old == recorded).unwrap_or_else(|| policy.hash())
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
    let named = policy_hash(&lineage.policy, record.policy_hash);
    checks.equal("policy hash", &named, &record.policy_hash);
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
    let state = base.and_then(|base| state_of(base, former, &lineage.policy));
    checks.equal("job's optimiser state", &job.spec.optimiser, &state);
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
