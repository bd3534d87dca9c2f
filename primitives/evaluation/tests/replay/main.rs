//! The corpus of the fuzz target for details of assessments, replayed and spoilt.

mod checks;
#[path = "../../../../fuzz/replay.rs"]
mod replay;

use quorate_evaluation::assessment::{AssessmentDetail, PlayerRecord, SetRecord, Sums, BENCHMARK};

fn set(place: u8) -> SetRecord {
    let sums = |loss| Sums {
        loss,
        correct: 5,
        faults: 1,
    };
    SetRecord {
        place,
        rows: 1_200,
        counted: 1_000,
        before: sums(-7),
        after: sums(i64::MAX),
    }
}

fn player(organisation: u32, shards: usize) -> PlayerRecord {
    PlayerRecord {
        organisation,
        weight: 1 << 20,
        norm: 1 << 95,
        lambda: 1 << 31,
        share: 1 << 30,
        factor: 1 << 31,
        value: -1,
        losses: vec![(1, -1); shards],
    }
}

#[test]
fn details_of_assessments_should_be_read_as_they_are_written_or_refused() {
    let gate = AssessmentDetail::of(vec![set(BENCHMARK)]);
    let mut scored = AssessmentDetail::of(vec![set(BENCHMARK), set(0), set(3)]);
    scored.players = vec![player(1, 2), player(7, 2)];
    scored.all = vec![3, 4];
    scored.scores = vec![0, 1_000_000, 5];
    scored.selection = vec![1, 0, 1];
    let mut lengths = scored.clone();
    lengths.players[0].losses.pop();
    let seeds = [
        ("gate", gate.encode()),
        ("scored", scored.encode()),
        ("lengths", lengths.encode()),
        ("aggregation", vec![2, 0]),
    ];
    replay::run("assessment", &seeds, 50_000, checks::assessment);
}
