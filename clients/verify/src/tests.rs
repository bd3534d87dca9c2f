//! Records that fit, and records that someone changed.

use crate::{
    record,
    report::{Check, Checks, Found},
};
use quorate_client::policy::standard;
use quorate_exact::{Rule, ServerOptimiser};
use quorate_primitives::{
    committee::{Committee, Member},
    crypto::AttestationId,
    job::{
        aggregate::{Input, EXACT_VERSION},
        Aggregate, AggregateOutcome, CommitteeRule, Job, JobPhase, JobSpec, Outcome, Requester, Statement, Work,
    },
    merkle::{self, Mountains},
    payload::job_id,
    policy::Policy,
    update::{Encoding, Update, UpdateStatus},
    version::{Origin, RoundOrigin, Settlement, VersionRecord, VersionStatus},
    views::{Lineage, VersionView},
    AccountId, Hash,
};

pub(crate) const GENESIS: Hash = Hash::repeat_byte(9);

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
pub(crate) fn sound() -> (Lineage, Vec<VersionRecord>) {
    sound_under(standard(Rule::Median, 3))
}

/// The same under a policy; whether it was assessed is not recorded.
pub(crate) fn sound_under(policy: Policy) -> (Lineage, Vec<VersionRecord>) {
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
    let work = Aggregate {
        model: 0,
        base: 0,
        policy_hash: policy.hash(),
        base_root: first.root,
        previous_root: None,
        inputs_root,
        inputs: 2,
        seed: Hash::zero(),
        optimiser: None,
    };
    let spec = JobSpec {
        requester: Requester::Round(0),
        attempt: 0,
        exact_version: EXACT_VERSION,
        commit: 30,
        reveal: 15,
        committee: CommitteeRule::All,
        work: Work::Aggregate(work),
    };
    let outcome = AggregateOutcome {
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
        assessment_root: None,
        block: 9,
    };
    let job = Job {
        spec,
        first: None,
        created_at: 5,
        phase: JobPhase::Closed { at: 8 },
        committee: Default::default(),
        quorum: 1,
        statements: Default::default(),
        agreed: Some(outcome.into()),
    };
    let version = VersionView {
        record: record(1, outcome.output, Origin::Round(origin), &history),
        status: VersionStatus::Final,
        settlement: Some(settlement),
        assessment: None,
        promotion: None,
    };
    (
        Lineage {
            version,
            parents: vec![first],
            policy,
            updates,
            job: Some(job),
            first_job: None,
            assessment: None,
        },
        vec![first],
    )
}

fn checked(lineage: &Lineage, earlier: &[VersionRecord]) -> Vec<Check> {
    let mut checks = Checks::default();
    record::check(&mut checks, GENESIS, lineage, earlier, Some(&lineage.policy));
    checks.0
}

fn change_job(lineage: &mut Lineage, change: impl FnOnce(&mut JobSpec, &mut Aggregate)) {
    if let Some(job) = &mut lineage.job {
        let mut work = job.spec.work.aggregate().expect("an aggregation").clone();
        change(&mut job.spec, &mut work);
        job.spec.work = work.into();
    }
}

pub(crate) fn failed(lineage: &Lineage, earlier: &[VersionRecord]) -> Vec<&'static str> {
    checked(lineage, earlier)
        .iter()
        .filter(|check| check.found != Found::Equal)
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
    let changes: [(Change, &[&str]); 9] = [
        (|l, _| l.policy.bond += 1, &["policy hash"]),
        (|l, _| l.updates[0].weight += 1, &["inputs root", "updates root"]),
        (|l, _| l.updates[0].score = Some(1), &["updates root"]),
        (|l, _| l.updates[1].status = UpdateStatus::Withdrawn, &["updates root"]),
        (|l, _| l.version.record.root = Hash::zero(), &["recorded root"]),
        (|l, _| l.version.record.len += 1, &["recorded length"]),
        (|_, earlier| earlier[0].block += 1, &["history root", "ancestors"]),
        (|l, _| l.parents[0].len += 1, &["ancestors"]),
        (
            |_, earlier| earlier[0].root = Hash::zero(),
            &["history root", "ancestors", "job's base"],
        ),
    ];
    for (change, expected) in changes {
        let (mut lineage, mut earlier) = sound();
        change(&mut lineage, &mut earlier);
        assert_eq!(failed(&lineage, &earlier), expected);
    }
    type SpecChange = fn(&mut JobSpec, &mut Aggregate);
    let changes: [(SpecChange, &[&str]); 5] = [
        (|spec, _| spec.attempt = 1, &["job", "first attempt"]),
        (
            |spec, _| spec.requester = Requester::Round(1),
            &["job", "job's requester"],
        ),
        (|_, work| work.seed = Hash::repeat_byte(1), &["job"]),
        (|_, work| work.model = 1, &["job", "job's model"]),
        (
            |_, work| work.optimiser = Some(Hash::repeat_byte(1)),
            &["job", "job's optimiser state"],
        ),
    ];
    for (change, expected) in changes {
        let (mut lineage, earlier) = sound();
        change_job(&mut lineage, change);
        assert_eq!(failed(&lineage, &earlier), expected);
    }
}

