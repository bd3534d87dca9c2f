//! Assessments that fit their records, and ones that somebody changed.

#[path = "../../../../primitives/evaluation/tests/common/mod.rs"]
mod common;

use super::{compare::compare, computed::Computed};
use crate::{
    record,
    report::{Check, Checks, Found},
    scores,
    tests::{failed, sound_under, GENESIS},
};
use common::{world, Sent, World};
use quorate_client::policy::standard;
use quorate_engine::{AssessInput, BlobFile, Control, Engine, Settings, TileEngine};
use quorate_evaluation::assessment::{AssessmentDetail, Fewest};
use quorate_exact::Rule;
use quorate_primitives::{
    committee::{quorum, Committee, Member},
    crypto::AttestationId,
    job::{
        assess::{Benchmark, Measures, Shard, EXACT_VERSION},
        Assess, AssessOutcome, CommitteeRule, Job, JobPhase, JobSpec, Requester, Statement,
    },
    merkle,
    payload::job_id,
    policy::{Assessment, Contribution, Gate, Policy},
    version::{AssessmentRecord, Origin, Promoter, PromotionRecord, VersionRecord, VersionStatus},
    views::{assessments::AssessmentJobs, Lineage},
    AccountId, Hash,
};
use std::io::Write;

const PROGRAM: Hash = Hash::repeat_byte(0x50);
const MEMBERS: u8 = 4;

fn rules() -> Assessment {
    Assessment {
        program: 3,
        benchmark: Some(4),
        operations: 1_000,
        gate: Some(Gate {
            max_increase: 5,
            min_correct: 900_000,
        }),
        contribution: Some(Contribution {
            min_suppliers: 4,
            max_suppliers: 4,
            min_rows: 1_000,
            max_rows: 2_000,
            max_len: 1 << 20,
            reveal: 10,
            vote: 10,
            claimed_weights: true,
        }),
    }
}

fn policy(assessment: Assessment) -> Policy {
    Policy {
        assessment: Some(assessment),
        ..standard(Rule::Median, 3)
    }
}

fn outcome() -> AssessOutcome {
    AssessOutcome::Done {
        measures: Measures {
            sets: 5,
            loss_before: 900,
            loss: 905,
            increase: 5,
            correct_before: 910_000,
            correct: 900_000,
        },
        counted: 0b1111,
        detail: Hash::repeat_byte(0x51),
        detail_len: 77,
        scores: Some(Hash::repeat_byte(0x52)),
    }
}

fn member(number: u8) -> Member {
    Member {
        validator: AccountId::new([number; 32]),
        key: AttestationId::try_from(&[number; 32][..]).unwrap(),
        organisation: number.into(),
    }
}

/// A job of an assessment in which a quorum revealed `agreed`.
fn job(lineage: &Lineage, shards: &[Shard], agreed: Option<AssessOutcome>) -> Job {
    let record = &lineage.version.record;
    let Origin::Round(origin) = record.origin else {
        unreachable!()
    };
    let rules = lineage.policy.assessment.unwrap();
    let work = Assess {
        round: origin.round,
        model: record.model,
        policy_hash: record.policy_hash,
        base: origin.parent,
        base_root: lineage.parents[0].root,
        version: record.version,
        version_root: record.root,
        file_len: record.len,
        frozen_base: None,
        products: origin.outcome.detail,
        inputs_root: origin.inputs_root,
        inputs: 2,
        program: rules.program,
        program_root: PROGRAM,
        program_len: 9,
        benchmark: rules.benchmark.map(|data| Benchmark {
            data,
            root: Hash::repeat_byte(0x53),
            len: 11,
        }),
        shards_root: merkle::root_of(shards),
        shards: shards.len() as u32,
        operations: rules.operations,
    };
    let reveals = |number: u8| (u32::from(number) < quorum(MEMBERS.into())).then_some(agreed).flatten();
    let statement = |number| Statement {
        commit: Some(Hash::repeat_byte(number)),
        reveal: reveals(number).map(Into::into),
        ..Statement::default()
    };
    Job {
        spec: JobSpec {
            requester: Requester::Assessment(origin.round),
            attempt: 0,
            exact_version: EXACT_VERSION,
            commit: 30,
            reveal: 15,
            committee: CommitteeRule::All,
            work: work.into(),
        },
        first: None,
        created_at: 6,
        phase: JobPhase::Closed { at: 8 },
        committee: Committee::truncate_from((0..MEMBERS).map(member).collect()),
        quorum: quorum(MEMBERS.into()),
        statements: (0..MEMBERS).map(statement).collect::<Vec<_>>().try_into().unwrap(),
        agreed: agreed.map(Into::into),
    }
}

