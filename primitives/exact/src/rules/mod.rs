//! What each rule decides, from the inner products of its rows alone.

mod bulyan;
mod clipping;
mod diameter;
mod krum;
mod weiszfeld;

use alloc::{vec, vec::Vec};

use crate::{
    combine::Combine,
    rule::{check_weights, count, Rule},
    stage::{Context, DecideError, StageProducts},
};

/// What a rule decided.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decision {
    /// How `train` columns become the aggregate.
    pub train: Combine,
    /// How `stat` columns do.
    pub stat: Combine,
    /// Selection weights, one per row; none where the rule chooses by coordinate.
    pub selection: Vec<u32>,
}

impl Rule {
    /// What becomes of `rows` rows with these weights and inner products.
    ///
    /// # Errors
    /// As [`DecideError`] says.
    pub fn decide(
        &self,
        rows: u32,
        weights: &[u32],
        products: &StageProducts,
        context: &Context,
    ) -> Result<Decision, DecideError> {
        self.check_rows(rows, context.sealed)?;
        check_weights(weights, rows as usize)?;
        let f = self.trim_count(context.sealed);
        let gram = || products.gram(rows);
        Ok(match *self {
            Self::WeightedMean => weighted(weights.to_vec()),
            Self::Median => by_coordinate(Combine::Sorted {
                lo: rows.saturating_sub(1) / 2,
                hi: rows / 2 + 1,
            }),
            Self::TrimmedMean { .. } => by_coordinate(Combine::Sorted {
                lo: f,
                hi: rows.saturating_sub(f),
            }),
            Self::MeaMed { .. } => by_coordinate(Combine::AroundMedian {
                rows: (0..rows).collect(),
                keep: rows.saturating_sub(f),
            }),
            Self::Krum { .. } => chosen(rows, krum::best(gram()?, f, 1)),
            Self::MultiKrum { .. } => chosen(rows, krum::best(gram()?, f, rows.saturating_sub(f))),
            Self::Bulyan { .. } => around(rows, bulyan::select(gram()?, f), f),
            Self::MinimumDiameter { .. } => chosen(rows, diameter::least(gram()?, f)),
            Self::GeometricMedian { nu, iterations } => {
                weighted(weiszfeld::weights(gram()?, context.radius(nu), iterations)?)
            }
            Self::CentredClipping { tau, iterations } => {
                clipped(clipping::weights(gram()?, context.radius(tau), iterations)?)
            }
        })
    }
}

/// The mean with these weights, which sum to less than 2^32.
fn weighted(weights: Vec<u32>) -> Decision {
    let kernel = Combine::Weighted {
        den: weights.iter().fold(0u32, |sum, &w| sum.saturating_add(w)),
        weights: weights.clone(),
    };
    Decision {
        train: kernel.clone(),
        stat: kernel,
        selection: weights,
    }
}

fn by_coordinate(kernel: Combine) -> Decision {
    Decision {
        train: kernel.clone(),
        stat: kernel,
        selection: Vec::new(),
    }
}

/// The mean of the chosen ones of `rows` rows.
fn chosen(rows: u32, choice: Vec<u32>) -> Decision {
    weighted(indicator(rows, &choice))
}

/// Bulyan's second step: of θ = r − 2f chosen rows the θ − 2f values around the median.
fn around(rows: u32, choice: Vec<u32>, f: u32) -> Decision {
    let kernel = Combine::AroundMedian {
        keep: count(choice.len()).saturating_sub(f.saturating_mul(2)),
        rows: choice.clone(),
    };
    Decision {
        selection: indicator(rows, &choice),
        ..by_coordinate(kernel)
    }
}

/// Weights over 2^31. What they lack of it stays at the centre's start, 0; `stat` tensors have no such start.
fn clipped(weights: Vec<u32>) -> Decision {
    let train = Combine::Weighted {
        weights: weights.clone(),
        den: clipping::W,
    };
    let stat = match weights.iter().all(|&a| a == 0) {
        true => weighted(vec![1; weights.len()]).train,
        false => weighted(weights.clone()).train,
    };
    Decision {
        train,
        stat,
        selection: weights,
    }
}

/// 1 for the chosen rows, 0 for the others.
fn indicator(rows: u32, choice: &[u32]) -> Vec<u32> {
    let mut weights = vec![0; rows as usize];
    for &row in choice {
        if let Some(weight) = weights.get_mut(row as usize) {
            *weight = 1;
        }
    }
    weights
}
