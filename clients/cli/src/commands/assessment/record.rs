//! How a version was assessed, in words and as JSON.

use crate::output::{optional, ppm};
use quorate_client::policy_file::from_part;
use quorate_primitives::{
    job::{assess::Measures, AssessOutcome},
    version::AssessmentRecord,
};
use serde_json::{json, Value};

/// A loss counts in units of 2^−20.
const UNITS: f64 = (1u32 << 20) as f64;

/// The lines of a version's assessment, below its others.
pub fn print_record(record: &AssessmentRecord) {
    for (name, text) in lines(record) {
        println!("  {name:<13} {text}");
    }
}

/// The measures in a column of a table.
pub fn short(record: Option<&AssessmentRecord>) -> String {
    match record.map(|record| (record, measures(record))) {
        None => "-".into(),
        Some((_, Some(it))) => format!(
            "{:.3}, loss {:.4} ({})",
            from_part(it.correct),
            loss(it.loss),
            change(&it)
        ),
        Some((record, None)) => why(record).into(),
    }
}

/// Numbers as people have them, beside what the chain keeps.
pub fn document(record: &AssessmentRecord) -> Value {
    let mut document = crate::output::json_of(record);
    if let (Some(it), Some(fields)) = (measures(record), document.as_object_mut()) {
        let numbers = json!({
            "sets": it.sets,
            "meanLossBefore": loss(it.loss_before),
            "meanLoss": loss(it.loss),
            "increase": loss(it.increase),
            "accuracyBefore": from_part(it.correct_before),
            "accuracy": from_part(it.correct),
        });
        fields.insert("numbers".into(), numbers);
    }
    document
}

fn measures(record: &AssessmentRecord) -> Option<Measures> {
    match record.outcome {
        Some(AssessOutcome::Done { measures, .. }) => Some(measures),
        _ => None,
    }
}

fn loss(units: i32) -> f64 {
    f64::from(units) / UNITS
}

fn change(measures: &Measures) -> String {
    format!("{:+.4}", loss(measures.increase))
}

/// Why there are no measures.
fn why(record: &AssessmentRecord) -> &'static str {
    match record.outcome {
        None => "no quorum agreed",
        Some(AssessOutcome::Unfit) => {
            "unfit: program, data sets and version do not fit, or too few operations were paid for"
        }
        Some(AssessOutcome::Done { .. }) => "done",
    }
}

fn lines(record: &AssessmentRecord) -> Vec<(&'static str, String)> {
    let passed = match record.passed {
        true => "passed",
        false => "not passed",
    };
    let mut lines = vec![("assessed", format!("block {}, {passed}", record.block))];
    match record.outcome {
        Some(AssessOutcome::Done {
            measures: it,
            counted,
            detail,
            detail_len,
            scores,
        }) => {
            lines.push((
                "mean loss",
                format!(
                    "{:.6}, before {:.6}, growth {}",
                    loss(it.loss),
                    loss(it.loss_before),
                    change(&it)
                ),
            ));
            lines.push((
                "correct",
                format!("{} of the rows, before {}", ppm(it.correct), ppm(it.correct_before)),
            ));
            lines.push((
                "data sets",
                format!("{}, {} of them sealed shards", it.sets, counted.count_ones()),
            ));
            lines.push((
                "scores",
                match scores {
                    Some(_) => "by what updates improve".into(),
                    None => "none by the assessment".into(),
                },
            ));
            lines.push(("found", format!("{detail:?} ({detail_len} bytes)")));
        }
        None | Some(AssessOutcome::Unfit) => lines.push(("measures", why(record).into())),
    }
    lines.push(("assessed by", optional(record.job, |job| format!("job {job:?}"))));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_primitives::{JobId, Root};

    fn record(outcome: Option<AssessOutcome>) -> AssessmentRecord {
        AssessmentRecord {
            job: Some(JobId::zero()),
            outcome,
            passed: outcome.is_some(),
            block: 9,
        }
    }

    #[test]
    fn measures_should_be_said_in_people_s_units() {
        let measures = Measures {
            sets: 5,
            loss_before: 1 << 20,
            loss: 1 << 19,
            increase: -(1 << 19),
            correct_before: 500_000,
            correct: 912_500,
        };
        let done = record(Some(AssessOutcome::Done {
            measures,
            counted: 0b1011,
            detail: Root::zero(),
            detail_len: 7,
            scores: None,
        }));
        let said = format!("{:?}", lines(&done));
        for wanted in [
            "passed",
            "0.500000, before 1.000000, growth -0.5000",
            "0.912 of the rows",
            "5, 3 of them",
            "\"job 0x00",
        ] {
            assert!(said.contains(wanted), "{said} does not say {wanted:?}");
        }
        assert_eq!(short(Some(&done)), "0.912, loss 0.5000 (-0.5000)");
        let numbers = &document(&done)["numbers"];
        assert_eq!(
            (numbers["accuracy"].as_f64(), numbers["increase"].as_f64()),
            (Some(0.9125), Some(-0.5))
        );
    }

    #[test]
    fn version_without_measures_should_be_said_to_have_none() {
        assert_eq!(short(None), "-");
        assert_eq!(short(Some(&record(None))), "no quorum agreed");
        assert!(short(Some(&record(Some(AssessOutcome::Unfit)))).starts_with("unfit"));
        assert!(document(&record(None)).get("numbers").is_none());
    }
}
