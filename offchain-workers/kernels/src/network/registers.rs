//! The operations of a network on the columns of a strip, in registers.

use crate::simd::Vector;

/// Where register `register` of the R of a row begins.
///
/// # Safety
/// The strip has this row.
#[inline(always)]
unsafe fn place<V: Vector, const R: usize>(strip: *mut i32, row: u16, register: usize) -> *mut i32 {
    unsafe { strip.add((row as usize * R + register) * V::LANES) }
}

/// # Safety
/// The strip has these rows.
#[inline(always)]
pub unsafe fn both<V: Vector, const R: usize>(strip: *mut i32, rows: &[u16; 2]) {
    for register in 0..R {
        unsafe {
            let (a, b) = (
                place::<V, R>(strip, rows[0], register),
                place::<V, R>(strip, rows[1], register),
            );
            let (x, y) = (V::read(a), V::read(b));
            x.min(y).write(a);
            x.max(y).write(b);
        }
    }
}

/// # Safety
/// The strip has these rows.
#[inline(always)]
pub unsafe fn low<V: Vector, const R: usize>(strip: *mut i32, rows: &[u16; 2]) {
    for register in 0..R {
        unsafe {
            let (a, b) = (
                place::<V, R>(strip, rows[0], register),
                place::<V, R>(strip, rows[1], register),
            );
            V::read(a).min(V::read(b)).write(a);
        }
    }
}

/// # Safety
/// The strip has these rows.
#[inline(always)]
pub unsafe fn high<V: Vector, const R: usize>(strip: *mut i32, rows: &[u16; 2]) {
    for register in 0..R {
        unsafe {
            let (a, b) = (
                place::<V, R>(strip, rows[0], register),
                place::<V, R>(strip, rows[1], register),
            );
            V::read(a).max(V::read(b)).write(b);
        }
    }
}

/// # Safety
/// The strip has these rows.
#[inline(always)]
pub unsafe fn cross<V: Vector, const R: usize>(strip: *mut i32, rows: &[u16; 4]) {
    for register in 0..R {
        unsafe {
            let (to_a, to_b) = (
                place::<V, R>(strip, rows[0], register),
                place::<V, R>(strip, rows[1], register),
            );
            let (to_c, to_d) = (
                place::<V, R>(strip, rows[2], register),
                place::<V, R>(strip, rows[3], register),
            );
            let (a, b, c, d) = (V::read(to_a), V::read(to_b), V::read(to_c), V::read(to_d));
            a.min(c).write(to_a);
            b.max(d).write(to_d);
            let (b, c) = (b.min(d), a.max(c));
            b.min(c).write(to_b);
            b.max(c).write(to_c);
        }
    }
}

/// # Safety
/// The strip has 16 rows from `first` on.
#[inline(always)]
pub unsafe fn sort_16<V: Vector, const R: usize>(strip: *mut i32, first: u16) {
    for register in 0..R {
        let mut x = [V::zero(); 16];
        unsafe {
            for (i, x) in x.iter_mut().enumerate() {
                *x = V::read(place::<V, R>(strip, first + i as u16, register));
            }
            sort_registers(&mut x);
            for (i, x) in x.iter().enumerate() {
                x.write(place::<V, R>(strip, first + i as u16, register));
            }
        }
    }
}

/// # Safety
/// The strip has 16 rows `distance` apart from `first` on.
#[inline(always)]
pub unsafe fn merge_16<V: Vector, const R: usize>(strip: *mut i32, first: u16, distance: u16) {
    for register in 0..R {
        let mut x = [V::zero(); 16];
        unsafe {
            for (i, x) in x.iter_mut().enumerate() {
                *x = V::read(place::<V, R>(strip, first + i as u16 * distance, register));
            }
            merge_registers(&mut x);
            for (i, x) in x.iter().enumerate() {
                x.write(place::<V, R>(strip, first + i as u16 * distance, register));
            }
        }
    }
}

/// The network of 60 comparators for 16 values that M. W. Green found in 1969 (Knuth, 5.3.4, figure 49), in a form of ten layers.
pub const SORT_16: [[u8; 2]; 60] = [
    [0, 13],
    [1, 12],
    [2, 15],
    [3, 14],
    [4, 8],
    [5, 6],
    [7, 11],
    [9, 10], //
    [0, 5],
    [1, 7],
    [2, 9],
    [3, 4],
    [6, 13],
    [8, 14],
    [10, 15],
    [11, 12], //
    [0, 1],
    [2, 3],
    [4, 5],
    [6, 8],
    [7, 9],
    [10, 11],
    [12, 13],
    [14, 15], //
    [0, 2],
    [1, 3],
    [4, 10],
    [5, 11],
    [6, 7],
    [8, 9],
    [12, 14],
    [13, 15], //
    [1, 2],
    [3, 12],
    [4, 6],
    [5, 7],
    [8, 10],
    [9, 11],
    [13, 14], //
    [1, 4],
    [2, 6],
    [5, 8],
    [7, 10],
    [9, 13],
    [11, 14], //
    [2, 4],
    [3, 6],
    [9, 12],
    [11, 13], //
    [3, 5],
    [6, 8],
    [7, 9],
    [10, 12], //
    [3, 4],
    [5, 6],
    [7, 8],
    [9, 10],
    [11, 12], //
    [6, 7],
    [8, 9],
];

/// Batcher's merge of two sorted rows of 8.
pub const MERGE_16: [[u8; 2]; 25] = [
    [0, 8],
    [1, 9],
    [2, 10],
    [3, 11],
    [4, 12],
    [5, 13],
    [6, 14],
    [7, 15], //
    [4, 8],
    [5, 9],
    [6, 10],
    [7, 11], //
    [2, 4],
    [3, 5],
    [6, 8],
    [7, 9],
    [10, 12],
    [11, 13], //
    [1, 2],
    [3, 4],
    [5, 6],
    [7, 8],
    [9, 10],
    [11, 12],
    [13, 14],
];

/// Written out: a loop over the constant is not always unrolled, and then the registers become an array in memory.
macro_rules! steps {
    ($x:ident, $network:ident, $($i:literal)*) => {
        $({
            const PAIR: [u8; 2] = $network[$i];
            const LOW: usize = PAIR[0] as usize;
            const HIGH: usize = PAIR[1] as usize;
            ($x[LOW], $x[HIGH]) = ($x[LOW].min($x[HIGH]), $x[LOW].max($x[HIGH]));
        })*
    };
}

#[inline(always)]
fn sort_registers<V: Vector>(x: &mut [V; 16]) {
    steps!(x, SORT_16, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29);
    steps!(x, SORT_16, 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59);
}

#[inline(always)]
fn merge_registers<V: Vector>(x: &mut [V; 16]) {
    steps!(x, MERGE_16, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By the 0-1 principle a network that sorts all zeros and ones sorts everything.
    #[test]
    fn sixteen_registers_should_be_sorted() {
        for bits in 0u32..1 << 16 {
            let mut x: [u32; 16] = std::array::from_fn(|i| bits >> i & 1);
            for [low, high] in SORT_16.map(|pair| pair.map(usize::from)) {
                (x[low], x[high]) = (x[low].min(x[high]), x[low].max(x[high]));
            }
            assert!(x.is_sorted(), "{bits:016b}");
        }
    }
}