/// The statements root over the jobs as they stand.
fn settle(lineage: &mut Lineage) {
    let root = lineage.assessment.as_ref().map(|jobs| {
        let attempts = jobs.first_job.iter().chain([&jobs.job]);
        let leaves = attempts.flat_map(|job| {
            let id = job_id(GENESIS, &job.spec);
            let members = job.committee.iter().zip(job.statements.iter());
            members.map(move |(member, statement)| (id, member.clone(), statement.clone()))
        });
        merkle::root_of(&leaves.collect::<Vec<_>>())
    });
    lineage.version.settlement.as_mut().unwrap().assessment_root = root;
}

fn shards() -> Vec<Shard> {
    let shard = |supplier: u8| Shard {
        supplier: supplier.into(),
        root: Hash::repeat_byte(supplier),
        len: 12,
        rows: 1_000,
    };
    (10..14).map(shard).collect()
}

/// A version that passed the gate of these rules, by this outcome.
fn assessed(rules: Assessment, outcome: Option<AssessOutcome>) -> (Lineage, Vec<VersionRecord>) {
    let (mut lineage, earlier) = sound_under(policy(rules));
    let passed = rules.passes(outcome.as_ref());
    let (shards, agreed) = (shards(), outcome);
    let job = job(&lineage, &shards, agreed);
    lineage.version.assessment = Some(AssessmentRecord {
        job: Some(job_id(GENESIS, &job.spec)),
        outcome,
        passed,
        block: 7,
    });
    if !passed {
        lineage.version.status = VersionStatus::Held;
    }
    lineage.assessment = Some(AssessmentJobs {
        job,
        first_job: None,
        shards,
    });
    settle(&mut lineage);
    (lineage, earlier)
}

fn sound() -> (Lineage, Vec<VersionRecord>) {
    assessed(rules(), Some(outcome()))
}

fn checked(lineage: &Lineage, earlier: &[VersionRecord]) -> Vec<Check> {
    let mut checks = Checks::default();
    record::check(&mut checks, GENESIS, lineage, earlier, Some(&lineage.policy));
    checks.0
}

fn found(lineage: &Lineage, earlier: &[VersionRecord], name: &str) -> Option<(Found, String)> {
    let mut checks = checked(lineage, earlier).into_iter();
    checks
        .find(|check| check.name == name)
        .map(|check| (check.found, check.detail))
}

fn jobs(lineage: &mut Lineage) -> &mut AssessmentJobs {
    lineage.assessment.as_mut().unwrap()
}

/// Change the work, and all that names the job.
fn reworked(lineage: &mut Lineage, change: impl FnOnce(&mut Assess)) {
    let mut work = jobs(lineage).job.spec.work.assess().unwrap().clone();
    change(&mut work);
    jobs(lineage).job.spec.work = work.into();
    let id = job_id(GENESIS, &jobs(lineage).job.spec);
    lineage.version.assessment.as_mut().unwrap().job = Some(id);
    settle(lineage);
}

fn measured(lineage: &mut Lineage, change: impl FnOnce(&mut Measures)) {
    let Some(AssessOutcome::Done { measures, .. }) = &mut lineage.version.assessment.as_mut().unwrap().outcome else {
        unreachable!()
    };
    change(measures);
}

