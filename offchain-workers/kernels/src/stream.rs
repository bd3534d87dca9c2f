//! The weighted mean straight from the updates' bytes: quantized, multiplied and added in registers.

use quorate_exact::{
    grid::{quantize as quantize_one, Scale},
    QuantizeError,
};

use crate::{
    cpu::{dispatch, Cpu},
    divide::divide,
    quantize::{first_fault, grid, Fault},
    rows::in_lines,
    simd::Vector,
    weighted::parts,
};

/// Rows added per load and store of the sums.
const GROUP: usize = 4;

/// Buffers of a thread.
#[derive(Clone, Debug, Default)]
pub struct WeightedStream {
    /// Sums of each vector's lower lanes, then of its higher ones.
    sums: Vec<i64>,
    means: Vec<i32>,
    /// Rows and weights that fit i32.
    terms: Vec<(u32, i32)>,
}

impl WeightedStream {
    /// `out[k] = RHE(Σ w_j q_jk / den)` over the terms (j, w_j), `bytes(j)` being the little-endian f32 of row j. Σ w ≤ den.
    /// The largest |q|, rows of weight 0 included.
    ///
    /// # Errors
    /// A [`Fault`] of some row; `out` is then unspecified.
    ///
    /// # Panics
    /// If a row has not four bytes for every output, or `den` is 0.
    pub fn run<'a>(
        &mut self,
        cpu: Cpu,
        bytes: impl Fn(u32) -> &'a [u8],
        scale: Scale,
        terms: impl Iterator<Item = (u32, u32)>,
        den: u32,
        out: &mut [i32],
    ) -> Result<u32, Fault> {
        let Some((factor, limit)) = grid(scale) else {
            return Err(Fault {
                index: 0,
                error: QuantizeError::Scale,
            });
        };
        let padded = out.len().next_multiple_of(16);
        let (sums, means) = (in_lines(&mut self.sums, padded), in_lines(&mut self.means, padded));
        sums.fill(0);
        self.terms.clear();
        for (row, weight) in terms {
            let [first, more @ ..] = parts(weight);
            self.terms.push((row, first));
            self.terms
                .extend(more.into_iter().filter(|&part| part > 0).map(|part| (row, part)));
        }
        let mut largest = 0;
        for (at, group) in self.terms.chunks(GROUP).enumerate() {
            let rows: [&[u8]; GROUP] = std::array::from_fn(|i| group.get(i).map_or(&[][..], |term| bytes(term.0)));
            let next = self.terms.get(GROUP * (at + 1)..).unwrap_or(&[]);
            let ahead: [&[u8]; GROUP] = std::array::from_fn(|i| next.get(i).map_or(&[][..], |term| bytes(term.0)));
            let weights: [i32; GROUP] = std::array::from_fn(|i| group.get(i).map_or(0, |term| term.1));
            assert!(
                rows.iter().take(group.len()).all(|row| row.len() == 4 * out.len()),
                "rows of the output's length"
            );
            let of_group = add_group(cpu, group.len(), rows, ahead, factor, weights, sums);
            largest = largest.max(of_group);
            if of_group > limit {
                let faulty = rows
                    .iter()
                    .map(|row| first_fault(row, scale))
                    .min_by_key(|fault| fault.index);
                return Err(faulty.unwrap_or(Fault {
                    index: 0,
                    error: QuantizeError::OutOfRange,
                }));
            }
        }
        divide(cpu, sums, den, means);
        let means = &*means;
        dispatch!(cpu, interleave(means: &[i32], out: &mut [i32]));
        // Rounding is monotone: the largest value has the largest integer.
        Ok(quantize_one(largest, scale).map_or(0, i32::unsigned_abs))
    }
}

/// Adds a group's rows to the sums; the bits of their largest magnitude.
fn add_group(
    cpu: Cpu,
    count: usize,
    rows: [&[u8]; GROUP],
    ahead: [&[u8]; GROUP],
    factor: f32,
    weights: [i32; GROUP],
    sums: &mut [i64],
) -> u32 {
    if count == GROUP {
        return dispatch!(cpu, add_4(rows: [&[u8]; 4], ahead: [&[u8]; 4], factor: f32, weights: [i32; 4], sums: &mut [i64]) -> u32);
    }
    let mut largest = 0;
    for (row, weight) in rows.into_iter().zip(weights).take(count) {
        largest = largest.max(dispatch!(cpu, add_1(row: &[u8], factor: f32, weight: i32, sums: &mut [i64]) -> u32));
    }
    largest
}

