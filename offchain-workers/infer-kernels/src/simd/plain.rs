//! Vectors of plain Rust.

use super::Vector;
use quorate_exact::infer::arithmetic::{sqrt, Fma, Software};

const LANES: usize = 8;

/// Plain Rust, of which the compiler makes the vectors that it has.
#[derive(Clone, Copy)]
pub(crate) struct Plain([f32; LANES]);

/// Whether `mul_add` is an instruction and not a call.
const FUSED: bool = cfg!(any(target_feature = "fma", target_arch = "aarch64"));

#[inline(always)]
fn fma(a: f32, b: f32, c: f32) -> f32 {
    match FUSED {
        true => a.mul_add(b, c),
        false => Software::fma(a, b, c),
    }
}

impl Plain {
    #[inline(always)]
    fn map(self, f: impl Fn(f32) -> f32) -> Self {
        Self(self.0.map(f))
    }

    #[inline(always)]
    fn with(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        Self(core::array::from_fn(|i| f(self.0[i], other.0[i])))
    }

    #[inline(always)]
    fn with_bits(self, other: Self, f: impl Fn(u32, u32) -> u32) -> Self {
        self.with(other, |a, b| f32::from_bits(f(a.to_bits(), b.to_bits())))
    }

    #[inline(always)]
    fn compare(self, other: Self, f: impl Fn(f32, f32) -> bool) -> [bool; LANES] {
        core::array::from_fn(|i| f(self.0[i], other.0[i]))
    }
}

/// 2^k for −126 ≤ k ≤ 127.
#[inline(always)]
fn power(k: i32) -> f32 {
    f32::from_bits((k.wrapping_add(127) as u32) << 23)
}

impl Vector for Plain {
    const LANES: usize = LANES;

    type Mask = [bool; LANES];

    #[inline(always)]
    unsafe fn read(from: *const f32) -> Self {
        // SAFETY: as the trait asks.
        Self(unsafe { from.cast::<[f32; LANES]>().read_unaligned() })
    }

    #[inline(always)]
    unsafe fn write(self, to: *mut f32) {
        // SAFETY: as the trait asks.
        unsafe { to.cast::<[f32; LANES]>().write_unaligned(self.0) }
    }

    #[inline(always)]
    unsafe fn read_part(from: *const f32, n: usize) -> Self {
        let mut lanes = [0.0; LANES];
        // SAFETY: as the trait asks; n lanes are at most all.
        unsafe { core::ptr::copy_nonoverlapping(from, lanes.as_mut_ptr(), n.min(LANES)) };
        Self(lanes)
    }

    #[inline(always)]
    unsafe fn write_part(self, to: *mut f32, n: usize) {
        // SAFETY: as the trait asks; n lanes are at most all.
        unsafe { core::ptr::copy_nonoverlapping(self.0.as_ptr(), to, n.min(LANES)) };
    }

    #[inline(always)]
    fn splat(x: f32) -> Self {
        Self([x; LANES])
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.with(other, |a, b| a + b)
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.with(other, |a, b| a - b)
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.with(other, |a, b| a * b)
    }

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        self.with(other, |a, b| a / b)
    }

    #[inline(always)]
    fn fma(self, b: Self, c: Self) -> Self {
        Self(core::array::from_fn(|i| fma(self.0[i], b.0[i], c.0[i])))
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        self.map(sqrt)
    }

    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        self.with(other, |a, b| if a > b { a } else { b })
    }

    #[inline(always)]
    fn smaller(self, other: Self) -> Self {
        self.with(other, |a, b| if a < b { a } else { b })
    }

    #[inline(always)]
    fn scale(self, n: Self) -> Self {
        self.with(n, |x, n| {
            let k = n as i32;
            let half = k >> 1;
            // In two steps, since 2^k itself may be no f32; only the second one can round, among the subnormals.
            (x * power(half)) * power(k.wrapping_sub(half))
        })
    }

    #[inline(always)]
    fn lt(self, other: Self) -> Self::Mask {
        self.compare(other, |a, b| a < b)
    }

    #[inline(always)]
    fn le(self, other: Self) -> Self::Mask {
        self.compare(other, |a, b| a <= b)
    }

    #[inline(always)]
    fn eq(self, other: Self) -> Self::Mask {
        self.compare(other, |a, b| a == b)
    }

    #[inline(always)]
    fn unordered(a: Self, b: Self) -> Self::Mask {
        a.compare(b, |a, b| a.is_nan() | b.is_nan())
    }

    #[inline(always)]
    fn first(n: usize) -> Self::Mask {
        core::array::from_fn(|i| i < n)
    }

    #[inline(always)]
    fn is_odd(self) -> Self::Mask {
        self.0.map(|x| x.to_bits() & 1 == 1)
    }

    #[inline(always)]
    fn either(a: Self::Mask, b: Self::Mask) -> Self::Mask {
        core::array::from_fn(|i| a[i] | b[i])
    }

    #[inline(always)]
    fn none() -> Self::Mask {
        [false; LANES]
    }

    #[inline(always)]
    fn any(mask: Self::Mask) -> bool {
        mask.contains(&true)
    }

    #[inline(always)]
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self {
        Self(core::array::from_fn(|i| if mask[i] { yes.0[i] } else { no.0[i] }))
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        self.with_bits(other, |a, b| a & b)
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        self.with_bits(other, |a, b| a | b)
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        self.with_bits(other, |a, b| a ^ b)
    }

    #[inline(always)]
    fn add_bits(self, other: Self) -> Self {
        self.with_bits(other, u32::wrapping_add)
    }

    #[inline(always)]
    fn sub_bits(self, other: Self) -> Self {
        self.with_bits(other, u32::wrapping_sub)
    }

    #[inline(always)]
    fn shift_left(self, n: u32) -> Self {
        self.map(|x| f32::from_bits(x.to_bits() << n))
    }

    #[inline(always)]
    fn shift_right(self, n: u32) -> Self {
        self.map(|x| f32::from_bits((x.to_bits() as i32 >> n) as u32))
    }

    #[inline(always)]
    fn to_number(self) -> Self {
        self.map(|x| x.to_bits() as i32 as f32)
    }
}
