//! Vectors of plain Rust.

use super::Vector;
use crate::divide::MAGIC;

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
