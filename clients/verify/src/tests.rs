//! Records that fit, and records that someone changed.

use super::{record, Checks};
use crate::policy::standard;
use quorate_exact::{Rule, ServerOptimiser};
use quorate_primitives::{
    job::{Input, Job, JobPhase, JobSpec, Outcome},
    legacy,
    merkle::{self, Mountains},
    payload::{self, job_id},
    update::{Encoding, Update, UpdateStatus},
    version::{Origin, RoundOrigin, Settlement, VersionRecord, VersionStatus},
    views::{Lineage, VersionView},
    AccountId, Hash, EXACT_VERSION,
};

const GENESIS: Hash = Hash::repeat_byte(9);

fn update(n: u8, index: Option<u32>) -> Update {
    Update {
        contributor: AccountId::new([n; 32]),
        organisation: n.into(),
        commitment: Hash::repeat_byte(n),
        weight: 100 + u32::from(n),
        encoding: Encoding::DenseF32,
        submitted_at: 3,
        status: index.map_or(UpdateStatus::Expired, |_| UpdateStatus::Available),
        root: Some(Hash::repeat_byte(n)),
        index,
        score: index.map(|_| 500_000),
    }
}

/// A version made by a round of three updates, one of which expired, and the record before it.
fn sound() -> (Lineage, Vec<VersionRecord>) {
    let policy = standard(Rule::Median, 3);
    let record = |version, root, origin, history: &Mountains| VersionRecord {
        model: 0,
        version,
        root,
        len: 2_048,
        policy_hash: policy.hash(),
        origin,
        block: version + 1,
        history_root: history.root(),
    };
    let mut history = Mountains::default();
    let first = record(0, Hash::repeat_byte(1), Origin::Genesis, &history);
    history.push(first.hash());
    let updates = vec![update(1, Some(1)), update(2, None), update(3, Some(0))];
    let input = |u: &Update| Input {
        contributor: u.contributor.clone(),
        organisation: u.organisation,
        root: u.root.unwrap_or_default(),
        weight: u.weight,
    };
    let inputs_root = merkle::root_of(&[input(&updates[2]), input(&updates[0])]);
    let spec = JobSpec {
        round: 0,
        model: 0,
        base: 0,
        attempt: 0,
        exact_version: EXACT_VERSION,
        policy_hash: policy.hash(),
        base_root: first.root,
        previous_root: None,
        inputs_root,
        inputs: 2,
        commit: 30,
        reveal: 15,
        seed: Hash::zero(),
        optimiser: None,
    };
    let outcome = Outcome {
        output: Hash::repeat_byte(7),
        output_len: 2_048,
        optimiser: None,
        detail: Hash::repeat_byte(8),
        scores: Hash::repeat_byte(6),
    };
    let origin = RoundOrigin {
        parent: 0,
        round: 0,
        job: job_id(GENESIS, &spec),
        inputs_root,
        outcome,
    };
    let nobody: [(Hash, Hash); 0] = [];
    let settlement = Settlement {
        updates_root: merkle::root_of(&updates),
        statements_root: merkle::root_of(&nobody),
        block: 9,
    };
    let job = Job {
        spec,
        created_at: 5,
        phase: JobPhase::Closed { at: 8 },
        committee: Default::default(),
        statements: Default::default(),
        agreed: Some(outcome),
        pages_settled: 1,
    };
    let version = VersionView {
        record: record(1, outcome.output, Origin::Round(origin), &history),
        status: VersionStatus::Final,
        settlement: Some(settlement),
    };
    (
        Lineage {
            version,
            parents: vec![first],
            policy,
            updates,
            job: Some(job),
        },
        vec![first],
    )
}

fn failed(lineage: &Lineage, earlier: &[VersionRecord]) -> Vec<&'static str> {
    let mut checks = Checks::default();
    record::check(&mut checks, GENESIS, lineage, earlier, Some(&lineage.policy));
    checks
        .0
        .iter()
        .filter(|check| !check.passed)
        .map(|check| check.name)
        .collect()
}

#[test]
fn a_sound_record_should_pass_every_check() {
    let (lineage, earlier) = sound();
    assert_eq!(failed(&lineage, &earlier), Vec::<&str>::new());
}

