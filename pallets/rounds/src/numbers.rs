//! Numbers of lists.

/// A bound as a length.
pub(crate) fn len(bound: u32) -> usize {
    usize::try_from(bound).unwrap_or(usize::MAX)
}

/// A length as a number; lengths here are far below `u32::MAX`.
pub(crate) fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
