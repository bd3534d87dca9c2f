//! The member `assessment`.

use super::{
    members::{self, Named},
    units::{from_increase, from_part, increase, part, ANY_INCREASE},
};
use crate::policy::{shard_blocks, RATE};
use quorate_primitives::{
    policy::{Assessment, Contribution, Gate},
    ArtifactId,
};
use serde_json::{json, Value};

/// Instead of a number of operations.
const AUTO: &str = "auto";
const NAME: &str = "assessment";
const GATE: &str = "assessment: gate";

/// What it says, and whether the operations are to be counted.
pub fn read(value: &Value) -> Result<(Assessment, bool), String> {
    members::unknown(Named(NAME, value), &template())?;
    if !value.is_object() {
        return Err(format!("{NAME} is an object"));
    }
    let program = artifact("program", &value["program"])?.ok_or("assessment: program is missing")?;
    let (operations, uncounted) = operations(&value["operations"])?;
    let read = Assessment {
        program,
        benchmark: artifact("benchmark", &value["benchmark"])?,
        operations,
        gate: gate(&value["gate"])?,
        contribution: match &value["contribution"] {
            Value::Null => None,
            given => Some(members::read(
                Named("assessment: contribution", given),
                &usual(quorate_primitives::policy::assessment::MIN_SHARD_ROWS),
            )?),
        },
    };
    Ok((read, uncounted))
}

pub fn write(assessment: &Assessment, uncounted: bool) -> Value {
    let Assessment {
        program,
        benchmark,
        operations,
        gate,
        contribution,
    } = assessment;
    let gate = gate.as_ref().map(
        |gate| json!({ "max_increase": from_increase(gate.max_increase), "min_correct": from_part(gate.min_correct) }),
    );
    json!({
        "program": program,
        "benchmark": benchmark,
        "operations": if uncounted { json!(AUTO) } else { json!(operations) },
        "gate": gate,
        "contribution": contribution,
    })
}

/// What a contribution begins with.
pub fn usual(rows: u32) -> Contribution {
    let (max_suppliers, max_len) = (8, 64 << 20);
    let blocks = shard_blocks(max_len, max_suppliers, RATE);
    Contribution {
        min_suppliers: quorate_primitives::policy::assessment::MIN_SUPPLIERS,
        max_suppliers,
        min_rows: rows,
        max_rows: rows.saturating_mul(2),
        max_len,
        reveal: blocks,
        vote: blocks,
        claimed_weights: false,
    }
}

/// All members there are.
fn template() -> Value {
    let all = Assessment {
        program: 0,
        benchmark: None,
        operations: 1,
        gate: Some(Gate {
            max_increase: 0,
            min_correct: 0,
        }),
        contribution: Some(usual(0)),
    };
    write(&all, false)
}

fn artifact(member: &str, value: &Value) -> Result<Option<ArtifactId>, String> {
    let number = || value.as_u64().and_then(|number| ArtifactId::try_from(number).ok());
    match value {
        Value::Null => Ok(None),
        _ => number()
            .map(Some)
            .ok_or_else(|| format!("{NAME}: {member} is the number of an artifact, and not {value}")),
    }
}

fn operations(value: &Value) -> Result<(u64, bool), String> {
    match value {
        // Any number that a policy may have.
        Value::String(text) if text == AUTO => Ok((1, true)),
        _ => value.as_u64().map(|operations| (operations, false)).ok_or_else(|| {
            format!("{NAME}: operations is {AUTO:?}, or a number of thousands of millions, and not {value}")
        }),
    }
}

fn gate(value: &Value) -> Result<Option<Gate>, String> {
    if value.is_null() {
        return Ok(None);
    }
    let members = value.as_object().ok_or_else(|| format!("{GATE} is an object"))?;
    if members.is_empty() {
        return Err(format!("{GATE} has max_increase, min_correct, or both"));
    }
    // Who leaves one away lets every version pass it.
    let number = |member: &str, read: fn(f64) -> Result<u32, String>, otherwise: u32| match &value[member] {
        Value::Null => Ok(otherwise),
        Value::Number(number) => {
            let read = read(number.as_f64().unwrap_or(f64::NAN));
            read.map_err(|error| format!("{GATE}: {member}: {error}"))
        }
        other => Err(format!("{GATE}: {member} is a number, and not {other}")),
    };
    Ok(Some(Gate {
        max_increase: number("max_increase", increase, ANY_INCREASE)?,
        min_correct: number("min_correct", part, 0)?,
    }))
}
