#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod error;
mod folder;

pub use error::OutputError;
pub use folder::OutputFolder;
pub use quorate_durable::Existing;

use quorate_durable::{folder_of, Draft, PRIVATE};
use std::{
    ffi::OsString,
    fs::{self, File, Metadata, Permissions},
    io::{self, Write},
    os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// Before the process's mask.
const PUBLIC: u32 = 0o666;

/// A file that gets its name when it is whole.
#[derive(Debug)]
pub struct Output {
    file: Draft,
    path: PathBuf,
    existing: Existing,
}

impl Output {
    /// A temporary file beside `path`, readable as the process's mask says.
    ///
    /// # Errors
    /// `Exists`, `NotAFile`, `Io`.
    pub fn create(path: &Path, existing: Existing) -> Result<Self, OutputError> {
        Self::with_mode(path, existing, PUBLIC)
    }

    /// The same for a secret: only the owner may read it.
    ///
    /// # Errors
    /// `Exists`, `NotAFile`, `Io`.
    pub fn create_private(path: &Path, existing: Existing) -> Result<Self, OutputError> {
        Self::with_mode(path, existing, PRIVATE)
    }

    fn with_mode(path: &Path, existing: Existing, mode: u32) -> Result<Self, OutputError> {
        let (destination, replaced) = destination(path, existing)?;
        let io = |source| OutputError::io(path, source);
        let name = destination
            .file_name()
            .ok_or_else(|| OutputError::not_a_file(path, "a folder"))?;
        let mut prefix = OsString::from(".");
        prefix.push(name);
        prefix.push(".");
        let file = Draft::begin(folder_of(&destination), &prefix, mode).map_err(io)?;
        if let Some(replaced) = replaced.filter(|_| mode == PUBLIC) {
            let mode = Permissions::from_mode(replaced.mode() & 0o777);
            file.file().set_permissions(mode).map_err(io)?;
        }
        Ok(Self {
            file,
            path: destination,
            existing,
        })
    }

    /// The file as it has been written up to now, to be read again before it gets its name.
    pub fn temporary_path(&self) -> &Path {
        self.file.path()
    }

    /// The open file, to bring what was written to the disk before all of it is there.
    pub fn file(&self) -> &File {
        self.file.file()
    }

    /// Where it will be: the path given, or what a symbolic link there points to.
    pub fn destination(&self) -> &Path {
        &self.path
    }

    /// Bring it to the disk and give it its name.
    ///
    /// # Errors
    /// `Exists`, `Io`; the destination is then what it was.
    pub fn commit(self) -> Result<(), OutputError> {
        let Self { file, path, existing } = self;
        file.finish(&path, existing).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => OutputError::Exists(path.clone()),
            _ => OutputError::io(&path, error),
        })
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// That a file written to `output` would not take the place of this open one, which is called `name`.
///
/// # Errors
/// `SameFile`, `Io`.
pub fn differs(output: &Path, input: &File, name: &Path) -> Result<(), OutputError> {
    let input = input.metadata().map_err(|source| OutputError::io(name, source))?;
    match fs::metadata(output) {
        Ok(found) if (found.dev(), found.ino()) == (input.dev(), input.ino()) => Err(OutputError::SameFile {
            output: output.into(),
            input: name.into(),
        }),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(OutputError::io(output, error)),
    }
}

/// Write a file of these bytes.
///
/// # Errors
/// `Exists`, `NotAFile`, `Io`.
pub fn write(path: &Path, bytes: &[u8], existing: Existing) -> Result<(), OutputError> {
    filled(Output::create(path, existing)?, path, bytes)
}

/// The same for a secret: only the owner may read it.
///
/// # Errors
/// `Exists`, `NotAFile`, `Io`.
pub fn write_private(path: &Path, bytes: &[u8], existing: Existing) -> Result<(), OutputError> {
    filled(Output::create_private(path, existing)?, path, bytes)
}

fn filled(mut output: Output, path: &Path, bytes: &[u8]) -> Result<(), OutputError> {
    output
        .write_all(bytes)
        .map_err(|source| OutputError::io(path, source))?;
    output.commit()
}

/// Remove a file so that it does not come back with the power; one that is not there is removed already.
///
/// # Errors
/// `Io`.
pub fn remove(path: &Path) -> Result<(), OutputError> {
    quorate_durable::remove(path).map_err(|source| OutputError::io(path, source))
}

/// Where the output goes, and what is there already.
fn destination(path: &Path, existing: Existing) -> Result<(PathBuf, Option<Metadata>), OutputError> {
    let io = |source| OutputError::io(path, source);
    let found = match fs::metadata(path) {
        Ok(found) => found,
        // A link to nothing is something that exists.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return match fs::symlink_metadata(path).is_ok() && existing == Existing::Keep {
                true => Err(OutputError::Exists(path.into())),
                false => Ok((path.into(), None)),
            };
        }
        Err(error) => return Err(io(error)),
    };
    if let Some(what) = special(&found) {
        return Err(OutputError::not_a_file(path, what));
    }
    match existing {
        Existing::Keep => Err(OutputError::Exists(path.into())),
        Existing::Replace => Ok((fs::canonicalize(path).map_err(io)?, Some(found))),
    }
}

/// What this is, if it is no regular file.
fn special(found: &Metadata) -> Option<&'static str> {
    let kind = found.file_type();
    match () {
        () if kind.is_file() => None,
        () if kind.is_dir() => Some("a folder"),
        () if kind.is_fifo() => Some("a pipe"),
        () if kind.is_socket() => Some("a socket"),
        () => Some("a device"),
    }
}
