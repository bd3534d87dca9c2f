//! How much of an update is only the rounding of 16-bit weights.

use crate::element::{is_narrow, spacing};
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
    /// Takes a weight of this type and its difference to the base's.
    pub(crate) fn add(&mut self, dtype: Dtype, new: f64, difference: f64) {
        self.all += 1;
        self.changed += u64::from(difference != 0.0);
        self.signal += difference * difference;
        if is_narrow(dtype) {
            // The error of rounding is spread evenly over one step: its variance is a twelfth of the step's square.
            self.noise += spacing(dtype, new).powi(2) / 12.0;
            self.dtype = Some(dtype);
        }
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
