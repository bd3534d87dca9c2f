//! All inner products of a block's rows, from small limbs.
//!
//! A grid integer is cut into balanced limbs, x = x₀ + x₁ R + x₂ R²; their products fit pairs of i16 in one instruction and
//! sums of them i32. Karatsuba's identity x₀y₁ + x₁y₀ = (x₀ + x₁)(y₀ + y₁) − x₀y₀ − x₁y₁ makes of each product of two limbs one of
//! two *planes*: x·y = Σ_p w_p (x_p · y_p), where plane p is a limb or the sum of two, the same for x and y. One limb makes one
//! plane, two make three, three make six. A block takes as few limbs as its largest value allows: the integers are the same.

use crate::{
    cpu::{dispatch, Cpu},
    rows::Rows,
    simd::Vector,
};

/// Coordinates of a block at most: as many products of plane values fit i32, see `PLANE_MAX`.
pub const BLOCK: usize = 1024;
/// Largest magnitude in a plane. A lane adds two products for each 2 · LANES coordinates: at most 128 of a block on eight lanes or
/// more, and of half a block on four. 128 · 4095² < 2^31.
const PLANE_MAX: i64 = 4095;
/// Rows of a tile of the result, and its columns.
const TILE: usize = 3;
/// Rows whose planes stay in a core's cache while they meet another such panel.
const PANEL: usize = 48;

/// The upper triangle of the products of some rows, summed over blocks.
#[derive(Clone, Debug)]
pub struct Pairs {
    rows: usize,
    /// Row by row: (0,0), (0,1), …, (1,1), …
    upper: Vec<i128>,
    plane: Vec<i16>,
}

/// A plane: limbs added, and the weight of its products.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Plane {
    limbs: [bool; 3],
    weight: i64,
}

impl Pairs {
    /// All zero.
    pub fn new(rows: usize) -> Self {
        Self {
            rows,
            upper: vec![0; rows * (rows + 1) / 2],
            plane: Vec::new(),
        }
    }

    /// Rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The sums.
    pub fn upper(&self) -> &[i128] {
        &self.upper
    }

    /// The sums, and zeros in their place.
    pub fn take(&mut self) -> Vec<i128> {
        let zeros = vec![0; self.upper.len()];
        std::mem::replace(&mut self.upper, zeros)
    }

    /// Adds 4^`shift` times the products of a block of at most [`BLOCK`] columns, whose values are grid integers: |q| ≤ 2^30.
    ///
    /// # Panics
    /// If the block has another number of rows, or more columns.
    pub fn add(&mut self, cpu: Cpu, rows: &Rows, shift: u32) {
        assert_eq!(rows.count(), self.rows, "as many rows as at first");
        assert!(rows.width() <= BLOCK, "at most {BLOCK} columns");
        let (bits, planes) = planes(rows.largest());
        // Rows and columns that there are not are zeros.
        let (width, padded) = (rows.width().next_multiple_of(32), self.rows.next_multiple_of(TILE));
        // Rows an odd number of cache lines apart do not compete for the same ones.
        let stride = ((width / 32) | 1) * 32;
        self.plane.clear();
        self.plane.resize(stride * padded, 0);
        for plane in planes {
            for i in 0..self.rows {
                let (row, out) = (rows.row(i), &mut self.plane[i * stride..][..rows.width()]);
                split(cpu, row, bits, plane.limbs, out);
            }
            let (plane_values, count, upper) = (&self.plane[..], self.rows, &mut self.upper[..]);
            // 2^44 at most, times 2^34; sums of 2^10 products of 24 bits keep the whole below 2^112.
            let (weight, size) = (i128::from(plane.weight) << (2 * shift), (stride, width));
            dispatch!(cpu, multiply(plane_values: &[i16], size: (usize, usize), count: usize, weight: i128, upper: &mut [i128]));
        }
    }
}

/// Bits of the lower limbs, and the planes, for values up to `largest`.
fn planes(largest: u32) -> (u32, Vec<Plane>) {
    let plane = |limbs: [bool; 3], weight| Plane { limbs, weight };
    let largest = i64::from(largest);
    if largest <= PLANE_MAX {
        return (0, vec![plane([true, false, false], 1)]);
    }
    // Two limbs of 12 bits: 2^11 at most below, and the sum of both in a plane.
    if (largest + (1 << 11)) >> 12 <= PLANE_MAX - (1 << 11) {
        let r = 1i64 << 12;
        let planes = vec![
            plane([true, false, false], 1 - r),
            plane([false, true, false], r * r - r),
            plane([true, true, false], r),
        ];
        return (12, planes);
    }
    // Three of 11: 2^10 at most below, 2^8 + 1 above.
    let r = 1i64 << 11;
    let (r2, r3, r4) = (r * r, r * r * r, r * r * r * r);
    let planes = vec![
        plane([true, false, false], 1 - r - r2),
        plane([false, true, false], r2 - r - r3),
        plane([false, false, true], r4 - r2 - r3),
        plane([true, true, false], r),
        plane([true, false, true], r2),
        plane([false, true, true], r3),
    ];
    (11, planes)
}

