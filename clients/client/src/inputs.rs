//! Inputs of requests, as they went out. Whoever asked needs the 32 random bytes at their beginning to tell that an answer is theirs, and
//! all of it to go on with an upload: so they are synced to disk before the chain hears of the request. A request names its input by the
//! root, and so does the file.

use crate::{private, Error, Result};
use quorate_output::Existing;
use quorate_primitives::Root;
use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

/// Our own folder below the one that is given.
const FOLDER: &str = "quorate-inputs";

/// A folder of inputs.
#[derive(Clone, Debug)]
pub struct Inputs {
    folder: PathBuf,
}

impl Inputs {
    /// The inputs below `state`: in a folder of its own, which nobody else can read or replace. `state` itself stays as it is.
    ///
    /// # Errors
    /// `Input` when somebody else could read or replace the folder; `Io`.
    pub fn open(state: impl AsRef<Path>) -> Result<Self> {
        let folder = private::folder(state.as_ref(), FOLDER)?;
        Ok(Self { folder })
    }

    /// Where an input is, or would be.
    pub fn path(&self, root: Root) -> PathBuf {
        self.folder.join(hex::encode(root.0))
    }

    /// Write an input and sync it to disk.
    pub fn keep(&self, bytes: &[u8]) -> Result<Root> {
        let root = Root::from(quorate_exact::root(bytes));
        quorate_output::write_private(&self.path(root), bytes, Existing::Replace)?;
        Ok(root)
    }

    /// An input that was kept here.
    ///
    /// # Errors
    /// `Input` when the file is damaged; `Io`.
    pub fn read(&self, root: Root) -> Result<Option<Vec<u8>>> {
        let path = self.path(root);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io(&path)(error)),
        };
        match quorate_exact::root(&bytes) == root.0 {
            true => Ok(Some(bytes)),
            false => Err(Error::Input(format!(
                "{}: the file is damaged; remove it, and a gateway that has the input is asked",
                path.display()
            ))),
        }
    }

    /// The roots of all that are kept here.
    ///
    /// # Errors
    /// `Io`.
    pub fn roots(&self) -> Result<Vec<Root>> {
        let io = |source| Error::io(&self.folder)(source);
        let mut roots = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(io)? {
            let name = entry.map_err(io)?.file_name();
            let mut root = Root::zero();
            if hex::decode_to_slice(name.as_encoded_bytes(), &mut root.0).is_ok() {
                roots.push(root);
            }
        }
        roots.sort_unstable();
        Ok(roots)
    }

    /// Remove one, with what validators streamed for it; whether it was there.
    pub fn forget(&self, root: Root) -> Result<bool> {
        let (io, beside) = (
            |source| Error::io(&self.folder)(source),
            format!("{}.", hex::encode(root.0)),
        );
        for entry in fs::read_dir(&self.folder).map_err(io)? {
            let entry = entry.map_err(io)?;
            if entry.file_name().as_encoded_bytes().starts_with(beside.as_bytes()) {
                let path = entry.path();
                fs::remove_file(&path).map_err(Error::io(&path))?;
            }
        }
        let path = self.path(root);
        match fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(Error::io(&path)(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn input_should_come_back_as_it_was_until_it_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let inputs = Inputs::open(folder.path()).unwrap();
        let root = inputs.keep(b"salt and tokens").unwrap();
        assert_eq!(inputs.read(root).unwrap().unwrap(), b"salt and tokens");
        assert_eq!(fs::metadata(inputs.path(root)).unwrap().mode() & 0o777, 0o600);
        assert_eq!(inputs.keep(b"salt and tokens").unwrap(), root, "kept again");
        fs::write(inputs.path(root).with_extension("stream.json"), b"{}").unwrap();
        assert_eq!(inputs.roots().unwrap(), [root]);
        let other = inputs.keep(b"another").unwrap();
        fs::write(inputs.path(other).with_extension("stream.json"), b"{}").unwrap();
        assert!(inputs.forget(root).unwrap() && !inputs.forget(root).unwrap());
        assert_eq!(inputs.read(root).unwrap(), None);
        assert_eq!(
            fs::read_dir(folder.path().join(FOLDER)).unwrap().count(),
            2,
            "what is another's stays"
        );
    }

    #[test]
    fn damaged_input_should_be_named_and_not_be_used() {
        let folder = tempfile::tempdir().unwrap();
        let inputs = Inputs::open(folder.path()).unwrap();
        let root = inputs.keep(b"salt and tokens").unwrap();
        fs::write(inputs.path(root), b"salt and token").unwrap();
        let error = inputs.read(root).unwrap_err().to_string();
        assert!(error.contains(inputs.path(root).to_str().unwrap()), "{error}");
    }
}
