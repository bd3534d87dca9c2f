//! What holds for any bytes that are taken for the detail of an assessment; the fuzz target has the same check.

use quorate_evaluation::assessment::AssessmentDetail;

/// What is read is written in the same bytes, and its parts fit together.
pub fn assessment(bytes: &[u8]) {
    let detail = match AssessmentDetail::decode(bytes) {
        Ok(detail) => detail,
        Err(error) => return assert!(error.to_string().len() < 1_000),
    };
    assert!(AssessmentDetail::begins(bytes));
    assert_eq!(detail.encode(), bytes);
    assert!(detail.scores.iter().all(|&score| score <= 1_000_000));
    assert!(detail.sets.len() <= 17 && detail.players.len() <= 1_024);
    detail.counted();
}
