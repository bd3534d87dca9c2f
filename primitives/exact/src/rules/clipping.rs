//! Centred clipping (Karimireddy, He, Jaggi, ICML 2021), stateless, on weights instead of vectors: the centre is
//! `Σ a_j q_j / 2^31`, at first 0.

use alloc::{vec, vec::Vec};

use primitive_types::U256;

use super::weiszfeld::squared_distances;
use crate::{gram::Gram, stage::DecideError};

/// One, as a weight: 2^31.
pub(super) const W: u32 = 1 << 31;

/// Weights of the rows after `iterations` steps, each the mean of the rows' differences from the centre, clipped to
/// `t < 2^56`. They sum to at most [`W`].
pub(super) fn weights(gram: &Gram, t: u64, iterations: u8) -> Result<Vec<u32>, DecideError> {
    // r W, at most 2^41.
    let whole = gram.n().max(1) as u128 * u128::from(W);
    let mut a = vec![0u32; gram.n()];
    for _ in 0..iterations {
        let factors: Vec<u32> = squared_distances(gram, &a, W.into())?
            .into_iter()
            .map(|e| factor(e, t))
            .collect();
        let sum: u128 = factors.iter().map(|&factor| u128::from(factor)).sum();
        // Each factor is at most W, so that their sum is at most r W; a_i stays at most W. At most 2^73 on the way.
        let step = |(&a, &factor): (&u32, &u32)| {
            ((u128::from(a) * (whole - sum) + u128::from(factor) * u128::from(W)) / whole) as u32
        };
        a = a.iter().zip(&factors).map(step).collect();
    }
    Ok(a)
}

/// How much of the difference whose squared length is `e / W²` is kept: W if it is at most t, else
/// `isqrt(t² · 2^124 div e)`, below W.
fn factor(e: U256, t: u64) -> u32 {
    // t² < 2^112, so below 2^174 and 2^236.
    let squared = U256::from(u128::from(t) * u128::from(t));
    match e <= squared << 62 {
        true => W,
        false => ((squared << 124) / e).integer_sqrt().low_u32(),
    }
}
