//! Answers that are checked by one run.

use crate::batch::{blob, drawn, generate, mixed, reference, SEED};
use quorate_engine::{verify_answer, AnswerRow, Control, InferInput, Level};
use quorate_inference::Wrong;
use std::collections::HashMap;

#[test]
fn transcript_should_be_checked_by_one_run() {
    let mut batch = mixed();
    for number in 0..8 {
        batch.ask(generate(15, drawn(5.0, 30), None), &[number]);
    }
    let expected = batch.expected();
    let mut wrongs = HashMap::<String, usize>::new();
    for ((request, input), (row, bytes)) in batch.requests.iter().zip(&expected) {
        let one = InferInput {
            requests: vec![(request.clone(), blob(input))],
            ..batch.input()
        };
        let found = |row: &AnswerRow, bytes: &[u8]| {
            let checked = quorate_inference::Checked {
                request,
                input,
                seed: &SEED,
                row,
                answer: bytes,
            };
            let by = |level| verify_answer(&one, (row, bytes), (1, None, level), &Control::default()).unwrap();
            let found = by(Level::Avx512);
            assert_eq!(found, checked.verify(&batch.program, Some(&batch.tensors)));
            assert_eq!(found, by(Level::Scalar), "with portable instructions");
            found
        };
        assert_eq!(found(row, bytes), Ok(()), "{request:?}");
        // Each part of the row, and each byte of short answers.
        let spoilt = [
            AnswerRow {
                request: 1,
                ..row.clone()
            },
            AnswerRow {
                tokens: row.tokens + 1,
                ..row.clone()
            },
            AnswerRow {
                operations: row.operations ^ 1,
                ..row.clone()
            },
            AnswerRow {
                trace: [1; 32].into(),
                ..row.clone()
            },
        ];
        assert!(spoilt.iter().all(|row| found(row, bytes) == Err(Wrong::Row)));
        for at in (0..bytes.len().min(200)).step_by(7) {
            let mut other = bytes.clone();
            other[at] ^= 1;
            let row = AnswerRow {
                answer: reference(&other),
                ..row.clone()
            };
            let wrong = found(&row, &other).unwrap_err();
            *wrongs.entry(format!("{wrong:?}")).or_default() += 1;
        }
        // One token less, and one more.
        if row.tokens > 0 {
            for other in [&bytes[..bytes.len() - 4], &[&bytes[..], &[3, 0, 0, 0]].concat()] {
                let row = AnswerRow {
                    answer: reference(other),
                    ..row.clone()
                };
                assert!(found(&row, other).is_err());
            }
        }
    }
    assert!(
        wrongs.contains_key("Token(0)") && wrongs.contains_key("Answer(Salt)"),
        "{wrongs:?}"
    );
}
