//! Sums modulo 2^32 and 2^64, coordinate by coordinate: what secure aggregation does with masked values.

/// Adds rows of u32 to `out`, modulo 2^32. False, and `out` unchanged, if a row's length is not that of `out`.
///
/// Rows and parts of `out` may come in any order and grouping.
#[must_use]
pub fn sum32(rows: &[&[u32]], out: &mut [u32]) -> bool {
    sum(rows, out, u32::wrapping_add)
}

/// Adds rows of u64 to `out`, modulo 2^64. False, and `out` unchanged, if a row's length is not that of `out`.
///
/// Rows and parts of `out` may come in any order and grouping.
#[must_use]
pub fn sum64(rows: &[&[u64]], out: &mut [u64]) -> bool {
    sum(rows, out, u64::wrapping_add)
}

fn sum<T: Copy>(rows: &[&[T]], out: &mut [T], add: impl Fn(T, T) -> T) -> bool {
    if rows.iter().any(|row| row.len() != out.len()) {
        return false;
    }
    for row in rows {
        for (sum, &value) in out.iter_mut().zip(*row) {
            *sum = add(*sum, value);
        }
    }
    true
}
