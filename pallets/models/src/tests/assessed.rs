//! Gates: versions that wait for their assessment, pass, or are held.

use crate::{
    mock::*,
    types::{MAX_REVOKED, MAX_RUNS},
    Awaiting, Error, Event,
};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{
    job::assess::{AssessOutcome, Measures},
    policy::{Access, Assessment, Gate, Policy},
    traits::Models as _,
    version::{AssessmentRecord, VersionStatus},
    Hash, ModelId, VersionIndex,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn gated() -> Policy {
    let assessment = Assessment {
        program: 1,
        benchmark: Some(2),
        operations: 10,
        gate: Some(Gate {
            max_increase: 0,
            min_correct: 500_000,
        }),
        contribution: None,
    };
    Policy {
        assessment: Some(assessment),
        ..policy()
    }
}

fn assessment(passed: bool) -> AssessmentRecord {
    let measures = Measures {
        sets: 1,
        loss_before: 9,
        loss: 7,
        increase: -2,
        correct_before: 400_000,
        correct: 600_000,
    };
    AssessmentRecord {
        job: Some(Hash::repeat_byte(3)),
        outcome: Some(AssessOutcome::Done {
            measures,
            counted: 0,
            detail: root(201),
            detail_len: 9,
            scores: None,
        }),
        passed,
        block: System::block_number(),
    }
}

/// Record a version under a policy with a gate.
fn record_gated(id: ModelId, parent: VersionIndex) -> VersionIndex {
    Models::record(id, origin(parent, root(101)), &gated()).unwrap()
}

fn decide_gate(id: ModelId, version: VersionIndex, passed: bool) {
    Models::assessed(id, version, assessment(passed));
}

fn held(id: ModelId, parent: VersionIndex) -> VersionIndex {
    let version = record_gated(id, parent);
    decide_gate(id, version, false);
    version
}

fn status(id: ModelId, version: VersionIndex) -> VersionStatus {
    Models::version(id, version).unwrap().status
}

fn base(id: ModelId) -> Option<VersionIndex> {
    Models::round_base(id).map(|base| base.base)
}

fn access(id: ModelId, version: VersionIndex) -> Access {
    let all = Models::gateway_versions(id);
    all.into_iter().find(|shown| shown.version == version).unwrap().access
}

#[test]
fn version_should_be_no_base_before_it_has_passed_its_gate() {
    run(|| {
        let id = active_model();
        let version = record_gated(id, 0);
        assert_eq!((version, status(id, 1)), (1, VersionStatus::Assessing));
        assert_eq!((entry(id).latest, head(id), base(id)), (Some(1), Some(0), Some(0)));
        assert!(Models::is_clean(id, 1) && !Models::passed(id, 1));
        decide_gate(id, 1, true);
        let expected = Event::VersionAssessed {
            model: id,
            version: 1,
            assessment: assessment(true),
        };
        assert_eq!(last_event(), expected);
        assert_eq!(Models::version(id, 1).unwrap().assessment, Some(assessment(true)));
        assert_eq!(
            (status(id, 1), head(id), base(id)),
            (VersionStatus::Final, Some(1), Some(1))
        );
        assert!(Models::passed(id, 1) && !Models::passed(id, 2));
    });
}

#[test]
fn held_version_should_never_be_a_base_and_the_next_one_should_stand_beside_it() {
    run(|| {
        let id = active_model();
        assert_eq!(held(id, 0), 1);
        assert_eq!(
            (status(id, 1), head(id), base(id)),
            (VersionStatus::Held, Some(0), Some(0))
        );
        // It can still be evaluated, as any that is not revoked.
        assert!(Models::is_clean(id, 1) && Models::served(id, 1).is_some());
        assert_noop!(record(id, 1, root(9)), Error::<Test>::GateNotPassed);
        assert_eq!(record(id, 0, root(9)), Ok(2));
        assert_eq!((head(id), base(id)), (Some(2), Some(2)));
        assert_eq!(Models::round_base(id).unwrap().previous_root, Some(root(1)));
    });
}

#[test]
fn assessment_should_be_written_once() {
    run(|| {
        let id = active_model();
        held(id, 0);
        let before = System::events().len();
        decide_gate(id, 1, true);
        assert_eq!(System::events().len(), before);
        assert_eq!(status(id, 1), VersionStatus::Held);
        // Of no version at all there is none.
        Models::assessed(id, 7, assessment(true));
        Models::assessed(9, 0, assessment(true));
        assert_eq!(System::events().len(), before);
    });
}

#[test]
fn version_without_a_gate_should_stand_whatever_its_assessment_says() {
    run(|| {
        let id = active_model();
        grow(id, 1);
        decide_gate(id, 1, false);
        let kept = Models::version(id, 1).unwrap().assessment.unwrap();
        assert!(kept.passed && kept.outcome.is_some());
        assert_eq!((status(id, 1), head(id)), (VersionStatus::Final, Some(1)));
    });
}

#[test]
fn nothing_should_be_recorded_while_a_version_awaits_its_assessment() {
    run(|| {
        let id = active_model();
        record_gated(id, 0);
        assert_noop!(record(id, 0, root(9)), Error::<Test>::AwaitsAssessment);
        decide_gate(id, 1, false);
        assert_ok!(record(id, 0, root(9)));
    });
}

#[test]
fn version_should_not_be_promoted_unless_it_stands() {
    run(|| {
        let id = active_model();
        let promote = |version| Models::promote(RuntimeOrigin::root(), id, version);
        record_gated(id, 0);
        assert_noop!(promote(1), Error::<Test>::GateNotPassed);
        decide_gate(id, 1, false);
        assert_noop!(promote(1), Error::<Test>::GateNotPassed);
        record_gated(id, 0);
        decide_gate(id, 2, true);
        assert_ok!(promote(2));
    });
}

#[test]
fn gateways_should_show_what_did_not_pass_to_validators_alone() {
    run(|| {
        let id = active_model();
        record_gated(id, 0);
        assert_eq!((access(id, 0), access(id, 1)), (Access::Public, Access::Validators));
        assert!(!Models::may_read(id, 1, 5));
        decide_gate(id, 1, false);
        assert_eq!(access(id, 1), Access::Validators);
        record_gated(id, 0);
        decide_gate(id, 2, true);
        assert_eq!(access(id, 2), Access::Public);
        assert!(Models::may_read(id, 2, 5));
    });
}

#[test]
fn version_revoked_while_it_is_assessed_should_be_held_when_the_revocation_is_undone() {
    run(|| {
        let id = active_model();
        record_gated(id, 0);
        revoke(id, 1);
        assert_eq!((status(id, 1), head(id)), (VersionStatus::Revoked, Some(0)));
        // Its round ends without an assessment.
        decide_gate(id, 1, false);
        unrevoke(id, 1);
        assert_eq!((status(id, 1), head(id)), (VersionStatus::Held, Some(0)));
    });
}

#[test]
fn version_that_passes_on_a_revoked_base_should_not_become_the_head() {
    run(|| {
        let id = active_model();
        grow(id, 1);
        record_gated(id, 1);
        revoke(id, 1);
        decide_gate(id, 2, true);
        assert_eq!(head(id), Some(0));
        unrevoke(id, 1);
        assert_eq!(head(id), Some(2));
    });
}

#[test]
fn gate_should_be_decided_on_a_frozen_or_retired_model_too() {
    run(|| {
        let frozen = active_model();
        record_gated(frozen, 0);
        assert_ok!(Models::freeze(signed(OWNER), frozen));
        decide_gate(frozen, 1, true);
        assert_eq!((head(frozen), base(frozen)), (Some(1), None));
        let retired = active_model();
        record_gated(retired, 0);
        assert_ok!(Models::retire(signed(OWNER), retired));
        decide_gate(retired, 1, true);
        assert_eq!((head(retired), base(retired)), (Some(1), None));
    });
}

#[test]
fn policy_changed_meanwhile_should_not_change_what_the_version_has_to_pass() {
    run(|| {
        let id = active_model();
        assert_ok!(Models::set_policy(signed(OWNER), id, gated()));
        record_gated(id, 0);
        assert_ok!(Models::set_policy(signed(OWNER), id, policy()));
        assert_eq!((status(id, 1), head(id)), (VersionStatus::Assessing, Some(0)));
        decide_gate(id, 1, false);
        assert_eq!(status(id, 1), VersionStatus::Held);
    });
}

#[test]
fn no_new_genesis_should_be_given_while_a_version_awaits_its_assessment() {
    run(|| {
        let id = active_model();
        record_gated(id, 0);
        revoke(id, 0);
        let give = || {
            let candidate = quorate_primitives::availability::Named {
                root: root(8),
                possession: POSSESSION,
            };
            Models::do_new_genesis(id, candidate)
        };
        assert_noop!(give(), Error::<Test>::AwaitsAssessment);
        decide_gate(id, 1, false);
        assert_ok!(give());
        run_to(30);
        decide(id, quorate_primitives::availability::Finding::Held);
        assert_eq!((head(id), Awaiting::<Test>::get(id)), (Some(2), None));
    });
}

#[test]
fn many_held_versions_in_a_row_should_not_hide_clean_ones() {
    run(|| {
        let id = active_model();
        grow(id, 3);
        for _ in 0..10 * MAX_RUNS {
            held(id, 3);
        }
        revoke(id, 3);
        assert_eq!(head(id), Some(2));
        let next = record(id, 2, root(9)).unwrap();
        for _ in 0..10 * MAX_RUNS {
            held(id, next);
        }
        revoke(id, next);
        assert_eq!(head(id), Some(2));
        unrevoke(id, 3);
        assert_eq!(head(id), Some(3));
    });
}

/// What stands, by version, and what each was made from.
type Naive = Vec<(Option<VersionIndex>, bool)>;

/// Versions that stand with all their ancestors not revoked, from parents and revocations alone.
fn clean(versions: &Naive, revoked: &[VersionIndex]) -> Vec<VersionIndex> {
    let mut clean: Vec<VersionIndex> = Vec::new();
    for (version, (parent, stands)) in (0..).zip(versions) {
        let on_clean = parent.is_none_or(|parent| clean.contains(&parent));
        if *stands && on_clean && !revoked.contains(&version) {
            clean.push(version);
        }
    }
    clean
}

/// Standing versions that were not made from the standing one before them.
fn runs(versions: &Naive) -> usize {
    let (mut before, mut runs) = (None, 0);
    for (version, (parent, _)) in (0..).zip(versions).filter(|(_, (_, stands))| *stands) {
        runs += usize::from(*parent != before || before.is_none());
        before = Some(version);
    }
    runs
}

#[test]
fn head_should_be_the_newest_that_stands_and_is_clean_in_any_history_of_gates_and_revocations() {
    let first: u64 = std::env::var("QUORATE_TEST_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or_else(rand::random);
    for seed in (0..60).map(|history| first.wrapping_add(history)) {
        println!("QUORATE_TEST_SEED={seed}");
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        run(|| {
            let id = active_model();
            let mut versions: Naive = vec![(None, true)];
            let mut revoked: Vec<VersionIndex> = Vec::new();
            let mut awaiting: Option<VersionIndex> = None;
            for step in 0..80 {
                let usable = clean(&versions, &revoked);
                match random.random_range(0..10) {
                    0 | 1 if revoked.len() < MAX_REVOKED as usize => {
                        let version = random.random_range(0..versions.len() as VersionIndex);
                        if !revoked.contains(&version) {
                            revoke(id, version);
                            revoked.push(version);
                        }
                    }
                    2 | 3 if !revoked.is_empty() => {
                        let at = random.random_range(0..revoked.len());
                        unrevoke(id, revoked.swap_remove(at));
                    }
                    4..=6 if awaiting.is_some() => {
                        let version = awaiting.take().unwrap();
                        let passed = random.random_bool(0.5);
                        decide_gate(id, version, passed);
                        versions[version as usize].1 = passed;
                    }
                    n if awaiting.is_none() && !usable.is_empty() => {
                        let newest = *usable.last().unwrap();
                        let parent = match random.random_bool(0.1) {
                            true => usable[random.random_range(0..usable.len())],
                            false => newest,
                        };
                        let gate = n < 9;
                        let version = match gate {
                            true => record_gated(id, parent),
                            false => record(id, parent, root(9)).unwrap(),
                        };
                        awaiting = gate.then_some(version);
                        versions.push((Some(parent), !gate));
                    }
                    _ => {}
                }
                let usable = clean(&versions, &revoked);
                let context = format!("seed {seed}, step {step}");
                if runs(&versions) <= MAX_RUNS as usize {
                    assert_eq!(head(id), usable.last().copied(), "{context}");
                } else {
                    assert!(head(id).is_none_or(|head| usable.contains(&head)), "{context}");
                }
                Models::do_try_state().unwrap();
            }
        });
    }
}
