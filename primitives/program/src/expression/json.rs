//! Expressions as JSON. A file's are hostile: they are read in one pass, no deeper and no longer than they may be, and in their one
//! form alone.

use alloc::{boxed::Box, vec::Vec};
use core::fmt;

use serde::{
    de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor},
    ser::SerializeSeq,
    Deserialize, Deserializer, Serialize, Serializer,
};

use super::{Expression, Factor, Quotient, MAX_DEPTH, MAX_FACTORS, MAX_INTEGER, MAX_TERMS};
use crate::MAX_DIMENSION_NAME;

impl Serialize for Expression {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.constant() {
            Some(value) => serializer.serialize_i64(value),
            None => serializer.collect_seq(self.terms.iter().map(Product)),
        }
    }
}

/// The coefficient and the factors in one array.
struct Product<'a>(&'a (Vec<Factor>, i64));

impl Serialize for Product<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (factors, coefficient) = self.0;
        let mut parts = serializer.serialize_seq(Some(factors.len() + 1))?;
        parts.serialize_element(coefficient)?;
        factors.iter().try_for_each(|factor| parts.serialize_element(factor))?;
        parts.end()
    }
}

impl<'de> Deserialize<'de> for Expression {
    /// Reads the representation that is written, and no other.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = Sum { depth: 0 }.deserialize(deserializer)?;
        read.check().map_err(D::Error::custom)?;
        Ok(read)
    }
}

/// Reads an expression that stands in so many quotients.
struct Sum {
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Sum {
    type Value = Expression;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Expression, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Sum {
    type Value = Expression;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an integer or an array of products")
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Expression, E> {
        number(value).map(Expression::from)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Expression, E> {
        self.visit_i64(i64::try_from(value).unwrap_or(i64::MAX))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Expression, A::Error> {
        let mut terms: Vec<(Vec<Factor>, i64)> = Vec::new();
        while let Some(product) = seq.next_element_seed(ProductOf { depth: self.depth })? {
            if terms.last().is_some_and(|(last, _)| *last >= product.0) {
                return Err(A::Error::custom("products of an expression that do not ascend"));
            }
            if terms.len() == MAX_TERMS {
                return Err(A::Error::custom("an expression with too many products"));
            }
            terms.push(product);
        }
        let read = Expression { terms };
        match read.constant() {
            Some(_) => Err(A::Error::custom("a number that is written as a sum")),
            None => Ok(read),
        }
    }
}

/// Reads a product of such an expression.
struct ProductOf {
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for ProductOf {
    type Value = (Vec<Factor>, i64);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for ProductOf {
    type Value = (Vec<Factor>, i64);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a coefficient and factors")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let coefficient = seq
            .next_element()?
            .ok_or_else(|| A::Error::custom("a product without a coefficient"))?;
        if number::<A::Error>(coefficient)? == 0 {
            return Err(A::Error::custom("a product of 0"));
        }
        let mut factors: Vec<Factor> = Vec::new();
        while let Some(factor) = seq.next_element_seed(FactorOf { depth: self.depth })? {
            if factors.last().is_some_and(|last| *last > factor) {
                return Err(A::Error::custom("factors of a product that do not ascend"));
            }
            if factors.len() == MAX_FACTORS {
                return Err(A::Error::custom("a product with too many factors"));
            }
            factors.push(factor);
        }
        Ok((factors, coefficient))
    }
}

/// Reads a factor of such a product.
struct FactorOf {
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for FactorOf {
    type Value = Factor;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Factor, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for FactorOf {
    type Value = Factor;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a dimension's name or a quotient")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Factor, E> {
        match name.len() <= MAX_DIMENSION_NAME {
            true => Ok(Factor::Dimension(name.into())),
            false => Err(E::custom("a dimension's name is too long")),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Factor, A::Error> {
        if self.depth == MAX_DEPTH {
            return Err(A::Error::custom("quotients are nested too deep"));
        }
        let form = || A::Error::custom("a quotient that is not in its one form");
        if map.next_key::<Key>()? != Some(Key::Floor) {
            return Err(form());
        }
        let floor = map.next_value_seed(Sum { depth: self.depth + 1 })?;
        if map.next_key::<Key>()? != Some(Key::Of) {
            return Err(form());
        }
        let of = map.next_value()?;
        if !(2..=MAX_INTEGER).contains(&of) || map.next_key::<Key>()?.is_some() {
            return Err(form());
        }
        let stays = |(factors, coefficient): &(Vec<Factor>, i64)| match factors.is_empty() {
            true => (1..of).contains(coefficient),
            false => coefficient % of != 0,
        };
        match floor.constant().is_none() && floor.terms.iter().all(stays) {
            true => Ok(Factor::Quotient(Box::new(Quotient { floor, of }))),
            false => Err(form()),
        }
    }
}

#[derive(PartialEq, Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum Key {
    Floor,
    Of,
}

fn number<E: Error>(value: i64) -> Result<i64, E> {
    match value.unsigned_abs() <= MAX_INTEGER.unsigned_abs() {
        true => Ok(value),
        false => Err(E::custom("a number of 2^53 or more")),
    }
}
