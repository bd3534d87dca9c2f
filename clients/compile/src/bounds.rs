//! What is certain of expressions for all sizes, and expressions as people write them.

use std::collections::BTreeMap;

use quorate_program::{
    expression::{Factor, TooLarge},
    Dimension, Expression,
};

/// Bounds of dimensions.
#[derive(Clone, Debug, Default)]
pub struct Bounds(BTreeMap<String, (i64, i64)>);

impl Bounds {
    /// Of these dimensions.
    pub fn of(dimensions: &[Dimension]) -> Self {
        Self(
            dimensions
                .iter()
                .map(|d| (d.name.clone(), (d.min.into(), d.max.into())))
                .collect(),
        )
    }

    /// The least and the largest that an expression can be, or a little more.
    pub fn range(&self, expression: &Expression) -> (i64, i64) {
        let (mut low, mut high) = (0i64, 0i64);
        for (factors, coefficient) in expression.terms() {
            let (mut least, mut most) = (1i64, 1i64);
            for factor in factors {
                let (a, b) = self.factor(factor);
                let ends = [
                    least.saturating_mul(a),
                    least.saturating_mul(b),
                    most.saturating_mul(a),
                    most.saturating_mul(b),
                ];
                least = ends.into_iter().min().unwrap_or(0);
                most = ends.into_iter().max().unwrap_or(0);
            }
            let (a, b) = (least.saturating_mul(coefficient), most.saturating_mul(coefficient));
            low = low.saturating_add(a.min(b));
            high = high.saturating_add(a.max(b));
        }
        (low, high)
    }

    fn factor(&self, factor: &Factor) -> (i64, i64) {
        match factor {
            Factor::Dimension(name) => self.0.get(name).copied().unwrap_or((1, i64::MAX)),
            Factor::Quotient(quotient) => {
                let (low, high) = self.range(quotient.dividend());
                (low.div_euclid(quotient.divisor()), high.div_euclid(quotient.divisor()))
            }
        }
    }

    /// Whether a ≤ b for all sizes; none if that depends on them.
    pub fn at_most(&self, a: &Expression, b: &Expression) -> Result<Option<bool>, TooLarge> {
        let (low, high) = self.range(&b.minus(a)?);
        Ok(match (low >= 0, high < 0) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        })
    }

    /// Whether a = b for all sizes; none if that depends on them.
    pub fn equal(&self, a: &Expression, b: &Expression) -> Result<Option<bool>, TooLarge> {
        let (low, high) = self.range(&b.minus(a)?);
        Ok(match (low, high) {
            (0, 0) => Some(true),
            (low, high) if low > 0 || high < 0 => Some(false),
            _ => None,
        })
    }
}

/// Reads a sum of products of numbers and names, such as `32*h` or `2*tokens + 1`.
pub fn expression(text: &str, name: &impl Fn(&str) -> Option<Expression>) -> Result<Expression, String> {
    let wrong = || format!("{text:?}: a sum of products such as 32*h + 1 was expected");
    let mut sum = Expression::default();
    let signed = text.replace('-', "+-");
    for (index, term) in signed.split('+').enumerate() {
        let term = term.trim();
        if term.is_empty() {
            // Before a leading minus.
            match index == 0 && signed.trim_start().starts_with("+-") {
                true => continue,
                false => return Err(wrong()),
            }
        }
        let (sign, term) = match term.strip_prefix('-') {
            Some(term) => (-1, term),
            None => (1, term),
        };
        let mut product = Expression::from(sign);
        for factor in term.split('*').map(str::trim) {
            let value = match factor.parse::<u32>() {
                Ok(number) => Expression::from(i64::from(number)),
                Err(_) if factor.is_empty() => return Err(wrong()),
                Err(_) => name(factor)
                    .ok_or_else(|| format!("{factor:?} is no dimension; declare it with --dimension {factor}=1..N"))?,
            };
            product = product.times(&value).map_err(|error| error.to_string())?;
        }
        sum = sum.plus(&product).map_err(|error| error.to_string())?;
    }
    Ok(sum)
}
