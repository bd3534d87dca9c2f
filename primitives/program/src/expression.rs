//! Integer expressions of declared dimensions: polynomials, and quotients rounded down.
//!
//! Equal expressions of one form have one representation, so that shapes are compared without knowing the dimensions.

mod json;

use alloc::{boxed::Box, collections::BTreeMap, string::String, vec, vec::Vec};
use core::fmt;

use serde::Serialize;

/// Largest absolute value of a coefficient, and of a divisor: the integers that every JSON reader keeps exactly.
pub const MAX_INTEGER: i64 = (1 << 53) - 1;
/// Most products of a sum.
pub const MAX_TERMS: usize = 64;
/// Most factors of a product.
pub const MAX_FACTORS: usize = 8;
/// How deep quotients may be nested.
pub const MAX_DEPTH: usize = 16;
/// Most parts of an expression ([`Expression::parts`]).
pub const MAX_PARTS: usize = 1_024;

/// What a product has besides its coefficient.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(untagged)]
pub enum Factor {
    /// A dimension, by its name.
    Dimension(String),
    /// ⌊dividend / divisor⌋.
    Quotient(Box<Quotient>),
}

/// ⌊dividend / divisor⌋, the divisor above 1. What the divisor divides stands outside, so that of a sum the rest alone is here.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Quotient {
    /// What is divided.
    floor: Expression,
    /// By what.
    of: i64,
}

/// A sum of products, each with a coefficient that is not 0. As JSON an integer, or an array of products, each an array of its
/// coefficient and its factors. What is read must be in the form that is written.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Expression {
    /// Ascending by their factors, no two with the same.
    terms: Vec<(Vec<Factor>, i64)>,
}

/// Values of dimensions by name.
pub type Sizes = BTreeMap<String, u64>;

/// An expression has too many parts, or a coefficient above [`MAX_INTEGER`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TooLarge;

impl Quotient {
    /// What is divided.
    pub fn dividend(&self) -> &Expression {
        &self.floor
    }

    /// By what, above 1.
    pub fn divisor(&self) -> i64 {
        self.of
    }
}

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "an expression has more than {MAX_TERMS} products, {MAX_FACTORS} factors, {MAX_DEPTH} quotients in each other, {MAX_PARTS} parts, or a number of 2^53 or more"
        )
    }
}

impl core::error::Error for TooLarge {}

impl Expression {
    /// A dimension.
    pub fn dimension(name: &str) -> Self {
        let factors = vec![Factor::Dimension(name.into())];
        Self {
            terms: vec![(factors, 1)],
        }
    }

    /// The value, if no dimension is in it.
    pub fn constant(&self) -> Option<i64> {
        match self.terms.as_slice() {
            [] => Some(0),
            [(factors, number)] if factors.is_empty() => Some(*number),
            _ => None,
        }
    }

    /// The value as a size; none if it has a dimension or is negative.
    pub fn size(&self) -> Option<usize> {
        self.constant().and_then(|value| usize::try_from(value).ok())
    }

    /// Whether it is this number for all dimensions.
    pub fn is(&self, value: i64) -> bool {
        self.constant() == Some(value)
    }

    /// The value for these dimensions; none if one is missing or a number leaves 64 bits: coefficient times factor after factor,
    /// product after product.
    pub fn value(&self, sizes: &Sizes) -> Option<i64> {
        let term = |(factors, coefficient): &(Vec<Factor>, i64)| {
            factors.iter().try_fold(*coefficient, |product, factor| {
                product.checked_mul(factor.value(sizes)?)
            })
        };
        self.terms
            .iter()
            .try_fold(0i64, |sum, part| sum.checked_add(term(part)?))
    }

    /// Its products, from their factors to their coefficients.
    pub fn terms(&self) -> impl Iterator<Item = (&[Factor], i64)> {
        self.terms
            .iter()
            .map(|(factors, coefficient)| (factors.as_slice(), *coefficient))
    }

    /// Names of all dimensions in it.
    pub fn dimensions(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.collect_dimensions(&mut names);
        names.sort_unstable();
        names.dedup();
        names
    }