#[inline(always)]
fn add_4<V: Vector>(rows: [&[u8]; 4], ahead: [&[u8]; 4], factor: f32, weights: [i32; 4], sums: &mut [i64]) -> u32 {
    add_rows::<V, 4>(rows, ahead, factor, weights, sums)
}

#[inline(always)]
fn add_1<V: Vector>(row: &[u8], factor: f32, weight: i32, sums: &mut [i64]) -> u32 {
    add_rows::<V, 1>([row], [&[]], factor, [weight], sums)
}

#[inline(always)]
fn add_rows<V: Vector, const N: usize>(
    rows: [&[u8]; N],
    ahead: [&[u8]; N],
    factor: f32,
    weights: [i32; N],
    sums: &mut [i64],
) -> u32 {
    let (bytes, len) = (4 * V::LANES, rows[0].len());
    let mut weight = [V::zero(); N];
    let mut fetch = [std::ptr::null(); N];
    let mut step = [0; N];
    for i in 0..N {
        weight[i] = V::splat(weights[i]);
        fetch[i] = ahead[i].as_ptr();
        step[i] = if ahead[i].is_empty() { 0 } else { bytes };
    }
    let mut largest = V::zero();
    let (whole, mut at) = (len / bytes * bytes, 0);
    let mut places = sums.chunks_exact_mut(V::LANES);
    for place in (&mut places).take(whole / bytes) {
        let (mut lower, mut higher) = read_sums::<V>(place);
        for i in 0..N {
            let x = V::load_bytes(&rows[i][at..at + bytes]);
            V::prefetch(fetch[i]);
            fetch[i] = fetch[i].wrapping_add(step[i]);
            largest = largest.max(x.magnitude());
            let q = x.quantize(factor);
            lower = lower.add_wide(q.multiply_lower(weight[i]));
            higher = higher.add_wide(q.higher().multiply_lower(weight[i]));
        }
        write_sums(place, lower, higher);
        at += bytes;
    }
    if at < len {
        let Some(place) = places.next() else {
            return largest.largest() as u32;
        };
        let (mut lower, mut higher) = read_sums::<V>(place);
        for i in 0..N {
            let mut padded = [0u8; 64];
            padded[..len - at].copy_from_slice(&rows[i][at..]);
            let x = V::load_bytes(&padded);
            largest = largest.max(x.magnitude());
            let q = x.quantize(factor);
            lower = lower.add_wide(q.multiply_lower(weight[i]));
            higher = higher.add_wide(q.higher().multiply_lower(weight[i]));
        }
        write_sums(place, lower, higher);
    }
    largest.largest() as u32
}

/// The two vectors of i64 that `place`, LANES of them, holds.
#[inline(always)]
fn read_sums<V: Vector>(place: &[i64]) -> (V, V) {
    assert!(place.len() >= V::LANES);
    let from = place.as_ptr().cast::<i32>();
    // SAFETY: LANES i64 are two vectors of 4 · LANES bytes.
    unsafe { (V::read(from), V::read(from.add(V::LANES))) }
}

#[inline(always)]
fn write_sums<V: Vector>(place: &mut [i64], lower: V, higher: V) {
    assert!(place.len() >= V::LANES);
    let to = place.as_mut_ptr().cast::<i32>();
    // SAFETY: LANES i64 are two vectors of 4 · LANES bytes.
    unsafe {
        lower.write(to);
        higher.write(to.add(V::LANES));
    }
}

/// Back from lower and higher lanes to the order of the columns.
#[inline(always)]
fn interleave<V: Vector>(means: &[i32], out: &mut [i32]) {
    for (means, out) in means.chunks_exact(V::LANES).zip(out.chunks_mut(V::LANES)) {
        let (lower, higher) = means.split_at(V::LANES / 2);
        if out.len() == V::LANES {
            for k in 0..V::LANES / 2 {
                out[2 * k] = lower[k];
                out[2 * k + 1] = higher[k];
            }
        } else {
            out.iter_mut()
                .enumerate()
                .for_each(|(k, out)| *out = if k % 2 == 0 { lower[k / 2] } else { higher[k / 2] });
        }
    }
}
