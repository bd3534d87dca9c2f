//! Sums in Z/2^32 and Z/2^64, which masked (secure) aggregation uses.

use crate::{
    cpu::{dispatch, Cpu},
    simd::Vector,
};

/// Adds little-endian u32 values to `sums` modulo 2^32.
///
/// # Panics
/// If `row` has not four bytes for every sum.
pub fn sum32(cpu: Cpu, row: &[u8], sums: &mut [u32]) {
    assert_eq!(row.len(), 4 * sums.len(), "bytes of as many u32 as there are sums");
    dispatch!(cpu, add32(row: &[u8], sums: &mut [u32]));
}

/// Adds little-endian u64 values to `sums` modulo 2^64.
///
/// # Panics
/// If `row` has not eight bytes for every sum.
pub fn sum64(cpu: Cpu, row: &[u8], sums: &mut [u64]) {
    assert_eq!(row.len(), 8 * sums.len(), "bytes of as many u64 as there are sums");
    dispatch!(cpu, add64(row: &[u8], sums: &mut [u64]));
}

#[inline(always)]
fn add32<V: Vector>(row: &[u8], sums: &mut [u32]) {
    for (sum, &value) in sums.iter_mut().zip(row.as_chunks().0) {
        *sum = sum.wrapping_add(u32::from_le_bytes(value));
    }
}

#[inline(always)]
fn add64<V: Vector>(row: &[u8], sums: &mut [u64]) {
    for (sum, &value) in sums.iter_mut().zip(row.as_chunks().0) {
        *sum = sum.wrapping_add(u64::from_le_bytes(value));
    }
}
