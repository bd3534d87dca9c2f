//! A folder of files that gets its name when all of them are whole.

use crate::OutputError;
use quorate_durable::{folder_of, sync_folder, UNFINISHED};
use std::{
    ffi::OsString,
    fs::{self, File, Permissions},
    io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};
use tempfile::{Builder, TempDir};

/// Before the process's mask.
const MODE: u32 = 0o777;

/// A folder that gets its name when it is whole. Dropped without one it is removed, with what is in it.
#[derive(Debug)]
pub struct OutputFolder {
    draft: TempDir,
    path: PathBuf,
}

impl OutputFolder {
    /// A temporary folder beside `path`, which must not be there, or be an empty folder.
    ///
    /// # Errors
    /// `NotEmpty`, `Io`.
    pub fn create(path: &Path) -> Result<Self, OutputError> {
        let io = |source| OutputError::io(path, source);
        let path = match fs::symlink_metadata(path) {
            // An empty folder may be behind a link, which stays one.
            Ok(_) => empty(path)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => path.into(),
            Err(error) => return Err(io(error)),
        };
        let name = path.file_name().ok_or_else(|| OutputError::NotEmpty(path.clone()))?;
        let mut prefix = OsString::from(".");
        prefix.push(name);
        prefix.push(".");
        let mut builder = Builder::new();
        let suffix = format!(".{UNFINISHED}");
        builder
            .prefix(&prefix)
            .suffix(&suffix)
            .permissions(Permissions::from_mode(MODE));
        let draft = builder.tempdir_in(folder_of(&path));
        Ok(Self {
            draft: draft.map_err(|source| OutputError::io(&path, source))?,
            path,
        })
    }

    /// Where its files are written to.
    pub fn path(&self) -> &Path {
        self.draft.path()
    }

    /// Where it will be.
    pub fn destination(&self) -> &Path {
        &self.path
    }

    /// Brings its files to the disk and gives it its name.
    ///
    /// # Errors
    /// `NotEmpty`, `Io`; the destination is then what it was.
    pub fn commit(self) -> Result<(), OutputError> {
        let Self { draft, path } = self;
        let io = |source| OutputError::io(&path, source);
        for entry in fs::read_dir(draft.path()).map_err(io)? {
            let file = entry.and_then(|entry| File::open(entry.path())).map_err(io)?;
            file.sync_all().map_err(io)?;
        }
        sync_folder(draft.path()).map_err(io)?;
        fs::rename(draft.path(), &path).map_err(|error| match error.kind() {
            io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::NotADirectory => OutputError::NotEmpty(path.clone()),
            _ => io(error),
        })?;
        // It has another name now: nothing is left to remove.
        drop(draft.keep());
        sync_folder(folder_of(&path)).map_err(io)
    }
}

/// The real path of an empty folder.
fn empty(path: &Path) -> Result<PathBuf, OutputError> {
    let io = |source| OutputError::io(path, source);
    let is_empty = match fs::read_dir(path) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotADirectory | io::ErrorKind::NotFound) => false,
        Err(error) => return Err(io(error)),
    };
    match is_empty {
        true => fs::canonicalize(path).map_err(io),
        false => Err(OutputError::NotEmpty(path.into())),
    }
}
