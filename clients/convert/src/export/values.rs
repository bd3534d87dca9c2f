//! The elements of one tensor in the type that it is written in.

use super::Named;
use crate::{
    source::{Entry, CHUNK},
    ConvertError, Source,
};
use half::{bf16, f16};
use quorate_exact::{Dtype, Role};

/// Calls `write` with the elements, chunk by chunk. The number of values that were rounded.
///
/// # Errors
/// `Io`, `Beyond`, `BaseNonFinite`; those of `write`.
pub(super) fn each(
    source: &Source,
    entry: &Entry,
    named: &Named<'_>,
    mut write: impl FnMut(&[u8]) -> Result<(), ConvertError>,
) -> Result<u64, ConvertError> {
    let mut rounded = 0;
    let mut buffer = vec![0; entry.len.min(CHUNK as u64) as usize];
    let mut at = 0;
    while at < entry.len {
        let len = (entry.len - at).min(CHUNK as u64) as usize;
        let bytes = &mut buffer[..len];
        source.read(entry, at, bytes)?;
        match named.tensor.role {
            Role::Const => write(bytes)?,
            Role::Train | Role::Stat => {
                let (elements, changed) = convert(named, bytes, at / 4)?;
                rounded += changed;
                write(&elements)?;
            }
        }
        at += len as u64;
    }
    Ok(rounded)
}

/// The values of these f32s, the first of which is element `first`, in the type that is written; and how many differ there.
fn convert(named: &Named<'_>, bytes: &[u8], first: u64) -> Result<(Vec<u8>, u64), ConvertError> {
    let mut elements = Vec::with_capacity(bytes.len() * 2);
    let mut rounded = 0;
    for (index, bytes) in (first..).zip(bytes.as_chunks().0) {
        let value = f32::from_le_bytes(*bytes);
        if !value.is_finite() {
            return Err(ConvertError::BaseNonFinite {
                name: named.name.into(),
                index,
                value,
            });
        }
        let back = match named.dtype {
            Dtype::F16 => {
                let half = f16::from_f32(value);
                push(&mut elements, half.to_le_bytes(), half.to_f32())
            }
            Dtype::BF16 => {
                let half = bf16::from_f32(value);
                push(&mut elements, half.to_le_bytes(), half.to_f32())
            }
            Dtype::F64 => push(&mut elements, f64::from(value).to_le_bytes(), value),
            _ => push(&mut elements, value.to_le_bytes(), value),
        };
        if !back.is_finite() {
            return Err(ConvertError::Beyond {
                name: named.name.into(),
                index,
                value,
                dtype: named.dtype,
            });
        }
        rounded += u64::from(back.to_bits() != value.to_bits());
    }
    Ok((elements, rounded))
}

/// Adds one element; `back` is its value, which is returned.
fn push<const N: usize>(elements: &mut Vec<u8>, bytes: [u8; N], back: f32) -> f32 {
    elements.extend(bytes);
    back
}