    fn collect_dimensions<'a>(&'a self, names: &mut Vec<&'a str>) {
        for factor in self.terms.iter().flat_map(|(factors, _)| factors) {
            match factor {
                Factor::Dimension(name) => names.push(name),
                Factor::Quotient(quotient) => quotient.floor.collect_dimensions(names),
            }
        }
    }

    /// How much there is of it: itself, each product, each dimension in a product, and of each quotient the parts of its dividend.
    pub fn parts(&self) -> usize {
        let of_factor = |factor: &Factor| match factor {
            Factor::Dimension(_) => 1,
            Factor::Quotient(quotient) => quotient.floor.parts(),
        };
        let of_term = |(factors, _): &(Vec<Factor>, i64)| factors.iter().map(of_factor).fold(1, usize::saturating_add);
        self.terms.iter().map(of_term).fold(1, usize::saturating_add)
    }

    /// The sum.
    ///
    /// # Errors
    /// [`TooLarge`], as of all that follow.
    pub fn plus(&self, other: &Self) -> Result<Self, TooLarge> {
        let mut sum = self.clone();
        sum.add(other)?;
        Ok(sum)
    }

    /// Becomes the sum; after an error its value is not defined.
    pub(crate) fn add(&mut self, other: &Self) -> Result<(), TooLarge> {
        for (factors, coefficient) in &other.terms {
            match self.terms.binary_search_by(|(own, _)| own.cmp(factors)) {
                Err(at) => self.terms.insert(at, (factors.clone(), *coefficient)),
                Ok(at) => {
                    let own = self.terms.get_mut(at).ok_or(TooLarge)?;
                    own.1 = own.1.checked_add(*coefficient).ok_or(TooLarge)?;
                    if own.1 == 0 {
                        self.terms.remove(at);
                    }
                }
            }
        }
        self.check()
    }

    /// The difference.
    pub fn minus(&self, other: &Self) -> Result<Self, TooLarge> {
        self.plus(&other.times(&Self::from(-1))?)
    }

    /// The product.
    pub fn times(&self, other: &Self) -> Result<Self, TooLarge> {
        // The longest products of both have one that nothing cancels.
        if !self.terms.is_empty() && !other.terms.is_empty() && self.longest() + other.longest() > MAX_FACTORS {
            return Err(TooLarge);
        }
        let mut products = Vec::with_capacity(self.terms.len() * other.terms.len());
        for (a, of_a) in &self.terms {
            for (b, of_b) in &other.terms {
                let mut factors: Vec<&Factor> = a.iter().chain(b).collect();
                factors.sort_unstable();
                products.push((factors, i128::from(*of_a) * i128::from(*of_b)));
            }
        }
        Self::collected(products)
    }

    /// ⌊self / divisor⌋; none unless the divisor is above 0.
    pub fn quotient(&self, divisor: i64) -> Result<Option<Self>, TooLarge> {
        if divisor < 1 {
            return Ok(None);
        }
        if divisor > MAX_INTEGER {
            return Err(TooLarge);
        }
        // A number's remainder stays, from 0 to divisor - 1; of the other products all or nothing goes outside.
        let inside = |(factors, coefficient): &(Vec<Factor>, i64)| match factors.is_empty() {
            true => coefficient.rem_euclid(divisor),
            false if coefficient % divisor == 0 => 0,
            false => *coefficient,
        };
        let rest = self.terms.iter().filter(|term| inside(term) != 0);
        let rest = Self {
            terms: rest.map(|term| (term.0.clone(), inside(term))).collect(),
        };
        let outside = |term: &'_ (Vec<Factor>, i64)| i128::from((term.1 - inside(term)) / divisor);
        let mut products: Vec<_> = self
            .terms
            .iter()
            .map(|term| (term.0.iter().collect(), outside(term)))
            .collect();
        let quotient = rest.constant().is_none().then(|| {
            Factor::Quotient(Box::new(Quotient {
                floor: rest,
                of: divisor,
            }))
        });
        products.extend(quotient.iter().map(|quotient| (vec![quotient], 1)));
        Self::collected(products).map(Some)
    }

    /// The exact quotient by another expression; none where it has none as a polynomial.
    pub fn divided(&self, by: &Self) -> Result<Option<Self>, TooLarge> {
        let [(divisor, of)] = by.terms.as_slice() else {
            return Ok((self == by && !by.terms.is_empty()).then(|| Self::from(1)));
        };
        let mut products = Vec::with_capacity(self.terms.len());
        for (factors, coefficient) in &self.terms {
            let mut factors: Vec<&Factor> = factors.iter().collect();
            for factor in divisor {
                let Some(at) = factors.iter().position(|&own| own == factor) else {
                    return Ok(None);
                };
                factors.remove(at);
            }
            if coefficient % of != 0 {
                return Ok(None);
            }
            products.push((factors, i128::from(coefficient / of)));
        }
        Self::collected(products).map(Some)
    }

    /// The sum of products with sorted factors. What becomes none is not copied.
    fn collected(mut products: Vec<(Vec<&Factor>, i128)>) -> Result<Self, TooLarge> {
        products.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let mut sums: Vec<(Vec<&Factor>, i128)> = Vec::with_capacity(products.len());
        for (factors, coefficient) in products {
            match sums.last_mut() {
                // At most 64 · 64 products of two numbers of 53 bits.
                Some((last, sum)) if *last == factors => *sum += coefficient,
                _ => sums.push((factors, coefficient)),
            }
        }
        sums.retain(|(_, sum)| *sum != 0);
        if sums.len() > MAX_TERMS {
            return Err(TooLarge);
        }
        let owned = |(factors, sum): (Vec<&Factor>, i128)| match i64::try_from(sum) {
            Ok(sum) => Ok((factors.into_iter().cloned().collect(), sum)),
            Err(_) => Err(TooLarge),
        };
        let sum = Self {
            terms: sums.into_iter().map(owned).collect::<Result<_, _>>()?,
        };
        sum.check().map(|()| sum)
    }

    /// Factors of the longest product.
    fn longest(&self) -> usize {
        self.terms.iter().map(|(factors, _)| factors.len()).max().unwrap_or(0)
    }

    fn depth(&self) -> usize {
        let depth = |factor: &Factor| match factor {
            Factor::Dimension(_) => 0,
            Factor::Quotient(quotient) => quotient.floor.depth() + 1,
        };
        let factors = self.terms.iter().flat_map(|(factors, _)| factors);
        factors.map(depth).max().unwrap_or(0)
    }

    /// That nothing is too large; of quotients it has been checked.
    fn check(&self) -> Result<(), TooLarge> {
        let number = |(_, coefficient): &(_, i64)| coefficient.unsigned_abs() <= MAX_INTEGER.unsigned_abs();
        let fits = self.terms.len() <= MAX_TERMS
            && self.longest() <= MAX_FACTORS
            && self.terms.iter().all(number)
            && self.parts() <= MAX_PARTS
            && self.depth() <= MAX_DEPTH;
        match fits {
            true => Ok(()),
            false => Err(TooLarge),
        }
    }
}

