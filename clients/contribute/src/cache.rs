//! Versions by their roots.
//!
//! A file has its root as its name only when it is whole. Several processes may use one cache: each downloads into the same partial file in
//! turn, or into its own, and what is there is hashed before it is used. Versions may not be for everybody: nobody else can enter the folder. It
//! bears a mark, and nothing is removed from a folder without one: other programs name their files by hashes, too.

use quorate_client::{
    gateways::{Gateways, Progress},
    Error, Hashed, Result,
};
use quorate_output::{write_private, Existing, OutputError};
use quorate_primitives::Root;
use rustix::{fs::OFlags, process::geteuid};
use std::{
    fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions},
    io::ErrorKind,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    time::SystemTime,
};

/// The mark of a cache's folder, as programs that make backups know it (<https://bford.info/cachedir/>).
const MARK: &str = "CACHEDIR.TAG";
const MARK_TEXT: &str = "Signature: 8a477f597d28d172789f06886806bc55\n# Files of Quorate, each named by its root.\n";
const OTHERS: u32 = 0o077;

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

/// A file, if it has this root and length.
pub fn holds(path: &Path, (root, len): (Root, u64)) -> Option<Hashed> {
    // Before it is opened: a pipe would wait for somebody to write.
    let is_file = fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.len() == len);
    let hashed = is_file.then(|| Hashed::of(path.into()).ok()).flatten();
    hashed.filter(|hashed| hashed.root == root)
}

/// The same for a file of a cache, which is no link.
fn holds_itself(path: &Path, named: (Root, u64)) -> Option<Hashed> {
    let is_file = fs::symlink_metadata(path).is_ok_and(|meta| meta.is_file());
    is_file.then(|| holds(path, named)).flatten()
}

