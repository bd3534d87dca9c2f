//! The smoothed Weiszfeld algorithm (Pillutla, Kakade, Harchaoui, 2022) on weights instead of vectors: every iterate is a
//! combination `Σ c_j q_j / C` of the rows, whose distances follow from the Gram matrix.

use alloc::{vec, vec::Vec};

use primitive_types::U256;

use crate::{gram::Gram, rule::count, stage::DecideError, wide::I256};

/// Weights of the rows after `iterations` steps from 0, distances below `least` counting as `least ≥ 1`. They sum to at most
/// 2^31 and not to 0.
pub(super) fn weights(gram: &Gram, least: u64, iterations: u8) -> Result<Vec<u32>, DecideError> {
    let mut c = vec![0u32; gram.n()];
    let mut total = 1u64;
    for _ in 0..iterations {
        // e ≤ 2^160, its root ≤ 2^80: every inverse has at least 16 bits and at most 97.
        let inverses = squared_distances(gram, &c, total)?
            .into_iter()
            .map(|e| {
                let distance = e.integer_sqrt() / U256::from(total.max(1));
                let distance = distance.max(U256::from(least.max(1))).low_u128();
                (1u128 << 96) / distance.max(1)
            })
            .collect::<Vec<u128>>();
        // At most 2^10 · 2^96.
        let sum = inverses.iter().sum::<u128>().max(1);
        // v · 2^31 ≤ 2^127; the quotient is at most 2^31.
        c = inverses.iter().map(|v| ((v << 31) / sum) as u32).collect();
        total = c.iter().map(|&c| u64::from(c)).sum();
    }
    Ok(c)
}

/// `e_i = C² G_ii − 2C Σ_j c_j G_ij + Σ_j Σ_k c_j c_k G_jk` for every row i: C² times its squared distance from
/// `Σ c_j q_j / C`, where c_j ≤ 2^31, Σ c_j ≤ 2^31 and C ≤ 2^31. At most 2^160 for real rows, below 2^162 for any matrix.
pub(super) fn squared_distances(gram: &Gram, c: &[u32], total: u64) -> Result<Vec<U256>, DecideError> {
    let n = gram.n();
    // Σ_j c_j G_ij, at most 2^126.
    let sides: Vec<i128> = (0..n)
        .map(|i| {
            let terms = c.iter().enumerate().filter(|(_, &c)| c != 0);
            terms.map(|(j, &c)| i128::from(c) * gram.get(i, j).unwrap_or(0)).sum()
        })
        .collect();
    let square = c.iter().zip(&sides).fold(I256::zero(), |sum, (&c, &side)| {
        sum.add(I256::from(side).times(c.into()))
    });
    sides
        .iter()
        .enumerate()
        .map(|(i, &side)| {
            let own = I256::from(gram.get(i, i).unwrap_or(0)).times(total).times(total);
            let twice = I256::from(side).times(total).times(2);
            let e = own.sub(twice).add(square);
            e.non_negative().ok_or(DecideError::NotAGram { row: count(i) })
        })
        .collect()
}
