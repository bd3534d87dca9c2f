use super::*;
use quorate_primitives::policy::Gate;
use serde_json::json;

fn assessed(assessment: Value) -> Result<Draft, String> {
    let mut file = to_value(&crate::policy::standard(Rule::Median, 10).into());
    file[ASSESSMENT] = assessment;
    from_text(&file.to_string())
}

fn gate(gate: Value) -> Result<Gate, String> {
    let read = assessed(json!({ "program": 0, "benchmark": 1, "operations": 9, "gate": gate }))?;
    read.policy.assessment.and_then(|it| it.gate).ok_or("no gate".into())
}

#[test]
fn what_is_written_should_be_read_as_the_same() {
    let mut policy = crate::policy::standard(Rule::Median, 10);
    assert_eq!(from_text(&to_value(&policy.into()).to_string()), Ok(policy.into()));
    let mut state = 7u32;
    for number in 0..2_000 {
        // Numbers of all sizes.
        state = state.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
        policy.max_weight = 1;
        policy.assessment = Some(Assessment {
            program: state,
            benchmark: (number % 2 == 0).then_some(3),
            operations: u64::from(state) << 30 | 1,
            gate: Some(Gate {
                max_increase: (state % ((32 << 20) + 1)) >> (number % 25),
                min_correct: state % 1_000_001,
            }),
            contribution: (number % 3 == 0).then(|| contribution(1_000)),
        });
        for draft in [policy.into(), Draft::uncounted(policy)] {
            let read = from_text(&to_value(&draft).to_string()).unwrap();
            assert_eq!(read.with_operations(5), draft.with_operations(5));
            assert_eq!(read.to_count().is_some(), draft.to_count().is_some());
        }
    }
}

#[test]
fn people_s_units_should_be_converted_exactly() {
    // 0.05 · 2^20 = 52428.8: a growth of 52428 units is allowed, one of 52429 is not.
    let read = gate(json!({ "max_increase": 0.05, "min_correct": 0.9 })).unwrap();
    assert_eq!((read.max_increase, read.min_correct), (52_428, 900_000));
    for (correct, millionths) in [
        (0.0, 0),
        (1.0, 1_000_000),
        (0.000001, 1),
        (0.3, 300_000),
        (0.7, 700_000),
    ] {
        assert_eq!(part(correct), Ok(millionths));
    }
    for (loss, units) in [(0.0, 0), (0.5, 1 << 19), (32.0, 32 << 20)] {
        assert_eq!(increase(loss), Ok(units));
    }
    // Each alone: the other lets everything pass.
    let read = gate(json!({ "min_correct": 0.5 })).unwrap();
    assert_eq!((read.max_increase, read.min_correct), (32 << 20, 500_000));
    let read = gate(json!({ "max_increase": 1 })).unwrap();
    assert_eq!((read.max_increase, read.min_correct), (1 << 20, 0));
}

#[test]
fn what_is_wrong_should_be_named() {
    let with = |member: &str, value: Value| {
        let mut all = json!({ "program": 0, "benchmark": 1, "operations": 9, "gate": { "max_increase": 0.1 } });
        all[member] = value;
        assessed(all).unwrap_err()
    };
    let contribution = |member: &str, value: Value| {
        let mut all = serde_json::to_value(contribution(1_000)).unwrap();
        all[member] = value;
        with("contribution", all)
    };
    for (error, named) in [
        (with("program", json!("digits")), "assessment: program is the number"),
        (with("program", json!(null)), "assessment: program is missing"),
        (with("benchmark", json!(-1)), "assessment: benchmark"),
        (with("operations", json!("many")), "assessment: operations is \"auto\""),
        (with("gates", json!(1)), "no member \"gates\""),
        (with("gate", json!({})), "max_increase, min_correct, or both"),
        (
            with("gate", json!({ "max_increase": 52_428 })),
            "max_increase: 52428 is no growth",
        ),
        (with("gate", json!({ "max_increase": -0.1 })), "gate: max_increase"),
        (
            with("gate", json!({ "min_correct": 900_000 })),
            "min_correct: 900000 is no part",
        ),
        (
            with("gate", json!({ "min_correct": 0.9000001 })),
            "min_correct: 0.9000001",
        ),
        (with("gate", json!({ "min_correct": "0.9" })), "min_correct is a number"),
        (
            with("gate", json!({ "least_correct": 0.9 })),
            "assessment: gate has no member",
        ),
        (
            contribution("min_rows", json!("all")),
            "assessment: contribution: min_rows",
        ),
        (contribution("rows", json!(3)), "assessment: contribution has no member"),
    ] {
        assert!(error.contains(named), "{error:?} does not name {named:?}");
    }
}

#[test]
fn what_a_policy_does_not_have_should_be_refused() {
    let mut file = to_value(&crate::policy::standard(Rule::Median, 10).into());
    file["deadlines"]["collect"] = json!("soon");
    assert!(from_text(&file.to_string()).unwrap_err().contains("deadlines"));
    file["deadlines"]["collect"] = json!(300);
    file["deadlines"]["vot"] = json!(30);
    let error = from_text(&file.to_string()).unwrap_err();
    assert!(error.contains("the policy: deadlines has no member \"vot\""), "{error}");
    assert!(from_text("[]").is_err() && from_text("{").is_err());
    // A file from before there were assessments.
    let mut old = to_value(&crate::policy::standard(Rule::Median, 10).into());
    old.as_object_mut().unwrap().remove(ASSESSMENT);
    assert!(from_text(&old.to_string()).unwrap().policy().assessment.is_none());
}
