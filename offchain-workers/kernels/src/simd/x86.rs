//! Vectors of SSE2, AVX2 and AVX-512.

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
