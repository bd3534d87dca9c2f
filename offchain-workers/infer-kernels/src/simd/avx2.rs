//! Vectors of AVX2 with FMA.

use super::Vector;
use core::arch::x86_64::*;

/// A window of `LANES` numbers that begins n before the middle has n lanes whose sign is set.
static FIRST: [i32; 16] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];

/// # Safety
/// AVX2.
#[inline(always)]
unsafe fn first(n: usize) -> __m256i {
    let from = 8 - n.min(8);
    // SAFETY: 8 of the 16 numbers begin at most at the ninth.
    unsafe { _mm256_loadu_si256(FIRST.as_ptr().add(from).cast()) }
}

/// # Safety
/// AVX2.
#[inline(always)]
unsafe fn power(k: __m256i) -> __m256 {
    unsafe { _mm256_castsi256_ps(_mm256_slli_epi32::<23>(_mm256_add_epi32(k, _mm256_set1_epi32(127)))) }
}

/// # Safety
/// AVX2.
#[inline(always)]
unsafe fn integers(x: __m256) -> __m256i {
    unsafe { _mm256_castps_si256(x) }
}

/// # Safety
/// AVX2.
#[inline(always)]
unsafe fn bits(x: __m256i) -> __m256 {
    unsafe { _mm256_castsi256_ps(x) }
}

/// (x_0 ⊕ x_2) ⊕ (x_1 ⊕ x_3).
///
/// # Safety
/// AVX2.
#[inline(always)]
pub(super) unsafe fn sum_of_4(x: __m128) -> f32 {
    unsafe {
        let pairs = _mm_add_ps(x, _mm_movehl_ps(x, x));
        _mm_cvtss_f32(_mm_add_ss(pairs, _mm_movehdup_ps(pairs)))
    }
}

/// # Safety
/// AVX2.
#[inline(always)]
pub(super) unsafe fn largest_of_4(x: __m128) -> f32 {
    unsafe {
        let pairs = _mm_max_ps(x, _mm_movehl_ps(x, x));
        _mm_cvtss_f32(_mm_max_ss(pairs, _mm_movehdup_ps(pairs)))
    }
}

// SAFETY of all intrinsics below: see the module's text; `dispatch!` chooses the type by what the CPU has.
impl Vector for __m256 {
    const LANES: usize = 8;

    /// The sign of each lane says whether the condition holds.
    type Mask = __m256;

    #[inline(always)]
    unsafe fn read(from: *const f32) -> Self {
        unsafe { _mm256_loadu_ps(from) }
    }

    #[inline(always)]
    unsafe fn write(self, to: *mut f32) {
        unsafe { _mm256_storeu_ps(to, self) }
    }

    #[inline(always)]
    unsafe fn read_part(from: *const f32, n: usize) -> Self {
        unsafe { _mm256_maskload_ps(from, first(n)) }
    }

    #[inline(always)]
    unsafe fn write_part(self, to: *mut f32, n: usize) {
        unsafe { _mm256_maskstore_ps(to, first(n), self) }
    }

    #[inline(always)]
    unsafe fn read_turned(from: *const f32, step: usize) -> [Self; 4] {
        unsafe {
            let four = |row: usize| _mm_loadu_ps(from.add(row * step));
            // Rows i and i + 4, which 4 × 4 squares turn side by side.
            let rows = |i: usize| _mm256_insertf128_ps::<1>(_mm256_castps128_ps256(four(i)), four(i + 4));
            let (a, b, c, d) = (rows(0), rows(1), rows(2), rows(3));
            let (ab, cd) = (_mm256_unpacklo_ps(a, b), _mm256_unpacklo_ps(c, d));
            let (ab_high, cd_high) = (_mm256_unpackhi_ps(a, b), _mm256_unpackhi_ps(c, d));
            [
                _mm256_shuffle_ps::<0x44>(ab, cd),
                _mm256_shuffle_ps::<0xee>(ab, cd),
                _mm256_shuffle_ps::<0x44>(ab_high, cd_high),
                _mm256_shuffle_ps::<0xee>(ab_high, cd_high),
            ]
        }
    }

    #[inline(always)]
    unsafe fn read_pairs(from: *const i8) -> Self {
        unsafe { bits(_mm256_cvtepi8_epi16(_mm_loadu_si128(from.cast()))) }
    }

    #[inline(always)]
    fn add_pairs(self, a: Self, b: Self) -> Self {
        unsafe {
            bits(_mm256_add_epi32(
                integers(self),
                _mm256_madd_epi16(integers(a), integers(b)),
            ))
        }
    }