#[test]
fn inputs_should_be_the_available_updates_in_the_sealed_order() {
    let (lineage, _) = sound();
    let organisations: Vec<u32> = record::inputs(&lineage)
        .iter()
        .map(|input| input.organisation)
        .collect();
    assert_eq!(organisations, [3, 1]);
}

#[test]
fn every_change_should_be_found_where_it_is() {
    type Change = fn(&mut Lineage, &mut Vec<VersionRecord>);
    let changes: [(Change, &[&str]); 8] = [
        (|l, _| l.policy.bond += 1, &["policy hash"]),
        (|l, _| l.updates[0].weight += 1, &["inputs root", "updates root"]),
        (|l, _| l.updates[0].score = Some(1), &["updates root"]),
        (|l, _| l.updates[1].status = UpdateStatus::Withdrawn, &["updates root"]),
        (|l, _| l.version.record.root = Hash::zero(), &["recorded root"]),
        (|l, _| l.version.record.len += 1, &["recorded length"]),
        (|_, earlier| earlier[0].block += 1, &["history root"]),
        (
            |_, earlier| earlier[0].root = Hash::zero(),
            &["history root", "job's base"],
        ),
    ];
    for (change, expected) in changes {
        let (mut lineage, mut earlier) = sound();
        change(&mut lineage, &mut earlier);
        assert_eq!(failed(&lineage, &earlier), expected);
    }
    type SpecChange = fn(&mut JobSpec);
    let changes: [(SpecChange, &[&str]); 3] = [
        (|spec| spec.attempt = 1, &["job"]),
        (|spec| spec.seed = Hash::repeat_byte(1), &["job"]),
        (
            |spec| spec.optimiser = Some(Hash::repeat_byte(1)),
            &["job", "job's optimiser state"],
        ),
    ];
    for (change, expected) in changes {
        let (mut lineage, earlier) = sound();
        if let Some(job) = &mut lineage.job {
            change(&mut job.spec);
        }
        assert_eq!(failed(&lineage, &earlier), expected);
    }
}

#[test]
fn a_record_of_specification_version_1_should_pass_by_the_hashes_of_then() {
    let (mut lineage, mut earlier) = sound();
    let old = legacy::Policy::of(&lineage.policy).map(|old| old.hash()).unwrap();
    let Some(job) = &mut lineage.job else { unreachable!() };
    (job.spec.exact_version, job.spec.policy_hash) = (legacy::EXACT_VERSION, old);
    let Origin::Round(origin) = &mut lineage.version.record.origin else {
        unreachable!()
    };
    origin.job = payload::tagged(b"job", &(GENESIS, legacy::JobSpec::from(&job.spec)));
    lineage.version.record.policy_hash = old;
    earlier[0].policy_hash = old;
    let mut history = Mountains::default();
    history.push(earlier[0].hash());
    lineage.version.record.history_root = history.root();
    assert_eq!(failed(&lineage, &earlier), Vec::<&str>::new());
}

#[test]
fn a_job_should_name_the_state_of_its_base_exactly_if_the_optimiser_goes_on() {
    let state = Some(Hash::repeat_byte(0x0b));
    let server = |beta| ServerOptimiser::Momentum { eta: 1_000_000, beta };
    let check = |former: ServerOptimiser, now: ServerOptimiser, named: Option<Hash>| {
        let (mut lineage, mut earlier) = sound();
        let Origin::Round(made) = lineage.version.record.origin else {
            unreachable!()
        };
        let mut made = made;
        made.outcome.optimiser = state;
        earlier[0].origin = Origin::Round(made);
        lineage.policy.pipeline.server = now;
        let Some(job) = &mut lineage.job else { unreachable!() };
        job.spec.optimiser = named;
        let mut before = lineage.policy;
        before.pipeline.server = former;
        let mut checks = Checks::default();
        record::check(&mut checks, GENESIS, &lineage, &earlier, Some(&before));
        let found = checks.0.iter().find(|check| check.name == "job's optimiser state");
        found.is_some_and(|check| check.passed)
    };
    assert!(check(server(1), server(2), state));
    assert!(!check(server(1), server(2), None));
    assert!(check(server(1), ServerOptimiser::Plain, None));
    assert!(check(ServerOptimiser::Plain, server(2), None));
    assert!(!check(ServerOptimiser::Plain, server(2), state));
}
