//! How much of an update is only the rounding of 16-bit weights.

use crate::slices::Tally;
use quorate_exact::Dtype;

/// Sums over the `train` tensors of an update that was made from weights.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rounding {
    /// The narrowest type among the weights; none where all hold f32.
    pub dtype: Option<Dtype>,
    /// Values that differ from the base's.
    pub changed: u64,
    /// All values.
    pub all: u64,
    signal: f64,
    noise: f64,
}

impl Rounding {
    /// Takes so many weights, which are of this narrow type if any, and their differences to the base's.
    pub(crate) fn add(&mut self, narrow: Option<Dtype>, count: u64, tally: &Tally) {
        self.all += count;
        self.changed += tally.changed;
        self.signal += tally.squares;
        // The error of rounding is spread evenly over one step: its variance is a twelfth of the step's square.
        self.noise += tally.steps / 12.0;
        self.dtype = narrow.or(self.dtype);
    }

    /// The length that rounding alone would give the update, as a part of its length; none where nothing was rounded.
    pub fn share(&self) -> Option<f64> {
        self.dtype?;
        match self.signal > 0.0 {
            true => Some((self.noise / self.signal).sqrt().min(1.0)),
            false => Some(1.0),
        }
    }
}
