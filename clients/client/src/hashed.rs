//! Roots that were known a moment ago.

use crate::{root_of, Error, Result};
use quorate_primitives::Root;
use std::{
    fs::{self, File, Metadata},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// A file and its root, which counts as long as it is the file that was hashed, or made: what is hashed once need not be hashed for each that uses
/// it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hashed {
    pub path: PathBuf,
    pub root: Root,
    seen: Seen,
}

/// What changes when a file is written to, or another one takes its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    device: u64,
    inode: u64,
    len: u64,
    /// Seconds, and nanoseconds.
    modified: (i64, i64),
}

impl Seen {
    fn of(found: &Metadata) -> Self {
        Self {
            device: found.dev(),
            inode: found.ino(),
            len: found.len(),
            modified: (found.mtime(), found.mtime_nsec()),
        }
    }
}

impl Hashed {
    /// A file, hashed on all cores. What is written to it meanwhile shows.
    ///
    /// # Errors
    /// `Io`, and `Input` where it cannot be read.
    pub fn of(path: PathBuf) -> Result<Self> {
        let file = File::open(&path).map_err(Error::io(&path))?;
        let seen = Seen::of(&file.metadata().map_err(Error::io(&path))?);
        let (root, _) = root_of(&file)?;
        Ok(Self { path, root, seen })
    }

    /// One that this process has just made.
    ///
    /// # Errors
    /// `Io`.
    pub fn made(path: PathBuf, root: Root) -> Result<Self> {
        let seen = Seen::of(&fs::metadata(&path).map_err(Error::io(&path))?);
        Ok(Self { path, root, seen })
    }

    /// Whether this is the file, and nobody has written to it since.
    pub fn is(&self, path: &Path) -> bool {
        fs::metadata(path).is_ok_and(|found| Seen::of(&found) == self.seen)
    }

    /// # Errors
    /// `Check` where its path leads to other bytes by now. Another process may have put a file with the same ones there: that is hashed.
    pub fn check(&self) -> Result<()> {
        let holds = || Self::of(self.path.clone()).is_ok_and(|now| now.root == self.root);
        match self.is(&self.path) || holds() {
            true => Ok(()),
            false => Err(Error::Check(format!(
                "{} was written to, replaced or removed while it was used: do it again",
                self.path.display()
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{io::Write, time::Duration};

    #[test]
    fn root_should_count_until_its_file_is_written_to_or_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let path = at("file");
        fs::write(&path, "bytes").unwrap();
        let old = File::open(&path).unwrap().metadata().unwrap().modified().unwrap() - Duration::from_secs(9);
        let age = |path: &Path| {
            File::options()
                .write(true)
                .open(path)
                .unwrap()
                .set_modified(old)
                .unwrap()
        };
        age(&path);
        let hashed = Hashed::of(path.clone()).unwrap();
        assert_eq!(hashed, Hashed::made(path.clone(), hashed.root).unwrap());
        fs::hard_link(&path, at("other name")).unwrap();
        assert!(hashed.is(&path) && hashed.is(&at("other name")) && hashed.check().is_ok());
        // The same bytes, of the same age, in another file.
        fs::write(at("copy"), "bytes").unwrap();
        age(&at("copy"));
        assert!(!hashed.is(&at("copy")) && !hashed.is(&at("none")));
        fs::rename(at("copy"), &path).unwrap();
        assert!(hashed.check().is_ok() && !hashed.is(&path) && hashed.is(&at("other name")));
        fs::write(&path, "bytez").unwrap();
        assert!(hashed.check().is_err());
        // As many bytes as before.
        let mut file = File::options().write(true).open(at("other name")).unwrap();
        file.write_all(b"b").unwrap();
        drop(file);
        assert!(!hashed.is(&at("other name")));
    }
}