impl Factor {
    fn value(&self, sizes: &Sizes) -> Option<i64> {
        match self {
            Self::Dimension(name) => sizes.get(name).and_then(|&size| i64::try_from(size).ok()),
            Self::Quotient(quotient) => Some(quotient.floor.value(sizes)?.div_euclid(quotient.of)),
        }
    }
}

impl From<i64> for Expression {
    fn from(value: i64) -> Self {
        let terms = match value {
            0 => Vec::new(),
            _ => vec![(Vec::new(), value)],
        };
        Self { terms }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.terms.is_empty() {
            return f.write_str("0");
        }
        for (i, (factors, coefficient)) in self.terms.iter().rev().enumerate() {
            let sign = match (*coefficient < 0, i) {
                (true, 0) => "-",
                (true, _) => " - ",
                (false, 0) => "",
                (false, _) => " + ",
            };
            f.write_str(sign)?;
            let size = coefficient.unsigned_abs();
            if size != 1 || factors.is_empty() {
                write!(f, "{size}")?;
            }
            for (j, factor) in factors.iter().enumerate() {
                if j > 0 || size != 1 {
                    f.write_str("·")?;
                }
                match factor {
                    Factor::Dimension(name) => f.write_str(name)?,
                    Factor::Quotient(quotient) => write!(f, "⌊({}) / {}⌋", quotient.floor, quotient.of)?,
                }
            }
        }
        Ok(())
    }
}
