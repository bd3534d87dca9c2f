//! What holds for any bytes in a validator's own files; the fuzz targets have the same checks.

use crate::{
    disk::{self, Disk, Unfinished},
    journal::Journal,
    progress,
};
use codec::Encode;
use quorate_primitives::Hash;
use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

const FOLDER: &str = "/sealed";

/// A disk that holds one file.
#[derive(Debug)]
struct One {
    path: Mutex<PathBuf>,
    bytes: Vec<u8>,
}

impl Disk for One {
    fn make_folder(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn list(&self, _: &Path) -> io::Result<Vec<PathBuf>> {
        Ok(vec![self.path.lock().unwrap().clone()])
    }

    fn read(&self, _: &Path) -> io::Result<Vec<u8>> {
        Ok(self.bytes.clone())
    }

    fn begin(&self, _: &Path) -> io::Result<Box<dyn Unfinished>> {
        Err(io::ErrorKind::StorageFull.into())
    }

    fn rename(&self, _: &Path, to: &Path) -> io::Result<()> {
        *self.path.lock().unwrap() = to.to_path_buf();
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        panic!("{} is removed", path.display())
    }

    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }
}

/// A file of the journal, as it is, and with the checksum that belongs to it: either is an entry, or is set aside and kept.
pub fn sealed(bytes: &[u8]) {
    open(bytes.to_vec());
    open((sp_crypto_hashing::blake2_256(bytes), bytes).encode());
}

fn open(bytes: Vec<u8>) {
    let disk = Arc::new(One {
        path: Mutex::new(Path::new(FOLDER).join("entry.sealed")),
        bytes,
    });
    let journal = Journal::open(Path::new(FOLDER), disk.clone()).unwrap();
    let kept = disk
        .path
        .lock()
        .unwrap()
        .extension()
        .is_some_and(|extension| extension == "sealed");
    assert_eq!(journal.entries().len(), usize::from(kept));
}

thread_local! {
    static FILE: tempfile::NamedTempFile = tempfile::NamedTempFile::new().unwrap();
}

/// The list of what is exported: it is exactly what is written, or is not trusted.
pub fn progress(bytes: &[u8]) {
    let genesis = Hash::repeat_byte(1);
    FILE.with(|file| {
        std::fs::write(file.path(), bytes).unwrap();
        match progress::read(file.path(), genesis) {
            Err(reason) => assert!(!reason.is_empty()),
            Ok(read) => {
                let folder = tempfile::tempdir().unwrap();
                let again = folder.path().join("progress");
                progress::write(&*disk::real(), &again, genesis, &read).unwrap();
                assert_eq!(progress::read(&again, genesis).as_ref(), Ok(&read));
            }
        }
    });
}
