//! Copies of the same weights under several names.

use crate::{
    source::{Entry, CHUNK},
    ConvertError, Source,
};

/// Whether two tensors have the same type, shape and bytes.
///
/// # Errors
/// `Io`.
pub(crate) fn same(source: &Source, a: &Entry, b: &Entry) -> Result<bool, ConvertError> {
    if (a.element, &a.shape) != (b.element, &b.shape) {
        return Ok(false);
    }
    let len = a.len.min(CHUNK as u64) as usize;
    let (mut left, mut right) = (vec![0; len], vec![0; len]);
    let mut at = 0;
    while at < a.len {
        let len = (a.len - at).min(CHUNK as u64) as usize;
        source.read(a, at, &mut left[..len])?;
        source.read(b, at, &mut right[..len])?;
        if left[..len] != right[..len] {
            return Ok(false);
        }
        at += len as u64;
    }
    Ok(true)
}
