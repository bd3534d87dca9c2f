//! What Prometheus is shown.

use super::*;
use crate::service::readiness::Validator;
use substrate_prometheus_endpoint::prometheus::TextEncoder;

fn shown(registry: &Registry) -> String {
    TextEncoder::new().encode_to_string(&registry.gather()).unwrap()
}

#[test]
fn what_the_gadget_reports_should_be_shown_and_counters_only_rise() {
    let registry = Registry::new();
    let node = Node::register(&registry).unwrap();
    let report = Report {
        connected: true,
        restarts: 3,
        latency: Some(Duration::from_millis(250)),
        jobs: BTreeMap::from([("computing", 2)]),
        submitted: BTreeMap::from([("vote", 7)]),
        abstained: BTreeMap::from([("commit", 1)]),
        spot_checks: BTreeMap::from([("same", 9), ("other", 1)]),
        verdicts: BTreeMap::from([("agreed".to_owned(), 4)]),
        sealed: 5,
        ..Report::default()
    };
    let state = State {
        alone: true,
        finality_lag: 2,
        validator: Some(Validator {
            released: true,
            lost: 4,
            worker: None,
        }),
        ..State::default()
    };
    node.set(&report, &state);
    node.set(&report, &state);
    let text = shown(&registry);
    for line in [
        "quorate_ready 1",
        "quorate_finality_lag_blocks 2",
        "quorate_own_blocks_lost 4",
        "quorate_worker_connected 1",
        "quorate_worker_restarts_total 3",
        "quorate_worker_link_seconds 0.25",
        "quorate_jobs{doing=\"computing\"} 2",
        "quorate_jobs{doing=\"revealing\"} 0",
        "quorate_statements_total{kind=\"vote\"} 7",
        "quorate_abstentions_total{kind=\"commit\"} 1",
        "quorate_spot_checks_total{found=\"other\"} 1",
        "quorate_own_verdicts_total{verdict=\"agreed\"} 4",
        "quorate_journal_entries 5",
    ] {
        assert!(text.lines().any(|shown| shown == line), "{line}\n{text}");
    }
}

#[test]
fn rounds_should_be_counted_by_phase_and_their_phases_measured() {
    let registry = Registry::new();
    let rounds = Rounds::register(&registry).unwrap();
    rounds.moved(&RoundPhase::Computing, &RoundPhase::Scoring { until: 9 }, 12);
    rounds.moved(&RoundPhase::Collecting { until: 3 }, &RoundPhase::Aborted, 30);
    rounds.open(std::iter::empty());
    rounds.judged("5Grw", "wrong");
    let text = shown(&registry);
    for line in [
        "quorate_round_phase_blocks_sum{phase=\"computing\"} 12",
        "quorate_round_phase_blocks_count{phase=\"collecting\"} 1",
        "quorate_rounds_ended_total{end=\"aborted\"} 1",
        "quorate_rounds{phase=\"computing\"} 0",
        "quorate_verdicts_total{validator=\"5Grw\",verdict=\"wrong\"} 1",
    ] {
        assert!(text.lines().any(|shown| shown == line), "{line}\n{text}");
    }
}

#[test]
fn readme_should_list_every_metric() {
    let registry = Registry::new();
    let node = Node::register(&registry).unwrap();
    let rounds = Rounds::register(&registry).unwrap();
    let report = Report {
        submitted: BTreeMap::from([("vote", 1)]),
        refused: BTreeMap::from([("vote", 1)]),
        abstained: BTreeMap::from([("vote", 1)]),
        verdicts: BTreeMap::from([("agreed".to_owned(), 1)]),
        ..Report::default()
    };
    node.set(&report, &State::default());
    rounds.moved(&RoundPhase::Computing, &RoundPhase::Failed, 1);
    rounds.open(std::iter::empty());
    rounds.judged("5Grw", "wrong");
    let readme = include_str!("../../../README.md");
    for family in registry.gather() {
        let name = family.get_name();
        assert!(readme.contains(&format!("`{name}`")), "{name} is not in the README");
    }
}
