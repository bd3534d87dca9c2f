//! Tables as Markdown, and every run as a line of CSV.

use std::fmt::Write;

use crate::{
    attack::Attack,
    case::Outcome,
    suite::{Row, Suite, Table},
};

/// How far below the reference a pipeline may fall, in points.
const GOAL: f64 = 2.0;

/// Mean and spread of accuracies, in percent.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Summary {
    pub mean: f64,
    /// The standard deviation over n − 1; 0 of a single run.
    pub spread: f64,
    pub least: f64,
}

impl Summary {
    pub fn of(outcomes: &[Outcome]) -> Self {
        let percent: Vec<f64> = outcomes.iter().map(|outcome| 100.0 * outcome.accuracy()).collect();
        let n = percent.len().max(1) as f64;
        let mean = percent.iter().sum::<f64>() / n;
        let squares: f64 = percent.iter().map(|x| (x - mean).powi(2)).sum();
        Self {
            mean,
            spread: (squares / (n - 1.0).max(1.0)).sqrt(),
            least: percent.iter().copied().fold(f64::INFINITY, f64::min),
        }
    }
}

/// The attack under which a row is worst, and how it then ends.
pub fn worst(row: &Row, attacks: &[Attack]) -> Option<(Attack, Summary)> {
    let cells = row.cells.as_ref().ok()?.iter().map(|cell| Summary::of(cell));
    let by_mean = |a: &(Attack, Summary), b: &(Attack, Summary)| a.1.mean.total_cmp(&b.1.mean);
    attacks.iter().copied().zip(cells).min_by(by_mean)
}

/// The largest distance in points, of all attacks and seeds, between a run and the reference of the same seed.
fn largest_gap(cells: &[Vec<Outcome>], reference: &[Outcome]) -> f64 {
    let gap = |(run, reference): (&Outcome, &Outcome)| 100.0 * (reference.accuracy() - run.accuracy());
    let gaps = cells.iter().flat_map(|cell| cell.iter().zip(reference).map(gap));
    gaps.fold(f64::NEG_INFINITY, f64::max)
}

/// The whole document.
pub fn markdown(suite: &Suite, tables: &[Table]) -> String {
    let mut text = String::new();
    let seeds = format!("{} to {}", suite.seeds.start, suite.seeds.end - 1);
    let _ = writeln!(
        text,
        "# Attacks on the digits task\n\n\
         Made by `scripts/attacks.sh`; every run is a line of `attacks.csv`. Accuracy on the 360 held-out rows after {} rounds, in percent: \
         mean ± standard deviation over seeds {seeds}.\n\
         *Worst* is the attack with the lowest mean, *gap* its distance in points from the reference, the weighted mean of the honest \
         contributors alone; *one seed* the largest distance of a \
         single run from the reference of its seed.\nThe pipelines tolerate as many as are hostile; a column \"none\" shows what that costs when all are honest. \
         [../aggregation.md](../aggregation.md) says what follows.",
        suite.rounds
    );
    tables.iter().for_each(|table| section(&mut text, suite, table));
    text
}

fn section(text: &mut String, suite: &Suite, table: &Table) {
    let setting = &table.setting;
    let percent = 100 * setting.hostile / setting.contributors;
    let reference = Summary::of(&table.reference);
    let _ = writeln!(
        text,
        "\n## {} of {} hostile ({percent} %)\n\nReference, the honest alone: **{}** (lowest {:.1}).\n",
        setting.hostile,
        setting.contributors,
        cell(&reference),
        reference.least
    );
    let names: Vec<String> = suite.attacks.iter().map(|attack| attack.to_string()).collect();
    let _ = writeln!(text, "| pipeline | worst | gap | one seed | {} |", names.join(" | "));
    let _ = writeln!(text, "|---|---|---|---|{}", "---|".repeat(names.len()));
    table.rows.iter().for_each(|row| line(text, suite, row, table));
    let good = within_goal(suite, table);
    let _ = writeln!(
        text,
        "\nWithin {GOAL} points of the reference under every attack: {}.",
        if good.is_empty() {
            "none".into()
        } else {
            good.join("; ")
        }
    );
}

fn line(text: &mut String, suite: &Suite, row: &Row, table: &Table) {
    let line = match (&row.cells, worst(row, &suite.attacks)) {
        (Ok(all), Some((attack, worst))) => {
            let cells: Vec<String> = all.iter().map(|outcomes| cell(&Summary::of(outcomes))).collect();
            let gap = Summary::of(&table.reference).mean - worst.mean;
            let largest = largest_gap(all, &table.reference);
            format!(
                "{:.1} ({attack}) | {gap:.1} | {largest:.1} | {}",
                worst.mean,
                cells.join(" | ")
            )
        }
        (Err(why), _) => format!("cannot run: {why} | | |{}", " |".repeat(suite.attacks.len() - 1)),
        (Ok(_), None) => String::new(),
    };
    let _ = writeln!(text, "| {} | {line} |", row.name);
}

