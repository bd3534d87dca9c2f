//! What a policy asks of versions, in words.

use crate::output::tokens;
use quorate_client::policy_file::{from_increase, from_part, ANY_INCREASE};
use quorate_primitives::{
    policy::{Assessment, Contribution, Gate},
    Balance,
};

/// The lines of a model's assessment, and what one costs.
pub fn print_rules(assessment: &Assessment, fee: Option<Balance>) {
    let fee = fee.map(|fee| ("costs", format!("{} for each round, beside its reward", tokens(fee))));
    for (name, text) in lines(assessment).into_iter().chain(fee) {
        println!("  {name:<12} {text}");
    }
}

fn lines(assessment: &Assessment) -> Vec<(&'static str, String)> {
    let Assessment {
        program,
        benchmark,
        operations,
        gate,
        contribution,
    } = assessment;
    let on = benchmark.map_or_else(String::new, |data| format!(" on artifact {data}"));
    let by = format!("by artifact {program}{on}, at most {operations} thousand million operations");
    let mut lines = vec![("assessment", by)];
    lines.extend(gate.as_ref().map(|gate| ("gate", self::gate(gate))));
    lines.extend(
        contribution
            .as_ref()
            .map(|rules| ("paid by", self::contribution(rules))),
    );
    lines
}

fn gate(gate: &Gate) -> String {
    let grows = match gate.max_increase {
        ANY_INCREASE.. => "the mean loss may grow".into(),
        0 => "the mean loss does not grow".into(),
        units => format!("the mean loss grows by at most {}", from_increase(units)),
    };
    match gate.min_correct {
        0 => grows,
        part => format!("{grows}; at least {} of the rows are right", from_part(part)),
    }
}

fn contribution(rules: &Contribution) -> String {
    let Contribution {
        min_suppliers,
        max_suppliers,
        min_rows,
        max_rows,
        max_len,
        reveal,
        vote,
        claimed_weights,
    } = rules;
    let weights = match claimed_weights {
        true => "claimed weights count",
        false => "claimed weights do not count",
    };
    format!(
        "what updates improve on {min_suppliers} to {max_suppliers} sealed shards of {min_rows} to {max_rows} rows and at most {max_len} \
         bytes, revealed for {reveal} blocks and voted on for {vote}; {weights}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_client::policy_file;

    #[test]
    fn gate_should_be_said_in_people_s_units() {
        let of = |max_increase, min_correct| {
            gate(&Gate {
                max_increase,
                min_correct,
            })
        };
        assert_eq!(of(1 << 19, 0), "the mean loss grows by at most 0.5");
        assert_eq!(
            of(0, 900_000),
            "the mean loss does not grow; at least 0.9 of the rows are right"
        );
        assert_eq!(
            of(ANY_INCREASE, 1),
            "the mean loss may grow; at least 0.000001 of the rows are right"
        );
    }

    #[test]
    fn all_that_is_asked_for_should_be_said() {
        let assessment = Assessment {
            program: 3,
            benchmark: Some(4),
            operations: 12,
            gate: None,
            contribution: Some(policy_file::contribution(1_000)),
        };
        let said = lines(&assessment);
        assert_eq!(
            said[0].1,
            "by artifact 3 on artifact 4, at most 12 thousand million operations"
        );
        assert!(
            said[1].1.contains("4 to 8 sealed shards of 1000 to 2000 rows"),
            "{said:?}"
        );
    }
}