#[test]
fn assessment_that_fits_its_record_should_pass_every_check() {
    let (lineage, earlier) = sound();
    assert_eq!(failed(&lineage, &earlier), Vec::<&str>::new());
    let gate = found(&lineage, &earlier, "gate").unwrap().1;
    assert!(gate.starts_with("passed: loss grew by +0.000005"), "{gate}");
    let held = Assessment {
        gate: Some(Gate {
            max_increase: 4,
            min_correct: 0,
        }),
        ..rules()
    };
    for outcome in [Some(outcome()), Some(AssessOutcome::Unfit), None] {
        let (mut lineage, earlier) = assessed(held, outcome);
        assert_eq!(lineage.version.status, VersionStatus::Held);
        if outcome.is_none() {
            // Without scores nobody is paid.
            lineage.updates.iter_mut().for_each(|update| update.score = None);
            lineage.version.settlement.as_mut().unwrap().updates_root = merkle::root_of(&lineage.updates);
        }
        assert_eq!(failed(&lineage, &earlier), Vec::<&str>::new(), "{outcome:?}");
    }
}

#[test]
fn every_change_should_be_found_where_it_is() {
    type Change = fn(&mut Lineage);
    const QUORUM: &str = "assessment's quorum";
    let changes: [(Change, &[&str]); 18] = [
        // Promoted though the gate fails.
        (|l| measured(l, |it| it.increase = 6), &["gate", "status", QUORUM]),
        (|l| measured(l, |it| it.correct = 899_999), &["gate", "status", QUORUM]),
        (|l| measured(l, |it| it.sets = 3), &["gate", "status", QUORUM]),
        // A measure that no quorum revealed.
        (|l| measured(l, |it| it.loss += 1), &[QUORUM]),
        (
            |l| l.version.assessment.as_mut().unwrap().outcome = Some(AssessOutcome::Unfit),
            &["gate", "status", QUORUM],
        ),
        // What a quorum agreed on is kept from the record.
        (
            |l| l.version.assessment.as_mut().unwrap().outcome = None,
            &["gate", "status", "paid scores", QUORUM],
        ),
        (|l| l.version.assessment.as_mut().unwrap().passed = false, &["gate"]),
        (|l| l.version.status = VersionStatus::Held, &["status"]),
        (|l| l.version.status = VersionStatus::Assessing, &["status"]),
        (
            |l| l.version.assessment.as_mut().unwrap().job = Some(Hash::zero()),
            &["assessment's job"],
        ),
        (
            |l| l.version.assessment.as_mut().unwrap().job = None,
            &["assessment's job"],
        ),
        (
            |l| jobs(l).job.statements[0].reveal = None,
            &["assessment root", QUORUM],
        ),
        (|l| jobs(l).shards[1].root = Hash::zero(), &["shards root"]),
        (|l| jobs(l).shards.swap(0, 1), &["shards root"]),
        (
            |l| {
                let one = jobs(l).shards[0];
                jobs(l).shards.push(one);
            },
            &["shards root"],
        ),
        (
            |l| jobs(l).first_job = Some(jobs(l).job.clone()),
            &["assessment's attempt", "assessment root"],
        ),
        (|l| l.version.assessment = None, &["gate"]),
        (
            |l| l.version.settlement.as_mut().unwrap().assessment_root = None,
            &["assessment root"],
        ),
    ];
    for (number, (change, expected)) in changes.into_iter().enumerate() {
        let (mut lineage, earlier) = sound();
        change(&mut lineage);
        assert_eq!(failed(&lineage, &earlier), expected, "{number}");
    }
}

