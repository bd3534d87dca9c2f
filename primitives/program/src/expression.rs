//! Integer expressions of declared dimensions: polynomials, and quotients rounded down.
//!
//! Equal expressions of one form have one representation, so that shapes are compared without knowing the dimensions.

use alloc::{boxed::Box, collections::BTreeMap, string::String, vec, vec::Vec};
use core::fmt;

use serde::{Deserialize, Serialize};

/// Largest absolute value of a coefficient, and of a value: the integers that every JSON reader keeps exactly.
pub const MAX_INTEGER: i64 = (1 << 53) - 1;
/// Most products of a sum.
pub const MAX_TERMS: usize = 64;
/// Most factors of a product.
pub const MAX_FACTORS: usize = 8;
/// How deep quotients may be nested.
pub const MAX_DEPTH: usize = 16;

/// What a product has besides its coefficient.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Factor {
    /// A dimension, by its name.
    Dimension(String),
    /// ⌊dividend / divisor⌋.
    Quotient(Box<Quotient>),
}

/// ⌊dividend / divisor⌋, the divisor above 1. What the divisor divides stands outside, so that of a sum the rest alone is here.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quotient {
    /// What is divided.
    floor: Expression,
    /// By what.
    of: i64,
}

/// A sum of products, each with a coefficient that is not 0. As JSON an integer, or an array of products, each an array of its
/// coefficient and its factors.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Expression {
    terms: BTreeMap<Vec<Factor>, i64>,
}

/// Values of dimensions by name.
pub type Sizes = BTreeMap<String, u64>;

/// An expression has too many parts, or a coefficient above [`MAX_INTEGER`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TooLarge;

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "an expression has more than {MAX_TERMS} products, {MAX_FACTORS} factors, {MAX_DEPTH} quotients in each other, or a number above 2^53"
        )
    }
}

impl core::error::Error for TooLarge {}

impl Expression {
    /// A dimension.
    pub fn dimension(name: &str) -> Self {
        let factors = vec![Factor::Dimension(name.into())];
        Self {
            terms: BTreeMap::from([(factors, 1)]),
        }
    }