/// The same version, whose job is the retry of one in which a member revealed another outcome.
fn retried() -> (Lineage, Vec<VersionRecord>) {
    let (mut lineage, earlier) = sound();
    let first = lineage.job.clone().map(|job| Job {
        committee: Committee::truncate_from(vec![Member {
            validator: AccountId::new([1; 32]),
            key: AttestationId::try_from(&[1; 32][..]).unwrap(),
            organisation: 1,
        }]),
        statements: vec![Statement {
            commit: Some(Hash::repeat_byte(1)),
            ..Statement::default()
        }]
        .try_into()
        .unwrap(),
        agreed: None,
        ..job
    });
    change_job(&mut lineage, |spec, _| spec.attempt = 1);
    let (first, job) = (first.unwrap(), lineage.job.as_ref().unwrap());
    let (Origin::Round(mut origin), Some(mut settlement)) = (lineage.version.record.origin, lineage.version.settlement)
    else {
        unreachable!()
    };
    origin.job = job_id(GENESIS, &job.spec);
    lineage.version.record.origin = Origin::Round(origin);
    let leaf = (job_id(GENESIS, &first.spec), &first.committee[0], &first.statements[0]);
    settlement.statements_root = merkle::root_of(&[leaf]);
    lineage.version.settlement = Some(settlement);
    lineage.first_job = Some(first);
    (lineage, earlier)
}

#[test]
fn a_retry_should_need_the_first_attempt_and_its_statements() {
    type Change = fn(&mut Lineage);
    let changes: [(Change, &[&str]); 7] = [
        (|_| (), &[]),
        (|l| l.first_job = None, &["statements root", "first attempt"]),
        (|l| first(l).statements[0].commit = None, &["statements root"]),
        (|l| first(l).spec.attempt = 1, &["statements root", "first attempt"]),
        (|l| first(l).spec.commit += 1, &["statements root", "first attempt"]),
        (
            |l| {
                let outcome = outcome_of(l);
                first(l).agreed = Some(outcome);
            },
            &["first attempt"],
        ),
        // An upgrade between the two: the statements are of another job then, but the attempt may be.
        (|l| first(l).spec.exact_version += 1, &["statements root"]),
    ];
    fn outcome_of(lineage: &Lineage) -> Outcome {
        lineage.job.as_ref().and_then(|job| job.agreed).unwrap()
    }
    fn first(lineage: &mut Lineage) -> &mut Job {
        lineage.first_job.as_mut().unwrap()
    }
    for (change, expected) in changes {
        let (mut lineage, earlier) = retried();
        change(&mut lineage);
        assert_eq!(failed(&lineage, &earlier), expected);
    }
    let (mut lineage, earlier) = sound();
    lineage.first_job = lineage.job.clone();
    assert_eq!(failed(&lineage, &earlier), ["first attempt"], "no retry has none");
}

#[test]
fn pruned_evidence_should_be_reported_as_expired_and_never_as_a_difference() {
    type Prune = fn(&mut Lineage);
    let prunings: [Prune; 4] = [
        |lineage| lineage.job = None,
        |lineage| lineage.updates.clear(),
        |lineage| lineage.updates.truncate(2),
        |lineage| (lineage.job, lineage.updates) = (None, Vec::new()),
    ];
    for prune in prunings {
        let (mut lineage, earlier) = sound();
        prune(&mut lineage);
        let checks = checked(&lineage, &earlier);
        let expired: Vec<_> = checks.iter().filter(|check| check.found == Found::Expired).collect();
        assert_eq!(expired.len(), 1);
        assert!(expired[0].detail.contains("evidence expired"), "{}", expired[0].detail);
        assert!(checks.iter().all(|check| check.found != Found::Differs), "{checks:#?}");
        // What is left of the record is still compared.
        lineage.version.record.len += 1;
        let differs = |check: &Check| check.found == Found::Differs && check.name == "recorded length";
        assert!(checked(&lineage, &earlier).iter().any(differs));
    }
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
        change_job(&mut lineage, |_, work| work.optimiser = named);
        let mut before = lineage.policy;
        before.pipeline.server = former;
        let mut checks = Checks::default();
        record::check(&mut checks, GENESIS, &lineage, &earlier, Some(&before));
        let found = checks.0.iter().find(|check| check.name == "job's optimiser state");
        found.is_some_and(|check| check.found == Found::Equal)
    };
    assert!(check(server(1), server(2), state));
    assert!(!check(server(1), server(2), None));
    assert!(check(server(1), ServerOptimiser::Plain, None));
    assert!(check(ServerOptimiser::Plain, server(2), None));
    assert!(!check(ServerOptimiser::Plain, server(2), state));
}