#[test]
fn job_that_was_made_of_something_else_should_be_named_by_what_it_is() {
    type Change = fn(&mut Assess);
    let changes: [(Change, &str); 14] = [
        (|work| work.round += 1, "round"),
        (|work| work.model += 1, "model"),
        (|work| work.policy_hash = Hash::zero(), "policy"),
        (|work| work.base += 1, "base"),
        (|work| work.base_root = Hash::zero(), "base's root"),
        (|work| work.version += 1, "version"),
        (|work| work.version_root = Hash::zero(), "version's root"),
        (|work| work.file_len += 1, "length"),
        (|work| work.products = Hash::zero(), "products"),
        (|work| work.inputs_root = Hash::zero(), "inputs"),
        (|work| work.inputs += 1, "number of inputs"),
        (|work| work.program += 1, "program"),
        (|work| work.benchmark = None, "benchmark"),
        (|work| work.operations += 1, "operations"),
    ];
    for (change, expected) in changes {
        let (mut lineage, earlier) = sound();
        reworked(&mut lineage, change);
        assert_eq!(failed(&lineage, &earlier), ["assessment's work"], "{expected}");
        let (_, detail) = found(&lineage, &earlier, "assessment's work").unwrap();
        assert_eq!(detail, format!("another {expected}"));
    }
}

#[test]
fn version_that_did_not_pass_should_not_have_been_voted_for() {
    let (mut lineage, earlier) = assessed(rules(), Some(outcome()));
    measured(&mut lineage, |it| it.increase = 6);
    lineage.version.promotion = Some(PromotionRecord {
        by: Promoter::Council { ayes: 3, of: 4 },
        block: 9,
    });
    assert!(failed(&lineage, &earlier).contains(&"promotion"));
    let (mut lineage, earlier) = sound();
    lineage.version.promotion = Some(PromotionRecord {
        by: Promoter::Poll { rank: 1 },
        block: 9,
    });
    assert_eq!(failed(&lineage, &earlier), Vec::<&str>::new());
}

#[test]
fn pruned_jobs_and_shards_should_be_reported_as_expired_and_the_gate_still_be_checked() {
    let (mut lineage, earlier) = sound();
    lineage.assessment = None;
    assert_eq!(found(&lineage, &earlier, "assessment").unwrap().0, Found::Expired);
    assert_eq!(found(&lineage, &earlier, "gate").unwrap().0, Found::Equal);
    assert_eq!(failed(&lineage, &earlier), ["assessment"]);
    measured(&mut lineage, |it| it.increase = 6);
    assert_eq!(found(&lineage, &earlier, "gate").unwrap().0, Found::Differs);
    let (mut lineage, earlier) = sound();
    jobs(&mut lineage).shards.pop();
    let (how, detail) = found(&lineage, &earlier, "shards root").unwrap();
    assert_eq!(
        (how, detail.contains("3 shards are listed of 4")),
        (Found::Expired, true)
    );
}

#[test]
fn version_that_is_still_assessed_should_be_unchecked_and_one_without_a_record_not_stand() {
    let (mut lineage, earlier) = sound_under(policy(rules()));
    lineage.version.status = VersionStatus::Assessing;
    lineage.version.settlement = None;
    assert_eq!(found(&lineage, &earlier, "gate").unwrap().0, Found::Unchecked);
    lineage.version.status = VersionStatus::Final;
    assert_eq!(found(&lineage, &earlier, "gate").unwrap().0, Found::Differs);
    let scores_alone = Assessment { gate: None, ..rules() };
    let (mut lineage, earlier) = sound_under(policy(scores_alone));
    // Its round ended before it was assessed: nobody can have a score.
    assert_eq!(failed(&lineage, &earlier), ["paid scores"]);
    lineage.version.settlement = None;
    assert_eq!(found(&lineage, &earlier, "assessment").unwrap().0, Found::Unchecked);
}

#[test]
fn assessment_that_no_policy_asks_for_should_differ() {
    let (mut lineage, earlier) = crate::tests::sound();
    lineage.version.assessment = sound().0.version.assessment;
    assert_eq!(failed(&lineage, &earlier), ["assessment"]);
}

