//! Files that are there whole or not at all, whatever moment the power goes at.
//!
//! A file is written under another name, synced, renamed, and its folder is synced. Nothing counts as kept before the last of these steps is
//! done: until then a loss of power may leave the old file, or none.

#[cfg(test)]
pub(crate) mod volatile;

pub use quorate_durable::UNFINISHED;

use quorate_durable::{folder_of, Draft, Existing, PRIVATE};
use std::{
    ffi::OsStr,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

/// What of a file system is used, step by step: a test's loses what was not synced.
pub trait Disk: Send + Sync + std::fmt::Debug {
    /// Makes a folder and those above it.
    ///
    /// # Errors
    /// Of the operating system.
    fn make_folder(&self, folder: &Path) -> io::Result<()>;
    /// The files in a folder.
    ///
    /// # Errors
    /// Of the operating system.
    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>>;
    /// # Errors
    /// Of the operating system.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
    /// Begins a file in `folder`, its owner's alone, under a name of its own.
    ///
    /// # Errors
    /// Of the operating system.
    fn begin(&self, folder: &Path) -> io::Result<Box<dyn Unfinished>>;
    /// # Errors
    /// Of the operating system.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// # Errors
    /// Of the operating system.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// What was renamed and removed in it stays so.
    ///
    /// # Errors
    /// Of the operating system.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
}

/// A file that has not its name yet. Dropped without one it is removed.
pub trait Unfinished {
    /// # Errors
    /// Of the operating system.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// # Errors
    /// Of the operating system.
    fn sync(&mut self) -> io::Result<()>;
    /// Gives it its name, in place of a file that had it.
    ///
    /// # Errors
    /// Of the operating system.
    fn persist(self: Box<Self>, path: &Path) -> io::Result<()>;
}

/// The disk of this machine.
pub fn real() -> Arc<dyn Disk> {
    Arc::new(Real)
}

/// Writes a whole file. When this returns `Ok` no loss of power takes it away.
///
/// # Errors
/// Of the operating system: then the file is as it was, or already the new one.
pub fn write(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = folder_of(path);
    let mut file = disk.begin(folder)?;
    file.write(bytes)?;
    file.sync()?;
    file.persist(path)?;
    disk.sync_folder(folder)
}

/// Removes what kills left unfinished.
///
/// # Errors
/// Of the operating system.
pub fn tidy(disk: &dyn Disk, folder: &Path) -> io::Result<()> {
    let unfinished = |path: &PathBuf| path.extension().is_some_and(|extension| extension == UNFINISHED);
    let files = disk.list(folder)?;
    files
        .iter()
        .filter(|path| unfinished(path))
        .try_for_each(|path| disk.remove(path))
}

#[derive(Debug)]
struct Real;

impl Disk for Real {
    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        fs::read_dir(folder)?.map(|found| Ok(found?.path())).collect()
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(path)
    }

    fn begin(&self, folder: &Path) -> io::Result<Box<dyn Unfinished>> {
        Ok(Box::new(Draft::begin(folder, OsStr::new("."), PRIVATE)?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        quorate_durable::sync_folder(folder)
    }
}

impl Unfinished for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        Draft::sync(self)
    }

    fn persist(self: Box<Self>, path: &Path) -> io::Result<()> {
        self.name(path, Existing::Replace)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn file_should_be_replaced_whole_and_be_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for text in ["one", "two"] {
            write(&Real, &path, text.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
    }

    #[test]
    fn what_a_kill_left_should_be_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.part", "b.sealed", "c"] {
            fs::write(folder.path().join(name), name).unwrap();
        }
        tidy(&Real, folder.path()).unwrap();
        let mut left = Real.list(folder.path()).unwrap();
        left.sort();
        assert_eq!(left, ["b.sealed", "c"].map(|name| folder.path().join(name)));
    }
}
