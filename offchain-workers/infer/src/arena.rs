//! One block of memory for all values of a run. The crate's only unsafe code is in this file.

use std::{cell::RefCell, marker::PhantomData, ops::Range};

/// Where values begin: a line of the cache.
pub(crate) const ALIGNMENT: usize = 64;

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; ALIGNMENT]);

/// Elements of which every pattern of bits is one. A bool is a u8 here.
pub(crate) trait Bits: Copy + 'static {}

impl Bits for f32 {}
impl Bits for i64 {}
impl Bits for i32 {}
impl Bits for i8 {}
impl Bits for u8 {}
impl Bits for u32 {}
impl Bits for u64 {}

/// Elements' bytes as they lie in memory.
pub(crate) fn as_bytes<T: quorate_exact::infer::Element>(elements: &[T]) -> &[u8] {
    // SAFETY: all elements of tensors are numbers, or bools, without gaps.
    unsafe { core::slice::from_raw_parts(elements.as_ptr().cast(), size_of_val(elements)) }
}

/// The elements that bytes are.
///
/// # Panics
/// Unless they are whole ones, where such elements may lie.
pub(crate) fn elements<T: Bits>(bytes: &[u8]) -> &[T] {
    let whole = bytes.len().is_multiple_of(size_of::<T>());
    assert!(
        whole && bytes.as_ptr().addr().is_multiple_of(align_of::<T>()),
        "whole elements"
    );
    // SAFETY: they are whole and aligned, and every pattern of bits is a T.
    unsafe { core::slice::from_raw_parts(bytes.as_ptr().cast(), bytes.len() / size_of::<T>()) }
}

/// The memory of runs, one after the other.
#[derive(Default)]
pub(crate) struct Arena {
    lines: Vec<Line>,
    taken: Vec<(Range<usize>, bool)>,
}

impl Arena {
    /// Makes it at least this large; what is in it says nothing then.
    pub fn reserve(&mut self, bytes: usize) {
        let lines = bytes.div_ceil(ALIGNMENT);
        if lines > self.lines.len() {
            // Not both at once: the old one is given back first.
            self.lines = Vec::new();
            self.lines = vec![Line([0; ALIGNMENT]); lines];
        }
    }

    pub fn bytes(&self) -> usize {
        self.lines.len() * ALIGNMENT
    }

    /// Slices of it, for as long as the loan lasts.
    pub fn lend(&mut self) -> Loan<'_> {
        self.taken.clear();
        Loan {
            base: self.lines.as_mut_ptr().cast(),
            len: self.lines.len() * ALIGNMENT,
            taken: RefCell::new(&mut self.taken),
            lines: PhantomData,
        }
    }
}

/// Hands out slices of an arena: any number that are read, but none that overlaps one that is written.
pub(crate) struct Loan<'a> {
    base: *mut u8,
    len: usize,
    taken: RefCell<&'a mut Vec<(Range<usize>, bool)>>,
    lines: PhantomData<&'a mut [Line]>,
}

impl<'a> Loan<'a> {
    /// The elements in these bytes.
    ///
    /// # Panics
    /// If they are outside, not whole, or written by somebody.
    pub fn read<T: Bits>(&self, bytes: Range<usize>) -> &'a [T] {
        let len = self.take::<T>(&bytes, false);
        // SAFETY: `take` has seen that the bytes are inside, aligned and not lent for writing; every pattern of bits is a T.
        unsafe { core::slice::from_raw_parts(self.base.add(bytes.start).cast(), len) }
    }

    /// The elements in these bytes, to write.
    ///
    /// # Panics
    /// If they are outside, not whole, or lent to somebody else.
    #[allow(clippy::mut_from_ref)]
    pub fn write<T: Bits>(&self, bytes: Range<usize>) -> &'a mut [T] {
        let len = self.take::<T>(&bytes, true);
        // SAFETY: as above, and they are lent to nobody else while the loan lasts.
        unsafe { core::slice::from_raw_parts_mut(self.base.add(bytes.start).cast(), len) }
    }

    fn take<T>(&self, bytes: &Range<usize>, written: bool) -> usize {
        let size = size_of::<T>();
        assert!(bytes.start <= bytes.end && bytes.end <= self.len, "bytes of the arena");
        assert!(
            bytes.start.is_multiple_of(align_of::<T>()) && bytes.len().is_multiple_of(size),
            "whole elements"
        );
        let mut taken = self.taken.borrow_mut();
        let free = taken.iter().all(|(other, other_written)| {
            !(written || *other_written) || other.end <= bytes.start || bytes.end <= other.start
        });
        assert!(free, "a value that is written is lent once");
        taken.push((bytes.clone(), written));
        bytes.len() / size
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_should_be_lent_for_reading_or_to_one_writer() {
        let mut arena = Arena::default();
        arena.reserve(256);
        let loan = arena.lend();
        loan.write::<f32>(0..64).fill(1.0);
        loan.write::<i64>(64..128).fill(7);
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| loan.read::<f32>(60..64))).is_err());
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| loan.read::<f32>(130..134))).is_err());
        let loan = arena.lend();
        assert_eq!(loan.read::<f32>(0..64), [1.0; 16]);
        assert_eq!(loan.read::<f32>(0..8), [1.0; 2]);
        assert_eq!(loan.read::<i64>(64..128), [7; 8]);
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| loan.write::<f32>(32..40))).is_err());
        assert_eq!(arena.bytes(), 256);
    }
}
