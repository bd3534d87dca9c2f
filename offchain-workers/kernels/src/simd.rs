//! Vectors of i32 lanes: the few operations that the compiler does not find by itself.
//!
//! Methods are safe to call where the CPU has the type's instructions; `dispatch!` alone chooses the type, and it does so by a
//! [`crate::Cpu`]. They are inlined into a function compiled for these instructions, otherwise they would be slow calls.

use crate::divide::MAGIC;

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

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::Vector;
    use core::arch::x86_64::*;

    // SAFETY of all intrinsics below: see the module's text; `dispatch!` chooses the type by what the CPU has.
    impl Vector for __m128i {
        const LANES: usize = 4;

        #[inline(always)]
        unsafe fn read(from: *const i32) -> Self {
            unsafe { _mm_loadu_si128(from.cast()) }
        }

        #[inline(always)]
        unsafe fn write(self, to: *mut i32) {
            unsafe { _mm_storeu_si128(to.cast(), self) }
        }

        #[inline(always)]
        fn zero() -> Self {
            unsafe { _mm_setzero_si128() }
        }

        #[inline(always)]
        fn min(self, other: Self) -> Self {
            unsafe {
                let greater = _mm_cmpgt_epi32(self, other);
                _mm_or_si128(_mm_and_si128(greater, other), _mm_andnot_si128(greater, self))
            }
        }

        #[inline(always)]
        fn max(self, other: Self) -> Self {
            unsafe {
                let greater = _mm_cmpgt_epi32(self, other);
                _mm_or_si128(_mm_and_si128(greater, self), _mm_andnot_si128(greater, other))
            }
        }

        #[inline(always)]
        fn magnitude(self) -> Self {
            unsafe { _mm_and_si128(self, _mm_set1_epi32(i32::MAX)) }
        }

        #[inline(always)]
        fn quantize(self, factor: f32) -> Self {
            unsafe { _mm_cvtps_epi32(_mm_mul_ps(_mm_castsi128_ps(self), _mm_set1_ps(factor))) }
        }

        #[inline(always)]
        fn multiply_lower(self, weight: Self) -> Self {
            // Unsigned products: those of negative values are too large by 2^32 times the weight.
            unsafe {
                let negative = _mm_and_si128(_mm_srai_epi32(self, 31), weight);
                _mm_sub_epi64(_mm_mul_epu32(self, weight), _mm_slli_epi64(negative, 32))
            }
        }

        #[inline(always)]
        fn multiply_signed(self, other: Self) -> Self {
            // Unsigned products, less 2^32 times the other factor for each negative one.
            unsafe {
                let self_negative = _mm_and_si128(_mm_srai_epi32(self, 31), other);
                let other_negative = _mm_and_si128(_mm_srai_epi32(other, 31), self);
                let excess = _mm_slli_epi64(_mm_add_epi32(self_negative, other_negative), 32);
                _mm_sub_epi64(_mm_mul_epu32(self, other), excess)
            }
        }

        #[inline(always)]
        fn sum_wide(self) -> i64 {
            unsafe { _mm_cvtsi128_si64(_mm_add_epi64(self, _mm_unpackhi_epi64(self, self))) }
        }

        #[inline(always)]
        fn higher(self) -> Self {
            unsafe { _mm_srli_epi64(self, 32) }
        }

        #[inline(always)]
        fn widen(self) -> [Self; 2] {
            unsafe {
                let signs = _mm_srai_epi32(self, 31);
                [_mm_unpacklo_epi32(self, signs), _mm_unpackhi_epi32(self, signs)]
            }
        }

        #[inline(always)]
        fn add_wide(self, other: Self) -> Self {
            unsafe { _mm_add_epi64(self, other) }
        }

        #[inline(always)]
        fn splat(x: i32) -> Self {
            unsafe { _mm_set1_epi32(x) }
        }

        #[inline(always)]
        fn prefetch(from: *const u8) {
            unsafe { _mm_prefetch(from.cast(), _MM_HINT_T0) }
        }

        #[inline(always)]
        fn add_products(self, a: Self, b: Self) -> Self {
            unsafe { _mm_add_epi32(self, _mm_madd_epi16(a, b)) }
        }
    }

    impl Vector for __m256i {
        const LANES: usize = 8;

        #[inline(always)]
        unsafe fn read(from: *const i32) -> Self {
            unsafe { _mm256_loadu_si256(from.cast()) }
        }

        #[inline(always)]
        unsafe fn write(self, to: *mut i32) {
            unsafe { _mm256_storeu_si256(to.cast(), self) }
        }

        #[inline(always)]
        fn zero() -> Self {
            unsafe { _mm256_setzero_si256() }
        }

        #[inline(always)]
        fn min(self, other: Self) -> Self {
            unsafe { _mm256_min_epi32(self, other) }
        }

        #[inline(always)]
        fn max(self, other: Self) -> Self {
            unsafe { _mm256_max_epi32(self, other) }
        }

        #[inline(always)]
        fn magnitude(self) -> Self {
            unsafe { _mm256_and_si256(self, _mm256_set1_epi32(i32::MAX)) }
        }

        #[inline(always)]
        fn quantize(self, factor: f32) -> Self {
            unsafe { _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_castsi256_ps(self), _mm256_set1_ps(factor))) }
        }

        #[inline(always)]
        fn multiply_lower(self, weight: Self) -> Self {
            unsafe { _mm256_mul_epi32(self, weight) }
        }

        #[inline(always)]
        fn multiply_signed(self, other: Self) -> Self {
            unsafe { _mm256_mul_epi32(self, other) }
        }

        #[inline(always)]
        fn sum_wide(self) -> i64 {
            unsafe { _mm_add_epi64(_mm256_castsi256_si128(self), _mm256_extracti128_si256::<1>(self)).sum_wide() }
        }

        #[inline(always)]
        fn higher(self) -> Self {
            unsafe { _mm256_srli_epi64(self, 32) }
        }

        #[inline(always)]
        fn widen(self) -> [Self; 2] {
            unsafe {
                let (first, last) = (_mm256_castsi256_si128(self), _mm256_extracti128_si256::<1>(self));
                [_mm256_cvtepi32_epi64(first), _mm256_cvtepi32_epi64(last)]
            }
        }

        #[inline(always)]
        fn add_wide(self, other: Self) -> Self {
            unsafe { _mm256_add_epi64(self, other) }
        }

        #[inline(always)]
        fn splat(x: i32) -> Self {
            unsafe { _mm256_set1_epi32(x) }
        }

        #[inline(always)]
        fn prefetch(from: *const u8) {
            unsafe { _mm_prefetch(from.cast(), _MM_HINT_T0) }
        }

        #[inline(always)]
        fn add_products(self, a: Self, b: Self) -> Self {
            unsafe { _mm256_add_epi32(self, _mm256_madd_epi16(a, b)) }
        }
    }

    impl Vector for __m512i {
        const LANES: usize = 16;

        #[inline(always)]
        unsafe fn read(from: *const i32) -> Self {
            unsafe { _mm512_loadu_si512(from.cast()) }
        }

        #[inline(always)]
        unsafe fn write(self, to: *mut i32) {
            unsafe { _mm512_storeu_si512(to.cast(), self) }
        }

        #[inline(always)]
        fn zero() -> Self {
            unsafe { _mm512_setzero_si512() }
        }

        #[inline(always)]
        fn min(self, other: Self) -> Self {
            unsafe { _mm512_min_epi32(self, other) }
        }

        #[inline(always)]
        fn max(self, other: Self) -> Self {
            unsafe { _mm512_max_epi32(self, other) }
        }

        #[inline(always)]
        fn magnitude(self) -> Self {
            unsafe { _mm512_and_si512(self, _mm512_set1_epi32(i32::MAX)) }
        }

        #[inline(always)]
        fn quantize(self, factor: f32) -> Self {
            unsafe { _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_castsi512_ps(self), _mm512_set1_ps(factor))) }
        }

        #[inline(always)]
        fn multiply_lower(self, weight: Self) -> Self {
            unsafe { _mm512_mul_epi32(self, weight) }
        }

        #[inline(always)]
        fn multiply_signed(self, other: Self) -> Self {
            unsafe { _mm512_mul_epi32(self, other) }
        }

        #[inline(always)]
        fn sum_wide(self) -> i64 {
            unsafe { _mm256_add_epi64(_mm512_castsi512_si256(self), _mm512_extracti64x4_epi64::<1>(self)).sum_wide() }
        }

        #[inline(always)]
        fn higher(self) -> Self {
            unsafe { _mm512_srli_epi64(self, 32) }
        }

        #[inline(always)]
        fn widen(self) -> [Self; 2] {
            unsafe {
                let (first, last) = (_mm512_castsi512_si256(self), _mm512_extracti64x4_epi64::<1>(self));
                [_mm512_cvtepi32_epi64(first), _mm512_cvtepi32_epi64(last)]
            }
        }

        #[inline(always)]
        fn add_wide(self, other: Self) -> Self {
            unsafe { _mm512_add_epi64(self, other) }
        }

        #[inline(always)]
        fn splat(x: i32) -> Self {
            unsafe { _mm512_set1_epi32(x) }
        }

        #[inline(always)]
        fn prefetch(from: *const u8) {
            unsafe { _mm_prefetch(from.cast(), _MM_HINT_T0) }
        }

        #[inline(always)]
        fn add_products(self, a: Self, b: Self) -> Self {
            // The form that wraps, never `…s`, which saturates.
            unsafe { _mm512_dpwssd_epi32(self, a, b) }
        }
    }
}