#[test]
fn evidence_should_carry_the_assessment() {
    let (lineage, earlier) = sound();
    let evidence = crate::evidence::collect(GENESIS, lineage.clone()).unwrap();
    let bytes = evidence.to_bytes();
    let mut pruned = lineage;
    (pruned.job, pruned.updates, pruned.assessment) = (None, Vec::new(), None);
    assert_eq!(failed(&pruned, &earlier), ["assessment", "evidence"]);
    let read = quorate_primitives::evidence::Evidence::from_bytes(&bytes).unwrap();
    let with = |change: fn(&mut AssessmentJobs)| {
        let mut read = read.clone();
        change(read.assessment.as_mut().unwrap());
        let mut proved = pruned.clone();
        crate::evidence::use_in(&mut proved, GENESIS, read).unwrap();
        failed(&proved, &earlier)
    };
    assert_eq!(with(|_| ()), Vec::<&str>::new());
    assert_eq!(with(|jobs| jobs.shards[0].rows += 1), ["shards root"]);
    assert_eq!(
        with(|jobs| jobs.job.spec.commit += 1),
        ["assessment's job", "assessment root"]
    );
    assert_eq!(with(|jobs| jobs.job.statements[3].commit = None), ["assessment root"]);
}

fn blob(bytes: &[u8]) -> BlobFile {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    BlobFile::of(file).unwrap()
}

fn computed(world: &World) -> Computed {
    let input = AssessInput {
        base: blob(&world.base),
        version: blob(&world.version),
        frozen_base: None,
        program: blob(&world.program),
        benchmark: world.benchmark.as_deref().map(blob),
        shards: world
            .shards
            .iter()
            .map(|(supplier, data)| (*supplier, blob(data)))
            .collect(),
        updates: world
            .updates
            .iter()
            .map(|(update, file)| (*update, blob(file)))
            .collect(),
        aggregation: world.aggregation.clone(),
        contribution: Some(Fewest { rows: 200, shards: 3 }),
        operations: 1_000,
        folder: std::env::temp_dir(),
    };
    let claimed: Vec<u32> = world.updates.iter().map(|(update, _)| update.weight).collect();
    let made = TileEngine::new(Settings::default())
        .assess(&input, &Control::default())
        .unwrap();
    Computed::new(made, &claimed)
}

/// Three organisations, one of which sends the last step again.
fn round() -> World {
    world(
        5,
        &[(1, 1, Sent::Honest), (2, 3, Sent::Replay(2)), (3, 1, Sent::Honest)],
    )
}

/// Names and texts of what differs.
fn differing(
    recorded: &AssessOutcome,
    made: &Computed,
    theirs: Option<&AssessmentDetail>,
) -> Vec<(&'static str, String)> {
    let mut checks = Checks::default();
    compare(&mut checks, recorded, made, theirs);
    assert!(checks
        .0
        .iter()
        .all(|check| matches!(check.found, Found::Equal | Found::Differs)));
    checks.0.retain(|check| check.found == Found::Differs);
    checks.0.into_iter().map(|check| (check.name, check.detail)).collect()
}

