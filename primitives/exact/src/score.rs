//! Exact scores of a round's updates, from its products alone.

use alloc::vec::Vec;
use core::fmt;

use primitive_types::{U256, U512};

use crate::{products::Products, rule::PPM};

/// Binary logarithm of one in the norm factor.
const UNIT_BITS: usize = 31;

/// Why there are no scores.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScoreError {
    /// No vectors have these inner products: a squared norm is negative or a cosine exceeds one.
    NotAGram {
        /// The row at which it shows; the aggregate and the previous one come after the updates.
        row: usize,
    },
}

/// The score of each update, 0 to 1,000,000 parts per million, from the products of the updates, of the aggregate and, where
/// there is one, of the previous aggregate `p`. Products of pairs of updates are not looked at.
///
/// With `p` projected out of `u` and `a`: the cosine of both, floor 0, times min(1, median ‖u‖ / ‖u_i‖). The
/// specification, section 7, has the formula with every rounding and width.
///
/// # Errors
/// As [`ScoreError`] says.
pub fn scores(products: &Products) -> Result<Vec<u32>, ScoreError> {
    let updates = products.shape().updates;
    let projection = Projection::new(products, updates)?;
    let norms = (0..updates)
        .map(|i| squared_norm(products, i))
        .collect::<Result<Vec<_>, _>>()?;
    let median = lower_median(&norms);
    norms
        .iter()
        .enumerate()
        .map(|(i, &norm)| Ok(((projection.cosine_ppm(i)? * norm_factor(median, norm)) >> UNIT_BITS) as u32))
        .collect()
}

/// `floor(10^6 · w_i r_i / Σ w_j r_j)` of weights and scores: what part of the round each update was. All 0 if the sum is.
///
/// # Errors
/// None: the shorter of both lists counts, and sums stay below 2^64 for up to 2^12 entries with weights below 2^32.
pub fn effective_shares(scores_ppm: &[u32], weights: &[u32]) -> Vec<u32> {
    let parts: Vec<u128> = scores_ppm
        .iter()
        .zip(weights)
        .map(|(&r, &w)| u128::from(r) * u128::from(w))
        .collect();
    let total = parts.iter().sum::<u128>().max(1);
    parts
        .iter()
        .map(|part| (part * u128::from(PPM) / total) as u32)
        .collect()
}

/// What the cosines of one round share.
struct Projection<'a> {
    products: &'a Products,
    aggregate: usize,
    previous: Option<(usize, u128)>,
    aggregate_norm: U256,
}

impl<'a> Projection<'a> {
    fn new(products: &'a Products, aggregate: usize) -> Result<Self, ScoreError> {
        let last = aggregate.saturating_add(1);
        let previous = match products.pp() {
            Some(_) => Some((last, squared_norm(products, last)?)).filter(|&(_, norm)| norm > 0),
            None => None,
        };
        let mut projection = Self {
            products,
            aggregate,
            previous,
            aggregate_norm: U256::zero(),
        };
        projection.aggregate_norm = projection.residual(aggregate)?;
        Ok(projection)
    }

    /// ‖x'‖² · pp, where x' is row x without its part along p: `pp · xx − xp²`; just `xx` without a previous aggregate.
    /// Below 2^191.
    fn residual(&self, x: usize) -> Result<U256, ScoreError> {
        let (negative, residual) = self.inner(x, x);
        if negative || self.entry(x, x) < 0 {
            return Err(ScoreError::NotAGram { row: x });
        }
        Ok(residual)
    }

    /// ⟨x', y'⟩ · pp as sign and magnitude: `pp · xy − xp · yp`.
    fn inner(&self, x: usize, y: usize) -> (bool, U256) {
        let direct = self.entry(x, y);
        let Some((p, norm)) = self.previous else {
            return (direct < 0, U256::from(direct.unsigned_abs()));
        };
        let (xp, yp) = (self.entry(x, p), self.entry(y, p));
        difference(
            (direct < 0, product(norm, direct.unsigned_abs())),
            ((xp < 0) != (yp < 0), product(xp.unsigned_abs(), yp.unsigned_abs())),
        )
    }

    /// `floor(10^6 · cos(u', a'))`, 0 where it is negative or a norm is zero. At most 422 bits on the way.
    fn cosine_ppm(&self, i: usize) -> Result<u64, ScoreError> {
        let (negative, dot) = self.inner(i, self.aggregate);
        let norm = self.residual(i)?;
        if dot.is_zero() || negative {
            return Ok(0);
        }
        let squared = dot.full_mul(dot);
        let bound = norm.full_mul(self.aggregate_norm);
        if squared > bound {
            return Err(ScoreError::NotAGram { row: i });
        }
        let scale = U512::from(u64::from(PPM) * u64::from(PPM));
        let quotient = squared.checked_mul(scale).and_then(|scaled| scaled.checked_div(bound));
        quotient
            .map(|q| q.integer_sqrt().low_u64())
            .ok_or(ScoreError::NotAGram { row: i })
    }

    fn entry(&self, i: usize, j: usize) -> i128 {
        self.products.get(i, j).unwrap_or(0)
    }
}

fn squared_norm(products: &Products, row: usize) -> Result<u128, ScoreError> {
    products
        .get(row, row)
        .and_then(|norm| u128::try_from(norm).ok())
        .ok_or(ScoreError::NotAGram { row })
}

/// The middle one of the squared norms, the lower of two.
fn lower_median(norms: &[u128]) -> u128 {
    let mut sorted = norms.to_vec();
    sorted.sort_unstable();
    sorted.get(norms.len().saturating_sub(1) / 2).copied().unwrap_or(0)
}

/// `min(2^31, floor(2^31 · √(median / norm)))` of squared norms: `isqrt(floor(median · 2^62 / norm))`. 0 for a zero norm.
fn norm_factor(median: u128, norm: u128) -> u64 {
    if norm <= median {
        return u64::from(norm > 0) << UNIT_BITS;
    }
    ((U256::from(median) << (2 * UNIT_BITS)) / U256::from(norm))
        .integer_sqrt()
        .low_u64()
}

fn product(a: u128, b: u128) -> U256 {
    // Two factors of 128 bits cannot overflow 256.
    U256::from(a).overflowing_mul(U256::from(b)).0
}

/// `a − b` of signed magnitudes below 2^255.
fn difference(a: (bool, U256), b: (bool, U256)) -> (bool, U256) {
    if a.0 != b.0 {
        return (a.0, a.1.overflowing_add(b.1).0);
    }
    if a.1 >= b.1 {
        (a.0, a.1.overflowing_sub(b.1).0)
    } else {
        (!a.0, b.1.overflowing_sub(a.1).0)
    }
}

impl fmt::Display for ScoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAGram { row } => write!(f, "row {row}: no vectors have these inner products"),
        }
    }
}

impl core::error::Error for ScoreError {}
