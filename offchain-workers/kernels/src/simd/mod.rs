//! Vectors of i32 lanes: the few operations that the compiler does not find by itself.
//!
//! Methods are safe to call where the CPU has the type's instructions; `dispatch!` alone chooses the type, and it does so by a
//! [`crate::Cpu`]. They are inlined into a function compiled for these instructions, otherwise they would be slow calls.

mod plain;
#[cfg(target_arch = "x86_64")]
mod x86;

/// A vector register of i32 lanes.
pub(crate) trait Vector: Copy {
    /// Lanes.
    const LANES: usize;

    /// # Safety
    /// `4 · LANES` readable bytes at `from`, aligned or not.
    unsafe fn read(from: *const i32) -> Self;

    /// # Safety
    /// `4 · LANES` writable bytes at `to`, aligned or not.
    unsafe fn write(self, to: *mut i32);

    fn zero() -> Self;

    fn min(self, other: Self) -> Self;

    fn max(self, other: Self) -> Self;

    /// All bits but the sign.
    fn magnitude(self) -> Self;

    /// `round_half_even(x · factor)` of the f32 in each lane. Any value where that does not fit i32.
    fn quantize(self, factor: f32) -> Self;

    /// For each pair of lanes the product of the lower ones, as i64; `weight` is not negative.
    fn multiply_lower(self, weight: Self) -> Self;

    /// For each pair of lanes the product of the lower ones, as i64, whatever the signs.
    fn multiply_signed(self, other: Self) -> Self;

    /// The sum of the i64 that pairs of lanes are.
    fn sum_wide(self) -> i64;

    /// The higher lane of each pair, in place of the lower one.
    fn higher(self) -> Self;

    /// The i64 of the first half of the lanes, and of the last.
    fn widen(self) -> [Self; 2];

    /// Sums of i64.
    fn add_wide(self, other: Self) -> Self;

    fn splat(x: i32) -> Self;

    /// Asks for the line of memory at `from`, which need not be readable.
    fn prefetch(from: *const u8);

    /// Adds to each lane the products of its two i16 in `a` and `b`, modulo 2^32.
    fn add_products(self, a: Self, b: Self) -> Self;

    /// The largest lane.
    #[inline(always)]
    fn largest(self) -> i32 {
        self.lanes().into_iter().take(Self::LANES).fold(i32::MIN, i32::max)
    }

    /// The sum of the lanes.
    #[inline(always)]
    fn sum(self) -> i64 {
        self.lanes().into_iter().take(Self::LANES).map(i64::from).sum()
    }

    /// The lanes, then zeros.
    #[inline(always)]
    fn lanes(self) -> [i32; 16] {
        const { assert!(Self::LANES <= 16) };
        let mut lanes = [0; 16];
        // SAFETY: 16 lanes are room for LANES.
        unsafe { self.write(lanes.as_mut_ptr()) };
        lanes
    }

    /// From the first lanes of `from`.
    #[inline(always)]
    fn load(from: &[i32]) -> Self {
        assert!(from.len() >= Self::LANES);
        // SAFETY: the length was checked.
        unsafe { Self::read(from.as_ptr()) }
    }

    /// From the first bytes of `from`, little-endian.
    #[inline(always)]
    fn load_bytes(from: &[u8]) -> Self {
        assert!(from.len() >= 4 * Self::LANES);
        // SAFETY: the length was checked; alignment is not needed.
        unsafe { Self::read(from.as_ptr().cast()) }
    }

    /// Pairs of i16 from the first of `from`.
    #[inline(always)]
    fn load_pairs(from: &[i16]) -> Self {
        assert!(from.len() >= 2 * Self::LANES);
        // SAFETY: the length was checked; alignment is not needed.
        unsafe { Self::read(from.as_ptr().cast()) }
    }

    /// The i64 to the first of `to`.
    #[inline(always)]
    fn store_wide(self, to: &mut [i64]) {
        assert!(to.len() >= Self::LANES / 2);
        // SAFETY: the length was checked.
        unsafe { self.write(to.as_mut_ptr().cast()) }
    }

    /// To the first lanes of `to`.
    #[inline(always)]
    fn store(self, to: &mut [i32]) {
        assert!(to.len() >= Self::LANES);
        // SAFETY: the length was checked.
        unsafe { self.write(to.as_mut_ptr()) }
    }
}
