//! Why an operation has no result.

use core::fmt;

/// The end of a run. `NaN`, `Index` and `Range` follow from values, so that a run is needed to find them; the others from shapes
/// and parameters alone. No operation can have two of the first three.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// A tensor holds a value that is not a number: an input, or the result of an invalid operation such as ∞ ⊖ ∞, of a
    /// function outside its domain, of a Softmax whose elements are all masked.
    NaN,
    /// An index lies outside its axis.
    Index {
        /// The index found.
        index: i64,
        /// The number of places.
        size: usize,
    },
    /// A number that the target type of a Cast does not have.
    Range,
    /// A shape with a dimension of 0, with more than 2^31 − 1 elements, or with more than 8 axes.
    Size,
    /// Another number of values than the shape has.
    Length {
        /// Elements of the shape.
        expected: usize,
        /// Values given.
        got: usize,
    },
    /// A tensor has another number of axes than the operation takes.
    Rank {
        /// Axes that the operation takes, or its least number of them.
        expected: usize,
        /// Axes of the tensor.
        got: usize,
    },
    /// There is no such axis, or it is named twice.
    Axis {
        /// The axis.
        axis: usize,
        /// Axes of the tensor.
        rank: usize,
    },
    /// Dimensions of two tensors do not fit each other.
    Dimension {
        /// The dimension that would fit.
        expected: usize,
        /// The dimension found.
        got: usize,
    },
    /// A parameter has a value that the operation does not take.
    Parameter(&'static str),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NaN => f.write_str("a value is not a number"),
            Self::Index { index, size } => write!(f, "index {index} lies outside an axis of {size}"),
            Self::Range => f.write_str("a number does not fit the type that it is cast to"),
            Self::Size => f.write_str("a shape has a dimension of 0, more than 2^31 − 1 elements or more than 8 axes"),
            Self::Length { expected, got } => write!(f, "{got} values; the shape has {expected} elements"),
            Self::Rank { expected, got } => write!(f, "a tensor has {got} axes; {expected} were expected"),
            Self::Axis { axis, rank } => write!(f, "axis {axis} is named twice or not one of {rank}"),
            Self::Dimension { expected, got } => write!(f, "a dimension is {got}; {expected} would fit"),
            Self::Parameter(name) => write!(f, "the operation does not take this value of {name}"),
        }
    }
}

impl core::error::Error for Fault {}