    /// The value, if no dimension is in it.
    pub fn constant(&self) -> Option<i64> {
        match self.terms.len() {
            0 => Some(0),
            1 => self.terms.get(&Vec::new()).copied(),
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

    /// The value for these dimensions; none if one is missing or a number leaves 64 bits.
    pub fn value(&self, sizes: &Sizes) -> Option<i64> {
        let term = |(factors, coefficient): (&Vec<Factor>, &i64)| {
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
        let mut names: Vec<&str> = self.terms.keys().flatten().flat_map(Factor::dimensions).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The sum.
    ///
    /// # Errors
    /// [`TooLarge`], as of all that follow.
    pub fn plus(&self, other: &Self) -> Result<Self, TooLarge> {
        let mut sum = self.clone();
        for (factors, coefficient) in &other.terms {
            sum.add(factors.clone(), *coefficient)?;
        }
        sum.bounded()
    }

    /// The difference.
    pub fn minus(&self, other: &Self) -> Result<Self, TooLarge> {
        self.plus(&other.times(&Self::from(-1))?)
    }

    /// The product.
    pub fn times(&self, other: &Self) -> Result<Self, TooLarge> {
        let mut product = Self::default();
        for (a, of_a) in &self.terms {
            for (b, of_b) in &other.terms {
                let mut factors = [a.as_slice(), b.as_slice()].concat();
                factors.sort_unstable();
                product.add(factors, of_a.checked_mul(*of_b).ok_or(TooLarge)?)?;
            }
        }
        product.bounded()
    }

    /// ⌊self / divisor⌋; none unless the divisor is above 0.
    pub fn quotient(&self, divisor: i64) -> Result<Option<Self>, TooLarge> {
        if divisor < 1 {
            return Ok(None);
        }
        let (mut outside, mut rest) = (Self::default(), Self::default());
        for (factors, coefficient) in &self.terms {
            // A number's remainder stays, from 0 to divisor - 1; of the other products all or nothing goes outside.
            let inside = match factors.is_empty() {
                true => coefficient.rem_euclid(divisor),
                false if coefficient % divisor == 0 => 0,
                false => *coefficient,
            };
            outside.add(factors.clone(), (coefficient - inside) / divisor)?;
            rest.add(factors.clone(), inside)?;
        }
        if rest.constant().is_none() {
            let quotient = Quotient {
                floor: rest,
                of: divisor,
            };
            outside.add(vec![Factor::Quotient(Box::new(quotient))], 1)?;
        }
        outside.bounded().map(Some)
    }

    /// The exact quotient by another expression; none where it has none as a polynomial.
    pub fn divided(&self, by: &Self) -> Result<Option<Self>, TooLarge> {
        let mut parts = by.terms.iter();
        let (Some((divisor, of)), None) = (parts.next(), parts.next()) else {
            return Ok((self == by && !by.terms.is_empty()).then(|| Self::from(1)));
        };
        let mut quotient = Self::default();
        for (factors, coefficient) in &self.terms {
            let mut factors = factors.clone();
            for factor in divisor {
                let Some(at) = factors.iter().position(|own| own == factor) else {
                    return Ok(None);
                };
                factors.remove(at);
            }
            if coefficient % of != 0 {
                return Ok(None);
            }
            quotient.add(factors, coefficient / of)?;
        }
        quotient.bounded().map(Some)
    }

    fn add(&mut self, factors: Vec<Factor>, coefficient: i64) -> Result<(), TooLarge> {
        let sum = self.terms.get(&factors).copied().unwrap_or(0).checked_add(coefficient);
        match sum.ok_or(TooLarge)? {
            0 => self.terms.remove(&factors),
            sum => self.terms.insert(factors, sum),
        };
        match self.terms.len() > MAX_TERMS {
            true => Err(TooLarge),
            false => Ok(()),
        }
    }

    fn depth(&self) -> usize {
        let deepest = self.terms.keys().flatten().map(Factor::depth).max();
        deepest.unwrap_or(0)
    }

    fn bounded(self) -> Result<Self, TooLarge> {
        let fits = |(factors, coefficient): (&Vec<Factor>, &i64)| {
            factors.len() <= MAX_FACTORS && coefficient.unsigned_abs() <= MAX_INTEGER.unsigned_abs()
        };
        match self.terms.iter().all(fits) && self.depth() <= MAX_DEPTH {
            true => Ok(self),
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

    fn dimensions(&self) -> Vec<&str> {
        match self {
            Self::Dimension(name) => vec![name],
            Self::Quotient(quotient) => quotient.floor.dimensions(),
        }
    }

    fn depth(&self) -> usize {
        match self {
            Self::Dimension(_) => 0,
            Self::Quotient(quotient) => quotient.floor.depth() + 1,
        }
    }
}

impl From<i64> for Expression {
    fn from(value: i64) -> Self {
        let mut terms = BTreeMap::new();
        if value != 0 {
            terms.insert(Vec::new(), value);
        }
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

/// A product in JSON: the coefficient and the factors in one array.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Part {
    Coefficient(i64),
    Factor(Factor),
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Form {
    Constant(i64),
    Sum(Vec<Vec<Part>>),
}

impl Serialize for Expression {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let product = |(factors, coefficient): (&Vec<Factor>, &i64)| {
            let factors = factors.iter().cloned().map(Part::Factor);
            core::iter::once(Part::Coefficient(*coefficient))
                .chain(factors)
                .collect()
        };
        match self.constant() {
            Some(value) => Form::Constant(value),
            None => Form::Sum(self.terms.iter().map(product).collect()),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Expression {
    /// Reads the representation that is written, and no other.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let products = match Form::deserialize(deserializer)? {
            Form::Constant(value) => return Self::from(value).bounded().map_err(D::Error::custom),
            Form::Sum(products) => products,
        };
        let mut sum = Self::default();
        for product in products {
            let mut parts = product.into_iter();
            let Some(Part::Coefficient(coefficient)) = parts.next() else {
                return Err(D::Error::custom("a product that does not begin with its coefficient"));
            };
            // By the rules of sums and products, so that what is read has the one representation.
            let mut read = Self::from(coefficient);
            for part in parts {
                let factor = match part {
                    Part::Factor(Factor::Dimension(name)) => Self::dimension(&name),
                    Part::Factor(Factor::Quotient(quotient)) => {
                        let value = quotient.floor.quotient(quotient.of).map_err(D::Error::custom)?;
                        value.ok_or_else(|| D::Error::custom("a divisor below 1"))?
                    }
                    Part::Coefficient(_) => return Err(D::Error::custom("a product with two coefficients")),
                };
                read = read.times(&factor).map_err(D::Error::custom)?;
            }
            sum = sum.plus(&read).map_err(D::Error::custom)?;
        }
        Ok(sum)
    }
}
