//! Versions by their roots.
//!
//! A file has its root as its name only when it is whole. Several processes may use one cache: each downloads into the same partial file in
//! turn, or into its own, and what is there is hashed before it is used.

use quorate_client::{
    gateways::{no_progress, Gateways},
    Error, Result,
};
use quorate_primitives::Root;
use std::{
    fs::{self, Metadata},
    io::ErrorKind,
    path::{Path, PathBuf},
    time::SystemTime,
};

/// A folder of versions.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
}

/// A file of a cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cached {
    /// `None`: a download that is not whole yet.
    pub root: Option<Root>,
    pub path: PathBuf,
    /// Bytes.
    pub len: u64,
    pub modified: SystemTime,
}

/// Whether a file has this root and length.
pub fn holds(path: &Path, named: (Root, u64)) -> bool {
    // Before it is opened: a pipe would wait for somebody to write.
    let is_file = fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.len() == named.1);
    let file = is_file.then(|| fs::File::open(path).ok()).flatten();
    let held = file.and_then(|file| quorate_client::root_of(&file).ok());
    held == Some(named)
}

impl Cache {
    /// The cache in `folder`, which is made if need be.
    ///
    /// # Errors
    /// `Io`.
    pub fn open(folder: PathBuf) -> Result<Self> {
        fs::create_dir_all(&folder).map_err(Error::io(&folder))?;
        Ok(Self { folder })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the file of a root is, or will be.
    pub fn path(&self, root: Root) -> PathBuf {
        self.folder.join(hex::encode(root.0))
    }

    /// The file, hashed just now, if it is there.
    pub async fn get(&self, root: Root, len: u64) -> Result<Option<PathBuf>> {
        let path = self.path(root);
        let checked = tokio::task::spawn_blocking(move || holds(&path, (root, len)).then_some(path));
        checked.await.map_err(|error| Error::Input(error.to_string()))
    }

    /// Fetch the file, verified as it comes. An interrupted download goes on where it stopped.
    pub async fn fetch(&self, gateways: &Gateways, root: Root, len: u64) -> Result<PathBuf> {
        let path = self.path(root);
        gateways.fetch(root, len, &path, no_progress()).await?;
        Ok(path)
    }

    /// What the cache has, the oldest first. Files that are not the cache's own are left out.
    ///
    /// # Errors
    /// `Io`.
    pub fn scan(&self) -> Result<Vec<Cached>> {
        let mut all = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(Error::io(&self.folder))? {
            let path = entry.map_err(Error::io(&self.folder))?.path();
            // Of the name itself, and it may go while this looks.
            let found = fs::symlink_metadata(&path).ok().filter(Metadata::is_file);
            let named = path.file_name().and_then(|name| root_in(name.to_str()?));
            if let (Some(meta), Some(root)) = (found, named) {
                let modified = meta.modified().map_err(Error::io(&path))?;
                let len = meta.len();
                all.push(Cached {
                    root,
                    path,
                    len,
                    modified,
                });
            }
        }
        all.sort_by_key(|cached| cached.modified);
        Ok(all)
    }

    /// Remove everything but these roots, with downloads that are not whole and that nobody goes on with; returns the bytes that were freed. Whoever has a file open
    /// keeps it.
    ///
    /// # Errors
    /// `Io`.
    pub fn prune(&self, keep: &[Root]) -> Result<u64> {
        let mut freed = 0;
        for cached in self.scan()? {
            if cached.root.is_some_and(|root| keep.contains(&root)) {
                continue;
            }
            // Held while it is removed: another process may be filling a partial file.
            let partial = match cached.root {
                Some(_) => None,
                None => match lock(&cached.path) {
                    Some(held) => Some(held),
                    None => continue,
                },
            };
            let removed = fs::remove_file(&cached.path);
            drop(partial);
            match removed {
                Ok(()) => freed += cached.len,
                Err(error) if error.kind() == ErrorKind::NotFound => (),
                Err(error) => return Err(Error::io(&cached.path)(error)),
            }
        }
        Ok(freed)
    }
}

/// A file with its lock, unless it is gone or another process has the lock.
fn lock(path: &Path) -> Option<fs::File> {
    let file = fs::File::open(path).ok()?;
    file.try_lock().is_ok().then_some(file)
}

/// The root that a file of a cache is named by; `Some(None)` for a partial file.
fn root_in(name: &str) -> Option<Option<Root>> {
    let is_root = |text: &str| text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if is_root(name) {
        let mut root = [0; 32];
        hex::decode_to_slice(name, &mut root).ok()?;
        return Some(Some(Root::from(root)));
    }
    let partial = name.trim_start_matches('.').get(..64)?;
    (name.contains(".part") && is_root(partial)).then_some(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache() -> (tempfile::TempDir, Cache, Root) {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path().join("versions")).unwrap();
        fs::write(folder.path().join("bytes"), "bytes").unwrap();
        let (root, _) = quorate_client::root_of(&fs::File::open(folder.path().join("bytes")).unwrap()).unwrap();
        (folder, cache, root)
    }

    #[tokio::test]
    async fn file_should_be_used_only_while_its_bytes_are_those_of_its_root() {
        let (_folder, cache, root) = cache();
        assert_eq!(cache.get(root, 5).await.unwrap(), None);
        fs::write(cache.path(root), "bytes").unwrap();
        assert_eq!(cache.get(root, 5).await.unwrap(), Some(cache.path(root)));
        assert_eq!(cache.get(root, 6).await.unwrap(), None);
        fs::write(cache.path(root), "bytez").unwrap();
        assert_eq!(cache.get(root, 5).await.unwrap(), None);
    }

    #[test]
    fn prune_should_remove_what_is_the_caches_own_and_nothing_else() {
        let (_folder, cache, root) = cache();
        let other = Root::repeat_byte(7);
        fs::write(cache.path(root), "bytes").unwrap();
        fs::write(cache.path(other), "other").unwrap();
        let foreign = ["notes.txt", "0x12", &"A".repeat(64)].map(|name| cache.folder().join(name));
        for path in &foreign {
            fs::write(path, "mine").unwrap();
        }
        fs::create_dir(cache.path(Root::repeat_byte(8))).unwrap();
        let partial = cache.folder().join(format!("{}.part", "ab".repeat(32)));
        fs::write(&partial, "by").unwrap();
        let held = fs::File::open(&partial).unwrap();
        held.try_lock().unwrap();
        let roots: Vec<_> = cache.scan().unwrap().into_iter().map(|cached| cached.root).collect();
        assert!(
            roots.len() == 3 && roots.contains(&Some(root)) && roots.contains(&Some(other)),
            "{roots:?}"
        );
        assert_eq!(cache.prune(&[root]).unwrap(), 5);
        assert!(cache.path(root).exists() && !cache.path(other).exists());
        assert!(partial.exists());
        drop(held);
        assert_eq!(cache.prune(&[root]).unwrap(), 2);
        assert!(foreign.iter().all(|path| path.exists()));
    }
}
