//! Where the bytes of tensors are: in a file, or in memory.

use crate::ConvertError;
use std::{
    fmt,
    fs::File,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Bytes that somebody holds in memory: an array of another language, or a mapped file.
pub type Bytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// An open file, or the bytes of one tensor.
pub(super) enum Holder {
    File(PathBuf, File),
    Memory(Bytes),
}

impl Holder {
    /// The file and what it is called; none of memory.
    pub fn file(&self) -> Option<(&Path, &File)> {
        match self {
            Self::File(path, file) => Some((path, file)),
            Self::Memory(_) => None,
        }
    }

    /// Fill `buffer` with the bytes from `at` on.
    ///
    /// # Errors
    /// `Io`.
    pub fn read(&self, at: u64, buffer: &mut [u8]) -> Result<(), ConvertError> {
        let bytes = match self {
            Self::File(path, file) => return file.read_exact_at(buffer, at).map_err(ConvertError::io(path)),
            Self::Memory(bytes) => (**bytes).as_ref(),
        };
        let first = usize::try_from(at).ok();
        let wanted = first.and_then(|first| bytes.get(first..)?.get(..buffer.len()));
        // What the bytes' owner took away from them since.
        let gone = || ConvertError::io(Path::new("memory"))(std::io::ErrorKind::UnexpectedEof.into());
        buffer.copy_from_slice(wanted.ok_or_else(gone)?);
        Ok(())
    }
}

impl fmt::Debug for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, _) => write!(f, "File({})", path.display()),
            Self::Memory(bytes) => write!(f, "Memory({} bytes)", (**bytes).as_ref().len()),
        }
    }
}
