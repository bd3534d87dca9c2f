//! Blobs in files, whose bytes are verified before anything is made of them.

use crate::{error::EngineError, input::Input};
use quorate_exact::Root;
use quorate_hash_tree::{leaf, leaves, of_file, Hashed, GROUP};
use std::{fs::File, io, os::unix::fs::FileExt};

/// A blob as a file, with the hashes of its groups: whichever part is read is verified.
#[derive(Debug)]
pub struct BlobFile {
    file: File,
    root: Root,
    len: u64,
    groups: Vec<Root>,
}

impl BlobFile {
    /// The blob of this root in `file`, with the hashes of its groups, which belong to the root. None if they are not as many as the file
    /// has.
    ///
    /// # Errors
    /// Those of asking for the file's length.
    pub fn with_groups(file: File, root: Root, groups: Vec<Root>) -> io::Result<Option<Self>> {
        let len = file.metadata()?.len();
        let fits = quorate_hash_tree::groups(len) == groups.len() as u64;
        Ok(fits.then_some(Self {
            file,
            root,
            len,
            groups,
        }))
    }

    /// The same where its groups are not known: the whole file is hashed. None if it has another root.
    ///
    /// # Errors
    /// Those of reading.
    pub fn hashed(file: File, root: Root) -> io::Result<Option<Self>> {
        Ok(Some(Self::of(file)?).filter(|blob| blob.root == root))
    }

    /// Whatever is in `file`, as a blob.
    ///
    /// # Errors
    /// Those of reading.
    pub fn of(file: File) -> io::Result<Self> {
        let Hashed { root, len, outboard } = of_file(&file, None)?;
        let groups = leaves(&root, len, &outboard).ok_or(io::ErrorKind::UnexpectedEof)?;
        Ok(Self {
            file,
            root,
            len,
            groups,
        })
    }

    pub fn root(&self) -> Root {
        self.root
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn len(&self) -> u64 {
        self.len
    }

    /// The file itself, whose bytes nobody has verified.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Hashes of its groups, in order.
    pub(crate) fn groups(&self) -> &[Root] {
        &self.groups
    }

    /// Bytes `start..start + len`, verified. The buffer keeps whole groups, which the next range may go on with.
    ///
    /// # Errors
    /// `Damaged`.
    pub(crate) fn read<'b>(
        &self,
        buffer: &'b mut GroupBuffer,
        start: u64,
        len: usize,
        input: Input,
    ) -> Result<&'b [u8], EngineError> {
        let damaged = |reason: String| EngineError::Damaged { input, reason };
        if len == 0 {
            return Ok(&[]);
        }
        let end = start + len as u64;
        if end > self.len {
            return Err(damaged(format!("it has {} bytes", self.len)));
        }
        let first = start / GROUP as u64;
        let until = end.div_ceil(GROUP as u64).max(first);
        let mut known = buffer.keep_from(first);
        let size = (until * GROUP as u64).min(self.len) - first * GROUP as u64;
        buffer.bytes.resize(size as usize, 0);
        while first + known < until {
            let group = first + known;
            let at = (known * GROUP as u64) as usize;
            let bytes = &mut buffer.bytes[at..][..GROUP.min(size as usize - at)];
            let read = self.file.read_exact_at(bytes, group * GROUP as u64);
            let right = read.map(|()| leaf(group * GROUP as u64, bytes, self.groups.len() == 1));
            if right.as_ref().ok() != self.groups.get(group as usize) {
                // What is wrong must not be taken for verified later.
                buffer.bytes.clear();
                return Err(damaged(match right {
                    Ok(_) => format!("bytes from {} on have another hash", group * GROUP as u64),
                    Err(error) => error.to_string(),
                }));
            }
            known += 1;
        }
        Ok(&buffer.bytes[(start - first * GROUP as u64) as usize..][..len])
    }
}

/// Verified groups of one file.
#[derive(Debug, Default)]
pub(crate) struct GroupBuffer {
    first: u64,
    bytes: Vec<u8>,
}

impl GroupBuffer {
    /// Keeps whole groups from `first` on, and says how many.
    fn keep_from(&mut self, first: u64) -> u64 {
        let held = (self.bytes.len() / GROUP) as u64;
        let kept = match first.checked_sub(self.first) {
            Some(skip) if skip < held => {
                let end = held as usize * GROUP;
                self.bytes.copy_within(skip as usize * GROUP..end, 0);
                held - skip
            }
            _ => 0,
        };
        self.bytes.truncate(kept as usize * GROUP);
        self.first = first;
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(bytes: &[u8]) -> (tempfile::NamedTempFile, BlobFile) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let blob = BlobFile::of(File::open(file.path()).unwrap()).unwrap();
        (file, blob)
    }

    fn bytes(len: usize) -> Vec<u8> {
        (0..len as u32).map(|i| (i.wrapping_mul(i) >> 7) as u8).collect()
    }

    #[test]
    fn any_ranges_in_any_order_should_be_read() {
        for len in [10, GROUP, 5 * GROUP + 77] {
            let bytes = bytes(len);
            let (_file, blob) = file(&bytes);
            let mut buffer = GroupBuffer::default();
            for (start, size) in [
                (0, 7),
                (3, 7),
                (40_000, 30_000),
                (70_000, 11_000),
                (20_000, 61_000),
                (0, 1),
            ] {
                let (start, end) = (len.min(start), len.min(start + size));
                let got = blob.read(&mut buffer, start as u64, end - start, Input::Base).unwrap();
                assert_eq!(got, &bytes[start..end]);
            }
            assert!(blob.read(&mut buffer, len as u64, 1, Input::Base).is_err());
        }
    }

    #[test]
    fn any_bit_that_changed_should_be_found_whenever_its_group_is_read() {
        let original = bytes(3 * GROUP + 5);
        let (file, blob) = file(&original);
        for at in [0, GROUP - 1, GROUP, 3 * GROUP + 4] {
            let mut changed = original.clone();
            changed[at] ^= 16;
            std::fs::write(file.path(), &changed).unwrap();
            let mut buffer = GroupBuffer::default();
            for _ in 0..2 {
                let read = blob.read(&mut buffer, at as u64, 1, Input::Optimiser);
                assert!(
                    matches!(
                        read,
                        Err(EngineError::Damaged {
                            input: Input::Optimiser,
                            ..
                        })
                    ),
                    "{at}"
                );
            }
            std::fs::write(file.path(), &original).unwrap();
            assert_eq!(
                blob.read(&mut buffer, at as u64, 1, Input::Base).unwrap(),
                &original[at..=at]
            );
        }
        let again = || File::open(file.path()).unwrap();
        assert!(BlobFile::hashed(again(), [9; 32]).unwrap().is_none());
        assert!(BlobFile::hashed(again(), blob.root()).unwrap().is_some());
        let with = |groups: &[Root]| BlobFile::with_groups(again(), blob.root(), groups.to_vec()).unwrap();
        assert!(with(&blob.groups).is_some() && with(&blob.groups[1..]).is_none());
    }
}
