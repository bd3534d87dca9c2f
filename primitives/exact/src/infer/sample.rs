//! The next token from the logits of a position.

use alloc::vec::Vec;

use super::{fault::Fault, normalise::softmax_row, reduce::arg_max, tensor::Tensor};
use crate::hash::Hasher;

/// Most logits of a position: the weights of a draw then sum to at least 128 and at most 2^55.
pub const MAX_VOCABULARY: usize = 1 << 24;

const TAG: &[u8] = b"quorate/sample/1";

/// How a token is chosen.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Sampler {
    /// The lowest index of a largest logit.
    Argmax,
    /// A draw by the probabilities of the most probable tokens.
    Draw {
        /// Divides the logits; finite, above 0.
        temperature: f32,
        /// Tokens that can be drawn, at least 1; all if there are fewer.
        top_k: u32,
    },
}

/// The token at `position`, whose logits are `[V]`.
///
/// A draw: l = logits ⊘ temperature; the min(top_k, V) first by (−l, index), −0 = +0; p = Softmax of these in this order;
/// w_i = ⌊p_i · 2^31⌋; the first token in this order whose cumulative weight w_0 + … + w_i is above the draw of 0 … Σw − 1.
///
/// # Errors
/// `Rank`; `Size` above [`MAX_VOCABULARY`]; `Parameter`; `NaN` if a largest logit is infinite or becomes so.
pub fn sample(logits: &Tensor, sampler: Sampler, seed: &[u8; 32], position: u64) -> Result<usize, Fault> {
    let [size] = logits.dims()?;
    if size > MAX_VOCABULARY {
        return Err(Fault::Size);
    }
    let Sampler::Draw { temperature, top_k } = sampler else {
        let index = arg_max(logits, 0, false)?;
        return Ok(index.data()[0] as usize);
    };
    if !(temperature > 0.0 && temperature < f32::INFINITY) {
        return Err(Fault::Parameter("temperature"));
    }
    if top_k == 0 {
        return Err(Fault::Parameter("top_k"));
    }
    let logits = logits.map(|logit| logit / temperature)?;
    let order = best_first(logits.data(), size.min(top_k as usize));
    let best: Vec<f32> = order.iter().map(|&i| logits.data()[i]).collect();
    let p = Tensor::new(alloc::vec![best.len()], softmax_row(&best))?;
    let weights = || p.data().iter().map(|&p| (f64::from(p) * 2_147_483_648.0) as u64);
    let drawn = draw(weights().sum(), seed, position).ok_or(Fault::NaN)?;
    let mut sum = 0;
    let above = weights().position(|weight| {
        sum += weight;
        sum > drawn
    });
    above.and_then(|rank| order.get(rank).copied()).ok_or(Fault::NaN)
}

/// The first `k` indices by (−logit, index), −0 = +0. The two are one word each, so that their order is that of integers.
fn best_first(logits: &[f32], k: usize) -> Vec<usize> {
    let word = |(index, &logit): (usize, &f32)| {
        // −0 becomes +0. Bits of negative numbers descend.
        let bits = (logit + 0.0).to_bits();
        let descending = if bits >> 31 == 1 { bits } else { !bits ^ (1 << 31) };
        u64::from(descending) << 32 | index as u64
    };
    let mut words: Vec<u64> = logits.iter().enumerate().map(word).collect();
    if (1..words.len()).contains(&k) {
        words.select_nth_unstable(k - 1);
    }
    words.truncate(k);
    words.sort_unstable();
    words.into_iter().map(|word| (word & 0xffff_ffff) as usize).collect()
}

/// Uniform in 0 … total − 1: of the u64le words x of BLAKE3's extended output of tag ‖ seed ‖ u64le(position) the first one below
/// 2^64 − (2^64 mod total), mod total. None of 0.
fn draw(total: u64, seed: &[u8; 32], position: u64) -> Option<u64> {
    let mut hasher = Hasher::new();
    hasher.update(TAG).update(seed).update(&position.to_le_bytes());
    let mut words = hasher.finalize_xof();
    // 2^64 mod total.
    let beyond = total.wrapping_neg().checked_rem(total)?;
    loop {
        let mut word = [0; 8];
        words.fill(&mut word);
        let x = u64::from_le_bytes(word);
        // x < 2^64 − beyond.
        if x <= u64::MAX - beyond {
            return Some(x % total);
        }
    }
}
