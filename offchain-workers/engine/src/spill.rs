//! Products of the first pass, tile by tile, which the leaves of the sum tree need again in the last one: in a temporary file,
//! as they can be 8 MiB for each tile.

use crate::EngineError;
use quorate_exact::{root, Root};
use std::{fs::File, os::unix::fs::FileExt, path::Path};

const WHAT: &str = "temporary file for inner products";

/// Upper triangles, one for each tile.
pub(crate) struct Spill {
    file: File,
    /// Entries of each.
    entries: usize,
    /// Of the bytes of each tile: what the disk gives back may be something else.
    hashes: Vec<Root>,
}

impl Spill {
    /// An empty one in this folder; it goes when it is dropped, also if the process is killed.
    pub fn new(folder: &Path, entries: usize) -> Result<Self, EngineError> {
        let file = tempfile::tempfile_in(folder).map_err(EngineError::io(WHAT))?;
        Ok(Self {
            file,
            entries,
            hashes: Vec::new(),
        })
    }

    pub fn push(&mut self, products: &[i128]) -> Result<(), EngineError> {
        let bytes: Vec<u8> = products.iter().flat_map(|product| product.to_le_bytes()).collect();
        self.file
            .write_all_at(&bytes, self.offset(self.hashes.len() as u64))
            .map_err(EngineError::io(WHAT))?;
        self.hashes.push(root(&bytes));
        Ok(())
    }

    pub fn get(&self, tile: u64) -> Result<Vec<i128>, EngineError> {
        let mut bytes = vec![0; 16 * self.entries];
        self.file
            .read_exact_at(&mut bytes, self.offset(tile))
            .map_err(EngineError::io(WHAT))?;
        if self.hashes.get(tile as usize) != Some(&root(&bytes)) {
            return Err(EngineError::Scratch { what: WHAT.into() });
        }
        Ok(bytes
            .as_chunks()
            .0
            .iter()
            .map(|&entry| i128::from_le_bytes(entry))
            .collect())
    }

    fn offset(&self, tile: u64) -> u64 {
        16 * self.entries as u64 * tile
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_that_the_disk_changed_should_not_be_used() {
        let folder = tempfile::tempdir().unwrap();
        let mut spill = Spill::new(folder.path(), 3).unwrap();
        spill.push(&[1, -2, 3]).unwrap();
        spill.push(&[4, 5, i128::MIN]).unwrap();
        assert_eq!(spill.get(1).unwrap(), [4, 5, i128::MIN]);
        spill.file.write_all_at(&[5], 48).unwrap();
        assert!(matches!(spill.get(1), Err(EngineError::Scratch { .. })));
        assert_eq!(spill.get(0).unwrap(), [1, -2, 3]);
    }
}