impl Cache {
    /// The cache in `folder`, which is made if need be. Nobody else can enter it from now on.
    ///
    /// # Errors
    /// `Input` for a folder of somebody else's, and one that has other files in it; `Io`.
    pub fn open(folder: PathBuf) -> Result<Self> {
        let io = |source| Error::io(&folder)(source);
        let wrong = |what: &str| Error::Input(format!("{}: {what}; give an empty folder, or none", folder.display()));
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .map_err(io)?;
        let found = fs::metadata(&folder).map_err(io)?;
        if found.uid() != geteuid().as_raw() {
            return Err(wrong("it belongs to another user"));
        }
        if !is_marked(&folder) {
            let others = fs::read_dir(&folder).map_err(io)?.filter_map(std::result::Result::ok);
            // Another process may be about to mark it.
            let draft = format!(".{MARK}.");
            let has_others = others
                .map(|entry| entry.file_name())
                .any(|name| !name.as_encoded_bytes().starts_with(draft.as_bytes()));
            if has_others && !is_marked(&folder) {
                return Err(wrong("it has other files in it"));
            }
            match write_private(&folder.join(MARK), MARK_TEXT.as_bytes(), Existing::Keep) {
                Ok(()) | Err(OutputError::Exists(_)) => (),
                Err(error) => return Err(error.into()),
            }
        }
        if found.mode() & OTHERS != 0 {
            fs::set_permissions(&folder, Permissions::from_mode(0o700)).map_err(io)?;
        }
        Ok(Self { folder })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the file of a root is, or will be.
    pub fn path(&self, root: Root) -> PathBuf {
        self.folder.join(hex::encode(root.0))
    }

    /// The file of a root, hashed just now, if it is there.
    pub async fn get(&self, root: Root, len: u64) -> Result<Option<Hashed>> {
        let path = self.path(root);
        let checked = tokio::task::spawn_blocking(move || holds_itself(&path, (root, len)));
        checked.await.map_err(|error| Error::Input(error.to_string()))
    }

    /// Fetch the file, verified as it comes. An interrupted download goes on where it stopped.
    pub async fn fetch(&self, gateways: &Gateways, root: Root, len: u64, progress: Progress) -> Result<Hashed> {
        let path = self.path(root);
        private(&path.with_extension("part"))?;
        gateways.fetch(root, len, &path, progress).await?;
        fs::set_permissions(&path, Permissions::from_mode(0o600)).map_err(Error::io(&path))?;
        Hashed::made(path, root)
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
    /// `Input` where the folder has lost the mark of a cache; `Io`.
    pub fn prune(&self, keep: &[Root]) -> Result<u64> {
        if !is_marked(&self.folder) {
            let folder = self.folder.display();
            return Err(Error::Input(format!(
                "{folder} is no cache of Quorate's: it has no {MARK}"
            )));
        }
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

/// Whether a folder has the mark of a cache.
fn is_marked(folder: &Path) -> bool {
    let path = folder.join(MARK);
    let is_file = fs::symlink_metadata(&path).is_ok_and(|meta| meta.is_file() && meta.len() == MARK_TEXT.len() as u64);
    is_file && fs::read(&path).is_ok_and(|text| text == MARK_TEXT.as_bytes())
}

/// A file, made if need be, that is no link and that nobody else can read.
fn private(path: &Path) -> Result<()> {
    let mut options = OpenOptions::new();
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32;
    options
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(flags);
    let file = options.open(path).map_err(Error::io(path))?;
    file.set_permissions(Permissions::from_mode(0o600))
        .map_err(Error::io(path))
}

/// A file with its lock, unless it is gone or another process has the lock.
fn lock(path: &Path) -> Option<File> {
    let file = File::open(path).ok()?;
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

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn nobody_else_should_be_able_to_read_a_cache() {
        let (folder, cache, root) = cache();
        assert_eq!((mode(cache.folder()), mode(&cache.folder().join(MARK))), (0o700, 0o600));
        // One that was opened to others meanwhile.
        fs::set_permissions(cache.folder(), Permissions::from_mode(0o755)).unwrap();
        Cache::open(cache.folder().into()).unwrap();
        assert_eq!(mode(cache.folder()), 0o700);
        // What a download is written into.
        let partial = cache.path(root).with_extension("part");
        fs::write(&partial, "by").unwrap();
        fs::set_permissions(&partial, Permissions::from_mode(0o644)).unwrap();
        private(&partial).unwrap();
        assert_eq!((mode(&partial), fs::read(&partial).unwrap()), (0o600, b"by".to_vec()));
        let (mine, link) = (folder.path().join("mine"), cache.path(Root::repeat_byte(9)));
        fs::write(&mine, "mine").unwrap();
        std::os::unix::fs::symlink(&mine, &link).unwrap();
        assert!(private(&link).is_err());
    }

    #[tokio::test]
    async fn link_in_the_place_of_a_file_should_not_be_followed() {
        let (folder, cache, root) = cache();
        std::os::unix::fs::symlink(folder.path().join("bytes"), cache.path(root)).unwrap();
        assert_eq!(cache.get(root, 5).await.unwrap(), None);
    }

    #[test]
    fn folder_of_other_files_should_never_become_a_cache_and_lose_them() {
        let folder = tempfile::tempdir().unwrap();
        // As other programs keep files by their hashes.
        let blob = folder.path().join("ab".repeat(32));
        fs::write(&blob, "theirs").unwrap();
        let error = Cache::open(folder.path().into()).unwrap_err().to_string();
        assert!(
            error.contains("other files") && error.contains("give an empty folder"),
            "{error}"
        );
        let (_folder, cache, root) = cache();
        fs::write(cache.path(root), "bytes").unwrap();
        fs::write(cache.folder().join(MARK), MARK_TEXT.replace("Quorate", "another")).unwrap();
        let error = cache.prune(&[]).unwrap_err().to_string();
        assert!(
            error.contains("no cache") && cache.path(root).exists() && blob.exists(),
            "{error}"
        );
    }

    #[tokio::test]
    async fn file_should_be_used_only_while_its_bytes_are_those_of_its_root() {
        let (_folder, cache, root) = cache();
        assert_eq!(cache.get(root, 5).await.unwrap(), None);
        fs::write(cache.path(root), "bytes").unwrap();
        let hashed = cache.get(root, 5).await.unwrap().unwrap();
        assert!(hashed.root == root && hashed.is(&cache.path(root)));
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