    #[inline(always)]
    fn splat(x: f32) -> Self {
        unsafe { _mm256_set1_ps(x) }
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        unsafe { _mm256_add_ps(self, other) }
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        unsafe { _mm256_sub_ps(self, other) }
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        unsafe { _mm256_mul_ps(self, other) }
    }

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        unsafe { _mm256_div_ps(self, other) }
    }

    #[inline(always)]
    fn fma(self, b: Self, c: Self) -> Self {
        unsafe { _mm256_fmadd_ps(self, b, c) }
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        unsafe { _mm256_sqrt_ps(self) }
    }

    #[inline(always)]
    fn unless(self, mask: Self::Mask) -> Self {
        // A comparison's lanes are all ones or all zeros, and all ones are NaN.
        self.or(mask)
    }

    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        unsafe { _mm256_max_ps(self, other) }
    }

    #[inline(always)]
    fn smaller(self, other: Self) -> Self {
        unsafe { _mm256_min_ps(self, other) }
    }

    #[inline(always)]
    fn scale(self, n: Self) -> Self {
        unsafe {
            let k = _mm256_cvtps_epi32(n);
            let half = _mm256_srai_epi32::<1>(k);
            // In two steps, since 2^k itself may be no f32; only the second one can round, among the subnormals.
            self.mul(power(half)).mul(power(_mm256_sub_epi32(k, half)))
        }
    }

    #[inline(always)]
    fn lt(self, other: Self) -> Self::Mask {
        unsafe { _mm256_cmp_ps::<_CMP_LT_OQ>(self, other) }
    }

    #[inline(always)]
    fn le(self, other: Self) -> Self::Mask {
        unsafe { _mm256_cmp_ps::<_CMP_LE_OQ>(self, other) }
    }

    #[inline(always)]
    fn eq(self, other: Self) -> Self::Mask {
        unsafe { _mm256_cmp_ps::<_CMP_EQ_OQ>(self, other) }
    }

    #[inline(always)]
    fn unordered(a: Self, b: Self) -> Self::Mask {
        unsafe { _mm256_cmp_ps::<_CMP_UNORD_Q>(a, b) }
    }

    #[inline(always)]
    fn first(n: usize) -> Self::Mask {
        unsafe { bits(first(n)) }
    }

    #[inline(always)]
    fn is_odd(self) -> Self::Mask {
        self.shift_left(31)
    }

    #[inline(always)]
    fn either(a: Self::Mask, b: Self::Mask) -> Self::Mask {
        a.or(b)
    }

    #[inline(always)]
    fn none() -> Self::Mask {
        Self::zero()
    }

    #[inline(always)]
    fn any(mask: Self::Mask) -> bool {
        unsafe { _mm256_movemask_ps(mask) != 0 }
    }

    #[inline(always)]
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self {
        unsafe { _mm256_blendv_ps(no, yes, mask) }
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        unsafe { _mm256_and_ps(self, other) }
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        unsafe { _mm256_or_ps(self, other) }
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        unsafe { _mm256_xor_ps(self, other) }
    }

    #[inline(always)]
    fn add_bits(self, other: Self) -> Self {
        unsafe { bits(_mm256_add_epi32(integers(self), integers(other))) }
    }

    #[inline(always)]
    fn sub_bits(self, other: Self) -> Self {
        unsafe { bits(_mm256_sub_epi32(integers(self), integers(other))) }
    }

    #[inline(always)]
    fn shift_left(self, n: u32) -> Self {
        unsafe { bits(_mm256_sllv_epi32(integers(self), _mm256_set1_epi32(n as i32))) }
    }

    #[inline(always)]
    fn shift_right(self, n: u32) -> Self {
        unsafe { bits(_mm256_srav_epi32(integers(self), _mm256_set1_epi32(n as i32))) }
    }

    #[inline(always)]
    fn to_number(self) -> Self {
        unsafe { _mm256_cvtepi32_ps(integers(self)) }
    }

    #[inline(always)]
    fn sum_by_halves(self) -> f32 {
        unsafe {
            sum_of_4(_mm_add_ps(
                _mm256_castps256_ps128(self),
                _mm256_extractf128_ps::<1>(self),
            ))
        }
    }

    #[inline(always)]
    fn largest(self) -> f32 {
        unsafe {
            largest_of_4(_mm_max_ps(
                _mm256_castps256_ps128(self),
                _mm256_extractf128_ps::<1>(self),
            ))
        }
    }
}
