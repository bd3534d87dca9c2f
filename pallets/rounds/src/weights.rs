//! Weights.
pub trait WeightInfo {}
impl WeightInfo for () {}
