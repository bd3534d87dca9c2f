//! Parts of blobs that are on their way into a local store, kept for who brings the rest.

use crate::{layout::PARTS, name, parse_name, part::Part, BlobError, BlobStore, Root, Whole};
use bytes::Bytes;
use std::{
    fs::File,
    path::{Path, PathBuf},
    time::SystemTime,
};

/// How parts of fetches are named, beside those of uploads.
const FETCHED: &str = "fetched";

/// Whose part a fetch's is. The length is in it: anyone may name a root with another length, and that one's part is another.
pub(crate) fn fetched(len: u64) -> String {
    format!("{FETCHED}-{len}")
}

/// A part that lies in a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartInfo {
    pub root: Root,
    /// Whose it is, as [`BlobStore::part`] was told.
    pub owner: String,
    pub len: u64,
    /// When it grew last.
    pub changed: SystemTime,
}

impl PartInfo {
    /// Whether a fetch has left it, or writes it; else it is an upload's.
    pub fn is_fetched(&self) -> bool {
        self.owner.starts_with(FETCHED)
    }
}

impl BlobStore {
    /// Goes on with the part of a blob that `owner` brings: letters, digits and hyphens. `None` while somebody writes it. Other owners' parts
    /// of the same blob are others.
    ///
    /// # Errors
    /// `NotLocal`, `Io`.
    pub async fn part(&self, root: &Root, owner: &str, len: u64) -> Result<Option<Part>, BlobError> {
        Part::open(&self.part_path(root, owner)?, len).await
    }