/// The plane's values of a row.
fn split(cpu: Cpu, row: &[i32], bits: u32, limbs: [bool; 3], out: &mut [i16]) {
    match (bits, limbs) {
        (0, _) => dispatch!(cpu, split_one(row: &[i32], out: &mut [i16])),
        (12, _) => dispatch!(cpu, split_two(row: &[i32], limbs: [bool; 3], out: &mut [i16])),
        _ => dispatch!(cpu, split_three(row: &[i32], limbs: [bool; 3], out: &mut [i16])),
    }
}

#[inline(always)]
fn split_one<V: Vector>(row: &[i32], out: &mut [i16]) {
    row.iter().zip(out).for_each(|(&x, out)| *out = x as i16);
}

#[inline(always)]
fn split_two<V: Vector>(row: &[i32], limbs: [bool; 3], out: &mut [i16]) {
    let [low_mask, high_mask, _] = limbs.map(|used| -i32::from(used));
    for (&x, out) in row.iter().zip(out) {
        let high = (x + (1 << 11)) >> 12;
        let low = x - (high << 12);
        *out = ((low & low_mask) + (high & high_mask)) as i16;
    }
}

#[inline(always)]
fn split_three<V: Vector>(row: &[i32], limbs: [bool; 3], out: &mut [i16]) {
    let [mask_0, mask_1, mask_2] = limbs.map(|used| -i32::from(used));
    for (&x, out) in row.iter().zip(out) {
        let rest = (x + (1 << 10)) >> 11;
        let high = (rest + (1 << 10)) >> 11;
        let (low, middle) = (x - (rest << 11), rest - (high << 11));
        *out = ((low & mask_0) + (middle & mask_1) + (high & mask_2)) as i16;
    }
}

/// `upper[(i, j)] += weight · (row i · row j)` of a plane, panel by panel, in tiles of results.
#[inline(always)]
fn multiply<V: Vector>(plane: &[i16], size: (usize, usize), count: usize, weight: i128, upper: &mut [i128]) {
    let (stride, width) = size;
    for left in (0..count).step_by(PANEL) {
        for right in (left..count).step_by(PANEL) {
            for i in (left..count.min(left + PANEL)).step_by(TILE) {
                for j in (right.max(i)..count.min(right + PANEL)).step_by(TILE) {
                    let sums = tile::<V>(&plane[i * stride..], &plane[j * stride..], stride, width);
                    add_tile(&sums, (i, j), count, weight, upper);
                }
            }
        }
    }
}

/// Inner products of TILE rows with TILE others.
#[inline(always)]
fn tile<V: Vector>(a: &[i16], b: &[i16], stride: usize, width: usize) -> [[i64; TILE]; TILE] {
    // On four lanes 1,024 coordinates would overflow a lane.
    let part = if V::LANES < 8 { width.min(BLOCK / 2) } else { width };
    let mut total = [[0; TILE]; TILE];
    for start in (0..width).step_by(part) {
        let end = width.min(start + part);
        let a: [&[i16]; TILE] = std::array::from_fn(|i| &a[i * stride..][start..end]);
        let b: [&[i16]; TILE] = std::array::from_fn(|i| &b[i * stride..][start..end]);
        let mut sums = [[V::zero(); TILE]; TILE];
        let mut at = 0;
        while at + 2 * V::LANES <= end - start {
            let x: [V; TILE] = std::array::from_fn(|i| V::load_pairs(&a[i][at..]));
            for j in 0..TILE {
                let y = V::load_pairs(&b[j][at..]);
                for i in 0..TILE {
                    sums[i][j] = sums[i][j].add_products(x[i], y);
                }
            }
            at += 2 * V::LANES;
        }
        for i in 0..TILE {
            for j in 0..TILE {
                total[i][j] += sums[i][j].sum();
            }
        }
    }
    total
}

/// Adds what of a tile lies in the upper triangle.
#[inline(always)]
fn add_tile(sums: &[[i64; TILE]; TILE], first: (usize, usize), count: usize, weight: i128, upper: &mut [i128]) {
    for (i, row) in (first.0..count).zip(sums) {
        // Rows before i hold count, count − 1, … entries.
        let start = i * (2 * count + 1 - i) / 2;
        for (j, &sum) in (first.1..count).zip(row) {
            if j >= i {
                upper[start + j - i] += i128::from(sum) * weight;
            }
        }
    }
}
