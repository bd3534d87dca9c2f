//! Comparisons and choices, of any type.

use crate::{
    isa::{dispatch, Isa},
    simd::Vector,
};

/// Numbers for the elements of a row.
#[derive(Clone, Copy, Debug)]
pub enum Values<'a, T> {
    /// Another for each.
    Many(&'a [T]),
    /// One for all.
    One(T),
}

impl<T: Copy> Values<'_, T> {
    pub(crate) fn check(&self, n: usize) {
        if let Self::Many(values) = self {
            assert_eq!(values.len(), n, "of one length");
        }
    }
}

/// How two numbers are compared: by value, −0 = +0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Comparison {
    /// a = b.
    Equal,
    /// a < b.
    Less,
    /// a ≤ b.
    LessOrEqual,
    /// a > b.
    Greater,
    /// a ≥ b.
    GreaterOrEqual,
}

/// What can be compared.
pub trait Comparable: Copy + PartialOrd {}

impl<T: Copy + PartialOrd> Comparable for T {}

/// y_i = whether a_i compares with b_i so.
///
/// # Panics
/// Unless all are of one length.
pub fn compare<T: Comparable>(isa: Isa, how: Comparison, a: Values<'_, T>, b: Values<'_, T>, y: &mut [bool]) {
    a.check(y.len());
    b.check(y.len());
    dispatch!(isa, compared<T: Comparable>(how: Comparison, a: Values<'_, T>, b: Values<'_, T>, y: &mut [bool]))
}

/// Where: y_i = a_i where the condition holds, else b_i.
///
/// # Panics
/// Unless all are of one length.
pub fn choose<T: Comparable>(isa: Isa, condition: &[bool], a: Values<'_, T>, b: Values<'_, T>, y: &mut [T]) {
    assert_eq!(condition.len(), y.len(), "of one length");
    a.check(y.len());
    b.check(y.len());
    dispatch!(isa, chosen<T: Comparable>(condition: &[bool], a: Values<'_, T>, b: Values<'_, T>, y: &mut [T]))
}

#[inline(always)]
fn compared<V: Vector, T: Comparable>(how: Comparison, a: Values<'_, T>, b: Values<'_, T>, y: &mut [bool]) {
    match how {
        Comparison::Equal => each(a, b, y, |a, b| a == b),
        Comparison::Less => each(a, b, y, |a, b| a < b),
        Comparison::LessOrEqual => each(a, b, y, |a, b| a <= b),
        Comparison::Greater => each(a, b, y, |a, b| a > b),
        Comparison::GreaterOrEqual => each(a, b, y, |a, b| a >= b),
    }
}

#[inline(always)]
fn each<T: Copy>(a: Values<'_, T>, b: Values<'_, T>, y: &mut [bool], of: impl Fn(T, T) -> bool) {
    match (a, b) {
        (Values::Many(a), Values::Many(b)) => {
            for ((y, a), b) in y.iter_mut().zip(a).zip(b) {
                *y = of(*a, *b);
            }
        }
        (Values::Many(a), Values::One(b)) => {
            for (y, a) in y.iter_mut().zip(a) {
                *y = of(*a, b);
            }
        }
        (Values::One(a), Values::Many(b)) => {
            for (y, b) in y.iter_mut().zip(b) {
                *y = of(a, *b);
            }
        }
        (Values::One(a), Values::One(b)) => y.fill(of(a, b)),
    }
}

#[inline(always)]
fn chosen<V: Vector, T: Comparable>(condition: &[bool], a: Values<'_, T>, b: Values<'_, T>, y: &mut [T]) {
    let all = y.iter_mut().zip(condition);
    match (a, b) {
        (Values::Many(a), Values::Many(b)) => {
            for (((y, c), a), b) in all.zip(a).zip(b) {
                *y = if *c { *a } else { *b };
            }
        }
        (Values::Many(a), Values::One(b)) => {
            for ((y, c), a) in all.zip(a) {
                *y = if *c { *a } else { b };
            }
        }
        (Values::One(a), Values::Many(b)) => {
            for ((y, c), b) in all.zip(b) {
                *y = if *c { a } else { *b };
            }
        }
        (Values::One(a), Values::One(b)) => {
            for (y, c) in all {
                *y = if *c { a } else { b };
            }
        }
    }
}
