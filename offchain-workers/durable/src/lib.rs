#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

use std::{
    ffi::OsStr,
    fs::{self, File, Permissions},
    io::{self, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
};
use tempfile::{Builder, NamedTempFile};

/// Extension of a file that is not finished; a kill leaves such files.
pub const UNFINISHED: &str = "part";
/// Mode of a file that is its owner's alone.
pub const PRIVATE: u32 = 0o600;

/// What happens to a file that has the name already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It stays: the new one is refused.
    Keep,
    /// It is replaced once the new one is whole.
    Replace,
}

/// A file that gets its name when it is whole. Dropped without one it is removed.
#[derive(Debug)]
pub struct Draft(NamedTempFile);

impl Draft {
    /// An empty file in `folder`, of this mode less the process's mask, whose name begins with `prefix`.
    ///
    /// # Errors
    /// Of the operating system.
    pub fn begin(folder: &Path, prefix: &OsStr, mode: u32) -> io::Result<Self> {
        let suffix = format!(".{UNFINISHED}");
        let permissions = Permissions::from_mode(mode);
        let mut builder = Builder::new();
        builder.prefix(prefix).suffix(&suffix).permissions(permissions);
        Ok(Self(builder.tempfile_in(folder)?))
    }

    /// The file as it has been written up to now.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn file(&self) -> &File {
        self.0.as_file()
    }

    /// What was written outlives a loss of power, when the name does.
    ///
    /// # Errors
    /// Of the operating system.
    pub fn sync(&self) -> io::Result<()> {
        self.0.as_file().sync_all()
    }

    /// Gives it its name; not yet for good, see [`sync_folder`].
    ///
    /// # Errors
    /// `AlreadyExists` of a file that is to be kept, others of the operating system.
    pub fn name(self, path: &Path, existing: Existing) -> io::Result<()> {
        match existing {
            Existing::Keep => self.0.persist_noclobber(path)?,
            Existing::Replace => self.0.persist(path)?,
        };
        Ok(())
    }

    /// All steps that are left. When this returns `Ok` no loss of power takes the file away.
    ///
    /// # Errors
    /// As [`name`](Self::name): then a file of that name is as it was, or already the new one.
    pub fn finish(self, path: &Path, existing: Existing) -> io::Result<()> {
        self.sync()?;
        self.name(path, existing)?;
        sync_folder(folder_of(path))
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Writes a whole file that is its owner's alone.
///
/// # Errors
/// As [`Draft::finish`].
pub fn write_private(path: &Path, bytes: &[u8], existing: Existing) -> io::Result<()> {
    let mut draft = Draft::begin(folder_of(path), OsStr::new("."), PRIVATE)?;
    draft.write_all(bytes)?;
    draft.finish(path, existing)
}

/// Removes a file so that it does not come back with the power; one that is not there is removed already.
///
/// # Errors
/// Of the operating system.
pub fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(()) => sync_folder(folder_of(path)),
    }
}

/// What was named and removed in a folder stays so.
///
/// # Errors
/// Of the operating system.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// The folder that a file is in.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|found| found.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn file_should_be_replaced_whole_and_be_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for text in ["one", "two"] {
            write_private(&path, text.as_bytes(), Existing::Replace).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, PRIVATE);
        assert_eq!(names(folder.path()), ["file"], "nothing else is left");
    }

    #[test]
    fn file_that_is_to_be_kept_should_be_and_the_draft_leave_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        write_private(&path, b"one", Existing::Keep).unwrap();
        let error = write_private(&path, b"two", Existing::Keep).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert_eq!(names(folder.path()), ["file"]);
    }

    #[test]
    fn draft_should_be_known_as_unfinished_until_it_has_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let mut draft = Draft::begin(folder.path(), OsStr::new(".file."), 0o666).unwrap();
        draft.write_all(b"half").unwrap();
        let [name] = names(folder.path()).try_into().unwrap();
        assert!(name.starts_with(".file.") && name.ends_with(".part"), "{name}");
        drop(draft);
        assert!(names(folder.path()).is_empty() && !path.exists());
    }

    #[test]
    fn file_that_is_not_there_should_be_removed_already() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "").unwrap();
        remove(&path).unwrap();
        remove(&path).unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn file_without_a_folder_should_be_in_this_one() {
        assert_eq!(folder_of(Path::new("file")), Path::new("."));
        assert_eq!(folder_of(Path::new("a/file")), Path::new("a"));
    }
}
