//! Why a file was not written.

use std::{
    io,
    path::{Path, PathBuf},
};

/// Why a file was not written. What was there before is untouched.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    #[error("{} exists; give --force to replace it, or another name", .0.display())]
    Exists(PathBuf),
    #[error("{} is there, and no empty folder: give another name", .0.display())]
    NotEmpty(PathBuf),
    #[error("{} is {what}, no regular file: give the name of a file", .path.display())]
    NotAFile { path: PathBuf, what: &'static str },
    #[error("the output {} and the input {} are the same file", .output.display(), .input.display())]
    SameFile { output: PathBuf, input: PathBuf },
    #[error("{}: {source}", .path.display())]
    Io { path: PathBuf, source: io::Error },
}

impl OutputError {
    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io {
            path: path.into(),
            source,
        }
    }

    pub(crate) fn not_a_file(path: &Path, what: &'static str) -> Self {
        Self::NotAFile {
            path: path.into(),
            what,
        }
    }
}
