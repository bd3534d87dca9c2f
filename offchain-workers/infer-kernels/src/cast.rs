//! Numbers of one type as numbers of another.

use quorate_exact::infer::cast::Castable;

use crate::{
    isa::{dispatch, Isa},
    simd::Vector,
};

/// Cast: each element as one of the other type. Answers whether some number is out of its range; such a place of y is left as it was.
///
/// # Panics
/// Unless both are of one length.
#[must_use = "a number out of range ends the run"]
pub fn cast<A: Castable, B: Castable>(isa: Isa, x: &[A], y: &mut [B]) -> bool {
    assert_eq!(x.len(), y.len(), "of one length");
    dispatch!(isa, each<A: Castable, B: Castable>(x: &[A], y: &mut [B]) -> bool)
}

#[inline(always)]
fn each<V: Vector, A: Castable, B: Castable>(x: &[A], y: &mut [B]) -> bool {
    let mut beyond = false;
    for (x, y) in x.iter().zip(y) {
        match B::from_number(x.number()) {
            Some(number) => *y = number,
            None => beyond = true,
        }
    }
    beyond
}
