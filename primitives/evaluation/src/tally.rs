//! Sums over rows.

use quorate_exact::{grid::quantize, infer::Fault};
use quorate_program::Value;

use crate::fit::Fit;

/// A loss counts in units of 2^−20.
pub const SCALE: i8 = 20;
/// The largest amount of one row's loss, and that of a row whose run ended in a fault.
pub const MAX_LOSS: f32 = 16.0;
/// Bytes that are kept of each row.
pub const ROW_BYTES: usize = 5;

/// What a run answered.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Answer {
    /// The row's loss.
    pub loss: f32,
    /// Whether the model was right; false where the program does not say.
    pub correct: bool,
}

/// What a row adds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RowResult {
    /// RHE(loss · 2^20), the loss cut to −16 … 16.
    pub loss: i32,
    /// Whether the model was right.
    pub correct: bool,
    /// Whether the run ended in a fault: the loss is the largest then.
    pub fault: bool,
}

/// The sums of an evaluation.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// Rows.
    pub rows: u64,
    /// The sum of the rows' losses, in units of 2^−20.
    pub loss: i64,
    /// Rows in which the model was right.
    pub correct: u64,
    /// Rows whose run ended in a fault.
    pub faults: u64,
}

/// RHE(min(max(loss, −16), 16) · 2^20). The loss is not a NaN.
pub fn row_loss(loss: f32) -> i32 {
    // Far within the bounds of the grid.
    quantize(loss.clamp(-MAX_LOSS, MAX_LOSS).to_bits(), SCALE).unwrap_or(0)
}

impl RowResult {
    /// What a run's end adds.
    pub fn new(answer: Result<Answer, Fault>) -> Self {
        match answer {
            Ok(Answer { loss, correct }) => Self {
                loss: row_loss(loss),
                correct,
                fault: false,
            },
            Err(_) => Self {
                loss: row_loss(MAX_LOSS),
                correct: false,
                fault: true,
            },
        }
    }

    /// i32le loss, then 1 for correct, 2 for a fault, else 0. The bytes of all rows, in their order, are the detail blob.
    pub fn bytes(self) -> [u8; ROW_BYTES] {
        let [a, b, c, d] = self.loss.to_le_bytes();
        [a, b, c, d, u8::from(self.correct) | u8::from(self.fault) << 1]
    }
}

impl Tally {
    /// Adds a row. At most 2^53 rows of 2^24 do not overflow what a data set can have.
    pub fn add(&mut self, row: RowResult) {
        self.rows = self.rows.saturating_add(1);
        self.loss = self.loss.saturating_add(row.loss.into());
        self.correct = self.correct.saturating_add(row.correct.into());
        self.faults = self.faults.saturating_add(row.fault.into());
    }
}

impl Fit {
    /// A run's answer from its outputs.
    pub fn answer(&self, outputs: &[Value]) -> Option<Answer> {
        let loss = match outputs.get(self.loss()) {
            Some(Value::F32(loss)) => loss.data().first().copied()?,
            _ => return None,
        };
        let correct = match self.correct().map(|at| outputs.get(at)) {
            None => false,
            Some(Some(Value::Bool(correct))) => correct.data().first().copied()?,
            Some(_) => return None,
        };
        Some(Answer { loss, correct })
    }
}
