//! Vectors of AVX-512 F, BW, DQ and VL.

use super::Vector;
use core::arch::x86_64::*;

#[inline(always)]
fn first(n: usize) -> __mmask16 {
    ((1u32 << n.min(16)) - 1) as __mmask16
}

/// # Safety
/// AVX-512 F.
#[inline(always)]
unsafe fn integers(x: __m512) -> __m512i {
    unsafe { _mm512_castps_si512(x) }
}

/// # Safety
/// AVX-512 F.
#[inline(always)]
unsafe fn bits(x: __m512i) -> __m512 {
    unsafe { _mm512_castsi512_ps(x) }
}

// SAFETY of all intrinsics below: see the module's text; `dispatch!` chooses the type by what the CPU has.
impl Vector for __m512 {
    const LANES: usize = 16;

    type Mask = __mmask16;

    #[inline(always)]
    unsafe fn read(from: *const f32) -> Self {
        unsafe { _mm512_loadu_ps(from) }
    }

    #[inline(always)]
    unsafe fn write(self, to: *mut f32) {
        unsafe { _mm512_storeu_ps(to, self) }
    }

    #[inline(always)]
    unsafe fn read_part(from: *const f32, n: usize) -> Self {
        unsafe { _mm512_maskz_loadu_ps(first(n), from) }
    }

    #[inline(always)]
    unsafe fn write_part(self, to: *mut f32, n: usize) {
        unsafe { _mm512_mask_storeu_ps(to, first(n), self) }
    }

    #[inline(always)]
    unsafe fn read_turned(from: *const f32, step: usize) -> [Self; 4] {
        unsafe {
            let four = |row: usize| _mm_loadu_ps(from.add(row * step));
            // Rows i, i + 4, i + 8 and i + 12, which 4 × 4 squares turn side by side.
            let rows = |i: usize| {
                let low = _mm512_castps128_ps512(four(i));
                let low = _mm512_insertf32x4::<1>(low, four(i + 4));
                _mm512_insertf32x4::<3>(_mm512_insertf32x4::<2>(low, four(i + 8)), four(i + 12))
            };
            let (a, b, c, d) = (rows(0), rows(1), rows(2), rows(3));
            let (ab, cd) = (_mm512_unpacklo_ps(a, b), _mm512_unpacklo_ps(c, d));
            let (ab_high, cd_high) = (_mm512_unpackhi_ps(a, b), _mm512_unpackhi_ps(c, d));
            [
                _mm512_shuffle_ps::<0x44>(ab, cd),
                _mm512_shuffle_ps::<0xee>(ab, cd),
                _mm512_shuffle_ps::<0x44>(ab_high, cd_high),
                _mm512_shuffle_ps::<0xee>(ab_high, cd_high),
            ]
        }
    }

    #[inline(always)]
    unsafe fn read_pairs(from: *const i8) -> Self {
        unsafe { bits(_mm512_cvtepi8_epi16(_mm256_loadu_si256(from.cast()))) }
    }

    #[inline(always)]
    fn add_pairs(self, a: Self, b: Self) -> Self {
        unsafe {
            bits(_mm512_add_epi32(
                integers(self),
                _mm512_madd_epi16(integers(a), integers(b)),
            ))
        }
    }

    #[inline(always)]
    fn splat(x: f32) -> Self {
        unsafe { _mm512_set1_ps(x) }
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        unsafe { _mm512_add_ps(self, other) }
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        unsafe { _mm512_sub_ps(self, other) }
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        unsafe { _mm512_mul_ps(self, other) }
    }

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        unsafe { _mm512_div_ps(self, other) }
    }

    #[inline(always)]
    fn fma(self, b: Self, c: Self) -> Self {
        unsafe { _mm512_fmadd_ps(self, b, c) }
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        unsafe { _mm512_sqrt_ps(self) }
    }

    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        unsafe { _mm512_max_ps(self, other) }
    }

    #[inline(always)]
    fn smaller(self, other: Self) -> Self {
        unsafe { _mm512_min_ps(self, other) }
    }

    #[inline(always)]
    fn scale(self, n: Self) -> Self {
        unsafe { _mm512_scalef_ps(self, n) }
    }

    #[inline(always)]
    fn lt(self, other: Self) -> Self::Mask {
        unsafe { _mm512_cmp_ps_mask::<_CMP_LT_OQ>(self, other) }
    }

    #[inline(always)]
    fn le(self, other: Self) -> Self::Mask {
        unsafe { _mm512_cmp_ps_mask::<_CMP_LE_OQ>(self, other) }
    }

    #[inline(always)]
    fn eq(self, other: Self) -> Self::Mask {
        unsafe { _mm512_cmp_ps_mask::<_CMP_EQ_OQ>(self, other) }
    }

    #[inline(always)]
    fn unordered(a: Self, b: Self) -> Self::Mask {
        unsafe { _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(a, b) }
    }

    #[inline(always)]
    fn first(n: usize) -> Self::Mask {
        first(n)
    }

    #[inline(always)]
    fn is_odd(self) -> Self::Mask {
        unsafe { _mm512_test_epi32_mask(integers(self), _mm512_set1_epi32(1)) }
    }

    #[inline(always)]
    fn either(a: Self::Mask, b: Self::Mask) -> Self::Mask {
        a | b
    }

    #[inline(always)]
    fn none() -> Self::Mask {
        0
    }

    #[inline(always)]
    fn any(mask: Self::Mask) -> bool {
        mask != 0
    }

    #[inline(always)]
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self {
        unsafe { _mm512_mask_blend_ps(mask, no, yes) }
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        unsafe { _mm512_and_ps(self, other) }
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        unsafe { _mm512_or_ps(self, other) }
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        unsafe { _mm512_xor_ps(self, other) }
    }

    #[inline(always)]
    fn add_bits(self, other: Self) -> Self {
        unsafe { bits(_mm512_add_epi32(integers(self), integers(other))) }
    }

    #[inline(always)]
    fn sub_bits(self, other: Self) -> Self {
        unsafe { bits(_mm512_sub_epi32(integers(self), integers(other))) }
    }

    #[inline(always)]
    fn shift_left(self, n: u32) -> Self {
        unsafe { bits(_mm512_sllv_epi32(integers(self), _mm512_set1_epi32(n as i32))) }
    }

    #[inline(always)]
    fn shift_right(self, n: u32) -> Self {
        unsafe { bits(_mm512_srav_epi32(integers(self), _mm512_set1_epi32(n as i32))) }
    }

    #[inline(always)]
    fn to_number(self) -> Self {
        unsafe { _mm512_cvtepi32_ps(integers(self)) }
    }

    #[inline(always)]
    fn sum_by_halves(self) -> f32 {
        unsafe { _mm256_add_ps(_mm512_castps512_ps256(self), _mm512_extractf32x8_ps::<1>(self)).sum_by_halves() }
    }

    #[inline(always)]
    fn largest(self) -> f32 {
        unsafe { _mm256_max_ps(_mm512_castps512_ps256(self), _mm512_extractf32x8_ps::<1>(self)).largest() }
    }
}
