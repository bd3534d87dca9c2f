//! Files that hold the old content or the new one, whatever happens in between.

use crate::{Error, Result};
use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

/// Give `path` the content that `write` writes, readable by its owner only. The bytes are on disk before they have the name, and
/// the name is before this returns.
///
/// # Errors
/// `Io`; `path` then holds what it held before.
pub fn replace(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> Result<()> {
    let wrong = || Error::io(path);
    let folder = folder_of(path);
    let mut file = tempfile::Builder::new()
        .prefix(".")
        .suffix(".part")
        .tempfile_in(&folder)
        .map_err(wrong())?;
    write(file.as_file_mut())
        .and_then(|()| file.as_file().sync_all())
        .map_err(wrong())?;
    file.persist(path).map_err(|error| wrong()(error.error))?;
    sync_folder(&folder)
}

/// Remove a file so that it does not come back; one that is not there is removed already.
pub fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Error::io(path)(error)),
        Ok(()) => sync_folder(&folder_of(path)),
    }
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder.into(),
        _ => ".".into(),
    }
}

fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(Error::io(folder))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn write_that_stops_half_way_should_leave_the_old_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("entry");
        replace(&path, |file| file.write_all(b"old")).unwrap();
        let stopped = replace(&path, |file| {
            file.write_all(b"ne")?;
            Err(io::Error::from(io::ErrorKind::StorageFull))
        });
        assert!(stopped.is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(
            std::fs::read_dir(folder.path()).unwrap().count(),
            1,
            "nothing else is left"
        );
        replace(&path, |file| file.write_all(b"new")).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
    }

    #[test]
    fn removing_what_is_not_there_should_be_no_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("entry");
        replace(&path, |_| Ok(())).unwrap();
        remove(&path).unwrap();
        remove(&path).unwrap();
        assert!(!path.exists());
    }
}
