//! What a file is named by on chain, in one pass over its bytes.

use crate::Root;
use blake3::Hasher;
use std::{fs::File, io, os::unix::fs::FileExt};

/// Bytes that are read at a time.
const READ: usize = 1 << 20;

/// What a file is named by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Name {
    pub root: Root,
    /// BLAKE3 in the keyed mode, where a key was given.
    pub possession: Option<[u8; 32]>,
}

/// Reads a file once, from its beginning, and hashes what it hands out: all hashes are of the same bytes, also where somebody writes to
/// the file meanwhile.
#[derive(Debug)]
pub struct NameReader<'a> {
    file: &'a File,
    len: u64,
    at: u64,
    buffer: Vec<u8>,
    root: Hasher,
    possession: Option<Hasher>,
}

impl<'a> NameReader<'a> {
    /// For the bytes that the file has now, and a possession under `key`, if there is one.
    ///
    /// # Errors
    /// Those of asking for its length.
    pub fn new(file: &'a File, key: Option<&[u8; 32]>) -> io::Result<Self> {
        Ok(Self {
            file,
            len: file.metadata()?.len(),
            at: 0,
            buffer: vec![0; READ],
            root: Hasher::new(),
            possession: key.map(Hasher::new_keyed),
        })
    }

    /// Bytes of the whole file.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether the whole file has none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The next bytes; none at the end.
    ///
    /// # Errors
    /// Those of reading; `UnexpectedEof` if the file has become shorter.
    pub fn read(&mut self) -> io::Result<Option<&[u8]>> {
        let left = self.len - self.at;
        if left == 0 {
            return Ok(None);
        }
        let bytes = &mut self.buffer[..left.min(READ as u64) as usize];
        self.file.read_exact_at(bytes, self.at)?;
        self.at += bytes.len() as u64;
        self.root.update(bytes);
        if let Some(possession) = &mut self.possession {
            possession.update(bytes);
        }
        Ok(Some(bytes))
    }

    /// The hashes of the whole file; reads what is left of it.
    ///
    /// # Errors
    /// As of [`Self::read`].
    pub fn finish(mut self) -> io::Result<Name> {
        while self.read()?.is_some() {}
        Ok(Name {
            root: self.root.finalize().into(),
            possession: self.possession.map(|hasher| hasher.finalize().into()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Builder, GROUP};
    use std::path::PathBuf;

    const KEY: [u8; 32] = [9; 32];

    fn data(len: usize) -> Vec<u8> {
        (0..len as u32)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect()
    }

    /// A file of its own, removed at the end.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(test: &str) -> Self {
            Self(std::env::temp_dir().join(format!("quorate-hash-tree-{test}-{}", std::process::id())))
        }

        fn with(&self, bytes: &[u8]) -> File {
            std::fs::write(&self.0, bytes).expect("a temporary file");
            File::open(&self.0).expect("it was written")
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.0);
        }
    }

    #[test]
    fn name_should_be_the_trees_root_and_the_keyed_hash_of_all_bytes() {
        let scratch = Scratch::new("name");
        // Around a chunk, a group, and what is read at a time.
        let edges = [1_024, GROUP, 2 * GROUP, READ, 2 * READ];
        let lengths = edges.into_iter().flat_map(|edge| [edge - 1, edge, edge + 1]);
        for len in [0, 1].into_iter().chain(lengths) {
            let data = data(len);
            let file = scratch.with(&data);
            let mut tree = Builder::new(len as u64);
            tree.push(&data);
            let expected = Name {
                root: tree.finish().expect("all bytes were pushed").root,
                possession: Some(*blake3::keyed_hash(&KEY, &data).as_bytes()),
            };
            assert_eq!(expected.root, *blake3::hash(&data).as_bytes(), "{len}");
            let name = NameReader::new(&file, Some(&KEY)).and_then(NameReader::finish);
            assert_eq!(name.ok(), Some(expected), "{len}");
            let without = NameReader::new(&file, None).and_then(NameReader::finish);
            let expected = Name {
                possession: None,
                ..expected
            };
            assert_eq!(without.ok(), Some(expected), "{len}");
        }
    }

    #[test]
    fn pieces_should_be_the_files_bytes_and_the_name_theirs_however_many_were_read() {
        let scratch = Scratch::new("pieces");
        let data = data(2 * READ + 5);
        let file = scratch.with(&data);
        let whole = NameReader::new(&file, Some(&KEY)).and_then(NameReader::finish).ok();
        for pieces in 0..=4 {
            let mut reader = NameReader::new(&file, Some(&KEY)).expect("a file");
            let mut read: Vec<u8> = Vec::new();
            for _ in 0..pieces {
                read.extend(reader.read().expect("it is there").unwrap_or_default());
            }
            assert_eq!(read, data[..data.len().min(pieces * READ)]);
            assert_eq!(reader.finish().ok(), whole);
        }
    }

    #[test]
    fn file_that_became_shorter_should_have_no_name() {
        let scratch = Scratch::new("shorter");
        let file = scratch.with(&data(READ + 1));
        let reader = NameReader::new(&file, Some(&KEY)).expect("a file");
        scratch.with(&data(READ));
        let error = reader.finish().expect_err("a byte is missing");
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn bytes_that_came_later_should_not_count() {
        let scratch = Scratch::new("longer");
        let file = scratch.with(&data(5));
        let reader = NameReader::new(&file, Some(&KEY)).expect("a file");
        assert!(reader.len() == 5 && !reader.is_empty());
        scratch.with(&data(9));
        let name = reader.finish().ok();
        assert_eq!(name.map(|name| name.root), Some(*blake3::hash(&data(5)).as_bytes()));
    }
}