/// Plain Rust, of which the compiler makes the vectors that it has.
impl Vector for [i32; 16] {
    const LANES: usize = 16;

    #[inline(always)]
    unsafe fn read(from: *const i32) -> Self {
        // SAFETY: as the trait asks.
        unsafe { from.cast::<Self>().read_unaligned() }
    }

    #[inline(always)]
    unsafe fn write(self, to: *mut i32) {
        // SAFETY: as the trait asks.
        unsafe { to.cast::<Self>().write_unaligned(self) }
    }

    #[inline(always)]
    fn zero() -> Self {
        [0; 16]
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        core::array::from_fn(|i| self[i].min(other[i]))
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        core::array::from_fn(|i| self[i].max(other[i]))
    }

    #[inline(always)]
    fn magnitude(self) -> Self {
        self.map(|x| x & i32::MAX)
    }

    #[inline(always)]
    fn quantize(self, factor: f32) -> Self {
        // Rounded by an addition, as not every CPU has an instruction that rounds.
        self.map(|x| (f64::from(f32::from_bits(x as u32) * factor) + MAGIC).to_bits() as i32)
    }

    #[inline(always)]
    fn multiply_lower(self, weight: Self) -> Self {
        self.multiply_signed(weight)
    }

    #[inline(always)]
    fn multiply_signed(self, other: Self) -> Self {
        from_wide(core::array::from_fn(|i| {
            i64::from(self[2 * i]) * i64::from(other[2 * i])
        }))
    }

