//! The elements of one tensor in the type that it is written in.

use super::Named;
use crate::{
    element::{Values, BLOCK},
    pieces::{in_order, threads},
    source::{Entry, CHUNK},
    ConvertError, Source,
};
use quorate_exact::Role;

/// Bytes of a piece, and those that they become.
#[derive(Default)]
struct Room {
    input: Vec<u8>,
    output: Vec<u8>,
}

/// Calls `write` with the elements, piece by piece. The number of values that were rounded.
///
/// # Errors
/// `Io`, `Beyond`, `BaseNonFinite`; those of `write`.
pub(super) fn each(
    source: &Source,
    entry: &Entry,
    named: &Named<'_>,
    mut write: impl FnMut(&[u8]) -> Result<(), ConvertError>,
) -> Result<u64, ConvertError> {
    let mut all_rounded = 0;
    let piece = CHUNK as u64;
    let make = |number: u64, room: &mut Room| {
        let at = number * piece;
        room.input.resize((entry.len - at).min(piece) as usize, 0);
        source.read(entry, at, &mut room.input)?;
        match named.tensor.role {
            Role::Const => {
                std::mem::swap(&mut room.input, &mut room.output);
                Ok(0)
            }
            Role::Train | Role::Stat => convert(named, &room.input, at / 4, &mut room.output),
        }
    };
    in_order(threads(), entry.len.div_ceil(piece), make, |_, rounded, room| {
        all_rounded += rounded;
        write(&room.output)
    })?;
    Ok(all_rounded)
}

/// The values of these f32s, the first of which is element `first`, in the type that is written; how many differ there.
fn convert(named: &Named<'_>, bytes: &[u8], first: u64, out: &mut Vec<u8>) -> Result<u64, ConvertError> {
    let size = named.dtype.size() as usize;
    out.resize(bytes.len() / 4 * size, 0);
    let (mut values, mut rounded) = (Values::new(), 0);
    for ((block, bytes), out) in (0u64..).zip(bytes.chunks(4 * BLOCK)).zip(out.chunks_mut(size * BLOCK)) {
        values.encode(named.dtype, bytes, out);
        let back = values.rounded(named.dtype, bytes);
        let mut all_finite = true;
        for (back, bytes) in back.iter().zip(bytes.as_chunks().0) {
            let value = f64::from(f32::from_le_bytes(*bytes));
            all_finite &= back.is_finite();
            rounded += u64::from(back.to_bits() != value.to_bits());
        }
        if !all_finite {
            return Err(refused(named, bytes, back, first + block * BLOCK as u64));
        }
    }
    Ok(rounded)
}

/// The first of these f32s whose value in the type that is written is not finite.
#[cold]
fn refused(named: &Named<'_>, bytes: &[u8], back: &[f64], first: u64) -> ConvertError {
    let values = bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
    let found = (first..).zip(values).zip(back).find(|(_, back)| !back.is_finite());
    let name = named.name.into();
    match found {
        Some(((index, value), _)) if value.is_finite() => ConvertError::Beyond {
            name,
            index,
            value,
            dtype: named.dtype,
        },
        Some(((index, value), _)) => ConvertError::BaseNonFinite { name, index, value },
        None => ConvertError::Unknown(name),
    }
}
