//! Cast: numbers of one type as numbers of another.

use super::{
    fault::Fault,
    tensor::{Element, Tensor},
};

/// Any element's value.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Number {
    /// Of an f32.
    Float(f32),
    /// Of an integer; of a bool 0 or 1.
    Integer(i64),
}

/// What can be cast, and cast to.
pub trait Castable: Element {
    /// The value.
    fn number(self) -> Number;

    /// The element that a number becomes; none if it is out of range.
    fn from_number(number: Number) -> Option<Self>;
}

/// Cast: f32 to an integer truncates towards zero; an integer to f32 is rounded to the nearest one, ties to even; to bool all but
/// ±0 is true; bool is 0 or 1.
///
/// # Errors
/// `Range` if the target type does not have the (truncated) number.
pub fn cast<A: Castable, B: Castable>(x: &Tensor<A>) -> Result<Tensor<B>, Fault> {
    let values = x
        .data()
        .iter()
        .map(|value| B::from_number(value.number()).ok_or(Fault::Range));
    Tensor::new(x.shape().to_vec(), values.collect::<Result<_, _>>()?)
}

/// x without its fraction; none at −2^63 − 1 and below, 2^63 and above.
fn truncated(x: f32) -> Option<i64> {
    const LIMIT: f32 = 9_223_372_036_854_775_808.0;
    (-LIMIT..LIMIT).contains(&x).then_some(x as i64)
}

impl Castable for f32 {
    fn number(self) -> Number {
        Number::Float(self)
    }

    fn from_number(number: Number) -> Option<Self> {
        Some(match number {
            Number::Float(x) => x,
            Number::Integer(n) => n as f32,
        })
    }
}

impl Castable for bool {
    fn number(self) -> Number {
        Number::Integer(self.into())
    }

    fn from_number(number: Number) -> Option<Self> {
        Some(match number {
            Number::Float(x) => x != 0.0,
            Number::Integer(n) => n != 0,
        })
    }
}

macro_rules! integers {
    ($($integer:ty),*) => {
        $(impl Castable for $integer {
            fn number(self) -> Number {
                Number::Integer(self.into())
            }

            fn from_number(number: Number) -> Option<Self> {
                let whole = match number {
                    Number::Float(x) => truncated(x)?,
                    Number::Integer(n) => n,
                };
                Self::try_from(whole).ok()
            }
        })*
    };
}

integers!(i8, u8, i32, i64);
