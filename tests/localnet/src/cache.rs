//! What networks of the same programs have in common: the compiled runtime and specifications. The first network makes them, and those that
//! start meanwhile wait for it.

use crate::{error::io, Error};
use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// A folder beside the programs. A build makes new entries; the old ones go with the build's folder.
pub(crate) struct Cache {
    folder: PathBuf,
    /// Of the node's program: another one may have another runtime.
    program: String,
}

/// Nobody else starts a network as long as it is kept.
pub(crate) struct Filling {
    full: PathBuf,
    _lock: File,
}

impl Filling {
    /// The others need not wait any more.
    pub fn done(self) -> Result<(), Error> {
        File::create(&self.full).map_err(io(&self.full)).map(drop)
    }
}

impl Cache {
    /// `None` where nothing can be written beside the program.
    pub fn beside(program: &Path) -> Result<Option<Self>, Error> {
        let found = fs::metadata(program).map_err(io(program))?;
        let absolute = std::path::absolute(program).map_err(io(program))?;
        let folder = absolute.with_file_name("localnet-cache");
        if fs::create_dir_all(&folder).is_err() || tempfile::tempfile_in(&folder).is_err() {
            return Ok(None);
        }
        let program = format!("{}-{}-{}", found.len(), found.mtime(), found.mtime_nsec());
        Ok(Some(Self { folder, program }))
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn place(&self, what: &str) -> PathBuf {
        self.folder.join(format!("{what}-{}", self.program))
    }

    /// `None`: it is full. Waits as long as another network fills it.
    pub fn fill(&self) -> Result<Option<Filling>, Error> {
        let full = self.place("full");
        if full.is_file() {
            return Ok(None);
        }
        let path = self.folder.join("lock");
        let lock = File::options()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(io(&path))?;
        lock.lock().map_err(io(&path))?;
        Ok((!full.is_file()).then_some(Filling { full, _lock: lock }))
    }

    /// What was made under this name before, or is made now.
    pub fn kept(&self, what: &str, make: impl FnOnce() -> Result<Vec<u8>, Error>) -> Result<Vec<u8>, Error> {
        let path = self.place(what);
        if let Ok(found) = fs::read(&path) {
            return Ok(found);
        }
        let made = make()?;
        // Under its name it is whole, whoever reads it meanwhile.
        let mut file = tempfile::NamedTempFile::new_in(&self.folder).map_err(io(&self.folder))?;
        file.write_all(&made).map_err(io(&path))?;
        file.persist(&path).map_err(|error| io(&path)(error.error))?;
        Ok(made)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache(folder: &Path) -> Cache {
        Cache::beside(&folder.join("program")).unwrap().unwrap()
    }

    #[test]
    fn what_was_made_should_be_kept_for_the_same_program_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("program"), b"one").unwrap();
        let made = |text: &str| Ok(text.as_bytes().to_vec());
        assert_eq!(cache(folder.path()).kept("a", || made("first")).unwrap(), b"first");
        assert_eq!(cache(folder.path()).kept("a", || made("second")).unwrap(), b"first");
        assert_eq!(cache(folder.path()).kept("b", || made("third")).unwrap(), b"third");
        fs::write(folder.path().join("program"), b"another").unwrap();
        assert_eq!(cache(folder.path()).kept("a", || made("fourth")).unwrap(), b"fourth");
        let failed = cache(folder.path()).kept("c", || Err(Error::NoPorts));
        assert!(failed.is_err());
        assert_eq!(cache(folder.path()).kept("c", || made("fifth")).unwrap(), b"fifth");
    }

    #[test]
    fn one_network_should_fill_it_and_who_fails_should_leave_it_to_the_next() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("program"), b"one").unwrap();
        let failed = cache(folder.path()).fill().unwrap();
        assert!(failed.is_some());
        let file = File::open(folder.path().join("localnet-cache/lock")).unwrap();
        assert!(file.try_lock().is_err(), "another one would start at the same time");
        drop(failed);
        cache(folder.path()).fill().unwrap().unwrap().done().unwrap();
        assert!(file.try_lock().is_ok());
        drop(file);
        assert!(cache(folder.path()).fill().unwrap().is_none());
    }
}