/// The pipelines that reach the goal, nearest to the reference first.
fn within_goal(suite: &Suite, table: &Table) -> Vec<String> {
    let reference = Summary::of(&table.reference).mean;
    let gaps = table.rows.iter().filter_map(|row| {
        let (_, worst) = worst(row, &suite.attacks)?;
        Some((reference - worst.mean, row.name))
    });
    let mut good: Vec<(f64, &str)> = gaps.filter(|(gap, _)| *gap <= GOAL).collect();
    good.sort_by(|a, b| a.0.total_cmp(&b.0));
    good.into_iter()
        .map(|(gap, name)| format!("{name} ({gap:.1})"))
        .collect()
}

fn cell(summary: &Summary) -> String {
    format!("{:.1} ± {:.1}", summary.mean, summary.spread)
}

/// Every run.
pub fn csv(suite: &Suite, tables: &[Table]) -> String {
    let mut text = String::from("contributors,hostile,pipeline,attack,seed,accuracy,refused,aborted\n");
    for table in tables {
        let mut lines = |name: &str, attack: Attack, outcomes: &[Outcome]| {
            for (seed, outcome) in suite.seeds.clone().zip(outcomes) {
                let _ = writeln!(
                    text,
                    "{},{},\"{name}\",{attack},{seed},{:.4},{},{}",
                    table.setting.contributors,
                    table.setting.hostile,
                    outcome.accuracy(),
                    outcome.refused,
                    outcome.aborted
                );
            }
        };
        lines("reference", Attack::Absent, &table.reference);
        for row in &table.rows {
            let cells = row.cells.iter().flatten();
            suite
                .attacks
                .iter()
                .zip(cells)
                .for_each(|(attack, cell)| lines(row.name, *attack, cell));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::Setting;

    fn outcome(accuracy: f64) -> Outcome {
        Outcome {
            accuracies: vec![0.1, accuracy],
            ..Outcome::default()
        }
    }

    #[test]
    fn mean_spread_and_least_should_be_those_done_by_hand() {
        let summary = Summary::of(&[outcome(0.9), outcome(0.8), outcome(1.0)]);
        assert!((summary.mean - 90.0).abs() < 1e-9 && (summary.spread - 10.0).abs() < 1e-9);
        assert_eq!(summary.least, 80.0);
        assert_eq!(Summary::of(&[outcome(0.5)]).spread, 0.0);
    }

    fn tiny() -> Suite {
        Suite {
            settings: vec![Setting {
                contributors: 10,
                hostile: 2,
                only: ["mean", "Bulyan", "NNM, trimmed mean"].map(String::from).into(),
            }],
            attacks: vec![Attack::None, Attack::Reversed { factor: -5.0 }],
            seeds: 1..3,
            rounds: 2,
        }
    }

    #[test]
    fn tiny_suite_should_become_text() {
        let suite = tiny();
        let tables = suite.run(|_, _| ()).unwrap();
        let table = &tables[0];
        assert_eq!((table.reference.len(), table.rows.len()), (2, 3));
        let (attack, low) = worst(&table.rows[0], &suite.attacks).unwrap();
        assert_eq!(attack, Attack::Reversed { factor: -5.0 });
        let (_, robust) = worst(&table.rows[2], &suite.attacks).unwrap();
        assert!(robust.mean > low.mean + 20.0, "{low:?} {robust:?}");
        let text = markdown(&suite, &tables);
        assert!(
            text.contains("| Bulyan | cannot run: with 10 updates, rule: 10 rows; at least 11 are needed"),
            "{text}"
        );
        let columns: Vec<usize> = text
            .lines()
            .filter(|l| l.starts_with('|'))
            .map(|l| l.matches('|').count())
            .collect();
        assert_eq!(columns, [7; 5], "{text}");
        // A header, two runs of the reference, two pipelines that can run, two attacks, two seeds.
        assert_eq!(csv(&suite, &tables).lines().count(), 1 + 2 + 2 * 2 * 2);
        // Threads finish in any order; the table does not depend on it.
        assert_eq!(markdown(&suite, &suite.run(|_, _| ()).unwrap()), text);
    }

    #[test]
    fn goal_should_count_the_worst_attack() {
        let suite = tiny();
        let row = |name, a, b| Row {
            name,
            cells: Ok(vec![vec![outcome(a)], vec![outcome(b)]]),
        };
        let table = Table {
            setting: suite.settings[0].clone(),
            reference: vec![outcome(0.95)],
            rows: vec![
                row("weak", 0.95, 0.92),
                row("good", 0.94, 0.935),
                row("best", 0.96, 0.95),
            ],
        };
        assert_eq!(within_goal(&suite, &table), ["best (0.0)", "good (1.5)"]);
    }
}
