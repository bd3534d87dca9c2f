//! Copies of the same weights under several names.

use crate::{
    source::{Entry, CHUNK},
    ConvertError, Source,
};
use quorate_exact::{hash::Hasher, Root};

/// By what a tensor is recognised under another name.
pub(crate) struct Content {
    hasher: Hasher,
    /// The first element, as long as all are equal to it.
    only: Option<Vec<u8>>,
    varies: bool,
}

impl Content {
    /// Of a tensor of this shape, whose elements follow.
    pub fn new(shape: &[u64]) -> Self {
        let mut hasher = Hasher::new();
        hasher.update(&(shape.len() as u64).to_le_bytes());
        for dimension in shape {
            hasher.update(&dimension.to_le_bytes());
        }
        Self {
            hasher,
            only: None,
            varies: false,
        }
    }

    /// Takes whole elements of `size` bytes.
    pub fn push(&mut self, bytes: &[u8], size: usize) {
        self.hasher.update(bytes);
        if !self.varies {
            let only = self
                .only
                .get_or_insert_with(|| bytes.iter().take(size).copied().collect());
            self.varies = bytes
                .chunks_exact(size.max(1))
                .any(|element| element != only.as_slice());
        }
    }

    /// None where all elements are the same, as those of a fresh bias or norm are: that says nothing.
    pub fn finish(self) -> Option<Root> {
        self.varies.then(|| *self.hasher.finalize().as_bytes())
    }
}

/// Whether a tensor has two elements that differ.
///
/// # Errors
/// `Io`.
pub(crate) fn varies(source: &Source, entry: &Entry) -> Result<bool, ConvertError> {
    let size = entry.element.bytes(1).unwrap_or(1) as usize;
    let mut content = Content::new(&entry.shape);
    let mut buffer = vec![0; entry.len.min(CHUNK as u64) as usize];
    let mut at = 0;
    while at < entry.len && !content.varies {
        let len = (entry.len - at).min(CHUNK as u64) as usize;
        source.read(entry, at, &mut buffer[..len])?;
        content.push(&buffer[..len], size);
        at += len as u64;
    }
    Ok(content.varies)
}

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
