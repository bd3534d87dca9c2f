//! Vectors of f32 lanes, and what is done to all lanes at once: every operation rounds once, as the same operation of one f32.
//!
//! Methods are safe to call where the CPU has the type's instructions; `dispatch!` alone chooses the type, and it does so by an
//! [`crate::Isa`]. They are inlined into a function compiled for these instructions, otherwise they would be slow calls. So is all
//! that takes vectors: methods of traits and functions that are `#[inline(always)]`, since a closure that is called in two places
//! may stay a call.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod plain;

pub(crate) use plain::Plain;

/// A vector register of f32 lanes. What is said of one number holds for each lane.
pub(crate) trait Vector: Copy {
    /// Lanes: 8 or 16.
    const LANES: usize;

    /// A condition for each lane.
    type Mask: Copy;

    /// # Safety
    /// `LANES` readable f32 at `from`.
    unsafe fn read(from: *const f32) -> Self;

    /// # Safety
    /// `LANES` writable f32 at `to`.
    unsafe fn write(self, to: *mut f32);

    /// The first `n` lanes, at most `LANES`; the others are +0.
    ///
    /// # Safety
    /// `n` readable f32 at `from`. Nothing behind them is touched.
    unsafe fn read_part(from: *const f32, n: usize) -> Self;

    /// The first `n` lanes, at most `LANES`.
    ///
    /// # Safety
    /// `n` writable f32 at `to`. Nothing behind them is touched.
    unsafe fn write_part(self, to: *mut f32, n: usize);

    /// Four numbers of each of `LANES` rows: lane i of vector c is number c of row i.
    ///
    /// # Safety
    /// Four readable f32 at `from` + i · `step`, for each lane i.
    #[inline(always)]
    unsafe fn read_turned(from: *const f32, step: usize) -> [Self; 4] {
        let mut turned = [[0.0; 16]; 4];
        for i in 0..Self::LANES {
            for (c, lanes) in turned.iter_mut().enumerate() {
                // SAFETY: as this function asks.
                lanes[i] = unsafe { from.add(i * step + c).read() };
            }
        }
        turned.map(|lanes| Self::load(&lanes))
    }

    /// The f32 at `from` in all lanes.
    ///
    /// # Safety
    /// It is readable.
    #[inline(always)]
    unsafe fn broadcast(from: *const f32) -> Self {
        // SAFETY: as this function asks.
        Self::splat(unsafe { from.read() })
    }

    /// 2 · `LANES` i8, each of them an i16: two in the bits of each lane.
    ///
    /// # Safety
    /// They are readable.
    #[inline(always)]
    unsafe fn read_pairs(from: *const i8) -> Self {
        let mut lanes = [0.0; 16];
        for (i, lane) in lanes.iter_mut().take(Self::LANES).enumerate() {
            // SAFETY: as this function asks.
            let [low, high] = unsafe { [from.add(2 * i).read(), from.add(2 * i + 1).read()] };
            *lane = f32::from_bits(u32::from(i16::from(low) as u16) | u32::from(i16::from(high) as u16) << 16);
        }
        Self::load(&lanes)
    }

    /// Adds to the bits of each lane, an i32, the products of its two i16 in `a` and `b`, modulo 2^32.
    #[inline(always)]
    fn add_pairs(self, a: Self, b: Self) -> Self {
        let (mut sums, a, b) = (self.lanes(), a.lanes(), b.lanes());
        let part = |x: f32, shift: u32| i32::from((x.to_bits() >> shift) as i16);
        for i in 0..Self::LANES {
            let products = part(a[i], 0) * part(b[i], 0) + part(a[i], 16) * part(b[i], 16);
            sums[i] = f32::from_bits(sums[i].to_bits().wrapping_add(products as u32));
        }
        Self::load(&sums)
    }

    fn splat(x: f32) -> Self;

    fn add(self, other: Self) -> Self;

    fn sub(self, other: Self) -> Self;

    fn mul(self, other: Self) -> Self;

    fn div(self, other: Self) -> Self;

    /// self · b + c.
    fn fma(self, b: Self, c: Self) -> Self;

    fn sqrt(self) -> Self;

