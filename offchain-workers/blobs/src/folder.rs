//! The folder of a local store: whose it is, and what a killed process left in it.

use crate::{
    layout::{DATA, OUTBOARDS, PARTS, SCRATCH},
    parse_name, BlobError,
};
use std::{
    fs::{File, OpenOptions, Permissions, TryLockError},
    io::{Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// What makes a folder a store. Locked while a process has it open.
const MARKER: &str = ".quorate-store";
const TEXT: &str = "Folder of a Quorate blob store. What is in blobs, outboards, parts and scratch belongs to it.\n";
/// More than a marker has.
const LONGEST: u64 = 1_024;

/// An open store's folder, until it is dropped.
#[derive(Debug)]
pub(crate) struct Folder {
    pub path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Makes it if need be, for this user alone; takes it, so that no other process has it; removes what a killed process left.
    pub fn open(path: &Path) -> Result<Self, BlobError> {
        let wrong = || BlobError::io(path.display());
        let mut private = std::fs::DirBuilder::new();
        private.recursive(true).mode(0o700);
        private.create(path).map_err(wrong())?;
        let path = path.canonicalize().map_err(wrong())?;
        let marker = path.join(MARKER);
        if !marker.is_file() {
            refuse_foreign(&path)?;
        }
        let lock = take(&marker, &path)?;
        for part in [DATA, OUTBOARDS, SCRATCH, PARTS] {
            let part = path.join(part);
            let wrong = || BlobError::io(part.display());
            private.create(&part).map_err(wrong())?;
            std::fs::set_permissions(&part, Permissions::from_mode(0o700)).map_err(wrong())?;
        }
        clean(&path)?;
        Ok(Self { path, _lock: lock })
    }
}

/// A folder that is no store yet must have nothing in it that a store would take for its own.
fn refuse_foreign(path: &Path) -> Result<(), BlobError> {
    for part in [SCRATCH, PARTS] {
        let part = path.join(part);
        if std::fs::read_dir(&part).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(BlobError::Foreign {
                folder: path.display().to_string(),
                part: part.display().to_string(),
            });
        }
    }
    Ok(())
}

fn take(marker: &Path, folder: &Path) -> Result<File, BlobError> {
    let wrong = || BlobError::io(marker.display());
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    let mut file = options.open(marker).map_err(wrong())?;
    match file.try_lock() {
        Ok(()) => (),
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            let _ = (&file).take(LONGEST).read_to_string(&mut text);
            let process = text
                .rsplit_once("process ")
                .map_or("unknown", |(_, process)| process.trim());
            return Err(BlobError::InUse {
                folder: folder.display().to_string(),
                process: process.into(),
            });
        }
        Err(TryLockError::Error(error)) => return Err(wrong()(error)),
    }
    let text = format!("{TEXT}Last opened by process {}\n", std::process::id());
    file.set_len(0).map_err(wrong())?;
    file.write_all(text.as_bytes()).map_err(wrong())?;
    Ok(file)
}

/// Removes what a killed process left: files in the scratch folder, and staged objects (`<root>#<number>`) in the folders beside it.
fn clean(folder: &Path) -> Result<(), BlobError> {
    let staged = |file: &str| {
        let parts = file.split_once('#');
        parts.is_some_and(|(root, n)| root.len() == 64 && parse_name(root).is_some() && n.parse::<u64>().is_ok())
    };
    for part in files(folder, true)? {
        let scratch = part.file_name().is_some_and(|name| name == SCRATCH);
        for file in files(&part, false)? {
            let name = file.file_name().and_then(|name| name.to_str());
            if scratch || name.is_some_and(staged) {
                std::fs::remove_file(&file).map_err(BlobError::io(file.display()))?;
            }
        }
    }
    Ok(())
}

/// The folders, or the other things, in a folder. Links are followed nowhere.
fn files(folder: &Path, folders: bool) -> Result<Vec<PathBuf>, BlobError> {
    let wrong = || BlobError::io(folder.display());
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(wrong())? {
        let entry = entry.map_err(wrong())?;
        if entry.file_type().map_err(wrong())?.is_dir() == folders {
            found.push(entry.path());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use crate::{name, BlobError, BlobStore};
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn store_that_is_open_should_be_refused_to_others_and_left_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let store = BlobStore::local(dir.path()).unwrap();
        let job = store.scratch().unwrap().join("job");
        std::fs::write(&job, b"output").unwrap();
        let refused = BlobStore::local(dir.path()).unwrap_err();
        let process = std::process::id().to_string();
        assert!(
            matches!(&refused, BlobError::InUse { process: by, .. } if *by == process),
            "{refused}"
        );
        let clone = store.clone();
        drop(store);
        assert!(BlobStore::local(dir.path()).is_err(), "a clone has it still");
        assert!(job.exists());
        drop(clone);
        BlobStore::local(dir.path()).unwrap();
        assert!(!job.exists());
    }

    #[test]
    fn what_others_have_in_the_folder_should_stay() {
        let dir = tempfile::tempdir().unwrap();
        let path = |part: &str| dir.path().join(part);
        let files = [
            path("scratch/theirs"),
            path("photos/scratch/theirs"),
            path("photos/a#1"),
            path("photos/deep").join(format!("{}#1", name(&[7; 32]))),
        ];
        for file in &files {
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, b"theirs").unwrap();
        }
        let refused = BlobStore::local(dir.path()).unwrap_err();
        assert!(matches!(refused, BlobError::Foreign { .. }), "{refused}");
        assert!(files.iter().all(|file| file.exists()));
        std::fs::rename(path("scratch"), path("mine")).unwrap();
        for _ in 0..2 {
            BlobStore::local(dir.path()).unwrap();
        }
        assert!(path("mine/theirs").exists() && files[1..].iter().all(|file| file.exists()));
    }

    #[test]
    fn folders_should_be_for_the_user_alone() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("new/store");
        let _store = BlobStore::local(&folder).unwrap();
        let mode = |part: &str| std::fs::metadata(folder.join(part)).unwrap().permissions().mode() & 0o777;
        for part in ["", "blobs", "outboards", "scratch", "parts"] {
            assert_eq!(mode(part), 0o700, "{part}");
        }
        assert_eq!(mode(".quorate-store"), 0o600);
    }
}