fn names(found: &[(&'static str, String)]) -> Vec<&'static str> {
    found.iter().map(|(name, _)| *name).collect()
}

/// What was computed, with a changed detail under its own root.
fn recorded(made: &Computed, change: impl FnOnce(&mut AssessmentDetail)) -> (AssessOutcome, AssessmentDetail) {
    let mut theirs = made.detail.clone().unwrap();
    change(&mut theirs);
    let (bytes, mut outcome) = (theirs.encode(), made.outcome);
    let AssessOutcome::Done { detail, detail_len, .. } = &mut outcome else {
        unreachable!()
    };
    (*detail, *detail_len) = (quorate_exact::root(&bytes).into(), bytes.len() as u64);
    (outcome, theirs)
}

#[test]
fn what_is_not_what_was_computed_should_be_named_with_the_first_part_that_differs() {
    let made = computed(&round());
    assert!(differing(&made.outcome, &made, None).is_empty());
    type Change = fn(&mut Measures);
    let changes: [(Change, &str); 6] = [
        (|it| it.sets += 1, "data sets"),
        (|it| it.loss_before += 1, "loss before"),
        (|it| it.loss -= 1, "loss"),
        (|it| it.increase += 1, "growth of the loss"),
        (|it| it.correct_before += 1, "correct before"),
        (|it| it.correct += 1, "correct"),
    ];
    for (change, expected) in changes {
        let mut outcome = made.outcome;
        let AssessOutcome::Done { measures, .. } = &mut outcome else {
            unreachable!()
        };
        change(measures);
        assert_eq!(names(&differing(&outcome, &made, None)), [expected]);
    }
    let mut outcome = made.outcome;
    let AssessOutcome::Done { scores, counted, .. } = &mut outcome else {
        unreachable!()
    };
    (*scores, *counted) = (None, 0b0111);
    let found = differing(&outcome, &made, None);
    assert_eq!(names(&found), ["shards that count", "scores by improvement"]);
    assert_eq!(found[0].1, "derived 0, 1, 2, 3, recorded 0, 1, 2");

    let (outcome, theirs) = recorded(&made, |detail| detail.scores[1] += 1);
    let found = differing(&outcome, &made, Some(&theirs));
    assert_eq!(names(&found), ["assessment's detail", "first difference"]);
    assert!(found[1].1.starts_with("update 1: derived score "), "{found:?}");
    let (outcome, theirs) = recorded(&made, |detail| {
        detail.sets[2].after.loss += 1;
        detail.players[0].value += 1;
    });
    let found = differing(&outcome, &made, Some(&theirs));
    assert!(found[1].1.starts_with("data set 2: derived shard 1, "), "{found:?}");
    // Without the other detail only its root is known.
    assert_eq!(names(&differing(&outcome, &made, None)), ["assessment's detail"]);
}

#[test]
fn missing_or_changed_shard_should_change_what_is_computed() {
    let made = computed(&round());
    let mut other = round();
    other.shards.pop();
    let found = differing(&made.outcome, &computed(&other), None);
    assert!(names(&found).contains(&"shards that count"), "{found:?}");
    let mut other = round();
    let last = other.shards[0].1.len() - 4;
    // What the last row ends with.
    other.shards[0].1[last..].copy_from_slice(&(-0.5f32).to_le_bytes());
    let found = differing(&made.outcome, &computed(&other), None);
    assert!(names(&found).contains(&"assessment's detail"), "{found:?}");
}

#[test]
fn what_does_not_fit_should_differ_from_what_does() {
    let made = computed(&round());
    let mut broken = round();
    broken.benchmark = Some(vec![1, 2, 3]);
    let unfit = computed(&broken);
    assert_eq!(unfit.outcome, AssessOutcome::Unfit);
    assert!(differing(&AssessOutcome::Unfit, &unfit, None).is_empty());
    assert_eq!(names(&differing(&made.outcome, &unfit, None)), ["fits"]);
    assert_eq!(names(&differing(&AssessOutcome::Unfit, &made, None)), ["unfit"]);
}

#[test]
fn updates_should_have_been_paid_by_the_scores_of_the_assessment() {
    let made = computed(&round());
    let rows = made.rows.unwrap();
    let (mut lineage, _) = sound();
    // Three updates in the sealed order.
    lineage.updates[1].index = Some(2);
    let pay = |lineage: &mut Lineage, scores: [Option<u32>; 3]| {
        for update in &mut lineage.updates {
            update.score = scores[update.index.unwrap() as usize];
        }
    };
    let found = |lineage: &Lineage, rows: Option<&[_]>| {
        let mut checks = Checks::default();
        scores::check(&mut checks, lineage, rows);
        checks.0.remove(0)
    };
    let right = [0, 1, 2].map(|index: usize| Some(rows[index].score));
    pay(&mut lineage, right);
    assert_eq!(found(&lineage, Some(&rows)).found, Found::Equal);
    assert_eq!(found(&lineage, None).found, Found::Differs);
    let mut wrong = right;
    wrong[2] = wrong[2].map(|score| score ^ 1);
    pay(&mut lineage, wrong);
    let differs = found(&lineage, Some(&rows));
    assert_eq!(differs.found, Found::Differs);
    assert_eq!(differs.detail, format!("differ for {}", lineage.updates[1].contributor));
    pay(&mut lineage, [None; 3]);
    assert_eq!(
        found(&lineage, Some(&rows)).found,
        Found::Equal,
        "a round may end without scores"
    );
}
