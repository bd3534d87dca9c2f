//! What is tried, and what came of it.

use crate::attack::Attack;
use quorate_exact::Pipeline;

/// What is tried.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    pub pipeline: Pipeline,
    pub attack: Attack,
    /// How many are hostile: the last ones, whole organisations where it is an even number.
    pub hostile: usize,
}

/// What came of it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Outcome {
    /// On the held-out rows, after each round.
    pub accuracies: Vec<f64>,
    /// Updates that were refused at the door, the honest ones of a ruined model included.
    pub refused: u32,
    /// Rounds that had too few updates, or whose result was no number: the version stayed.
    pub aborted: u32,
}

impl Outcome {
    /// At the end.
    pub fn accuracy(&self) -> f64 {
        self.accuracies.last().copied().unwrap_or_default()
    }
}