    #[inline(always)]
    fn sum_wide(self) -> i64 {
        to_wide(self).into_iter().fold(0, i64::wrapping_add)
    }

    #[inline(always)]
    fn higher(self) -> Self {
        core::array::from_fn(|i| if i % 2 == 0 { self[i + 1] } else { 0 })
    }

    #[inline(always)]
    fn widen(self) -> [Self; 2] {
        [0, 8].map(|first| from_wide(core::array::from_fn(|i| i64::from(self[first + i]))))
    }

    #[inline(always)]
    fn add_wide(self, other: Self) -> Self {
        let (a, b) = (to_wide(self), to_wide(other));
        from_wide(core::array::from_fn(|i| a[i].wrapping_add(b[i])))
    }

    #[inline(always)]
    fn splat(x: i32) -> Self {
        [x; 16]
    }

    #[inline(always)]
    fn prefetch(_: *const u8) {}

    #[inline(always)]
    fn add_products(self, a: Self, b: Self) -> Self {
        let part = |x: i32, y: i32| {
            let (low, high) = (x as i16 as i32 * y as i16 as i32, (x >> 16) * (y >> 16));
            low.wrapping_add(high)
        };
        core::array::from_fn(|i| self[i].wrapping_add(part(a[i], b[i])))
    }
}

#[inline(always)]
fn to_wide(lanes: [i32; 16]) -> [i64; 8] {
    core::array::from_fn(|i| i64::from(lanes[2 * i + 1]) << 32 | i64::from(lanes[2 * i] as u32))
}

#[inline(always)]
fn from_wide(wide: [i64; 8]) -> [i32; 16] {
    core::array::from_fn(|i| (wide[i / 2] >> (32 * (i % 2))) as i32)
}