    /// The larger, −0 < +0; NaN if one is NaN.
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        self.max_number(other).unless(Self::unordered(self, other))
    }

    /// The smaller, −0 < +0; NaN if one is NaN.
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        self.min_number(other).unless(Self::unordered(self, other))
    }

    /// NaN where the condition, which is a comparison's, holds.
    #[inline(always)]
    fn unless(self, mask: Self::Mask) -> Self {
        Self::select(mask, Self::splat(f32::NAN), self)
    }

    /// The larger; `other` if the two are equal or one is NaN.
    fn larger(self, other: Self) -> Self;

    /// The smaller; `other` if the two are equal or one is NaN.
    fn smaller(self, other: Self) -> Self;

    /// [`Vector::max`] of numbers.
    #[inline(always)]
    fn max_number(self, other: Self) -> Self {
        // The two differ where zeros are compared alone.
        self.larger(other).and(other.larger(self))
    }

    /// [`Vector::min`] of numbers.
    #[inline(always)]
    fn min_number(self, other: Self) -> Self {
        self.smaller(other).or(other.smaller(self))
    }

    /// self · 2^n rounded once, for a whole n in −150 … 128 and 2^−75 < |self| < 2^63; whatever for others.
    fn scale(self, n: Self) -> Self;

    /// self < other, false of a NaN.
    fn lt(self, other: Self) -> Self::Mask;

    /// self ≤ other, false of a NaN.
    fn le(self, other: Self) -> Self::Mask;

    /// self = other, false of a NaN.
    fn eq(self, other: Self) -> Self::Mask;

    #[inline(always)]
    fn is_nan(self) -> Self::Mask {
        Self::unordered(self, self)
    }

    /// Whether one of the two is NaN.
    fn unordered(a: Self, b: Self) -> Self::Mask;

    /// The first `n` lanes, at most `LANES`.
    fn first(n: usize) -> Self::Mask;

    /// Whether the lowest bit is set.
    fn is_odd(self) -> Self::Mask;

    fn either(a: Self::Mask, b: Self::Mask) -> Self::Mask;

    /// A condition that holds in no lane.
    fn none() -> Self::Mask;

    /// Whether the condition holds in any lane.
    fn any(mask: Self::Mask) -> bool;

    /// `yes` where the condition holds, else `no`.
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self;

    /// Of the bits.
    fn and(self, other: Self) -> Self;

    /// Of the bits.
    fn or(self, other: Self) -> Self;

    /// Of the bits.
    fn xor(self, other: Self) -> Self;

    /// The sum of the bits as integers, modulo 2^32.
    fn add_bits(self, other: Self) -> Self;

    /// The difference of the bits as integers, modulo 2^32.
    fn sub_bits(self, other: Self) -> Self;

    /// The bits moved up by n < 32 places.
    fn shift_left(self, n: u32) -> Self;

    /// The bits as a signed integer, divided by 2^n, n < 32, and rounded down.
    fn shift_right(self, n: u32) -> Self;

    /// The nearest f32 of the signed integer that the bits are.
    fn to_number(self) -> Self;

    /// The halving tree: a_j = a_j ⊕ a_{j+h} for j < h, h = LANES / 2, …, 1.
    #[inline(always)]
    fn sum_by_halves(self) -> f32 {
        let mut lanes = self.lanes();
        let mut half = Self::LANES / 2;
        while half > 0 {
            for j in 0..half {
                lanes[j] += lanes[j + half];
            }
            half /= 2;
        }
        lanes[0]
    }

    /// [`Vector::larger`] of all lanes.
    #[inline(always)]
    fn largest(self) -> f32 {
        let first = |x: f32, y: f32| if x > y { x } else { y };
        self.lanes()[..Self::LANES]
            .iter()
            .copied()
            .fold(f32::NEG_INFINITY, first)
    }

    /// The first `n` lanes; +0 in the others.
    #[inline(always)]
    fn keep(self, n: usize) -> Self {
        Self::select(Self::first(n), self, Self::zero())
    }

    #[inline(always)]
    fn zero() -> Self {
        Self::splat(0.0)
    }

    /// These bits in all lanes.
    #[inline(always)]
    fn splat_bits(bits: u32) -> Self {
        Self::splat(f32::from_bits(bits))
    }

    #[inline(always)]
    fn abs(self) -> Self {
        self.and(Self::splat_bits(0x7fff_ffff))
    }

    #[inline(always)]
    fn neg(self) -> Self {
        self.xor(Self::splat_bits(1 << 31))
    }

    /// From the first lanes of `from`.
    #[inline(always)]
    fn load(from: &[f32]) -> Self {
        assert!(from.len() >= Self::LANES);
        // SAFETY: the length was checked.
        unsafe { Self::read(from.as_ptr()) }
    }

    /// To the first lanes of `to`.
    #[inline(always)]
    fn store(self, to: &mut [f32]) {
        assert!(to.len() >= Self::LANES);
        // SAFETY: the length was checked.
        unsafe { self.write(to.as_mut_ptr()) }
    }

    /// All of `from`, at most `LANES`; the lanes behind it are +0.
    #[inline(always)]
    fn load_part(from: &[f32]) -> Self {
        assert!(from.len() <= Self::LANES);
        // SAFETY: no more is read than there is.
        unsafe { Self::read_part(from.as_ptr(), from.len()) }
    }

    /// As many lanes as `to` has place for, at most `LANES`.
    #[inline(always)]
    fn store_part(self, to: &mut [f32]) {
        assert!(to.len() <= Self::LANES);
        // SAFETY: no more is written than there is place for.
        unsafe { self.write_part(to.as_mut_ptr(), to.len()) }
    }

    /// The lanes, then zeros.
    #[inline(always)]
    fn lanes(self) -> [f32; 16] {
        const { assert!(Self::LANES <= 16) };
        let mut lanes = [0.0; 16];
        // SAFETY: 16 lanes are room for LANES.
        unsafe { self.write(lanes.as_mut_ptr()) };
        lanes
    }
}
