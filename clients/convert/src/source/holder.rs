//! Where the bytes of tensors are: in a file, or in memory.

use crate::{names, ConvertError};
use std::{
    fmt,
    fs::File,
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Bytes that somebody has in memory: an array of another language, or a mapped file. They are copied where they are needed: no reference to them
/// is ever made, and whoever has them may write to them meanwhile.
pub trait Memory: Send + Sync {
    /// Bytes.
    fn size(&self) -> u64;

    /// Fill `buffer` with the bytes from `at` on.
    ///
    /// # Errors
    /// `UnexpectedEof` where there are not as many any more.
    fn read_at(&self, at: u64, buffer: &mut [u8]) -> io::Result<()>;
}

impl Memory for Vec<u8> {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, at: u64, buffer: &mut [u8]) -> io::Result<()> {
        let wanted = usize::try_from(at)
            .ok()
            .and_then(|at| self.get(at..)?.get(..buffer.len()));
        buffer.copy_from_slice(wanted.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

pub type Bytes = Arc<dyn Memory>;

/// An open file, or the bytes of one tensor.
pub(super) enum Holder {
    File(PathBuf, File),
    /// Of the tensor with this name.
    Memory(String, Bytes),
}

impl Holder {
    /// The file and what it is called; none of memory.
    pub fn file(&self) -> Option<(&Path, &File)> {
        match self {
            Self::File(path, file) => Some((path, file)),
            Self::Memory(..) => None,
        }
    }

    /// Fill `buffer` with the bytes from `at` on.
    ///
    /// # Errors
    /// `Io`.
    pub fn read(&self, at: u64, buffer: &mut [u8]) -> Result<(), ConvertError> {
        match self {
            Self::File(path, file) => file.read_exact_at(buffer, at).map_err(ConvertError::io(path)),
            Self::Memory(name, bytes) => bytes.read_at(at, buffer).map_err(|source| ConvertError::Io {
                path: format!("tensor {} in memory", names::shown(name)),
                source,
            }),
        }
    }
}

impl fmt::Debug for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, _) => write!(f, "File({})", path.display()),
            Self::Memory(name, bytes) => write!(f, "Memory({name}, {} bytes)", bytes.size()),
        }
    }
}