    /// Bytes that are there of it.
    ///
    /// # Errors
    /// `Io`.
    pub fn part_len(&self, root: &Root, owner: &str) -> Result<u64, BlobError> {
        let path = match self.part_path(root, owner) {
            Err(BlobError::NotLocal) => return Ok(0),
            path => path?,
        };
        match std::fs::metadata(&path) {
            Ok(meta) => Ok(meta.len()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(BlobError::io(path.display())(error)),
        }
    }

    /// Bytes that a fetch of a blob of `len` bytes has left here when it broke off.
    ///
    /// # Errors
    /// `Io`.
    pub fn fetched_len(&self, root: &Root, len: u64) -> Result<u64, BlobError> {
        self.part_len(root, &fetched(len))
    }

    /// All parts; none in a store that is no local folder.
    ///
    /// # Errors
    /// `Io`.
    pub fn parts(&self) -> Result<Vec<PartInfo>, BlobError> {
        let folder = match self.local_folder() {
            Ok(folder) => folder.join(PARTS),
            Err(_) => return Ok(Vec::new()),
        };
        let wrong = || BlobError::io(folder.display());
        let mut parts = Vec::new();
        for entry in std::fs::read_dir(&folder).map_err(wrong())? {
            let entry = entry.map_err(wrong())?;
            let file = entry.file_name().into_string().unwrap_or_default();
            let Some((root, owner)) = file.split_once('.') else {
                continue;
            };
            // It may have gone by now.
            let (Some(root), Ok(meta)) = (parse_name(root), entry.metadata()) else {
                continue;
            };
            parts.push(PartInfo {
                root,
                owner: owner.into(),
                len: meta.len(),
                changed: meta.modified().unwrap_or(SystemTime::UNIX_EPOCH),
            });
        }
        Ok(parts)
    }

    /// Whether somebody writes a part.
    ///
    /// # Errors
    /// `Io`.
    pub fn is_part_written(&self, root: &Root, owner: &str) -> Result<bool, BlobError> {
        let path = self.part_path(root, owner)?;
        match File::open(&path) {
            Ok(file) => Ok(file.try_lock().is_err()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(BlobError::io(path.display())(error)),
        }
    }

    /// Removes a part; false while somebody writes it.
    ///
    /// # Errors
    /// `Io`.
    pub fn remove_part(&self, root: &Root, owner: &str) -> Result<bool, BlobError> {
        let path = self.part_path(root, owner)?;
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(true),
            Err(error) => return Err(BlobError::io(path.display())(error)),
        };
        if file.try_lock().is_err() {
            return Ok(false);
        }
        std::fs::remove_file(&path).map_err(BlobError::io(path.display()))?;
        Ok(true)
    }

    /// Makes a whole blob visible. It gets a note first, in place of one of the same kind.
    ///
    /// # Errors
    /// As [`BlobStore::adopt_file`].
    pub async fn adopt(&self, whole: Whole, mark: Option<(&str, Bytes)>) -> Result<(), BlobError> {
        if let Some((kind, note)) = mark {
            self.set_mark(kind, &whole.hashed.root, note).await?;
        }
        self.adopt_file(whole.path(), whole.hashed.clone()).await
    }

    fn part_path(&self, root: &Root, owner: &str) -> Result<PathBuf, BlobError> {
        let file = format!("{}.{owner}", name(root));
        let plain = owner.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        match plain && !owner.is_empty() {
            true => Ok(self.local_folder()?.join(PARTS).join(Path::new(&file))),
            false => Err(BlobError::io(file)(std::io::ErrorKind::InvalidInput.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn parts_should_be_gone_on_with_after_the_store_was_opened_again() {
        let dir = tempfile::tempdir().unwrap();
        let bytes = vec![7; 100_000];
        let root = *blake3::hash(&bytes).as_bytes();
        let store = BlobStore::local(dir.path()).unwrap();
        let mut part = store.part(&root, "a-1", 100_000).await.unwrap().unwrap();
        part.write(&bytes[..70_000]).await.unwrap();
        assert!(store.part(&root, "a-1", 100_000).await.unwrap().is_none(), "one writer");
        assert!(!store.remove_part(&root, "a-1").unwrap());
        part.keep().await;
        drop(store);
        let store = BlobStore::local(dir.path()).unwrap();
        assert_eq!(store.part_len(&root, "a-1").unwrap(), 70_000);
        assert_eq!(store.part_len(&root, "b-1").unwrap(), 0);
        let parts = store.parts().unwrap();
        assert_eq!((parts.len(), parts[0].len, parts[0].owner.as_str()), (1, 70_000, "a-1"));
        let mut part = store.part(&root, "a-1", 100_000).await.unwrap().unwrap();
        assert_eq!(part.seen(), 70_000);
        part.write(&bytes[70_000..]).await.unwrap();
        let whole = part.finish(root).await.unwrap();
        store.adopt(whole, Some(("updates", vec![1].into()))).await.unwrap();
        assert_eq!(store.get_small(&root, 100_000).await.unwrap(), bytes);
        assert_eq!(store.mark("updates", &root).await.unwrap().unwrap(), [1][..]);
        assert!(store.parts().unwrap().is_empty());
        assert!(store.part(&root, "../x", 1).await.is_err());
    }

    #[tokio::test]
    async fn long_part_should_be_free_as_soon_as_it_is_kept_and_whole_at_its_end() {
        let dir = tempfile::tempdir().unwrap();
        let bytes: Vec<u8> = (0..70u32 << 20).map(|i| (i.wrapping_mul(i) >> 9) as u8).collect();
        let (root, len) = (*blake3::hash(&bytes).as_bytes(), bytes.len() as u64);
        let store = BlobStore::local(dir.path()).unwrap();
        // Each time the disk has just begun to take what came.
        let (first, rest) = bytes.split_at((32 << 20) + 11);
        for (bytes, seen) in [(first, first.len() as u64), (rest, len)] {
            let part = store.part(&root, "a", len).await.unwrap();
            let mut part = part.expect("nobody has it any more");
            for frame in bytes.chunks(300_000) {
                part.write(frame).await.unwrap();
            }
            assert_eq!(part.seen(), seen);
            part.keep().await;
        }
        let part = store.part(&root, "a", len).await.unwrap().unwrap();
        store.adopt(part.finish(root).await.unwrap(), None).await.unwrap();
        assert!(store.get_small(&root, len).await.unwrap() == bytes, "other bytes");
    }

    #[tokio::test]
    async fn part_that_was_damaged_should_be_thrown_away() {
        let dir = tempfile::tempdir().unwrap();
        let store = BlobStore::local(dir.path()).unwrap();
        let bytes = vec![7; 50_000];
        let root = *blake3::hash(&bytes).as_bytes();
        let mut part = store.part(&root, "a", 50_000).await.unwrap().unwrap();
        part.write(&vec![8; 20_000]).await.unwrap();
        part.write(&bytes[20_000..]).await.unwrap();
        assert!(matches!(part.finish(root).await, Err(BlobError::WrongRoot { .. })));
        assert!(store.parts().unwrap().is_empty());
        assert!(store.remove_part(&root, "a").unwrap(), "gone already");
    }
}
